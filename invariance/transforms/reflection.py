"""Mirror images: the image as it is, left and right exchanged, top and bottom exchanged, or both."""

import numpy as np

from invariance.transforms.action import Maps, Parts
from invariance.transforms.transform import Transform, TransformError

AXES = {1: (3,), 2: (2,), 3: (2, 3)}
BOTH = 3  # a half turn


def mirror(images: np.ndarray, which: float) -> np.ndarray:
    """Mirror float32 (N, C, H, W); which: 1 left and right, 2 top and bottom, 3 both, which is a half turn."""
    if which not in AXES:
        raise TransformError(
            f"Reflection takes 0 (as it is), 1 (left-right), 2 (top-bottom) or 3 (both), not {which:g}."
        )
    return np.ascontiguousarray(np.flip(images, AXES[int(which)]))


def mirrored(transform: Transform, maps: Maps, which: float) -> Parts:
    """A mirror image does to every map what it does to the image."""
    del transform
    return Parts(maps.changed, np.flip(maps.still, [axis - 4 for axis in AXES[int(which)]]))


REFLECTION = Transform(
    name="reflection",
    title="Reflection",
    unit="",
    neutral=0,
    low=0,
    high=3,
    amounts=(0, 1, 2, 3),
    change=mirror,
    about="0: as it is; 1: left and right exchanged; 2: top and bottom; 3: both, which is a half turn. All exact.",
    names=("as it is", "left ↔ right", "top ↕ bottom", "both"),
    action=mirrored,
    telling=1,
    quarters=lambda which: 2 if which == BOTH else 0,
)
