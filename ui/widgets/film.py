"""Several pictures that change together under one slider or under the pointer; dragging asks nothing of the server."""

import json
from dataclasses import dataclass

import numpy as np

from invariance.images.encoding import data_url
from ui.widgets.component import component

_mount = component("film")


@dataclass(frozen=True)
class Reel:
    """One picture over all A amounts."""

    title: str
    frames: np.ndarray  # uint8 (A, C, H, W)
    texts: list[str]  # A short ones, to stand below it


def film(key: str, reels: list[Reel], amounts: list[str], *, name: str, start: int, pixels: float) -> None:
    """Show reels under one slider.

    Args:
        key: of the widget.
        reels: pictures, the input first; that one can be dragged.
        amounts: A texts, such as "1.5 px".
        name: of what the slider changes.
        start: index to begin with.
        pixels: of the input between two amounts, so that the dragged picture follows the pointer.
    """
    data = {
        "reels": json.dumps(
            [
                {
                    "title": reel.title,
                    "strip": data_url(np.concatenate(list(reel.frames), axis=2)),
                    "height": reel.frames.shape[2],
                    "width": reel.frames.shape[3],
                    "texts": reel.texts,
                }
                for reel in reels
            ]
        ),
        "amounts": json.dumps(amounts),
        "name": name,
        "start": start,
        "pixels": pixels,
    }
    _mount(key=key, data=data)
