"""Rotation about the image's centre, counter-clockwise in degrees."""

import numpy as np

from invariance.transforms.transform import Transform, resample


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn float32 (N, C, H, W) about ((H-1)/2, (W-1)/2); zeros come in from outside.

    Quarter turns of square images move whole pixels and are exact; other angles are bilinear and blur a little.
    """
    quarters, rest = divmod(degrees % 360, 90)
    if rest == 0 and images.shape[2] == images.shape[3]:
        return np.ascontiguousarray(np.rot90(images, int(quarters), (2, 3)))
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return resample(images, np.array([[cos, -sin, 0], [sin, cos, 0]]))


ROTATION = Transform(
    name="rotation",
    title="Rotation",
    unit="°",
    neutral=0,
    low=0,
    high=360,
    amounts=tuple(range(0, 360, 5)),
    change=rotate,
    about="Turns about the centre, counter-clockwise. Multiples of 90° are exact; others are resampled and blur.",
)
