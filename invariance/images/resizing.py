"""The middle square of a picture at another size, each pixel the mean over the area that it covers."""

import numpy as np

from invariance.images.pixels import grey


def centre_square(width: int, height: int) -> tuple[int, int, int]:
    """(left, top, side) of the largest square in the middle of an image, in pixels."""
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side


def area_resize(image: np.ndarray, height: int, width: int | None = None) -> np.ndarray:
    """The middle square of float32 (C, H, W) as (C, height, width), a square if width is None: each pixel is the mean
    over the area that it covers."""
    left, top, old = centre_square(image.shape[2], image.shape[1])
    rows, columns = _areas(old, height), _areas(old, width or height)
    return rows @ image[:, top : top + old, left : left + old] @ columns.T


def fitted(image: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Any picture float32 (1 or 3, H, W) as a network of another shape takes it, its middle square resized.

    In colour for three channels, grey for any other number of them; as it is if it has that shape already.
    """
    if image.shape == shape:
        return image
    channels, height, width = shape
    small = area_resize(image, height, width)
    if len(small) == channels:
        return small
    return np.repeat(grey(small)[None], channels, 0)


def _areas(old: int, new: int) -> np.ndarray:
    """float32 (new, old): how much of each of new equal parts of a line is covered by each of its old parts."""
    starts = np.arange(new)[:, None] * old / new
    cells = np.arange(old)[None]
    overlap = np.minimum(starts + old / new, cells + 1) - np.maximum(starts, cells)
    return (np.clip(overlap, 0, None) * new / old).astype(np.float32)
