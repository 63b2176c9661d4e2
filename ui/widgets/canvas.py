"""A drawing pad: mouse, pen or finger -> pen strokes."""

import base64
import json
import struct
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.images.strokes import Stroke
from ui.widgets.component import component
from ui.words import escaped

UNITS = 1023  # of the pad's height: strokes are whole numbers, so that a link shows exactly what was drawn
MAX_STROKES, MAX_POINTS = 200, 20_000
LONGEST_LINK = (7 * MAX_STROKES + 2 * MAX_POINTS) * 4 // 3 + 3  # signs of a drawing in an address, see to_link()
WIDTH_STEP = 4  # widths are whole multiples of this, to fit a byte


_mount = component("canvas")


class Form(NamedTuple):
    """A kind of pad."""

    aspect: float = 1  # its width, in heights
    pen: int = 76  # the width that the pen begins with, of UNITS in the pad's height
    frame: float = 0  # the side of a dashed square, in heights, that shows how large to draw; 0 for none


SQUARE = Form()


def canvas(
    key: str, start: list[Stroke], *, example: bool, hint: str, form: Form = SQUARE, live: bool = False
) -> list[Stroke] | None:
    """Show the pad.

    Args:
        key: of the widget.
        start: what is on the pad when it appears.
        example: start is only an example: it vanishes when the person begins to draw.
        hint: what to draw, for people who can't see the pad.
        form: of the pad.
        live: what is drawn comes while the pen still moves too, as often as it is taken; see canvas.js.

    Returns:
        What is on the pad now; None if the person didn't draw since it appeared.
    """
    # As text: Streamlit imports pandas, half a second, to look for tables in lists.
    strokes = json.dumps([_to_wire(stroke, form.aspect) for stroke in start])
    data = {"strokes": strokes, "example": example, "hint": hint, "live": live, **form._asdict()}
    data["taken"] = points_in((st.session_state.get(key) or {}).get("strokes"))
    result = _mount(key=key, data=data, default={"strokes": None}, on_strokes_change=lambda: None)
    return None if result.strokes is None else from_wire(result.strokes, form.aspect)


def points_in(value: Any) -> int:
    """How many numbers the lines have that the browser sent: by this the pad knows what was taken of it. -1: none."""
    try:
        return sum(len(item["points"]) for item in value)
    except (TypeError, KeyError):
        return -1


def drawing(
    key: str, state_key: str, link: str, first: list[Stroke], *, hint: str, form: Form = SQUARE, live: bool = False
) -> list[Stroke] | None:
    """Show a pad whose drawing stays when another page is shown, and is in the page's address.

    Args:
        key, hint, form, live: as for canvas().
        state_key: the name in the session under which the drawing stays.
        link: the name in the page's address.
        first: an example, shown until the person draws.

    Returns:
        What the person drew; None while the example is shown.
    """
    state = st.session_state
    if state_key not in state:
        state[state_key] = None
        if (text := st.query_params.get(link)) is not None:
            try:
                state[state_key] = from_link(text, form.aspect)
            except UserError as error:
                st.warning(escaped(error))
    example = state[state_key] is None
    try:
        drawn = canvas(key, first if example else state[state_key], example=example, hint=hint, form=form, live=live)
        if drawn is not None:
            state[state_key] = from_link(to_link(drawn), form.aspect)  # so that who opens the link sees the very same
    except UserError as error:
        st.error(escaped(error))
    if state[state_key] is None:
        st.query_params.pop(link, None)
    else:
        st.query_params[link] = to_link(state[state_key])
    return state[state_key]


def _to_wire(stroke: Stroke, aspect: float) -> dict[str, Any]:
    points = np.clip(np.round(stroke.points * UNITS), 0, _corner(aspect)).astype(int)
    return {"width": round(stroke.width * UNITS), "points": points.ravel().tolist()}


def _corner(aspect: float) -> np.ndarray:
    """The largest x and y on a pad."""
    return np.array([round(aspect * UNITS), UNITS])


def from_wire(value: Any, aspect: float = 1) -> list[Stroke]:
    """What the browser sent -> strokes, with everything checked: it may come from anywhere.

    aspect: of the pad that they are for.

    Raises:
        UserError: it is not a drawing or too large a one.
    """
    try:
        too_large = len(value) > MAX_STROKES or points_in(value) > 2 * MAX_POINTS
        arrays = [
            (float(item["width"]), np.array(item["points"], float).reshape(-1, 2)) for item in value if not too_large
        ]
    except (TypeError, KeyError, ValueError, OverflowError) as error:  # the last: of a whole number that is huge
        raise UserError("The drawing came damaged from the browser. Clear the pad and draw again.") from error
    if too_large:
        raise UserError(f"The drawing has more than {MAX_STROKES} lines or {MAX_POINTS:,} points. Clear the pad.")
    strokes = [
        Stroke(np.clip(np.nan_to_num(points), 0, _corner(aspect)) / UNITS, min(max(width, WIDTH_STEP), UNITS) / UNITS)
        for width, points in arrays
        if len(points) and np.isfinite(width)
    ]
    return strokes


def to_link(strokes: list[Stroke]) -> str:
    """Strokes -> a short text for the page's address.

    For each stroke its width / 4 (one byte), its number of moves (two bytes), its start x, y (two bytes each), then
    each move dx, dy (one signed byte each; longer moves are cut up); all as URL-safe base64.
    """
    parts = []
    for stroke in strokes:
        points = np.round(stroke.points * UNITS).astype(int)
        moves: list[tuple[int, int]] = []
        for delta in np.diff(points, axis=0):
            pieces = max(1, -(-int(np.abs(delta).max()) // 127))
            ends = np.round(np.arange(pieces + 1)[:, None] * delta / pieces).astype(int)
            moves += [(int(dx), int(dy)) for dx, dy in np.diff(ends, axis=0)]
        width = min(255, max(1, round(stroke.width * UNITS / WIDTH_STEP)))
        parts.append(struct.pack(">BHHH", width, len(moves), *points[0]) + np.array(moves, np.int8).tobytes())
    return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def from_link(text: str, aspect: float = 1) -> list[Stroke]:
    """The inverse of to_link(); aspect: of the pad that the drawing is for.

    Raises:
        UserError: text is not a drawing.
    """
    strokes = []
    if len(text) > LONGEST_LINK:
        raise UserError(
            f"The drawing in this link has {len(text):,} signs, more than the {LONGEST_LINK:,} that are read, so the "
            "pad starts anew. Draw less."
        )
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        while data:
            width, count, x, y = struct.unpack_from(">BHHH", data)
            moves = np.frombuffer(data, np.int8, 2 * count, 7).reshape(-1, 2).astype(int)
            points = np.cumsum(np.concatenate([[[x, y]], moves]), 0)
            strokes.append({"width": WIDTH_STEP * width, "points": points.ravel()})
            data = data[7 + 2 * count :]
        return from_wire(strokes, aspect)
    except (ValueError, struct.error) as error:
        raise UserError(
            "The drawing in this link is damaged, so the pad starts anew. Ask for the link again."
        ) from error
