"""Several pictures that change together under one slider or under the pointer; dragging asks nothing of the server."""

import json
from dataclasses import dataclass, field

import numpy as np

from invariance.images.encoding import data_url
from ui.widgets.component import component, index_from_wire

_mount = component("film")


@dataclass(frozen=True)
class Reel:
    """One picture over all A amounts."""

    title: str
    frames: np.ndarray  # uint8 (A, C, H, W)
    texts: list[str]  # A short ones, to stand below it
    numbers: list[str] = field(default_factory=list)  # A to stand in its place, where a picture has but one pixel


def film(key: str, reels: list[Reel], amounts: list[str], *, name: str, start: int, pixels: float) -> int:
    """Show reels under one slider.

    Args:
        key: of the widget.
        reels: pictures, the input first; that one can be dragged.
        amounts: A texts, such as "1.5 px".
        name: of what the slider changes.
        start: index to begin with.
        pixels: of the input between two amounts, so that the dragged picture follows the pointer.

    Returns:
        The index where it was let go last.
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
                    "numbers": reel.numbers,
                }
                for reel in reels
            ]
        ),
        "amounts": json.dumps(amounts),
        "name": name,
        "start": start,
        "pixels": pixels,
    }
    at = index_from_wire(_mount(key=key, data=data, default={"at": None}, on_at_change=lambda: None).at, len(amounts))
    return start if at is None else at
