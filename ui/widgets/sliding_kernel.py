"""A kernel that slides over an image, one step at a time; no step asks the server."""

import json
from dataclasses import dataclass
from typing import Any

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


def sliding_kernel(key: str, image: np.ndarray, kernel: np.ndarray, knobs: Knobs, *, name: str) -> np.ndarray:
    """Show the kernel sliding over the image.

    Args:
        key: of the widget.
        image: float (C, H, W).
        kernel: float (C, k1, k2), as it is before the person edits it.
        knobs: how it slides.
        name: of image and kernel; edits are forgotten when it changes.

    Returns:
        The kernel (C, k1, k2) with the person's edits.
    """
    data = {
        "name": name,
        "image": json.dumps(np.round(image.astype(float), 6).tolist()),
        "kernel": json.dumps(np.round(kernel.astype(float), 6).tolist()),
        "stride": knobs.stride,
        "padding": json.dumps(knobs.padding),
        "bias": knobs.bias,
        "flip": knobs.flip,
    }
    edited = _mount(key=key, data=data, default={"edited": None}, on_edited_change=lambda: None).edited
    return from_wire(edited, name, kernel)


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
