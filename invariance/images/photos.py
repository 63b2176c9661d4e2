"""Any picture -> what CIFAR-10 made of its photos."""

import numpy as np

from invariance.images.resizing import area_resize

PHOTO_SIDE = 32  # CIFAR-10


def as_photo(image: np.ndarray) -> np.ndarray:
    """Make of any picture what CIFAR-10 made of its photos: the middle square, as 32x32 pixels in colour.

    Args:
        image: float32 (1 or 3, H, W) in [0, 1].

    Returns:
        float32 (3, 32, 32) in [0, 1].
    """
    small = area_resize(image, PHOTO_SIDE)
    return np.ascontiguousarray(np.broadcast_to(small, (3, PHOTO_SIDE, PHOTO_SIDE)))
