"""What saving an image as a JPEG file does to it."""

from io import BytesIO

import numpy as np
from PIL import Image

from invariance.images.pixels import to_float, to_uint8
from invariance.transforms.transform import DETAIL, Transform, TransformError, moves_nothing


def jpeg(images: np.ndarray, quality: float) -> np.ndarray:
    """float32 (N, 1 or 3, H, W) in [0, 1] as they come out of JPEG files that Pillow writes; quality: whole, 1..100."""
    if quality != int(quality):
        raise TransformError(f"JPEG takes whole numbers from 1 to 100, not {quality:g}.")
    changed = np.moveaxis(to_uint8(images), 1, 3)  # (N, H, W, 1 or 3)
    for image in changed:
        file = BytesIO()
        Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "JPEG", quality=int(quality))
        image[:] = np.asarray(Image.open(file)).reshape(image.shape)
    return np.ascontiguousarray(np.moveaxis(to_float(changed), 3, 1))


JPEG = Transform(
    name="jpeg",
    title="JPEG",
    proper=True,
    unit="",
    neutral=100,
    low=1,
    high=100,
    amounts=(1, 7, 10, 15, 18, 25, 40, 50, 58, 65, 80, 100),
    # Those of ImageNet-C, of D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common corruptions
    # and perturbations" (2019); CIFAR-10-C's are 80, 65, 58, 50 and 40.
    severities=(25, 18, 15, 10, 7),
    change=jpeg,
    about=(
        "Saved as a JPEG file of a quality from 1 to 99 and read again. 100 stands for the image as it is, though even "
        "the best JPEG changes it a little."
    ),
    group=DETAIL,
    action=moves_nothing,
    moves=False,
    telling=10,
)
