"""An image as the numbers that it is: hover, touch or use the arrow keys to read a pixel."""

import json

import numpy as np

from invariance.images.encoding import data_url
from invariance.images.pixels import to_uint8
from ui.widgets.component import component

_mount = component("pixels")


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
