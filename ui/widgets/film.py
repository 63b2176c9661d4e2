"""Several pictures that change together under one slider or under the pointer; dragging asks nothing of the server."""

import json
from dataclasses import asdict, dataclass, field

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
    side: int = 128  # screen pixels of its width


@dataclass(frozen=True)
class Plot:
    """A curve over all A amounts; those of the amounts before stay behind it in grey."""

    title: str
    along: tuple[float, ...]  # P places, the same for all; the curve goes from the first to the last
    shares: list[list[float]]  # A curves of P shares, in 0..1
    marks: tuple[float, ...]  # places that are written below it
    unit: str  # of a place
    colour: str
    texts: list[str]  # A short ones, to stand below it


def film(
    key: str,
    reels: list[Reel],
    amounts: list[str],
    *,
    name: str,
    start: int,
    pixels: float | None = None,
    plot: Plot | None = None,
) -> int:
    """Show reels under one slider.

    Args:
        key: of the widget.
        reels: pictures.
        amounts: A texts, such as "1.5 px".
        name: of what the slider changes.
        start: index to begin with.
        pixels: of the first reel between two amounts: it can be dragged, and follows the pointer; None: the amounts
            follow each other in time, and a button plays them.
        plot: a curve that changes too.

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
                    "side": reel.side,
                }
                for reel in reels
            ]
        ),
        "amounts": json.dumps(amounts),
        "name": name,
        "start": start,
        "pixels": pixels,
        "plot": json.dumps(plot and asdict(plot)),
    }
    at = index_from_wire(_mount(key=key, data=data, default={"at": None}, on_at_change=lambda: None).at, len(amounts))
    return start if at is None else at
