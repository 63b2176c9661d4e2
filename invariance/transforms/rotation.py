"""Rotation about the image's centre, counter-clockwise in degrees."""

from collections.abc import Sequence

import numpy as np

from invariance.transforms.action import Maps, Parts, Undefined
from invariance.transforms.transform import Transform, between_places, resample, resample_each


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn float32 (N, C, H, W) about ((H-1)/2, (W-1)/2); zeros come in from outside.

    Quarter turns of square images move whole pixels and are exact; other angles are bilinear and blur a little. A turn
    of a square image by more than 90° is one by less and then quarter turns, number for number.
    """
    if images.shape[2] != images.shape[3]:
        return resample(images, _turn(degrees))
    quarters, rest = divmod(degrees % 360, 90)
    if rest == 0:
        return np.ascontiguousarray(np.rot90(images, int(quarters), (2, 3)))
    return resample(images, _turn(rest), int(quarters))


def rotate_each(image: np.ndarray, degrees: Sequence[float]) -> np.ndarray:
    """float32 (C, H, W) -> (A, C, H, W): rotate() by each of A angles."""
    if image.shape[1] != image.shape[2]:
        return resample_each(image, [_turn(angle) for angle in degrees])
    quarters, rests = np.divmod(np.mod(degrees, 360), 90)
    rests, places = np.unique(rests, return_inverse=True)
    turned = resample_each(image, [_turn(angle) for angle in rests])
    each = np.empty((len(quarters), *image.shape), np.float32)
    for count in range(4):
        each[quarters == count] = np.rot90(turned[places[quarters == count]], count, (2, 3))
    return each


def _turn(degrees: float) -> np.ndarray:
    """Where a turned image takes its values from, (2, 3); see resample()."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0]])


def quarter_turns(degrees: float) -> int:
    """How many, 0 to 3; 0 if it isn't a whole number of them."""
    return int(degrees % 360 // 90) if degrees % 90 == 0 else 0


def turned(transform: Transform, maps: Maps, degrees: float) -> Parts:
    """A quarter turn does to a square map what it does to a square image."""
    if degrees % 90:
        return between_places(transform, maps, degrees)
    quarters = quarter_turns(degrees)
    height, width = maps.still.shape[-2:]
    if quarters % 2 and (height != width or maps.size[0] != maps.size[1]):
        label = transform.label(degrees)
        raise Undefined(f"A map of {height}×{width} isn't the same grid after a turn by {label}.")
    return Parts(maps.changed, np.rot90(maps.still, quarters, (-2, -1)))


ROTATION = Transform(
    name="rotation",
    title="Rotation",
    unit="°",
    neutral=0,
    low=0,
    high=360,
    period=360,
    amounts=tuple(range(0, 360, 5)),
    change=rotate,
    change_each=rotate_each,
    about="Turns about the centre, counter-clockwise. Multiples of 90° are exact; others are resampled and blur.",
    action=turned,
    quarters=quarter_turns,
    telling=90,
    own_page=True,
)
