"""What the person picked, and what networks are given for it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from invariance.datasets import Dataset, strokes
from invariance.images.pixels import Noted
from invariance.images.strokes import Stroke, rasterise
from ui.drawing.pictures import show

SIDEBAR_SIDE = 114  # screen pixels
PAD_SIDE = 280  # pixels at which a drawing is drawn before it becomes a 28x28 digit
EXAMPLE = strokes.write(4, np.random.default_rng(11))


@dataclass(frozen=True)
class Picture:
    """What a person picked."""

    pixels: np.ndarray  # float32 (C, H, W) in [0, 1]
    caption: str
    label: str = ""  # what it shows, if that is known
    drawn: bool = False  # it shows strokes on pure black, and no paper
    ready: bool = False  # it already is as networks for its kind expect it


def current_picture() -> Picture | None:
    """What was picked last of the kind of thing that was shown last, on whatever page."""
    return st.session_state.get("picture")


def show_picked() -> None:
    """Show in the sidebar what was picked last, once a run of the page."""
    st.session_state.picked_shown = True
    if picture := current_picture():
        with st.sidebar:
            show(picture.pixels, SIDEBAR_SIDE, caption=f"Picked: {picture.caption}", alt=picture.caption)


def drawn(lines: list[Stroke], caption: str) -> Picture:
    """A drawing on the square pad as a picture."""
    return Picture(rasterise(lines, PAD_SIDE), caption, drawn=True)


def current_or_example() -> Picture:
    """What was picked last, or the example drawing while nothing is."""
    return current_picture() or drawn(EXAMPLE, "the example drawing")


def prepared(picture: Picture, dataset: Dataset) -> Noted:
    """What networks are given for a picture: float32 of the dataset's shape, and what was done to it.

    Raises:
        UserError: the picture shows nothing to recognise.
    """
    if picture.ready and picture.pixels.shape == dataset.shape:
        return Noted(picture.pixels)
    return dataset.prepare(picture.pixels, picture.drawn)
