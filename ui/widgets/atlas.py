"""All kernels of a convolution in one picture; a click picks one."""

import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance.images.encoding import data_url
from ui.drawing.pictures import BORDER
from ui.widgets.component import component, index_from_wire

WIDTH, HEIGHT = 600, 800  # screen pixels that the picture takes at most, unless it would be smaller than its numbers
LARGEST = 8  # screen pixels a weight
GAP = 1  # weights, between kernels; twice that between bands

_mount = component("atlas")


class Arrangement(NamedTuple):
    """Where kernels lie: each output a column of its slices, as many columns a band as fit, bands below each other."""

    zoom: int  # screen pixels a weight
    columns: int  # of a band
    bands: int  # how many


def arrangement(outputs: int, inputs: int, height: int, width: int) -> Arrangement:
    """The largest zoom at which outputs x inputs kernels of height x width fit WIDTH x HEIGHT; at least 1."""
    for zoom in range(LARGEST, 0, -1):
        columns = min(outputs, max(1, WIDTH // ((width + GAP) * zoom)))
        bands = -(-outputs // columns)
        if zoom == 1 or bands * _band(inputs, height) * zoom <= HEIGHT:
            return Arrangement(zoom, columns, bands)
    raise AssertionError("zoom 1 always returns")


def _band(inputs: int, height: int) -> int:
    return inputs * (height + GAP) + GAP


def mosaic(pictures: np.ndarray, arranged: Arrangement) -> np.ndarray:
    """uint8 (outputs, inputs, C, h, w) -> one uint8 picture (C, H, W), each kernel at its place."""
    _, inputs, channels, height, width = pictures.shape
    rows, columns = arranged.bands * _band(inputs, height), arranged.columns * (width + GAP)
    whole = np.full((channels, rows, columns), BORDER, np.uint8)
    for band in range(arranged.bands):
        part = pictures[band * arranged.columns : (band + 1) * arranged.columns]
        padded = np.pad(part, ((0, 0),) * 3 + ((0, GAP),) * 2, constant_values=BORDER)
        block = padded.transpose(2, 1, 3, 0, 4).reshape(channels, inputs * (height + GAP), len(part) * (width + GAP))
        top = band * _band(inputs, height)
        whole[:, top : top + block.shape[1], : block.shape[2]] = block
    return whole[:, : rows - 2 * GAP, : columns - GAP]  # no gap at the ends


def atlas(
    key: str, pictures: np.ndarray, *, names: str, chosen: int, hint: str, on_click: Callable[[int], None]
) -> None:
    """Show all kernels of a convolution in one picture, to pick one with mouse or arrow keys.

    Args:
        key: of the widget.
        pictures: uint8 (outputs, inputs, C, h, w).
        names: what one is called, with {output} and {slice}, counted from 1.
        chosen: index of the marked one, kernel by kernel and slice by slice.
        hint: what the picture shows, for people who can't see it.
        on_click: called with the index of the one picked, before the page runs anew.
    """
    outputs, inputs, _, height, width = pictures.shape
    arranged = arrangement(outputs, inputs, height, width)
    whole = mosaic(pictures, arranged)
    data = {
        "picture": data_url(whole),
        "size": json.dumps([whole.shape[2] * arranged.zoom, whole.shape[1] * arranged.zoom]),
        "cell": json.dumps([(width + GAP) * arranged.zoom, (height + GAP) * arranged.zoom]),
        "gap": GAP * arranged.zoom,
        "columns": arranged.columns,
        "outputs": outputs,
        "inputs": inputs,
        "chosen": chosen,
        "names": names,
        "hint": hint,
    }

    def clicked() -> None:
        index = index_from_wire(st.session_state[key].clicked, outputs * inputs)
        if index is not None:
            on_click(index)

    _mount(key=key, data=data, on_clicked_change=clicked)
