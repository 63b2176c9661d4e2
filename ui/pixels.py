"""An image as the numbers that it is: hover, touch or use the arrow keys to read a pixel. Behaviour in pixels.js."""

import json
from pathlib import Path

import numpy as np
import streamlit as st

from invariance.images import to_uint8
from ui.pictures import data_url

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "invariance_lab.pixels",
    html='<div class="pixels"><div class="planes"></div><output class="said" aria-live="polite"></output></div>',
    css=(HERE / "pixels.css").read_text(),
    js=(HERE / "pixels.js").read_text(),
)


def pixels(key: str, image: np.ndarray) -> None:
    """Show an image float (1 or 3, H, W) in [0, 1], in colour and each channel by itself, with the value under the
    pointer."""
    values = to_uint8(image)
    channels, height, width = values.shape
    names = ["grey"] if channels == 1 else ["red", "green", "blue"]
    tints = [values]
    if channels == 3:
        for channel in range(3):
            alone = np.zeros_like(values)
            alone[channel] = values[channel]
            tints.append(alone)
    data = {
        "planes": json.dumps([data_url(tint) for tint in tints]),
        "titles": json.dumps(["the image", *(f"its {name}" for name in names)] if channels == 3 else ["the image"]),
        "names": json.dumps(names),
        "values": json.dumps(values.tolist()),
        "height": height,
        "width": width,
    }
    _mount(key=key, data=data)
