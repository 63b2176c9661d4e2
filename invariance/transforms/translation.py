"""Shifts, by whole and fractional pixels: to the right with black coming in, or around the edge (circular)."""

import numpy as np

from invariance.transforms.action import Maps, Parts, Undefined
from invariance.transforms.transform import Transform, resample


def shift(images: np.ndarray, right: float, down: float = 0) -> np.ndarray:
    """Move what float32 (N, C, H, W) shows by pixels to the right and down; zeros come in.

    Whole pixels are exact; fractions are bilinear.
    """
    if not (float(right).is_integer() and float(down).is_integer()):
        return resample(images, np.array([[1, 0, -right], [0, 1, -down]]))
    height, width = images.shape[2:]
    x, y = int(np.clip(right, -width, width)), int(np.clip(down, -height, height))
    moved = np.zeros_like(images)
    moved[:, :, max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)] = images[
        :, :, max(-y, 0) : height + min(-y, 0), max(-x, 0) : width + min(-x, 0)
    ]
    return moved


def roll(images: np.ndarray, right: float, down: float = 0) -> np.ndarray:
    """Move float32 (N, C, H, W) around the edges: what leaves at one side comes in at the other.

    A fraction f of a pixel is the mean of the two whole shifts beside it, weighted 1 - f and f.
    """
    moved = images
    for axis, amount in ((3, right), (2, down)):
        whole = int(np.floor(amount))
        rest = np.float32(amount - whole)
        moved = np.roll(moved, whole, axis)
        if rest:
            moved = (1 - rest) * moved + rest * np.roll(moved, 1, axis)
    return np.ascontiguousarray(moved)


def shifted(transform: Transform, maps: Maps, right: float) -> Parts:
    """A shift by d pixels moves a map of stride s by d / s places, where s divides d.

    Only the places are compared that were on the map before: what comes in has no place there.
    """
    places, width = _places(transform, maps, right), maps.still.shape[-1]
    if abs(places) >= width:
        raise Undefined(f"A shift by {transform.label(right)} moves all of its {width} columns out.")
    if places < 0:
        return Parts(maps.changed[..., :places], maps.still[..., -places:])
    return Parts(maps.changed[..., places:], maps.still[..., : width - places])


def rolled(transform: Transform, maps: Maps, right: float) -> Parts:
    """A shift by d pixels moves a map of stride s by d / s places, where s divides d and the map goes around once."""
    places, width, stride = _places(transform, maps, right), maps.still.shape[-1], maps.stride[1]
    if width * stride != maps.size[1]:
        raise Undefined(f"Its {width} columns, {stride} px apart, don't go once around {maps.size[1]} px.")
    return Parts(maps.changed, np.roll(maps.still, places, -1))


def _places(transform: Transform, maps: Maps, right: float) -> int:
    """By how many columns the map moves."""
    stride = maps.stride[1]
    if right % stride:
        label = transform.label(right)
        raise Undefined(f"Its places lie {stride} px apart: a shift by {label} isn't a whole number of them.")
    return int(right) // stride


TRANSLATION = Transform(
    name="translation",
    title="Shift",
    unit=" px",
    neutral=0,
    low=-14,
    high=14,
    amounts=tuple(range(-14, 15)),
    change=shift,
    about="Moves to the right (to the left below 0); black comes in. Whole pixels are exact, fractions are resampled.",
    action=shifted,
    by_pixels=True,
    telling=1,
)
CIRCULAR = Transform(
    name="circular",
    title="Circular shift",
    unit=" px",
    neutral=0,
    low=-14,
    high=14,
    amounts=tuple(range(-14, 15)),
    change=roll,
    about="Moves to the right (to the left below 0); what leaves at one side comes in at the other.",
    action=rolled,
    by_pixels=True,
    telling=4,
)
