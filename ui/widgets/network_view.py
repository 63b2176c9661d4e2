"""A whole network on one screen: a column of small maps for each layer, from the image to the answer; a click picks
one."""

import json
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import streamlit as st

from invariance.images.encoding import data_url
from invariance.number_words import probability
from ui.widgets.component import component

_mount = component("network_view")


class Column(NamedTuple):
    """What one layer gave."""

    name: str
    kind: str  # in words
    size: str
    sort: Literal["maps", "numbers", "answer"]
    pictures: np.ndarray  # uint8 (N, 1 or 3, H, W) of its first N maps; of numbers one picture, a number a row
    count: int  # maps or numbers that it has
    takes: tuple[int, ...]  # which columns it reads
    mixes: bool  # each of its maps is made from all that it reads, not from the one in the same place


def network_view(
    key: str,
    columns: list[Column],
    bars: list[tuple[str, float]],
    *,
    chosen: tuple[int, int],
    hint: str,
    on_click: Callable[[int, int], None],
) -> None:
    """Show all layers side by side, to pick a map with mouse or keyboard.

    Args:
        key: of the widget.
        columns: the layers in the order in which they run.
        bars: what the last answers: classes and probabilities.
        chosen: column and map of the marked one.
        hint: what the picture shows, for people who can't see it.
        on_click: called with column and map of the one picked, before the page runs anew.
    """
    strip, tops = _strip([column.pictures for column in columns])
    layers = [
        {
            "name": column.name,
            "kind": column.kind,
            "size": column.size,
            "sort": column.sort,
            "shown": len(column.pictures),
            "height": column.pictures.shape[2],
            "width": column.pictures.shape[3],
            "count": column.count,
            "top": top,
            "takes": column.takes,
            "mixes": column.mixes,
        }
        for column, top in zip(columns, tops, strict=True)
    ]
    data = {
        "strip": data_url(strip),
        "strip_width": strip.shape[2],
        "strip_height": strip.shape[1],
        "layers": json.dumps(layers),
        "bars": json.dumps([[label, round(share, 4), probability(share, 1)] for label, share in bars]),
        "column": chosen[0],
        "map": chosen[1],
        "hint": hint,
    }

    def clicked() -> None:
        place = from_wire(st.session_state[key].clicked, [column.count for column in columns])
        if place is not None:
            on_click(*place)

    _mount(key=key, data=data, on_clicked_change=clicked)


def _strip(pictures: list[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Pictures of all columns as one, those of a column side by side, the columns below each other; and their tops."""
    channels = max(each.shape[1] for each in pictures)
    width = max(len(each) * each.shape[3] for each in pictures)
    tops = np.cumsum([0, *(each.shape[2] for each in pictures)])
    strip = np.zeros((channels, tops[-1], width), np.uint8)
    for each, top in zip(pictures, tops, strict=False):
        count, _, high, wide = each.shape
        strip[:, top : top + high, : count * wide] = each.transpose(1, 2, 0, 3).reshape(-1, high, count * wide)
    return strip, [int(top) for top in tops[:-1]]


def from_wire(value: object, counts: list[int]) -> tuple[int, int] | None:
    """What the browser sent -> column and map, None if there is no such."""
    if not isinstance(value, list) or len(value) != 2 or not all(type(number) is int for number in value):
        return None
    column, place = value
    return (column, place) if 0 <= column < len(counts) and 0 <= place < counts[column] else None
