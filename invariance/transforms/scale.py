"""Enlarging and shrinking about the image's centre."""

import numpy as np

from invariance.transforms.transform import Transform, resample


def rescale(images: np.ndarray, factor: float) -> np.ndarray:
    """Scale what float32 (N, C, H, W) shows by factor about ((H-1)/2, (W-1)/2); bilinear, zeros outside.

    Shrinking by much more than 2 would skip pixels; the transform's range stops before that.
    """
    return resample(images, np.array([[1 / factor, 0, 0], [0, 1 / factor, 0]]))


SCALE = Transform(
    name="scale",
    title="Scale",
    unit="×",
    neutral=1,
    low=0.5,
    high=2,
    amounts=tuple(round(0.5 + 0.05 * step, 2) for step in range(31)),
    change=rescale,
    about="Shrinks and enlarges about the centre, bilinear; black comes in from outside, and what leaves is cut off.",
)
