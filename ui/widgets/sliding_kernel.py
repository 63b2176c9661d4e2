"""A kernel that slides over an image, one step at a time; no step asks the server."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ui.widgets.component import component

_mount = component("sliding_kernel")


@dataclass(frozen=True)
class Knobs:
    """How a kernel slides."""

    stride: int = 1  # pixels a step
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))  # zeros above and below, left and right
    bias: float = 0.0  # added to each sum
    flip: bool = False  # the kernel is turned by 180° first, which makes it a true convolution


class Slid(NamedTuple):
    """Where the window lies, and the kernel in it."""

    kernel: np.ndarray  # (C, k1, k2), with the person's edits
    at: int  # the output's cell of the window, row by row; -1: at none yet
    filled: int  # so many cells of the output are shown


def sliding_kernel(
    key: str,
    image: np.ndarray,
    kernel: np.ndarray,
    knobs: Knobs,
    *,
    name: str,
    start: Slid,
) -> Slid:
    """Show the kernel sliding over the image.

    Args:
        key: of the widget.
        image: float (C, H, W).
        kernel: float (C, k1, k2), as it is before the person edits it.
        knobs: how it slides.
        name: of image and kernel; edits and the window's place are forgotten when it changes.
        start: what to show first, or again.

    Returns:
        What the person made of it; told when the window rests, while the widget steps by itself.
    """
    place = f"{name} {knobs}"
    data = {
        "name": name,
        "place": place,
        "image": json.dumps(np.round(image.astype(float), 6).tolist()),
        "kernel": json.dumps(np.round(start.kernel.astype(float), 6).tolist()),
        "stride": knobs.stride,
        "padding": json.dumps(knobs.padding),
        "bias": knobs.bias,
        "flip": knobs.flip,
        "at": start.at,
        "filled": start.filled,
    }
    nothing = {"edited": None, "rested": None}
    told = _mount(key=key, data=data, default=nothing, on_edited_change=lambda: None, on_rested_change=lambda: None)
    edited = from_wire(told.edited, name, start.kernel)
    return Slid(edited, *(rested_from_wire(told.rested, place) or (start.at, start.filled)))


def rested_from_wire(value: Any, place: str) -> tuple[int, int] | None:
    """What the browser sent -> the window's cell and how many are filled; None if that is none of this place."""
    if not isinstance(value, dict) or value.get("place") != place:
        return None
    at, filled = value.get("at"), value.get("filled")
    return (at, filled) if type(at) is type(filled) is int and at >= -1 and max(0, at + 1) <= filled else None


def from_wire(value: Any, name: str, kernel: np.ndarray) -> np.ndarray:
    """What the browser sent -> a kernel with the person's edits; the kernel as it is if that is no edit of it."""
    if not isinstance(value, dict) or value.get("name") != name:
        return kernel
    try:
        with np.errstate(over="ignore"):  # a number too large for the type becomes infinite
            weights = np.array(value["kernel"], kernel.dtype)
    except (KeyError, TypeError, ValueError, OverflowError):
        return kernel
    return weights if weights.shape == kernel.shape and np.isfinite(weights).all() else kernel
