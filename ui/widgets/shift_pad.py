"""An image to be dragged about, with every network's answer at each place; dragging asks nothing of the server.

Beside each answer lies a map of all shifts, that can be pointed into.
"""

import base64
import json
from dataclasses import dataclass

import numpy as np

from ui.drawing.pictures import data_url
from ui.widgets.component import component

FULL = 10_000  # a probability of 1, as it is sent

_mount = component("shift_pad")


@dataclass(frozen=True)
class ShiftAnswers:
    """One network's answers: probabilities (T, D, R, classes) at T turns, D shifts down and R to the right, of which
    number D // 2 and R // 2 are no shift."""

    title: str
    colour: str
    labels: tuple[str, ...]
    probabilities: np.ndarray


def shift_pad(
    key: str,
    images: np.ndarray,
    tracks: list[ShiftAnswers],
    *,
    wraps: bool,
    truth: str,
    at: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Show an image that can be dragged, and what each network says of it.

    Args:
        key: of the widget.
        images: uint8 (T, C, H, W): the image; or it and its turns, counter-clockwise, by 90, 180 and 270°.
        tracks: the networks' answers.
        wraps: what leaves at one side comes in at the other; else black comes in.
        truth: what the image shows, "" if nobody knows; then answers are compared with that to the unmoved image.
        at: pixels to the right and down to begin with; None: begins unmoved, and Python is not told of other places.

    Returns:
        Pixels to the right and down where the image was let go last.
    """
    count, channels, height, width = images.shape
    _, rows, columns, _ = tracks[0].probabilities.shape
    name = f"{'around' if wraps else 'black'} {rows} x {columns}"
    right, down = at or (0, 0)
    data = {
        "strip": data_url(images.transpose(1, 2, 0, 3).reshape(channels, height, count * width)),
        "width": width,
        "height": height,
        "name": name,
        "rows": rows,
        "columns": columns,
        "turns": count,
        "wraps": wraps,
        "right": right,
        "down": down,
        "tells": at is not None,
        "tracks": json.dumps([_wire(track, truth) for track in tracks]),
    }
    let_go = _mount(key=key, data=data, default={"let_go": None}, on_let_go_change=lambda: None).let_go
    if not isinstance(let_go, dict) or let_go.get("name") != name:
        return right, down
    found = let_go.get("right"), let_go.get("down")
    inside = all(
        type(value) is int and -(size // 2) <= value < size - size // 2
        for value, size in zip(found, (columns, rows), strict=True)
    )
    return found if inside else (right, down)


def _wire(track: ShiftAnswers, truth: str) -> dict[str, object]:
    answers = track.probabilities.argmax(-1)
    known = truth in track.labels
    _, rows, columns = answers.shape
    expected = track.labels.index(truth) if known else int(answers[0, rows // 2, columns // 2])
    return {
        "title": track.title,
        "colour": track.colour,
        "labels": track.labels,
        "expected": expected,
        "answers": _packed(answers),
        "confidence": _packed(track.probabilities.max(-1) * FULL),
        "wanted": _packed(track.probabilities[..., expected] * FULL),
        "words": ["right", "wrong"] if known else ["same answer", "another answer"],
        "known": known,
    }


def _packed(numbers: np.ndarray) -> str:
    """Numbers from 0 to 65,535 -> little-endian uint16, row by row, in base64."""
    return base64.b64encode(np.rint(numbers).astype("<u2").tobytes()).decode()
