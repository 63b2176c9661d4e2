"""Perspective: the image as a picture on a wall that is seen from one side."""

from collections.abc import Sequence

import numpy as np

from invariance.transforms.transform import Transform, resample, resample_each


def recede(images: np.ndarray, percent: float) -> np.ndarray:
    """Let the right side of float32 (N, C, H, W) recede, the left one below 0; bilinear, zeros outside.

    The outermost columns stay where they are, the near one as it is, the far one shorter by percent of its length: the
    image becomes a trapezoid. Straight lines stay straight. Shrinking by more than 2 would skip pixels; the transform's
    range stops there.
    """
    return resample(images, _receding(percent, images.shape[3]))


def recede_each(image: np.ndarray, percents: Sequence[float]) -> np.ndarray:
    """float32 (C, H, W) -> (A, C, H, W): recede() by each of A amounts."""
    return resample_each(image, [_receding(percent, image.shape[2]) for percent in percents])


def _receding(percent: float, width: int) -> np.ndarray:
    """Where such an image takes its values from, (3, 3); see resample().

    With a the far side's loss as a share, b = 1 - a/2 the mean height, k = ±a/2 (plus if the right side recedes) and
    w = (W-1)/2: at x the image is s = b - k x/w times as high, from 1 on the near side to 1 - a on the far one, and
    takes its values from ((b x - k w) / s, y / s), which leaves x = ±w where it is.
    """
    half, tilt = max(width - 1, 1) / 2, percent / 200
    mean = 1 - abs(tilt)
    return np.array([[mean, 0, -tilt * half], [0, 1, 0], [-tilt / half, 0, mean]])


PERSPECTIVE = Transform(
    name="perspective",
    title="Perspective",
    unit=" %",
    neutral=0,
    low=-50,
    high=50,
    amounts=tuple(range(-50, 51, 10)),
    severities=(10, 20, 30, 40, 50),  # steps of our own: the common corruptions have no such change
    change=recede,
    change_each=recede_each,
    about=(
        "Seen from one side: the right edge (the left one below 0) is so many per cent shorter than the other. "
        "Bilinear; black comes in from outside."
    ),
)
