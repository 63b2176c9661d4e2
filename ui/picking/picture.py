"""What the person picked, and what networks are given for it."""

import base64
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, strokes
from invariance.images.decoding import decode
from invariance.images.encoding import png
from invariance.images.pixels import Noted, to_float, to_uint8
from invariance.images.strokes import Stroke, rasterise
from ui.drawing.pictures import show

SIDEBAR_SIDE = 114  # screen pixels
PAD_SIDE = 280  # pixels at which a drawing is drawn before it becomes a 28x28 digit
EXAMPLE = strokes.write(4, np.random.default_rng(11))
EXAMPLE_CAPTION = "the example drawing"


@dataclass(frozen=True)
class Picture:
    """What a person picked."""

    pixels: np.ndarray  # float32 (C, H, W) in [0, 1]
    caption: str
    label: str = ""  # what it shows, if that is known
    drawn: bool = False  # it shows strokes on pure black, and no paper
    ready: bool = False  # it already is as networks for its kind expect it
    given: Noted | None = None  # what networks are given for it, where that was worked out already


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
    return current_picture() or drawn(EXAMPLE, EXAMPLE_CAPTION)


def prepared(picture: Picture, dataset: Dataset) -> Noted:
    """What networks are given for a picture: float32 of the dataset's shape, and what was done to it.

    Raises:
        UserError: the picture shows nothing to recognise.
    """
    if picture.ready and picture.pixels.shape == dataset.shape:
        return Noted(picture.pixels)
    if picture.given and picture.given.pixels.shape == dataset.shape:
        return picture.given
    return dataset.prepare(picture.pixels, picture.drawn)


LINK = "image"  # in a page's address: an uploaded picture as networks are given it
LONGEST_LINK = 6000  # signs of it; what is larger is not in the address


def uploaded(pixels: np.ndarray, caption: str, dataset: Dataset) -> Picture:
    """A picture from a file; what networks are given for it is in the page's address, see linked()."""
    picture = Picture(pixels, caption)
    try:
        given = prepared(picture, dataset)
    except UserError:  # what is wrong with it is said where networks are asked
        st.query_params.pop(LINK, None)
        return picture
    return replace(picture, given=given._replace(pixels=linked(given.pixels)))


def linked(image: np.ndarray) -> np.ndarray:
    """Put an image (C, H, W) that networks are given into the page's address, if there is room.

    Returns:
        The image in 256 steps, as who opens the link sees it.
    """
    steps = to_uint8(image)
    text = base64.urlsafe_b64encode(png(steps)).decode().rstrip("=")
    if len(text) <= LONGEST_LINK:
        st.query_params[LINK] = text
    else:
        st.query_params.pop(LINK, None)
    return to_float(steps)


def in_address(dataset: Dataset) -> Picture | None:
    """The uploaded picture that the page's address holds; None if it holds none for such networks."""
    text = st.query_params.get(LINK, "")
    try:
        pixels = decode(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)).pixels
    except (ValueError, UserError):  # of no picture at all, and of one that is cut off
        return None
    return Picture(pixels, "the picture in the link", ready=True) if pixels.shape == dataset.shape else None
