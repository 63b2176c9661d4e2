"""A kernel that slides over an image, one step at a time; no step asks the server. Behaviour in slide.js."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

HERE = Path(__file__).parent
HTML = """
<div class="slide">
  <div class="bar">
    <button type="button" class="back" title="One step back">◀ Back</button>
    <button type="button" class="step" title="One step on">Step ▶</button>
    <button type="button" class="play" aria-pressed="false">▶▶ Play</button>
    <button type="button" class="all" title="Fill every cell of the output">Fill all</button>
    <button type="button" class="reset" title="Empty the output">Start again</button>
    <output class="place" aria-live="off"></output>
  </div>
  <div class="panels">
    <figure class="input"><figcaption></figcaption></figure>
    <figure class="kernel"><figcaption></figcaption></figure>
    <figure class="output"><figcaption></figcaption></figure>
  </div>
  <output class="sum" aria-live="polite"></output>
</div>
"""

_mount = st.components.v2.component(
    "invariance_lab.slide",
    html=HTML,
    css=(HERE / "slide.css").read_text(),
    js=(HERE / "slide.js").read_text(),
)


@dataclass(frozen=True)
class Knobs:
    """stride: pixels a step; padding: zeros above and below, left and right; bias: added to each sum; flip: the kernel
    is turned by 180° first, which makes it a true convolution."""

    stride: int = 1
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    bias: float = 0.0
    flip: bool = False


def slide(key: str, image: np.ndarray, kernel: np.ndarray, knobs: Knobs, *, name: str) -> np.ndarray:
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
        found = np.array(edited["kernel"], kernel.dtype)
    except (KeyError, TypeError, ValueError):
        return kernel
    return found if found.shape == kernel.shape and np.isfinite(found).all() else kernel
