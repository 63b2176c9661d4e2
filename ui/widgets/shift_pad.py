"""An image to be dragged about, with every network's answer at each place; dragging asks nothing of the server.

Beside each answer lies a map of all shifts, that can be pointed into.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from invariance.images.encoding import data_url
from invariance.measures import answered
from invariance.number_words import probabilities
from ui.widgets.component import component
from ui.words import NO_LABEL

FULL = 10_000  # a probability of 1, as it is sent

_mount = component("shift_pad")


class Place(NamedTuple):
    """Where an image lies: pixels to the right and down, and quarter turns counter-clockwise."""

    right: int
    down: int
    turn: int = 0


@dataclass(frozen=True)
class ShiftAnswers:
    """One network's answers at T turns, D shifts down and R to the right."""

    title: str
    colour: str
    labels: tuple[str, ...]
    probabilities: np.ndarray  # (T, D, R, classes); number D // 2 and R // 2 are no shift


def shift_pad(
    key: str,
    images: np.ndarray,
    answers: list[ShiftAnswers],
    *,
    wraps: bool,
    truth: str,
    at: Place,
) -> Place:
    """Show an image that can be dragged, and what each network says of it.

    Args:
        key: of the widget.
        images: uint8 (T, C, H, W): the image; or it and its turns, counter-clockwise, by 90, 180 and 270°.
        answers: the networks' answers.
        wraps: what leaves at one side comes in at the other; else black comes in.
        truth: what the image shows, "" if nobody knows; then answers are compared with that to the unmoved image.
        at: where it lies to begin with.

    Returns:
        Where the image was let go last.
    """
    count, channels, height, width = images.shape
    _, rows, columns, _ = answers[0].probabilities.shape
    name = f"{'around' if wraps else 'black'} {rows} x {columns}"
    data = {
        "strip": data_url(images.transpose(1, 2, 0, 3).reshape(channels, height, count * width)),
        "width": width,
        "height": height,
        "name": name,
        "rows": rows,
        "columns": columns,
        "turns": count,
        "wraps": wraps,
        **at._asdict(),
        "tracks": json.dumps([_wire(network, truth) for network in answers]),
    }
    let_go = _mount(key=key, data=data, default={"let_go": None}, on_let_go_change=lambda: None).let_go
    return from_wire(let_go, name, count, rows, columns) or at


def from_wire(value: Any, name: str, turns: int, rows: int, columns: int) -> Place | None:
    """What the browser sent -> the place, None if that is none of this image."""
    if not isinstance(value, dict) or value.get("name") != name:
        return None
    place = Place(*(value.get(axis) for axis in Place._fields))
    ranges = (range(-(size // 2), size - size // 2) for size in (columns, rows))
    inside = all(
        type(step) is int and step in steps for step, steps in zip(place, (*ranges, range(turns)), strict=True)
    )
    return place if inside else None


def _wire(network: ShiftAnswers, truth: str) -> dict[str, object]:
    none = len(network.labels)
    answers = answered(network.probabilities) % (none + 1)
    known = truth in network.labels
    _, rows, columns = answers.shape
    expected = network.labels.index(truth) if known else int(answers[0, rows // 2, columns // 2])
    chances = np.nan_to_num(network.probabilities)
    shares, confidence = probabilities(chances.max(-1), 1)
    return {
        "title": network.title,
        "colour": network.colour,
        "labels": [*network.labels, NO_LABEL],
        "expected": expected if expected < none else None,  # no answer is the same as none
        "answers": _packed(answers),
        "shares": shares,
        "confidence": _packed(confidence),  # which of the shares it is
        "wanted": _packed(chances[..., min(expected, none - 1)] * FULL),
        "words": ["right", "wrong"] if known else ["same answer", "another answer"],
        "known": known,
    }


def _packed(numbers: np.ndarray) -> str:
    """Numbers from 0 to 65,535 -> little-endian uint16, row by row, in base64."""
    return base64.b64encode(np.rint(numbers).astype("<u2").tobytes()).decode()
