"""Arrays as grids of numbers, in one of which a number is picked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ui.drawing.shown import offer_grids
from ui.widgets.component import component

_mount = component("number_grids")

Place = tuple[int, int]  # row, column


@dataclass(frozen=True)
class NumberGrid:
    """One array."""

    title: str
    values: np.ndarray  # float (H, W)
    marked: Sequence[Place] = ()  # places in a frame
    pickable: bool = False  # a number in it can be picked


def number_grids(key: str, grids: Sequence[NumberGrid], *, name: str, caption: str) -> None:
    """Show arrays side by side, blue below zero, white at zero and red above, each on its own scale; to download.

    Args:
        key: of the widget; in st.session_state, what it holds as "picked" is for from_wire().
        grids: the arrays, at most one of them pickable; its marked place is the picked one.
        name, caption: of the files, as for offer_grids().
    """
    parts = [
        {
            "title": f"{grid.title}; click a number" if grid.pickable else grid.title,
            "values": np.round(grid.values, 6).tolist(),
            "marked": [list(place) for place in grid.marked],
            "pickable": grid.pickable,
        }
        for grid in grids
    ]
    _mount(key=key, data={"grids": json.dumps(parts)}, default={"picked": None}, on_picked_change=lambda: None)
    offer_grids(name, [(grid.title, grid.values, grid.marked) for grid in grids], caption)


def largest_place(values: np.ndarray) -> Place:
    """Where in values (H, W) the largest is, up or down."""
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    return int(row), int(column)


def from_wire(value: Any, shape: tuple[int, ...]) -> Place | None:
    """What the browser sent -> a place in an array of this shape, None if that is none."""
    if not isinstance(value, list) or len(value) != 2 or not all(type(number) is int for number in value):
        return None
    return (value[0], value[1]) if 0 <= value[0] < shape[0] and 0 <= value[1] < shape[1] else None
