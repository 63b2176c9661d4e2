"""A kernel that slides over an image, one step at a time; no step asks the server."""

import json
from dataclasses import dataclass

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
    if not isinstance(edited, dict) or edited.get("name") != name:
        return kernel
    try:
        weights = np.array(edited["kernel"], kernel.dtype)
    except (KeyError, TypeError, ValueError):
        return kernel
    return weights if weights.shape == kernel.shape and np.isfinite(weights).all() else kernel
