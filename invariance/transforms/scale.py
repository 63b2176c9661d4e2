"""Enlarging and shrinking about the image's centre."""

from collections.abc import Sequence

import numpy as np

from invariance.transforms.transform import Transform, resample, resample_each


def rescale(images: np.ndarray, factor: float) -> np.ndarray:
    """Scale what float32 (N, C, H, W) shows by factor about ((H-1)/2, (W-1)/2); bilinear, zeros outside.

    Shrinking by much more than 2 would skip pixels; the transform's range stops before that.
    """
    return resample(images, _scaled(factor))


def rescale_each(image: np.ndarray, factors: Sequence[float]) -> np.ndarray:
    """float32 (C, H, W) -> (A, C, H, W): rescale() by each of A factors."""
    return resample_each(image, [_scaled(factor) for factor in factors])


def _scaled(factor: float) -> np.ndarray:
    """Where a scaled image takes its values from, (2, 3); see resample()."""
    return np.array([[1 / factor, 0, 0], [0, 1 / factor, 0]])


SCALE = Transform(
    name="scale",
    title="Scale",
    unit="×",
    neutral=1,
    low=0.5,
    high=2,
    amounts=tuple(round(0.5 + 0.05 * step, 2) for step in range(31)),
    change=rescale,
    change_each=rescale_each,
    about="Shrinks and enlarges about the centre, bilinear; black comes in from outside, and what leaves is cut off.",
)
