"""Many small pictures, one of which is clicked."""

import json
from collections.abc import Callable

import numpy as np
import streamlit as st

from invariance.images.encoding import data_url
from ui.widgets.component import component, index_from_wire

_mount = component("gallery")


def gallery(
    key: str, images: np.ndarray, names: list[str], *, chosen: int | None, hint: str, on_click: Callable[[int], None]
) -> None:
    """Show pictures to choose from, two screen pixels for each of theirs, with mouse and keyboard.

    Args:
        key: of the widget.
        images: uint8 (N, C, H, W).
        names: what each shows, for its tooltip and for people who can't see it.
        chosen: index of the marked one.
        hint: what the pictures are.
        on_click: called with the index of a clicked picture, before the page runs anew.
    """
    count, channels, height, width = images.shape
    strip = images.transpose(1, 2, 0, 3).reshape(channels, height, count * width)
    data = {
        "strip": data_url(strip),
        "height": height,
        "width": width,
        "names": json.dumps(names),
        "chosen": chosen,
        "hint": hint,
    }

    def clicked() -> None:
        index = index_from_wire(st.session_state[key].clicked, count)
        if index is not None:
            on_click(index)

    _mount(key=key, data=data, on_clicked_change=clicked)
