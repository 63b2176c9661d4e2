"""Shear: rows slide sideways, the further from the middle the more, as italics lean."""

from collections.abc import Sequence

import numpy as np

from invariance.transforms.transform import Transform, resample, resample_each


def shear(images: np.ndarray, degrees: float) -> np.ndarray:
    """Lean what float32 (N, C, H, W) shows to the right, by degrees from upright; bilinear, zeros outside.

    The row y pixels above the centre moves by y tan(degrees); the middle one stays.
    """
    return resample(images, _sheared(degrees))


def shear_each(image: np.ndarray, degrees: Sequence[float]) -> np.ndarray:
    """float32 (C, H, W) -> (A, C, H, W): shear() by each of A angles."""
    return resample_each(image, [_sheared(angle) for angle in degrees])


def _sheared(degrees: float) -> np.ndarray:
    """Where a sheared image takes its values from, (2, 3); see resample()."""
    return np.array([[1, np.tan(np.deg2rad(degrees)), 0], [0, 1, 0]])


SHEAR = Transform(
    name="shear",
    title="Shear",
    unit="°",
    neutral=0,
    low=-45,
    high=45,
    amounts=(-45, -30, -20, -15, -10, -5, 0, 5, 10, 15, 20, 30, 45),
    severities=(5, 10, 15, 20, 30),  # steps of our own: the common corruptions have no shear
    change=shear,
    change_each=shear_each,
    about="Leans to the right as italics do (to the left below 0), bilinear; black comes in from outside.",
    telling=20,
)
