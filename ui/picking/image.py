"""One picker of an image for all pages: draw, upload, sample or test set. What was picked follows the person."""

from typing import Any

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST, Dataset
from invariance.images.decoding import ENDINGS, decode
from invariance.images.pixels import Noted
from invariance.images.resizing import centre_square
from ui.drawing.pictures import show
from ui.own_models import labelled
from ui.picking.picture import EXAMPLE, EXAMPLE_CAPTION, LINK, Picture, drawn, in_address, linked, uploaded
from ui.picking.remembered import from_link, picked, take_up, to_link
from ui.picking.samples import pick_sample
from ui.picking.test_set import pick_test_image
from ui.widgets.canvas import drawing
from ui.widgets.crop import Square, crop, preview
from ui.words import escaped

MOST_MEGABYTES = 20  # of a photo; a large one of a phone has 10
LINKED_SIDE = 196  # screen pixels
NAMED = 12  # classes that are listed
# What the address says of an image, and where that is picked.
NAMES = {"draw": "draw", "sample": "sample", LINK: "upload", "test": "test", "others": "test", "show": "test"}
SOURCES = {"draw": "Draw", "upload": "Upload", "sample": "Samples", "test": "Test set"}


def pick_image(dataset: Dataset, *, while_drawing: bool = False) -> Picture | None:
    """Show the picker for images like those of a dataset; return what is picked, None if nothing is yet.

    while_drawing: what is drawn comes while the pen still moves too.
    """
    state, picks = st.session_state, picked(dataset)
    drawable = dataset.shape[0] == 1  # one pen, one shade
    first = "draw" if drawable else "sample"
    if asked := {title: name for name, title in SOURCES.items()}.get(from_link("source", SOURCES[first])):
        state.source, picks["source"] = None, asked
    if from_link("draw") is not None or asked == "draw":
        state.pop("strokes", None)  # the address says what was drawn, if only that nothing was
    take_up("source", dataset, first)
    options = [source for source in SOURCES if {"draw": drawable, "test": labelled(dataset)}.get(source, True)]
    source = st.segmented_control(
        "Where the image comes from",
        options,
        format_func=SOURCES.get,
        required=True,
        key="source",
        wrap=True,
        label_visibility="collapsed",
    )
    source = picks["source"] = source or picks.get("source", first)
    to_link("source", SOURCES[source], SOURCES[first])
    for name, shown in NAMES.items():
        if shown != source:
            st.query_params.pop(name, None)  # the address names only what is shown
    if source == "draw":
        picture = _draw(while_drawing)
    else:
        picture = {"upload": _upload, "sample": pick_sample, "test": pick_test_image}[source](dataset)
    if picture is not None or source == "draw":
        picks["picture"] = picture  # an upload that is still to come doesn't take away what was picked before
    state.picture = picks.get("picture")
    return picture


def _draw(while_drawing: bool) -> Picture | None:
    hint = "Drawing pad: draw one digit, 0 to 9, with mouse, pen or finger"
    lines = drawing("pad", "strokes", "draw", EXAMPLE, hint=hint, live=while_drawing)
    if lines is None:
        st.caption("This 4 is an example. It vanishes as soon as you draw.")
        return drawn(EXAMPLE, EXAMPLE_CAPTION)
    return drawn(lines, "your drawing") if lines else None


def _upload(dataset: Dataset) -> Picture | None:
    picks = picked(dataset)
    some = escaped(", ".join(dataset.labels[:NAMED])) + (" …" if len(dataset.labels) > NAMED else "")
    wanted = "or drawing of one digit, on paper or screen" if dataset is MNIST else f"of: {some}"
    endings = [ending.removeprefix(".") for ending in ENDINGS]
    file = st.file_uploader(f"A photo {wanted}", endings, max_upload_size=MOST_MEGABYTES)
    if file is not None and file.file_id != picks.get("upload_id"):
        try:
            decoded = decode(file.getvalue())
            picks.update(upload=(file.name, decoded), upload_id=file.file_id, preview=preview(decoded.pixels))
            picks.pop("square", None)
        except UserError as error:
            st.error(escaped(f"{file.name}: {error}"))
    if (asked := from_link(LINK)) is not None and asked != picks.get("link"):
        picks.pop("upload", None)  # the address is of another picture
    if "upload" not in picks:
        picture = in_address(dataset)
        if picture is None and (picture := picks.get("linked")) is not None:  # it came with a link to another page
            linked(picture.pixels)
        if picture is not None:
            picks["linked"] = picture
            show(
                picture.pixels,
                LINKED_SIDE,
                caption="It came with the link, as the networks see it",
                alt=picture.caption,
            )
        return picture
    name, decoded = picks["upload"]
    for note in decoded.notes:
        st.info(note)
    _, height, width = decoded.pixels.shape
    # A digit is found wherever it is written; of other things it is the middle that is looked at.
    start = None if dataset.shape[0] == 1 else Square(*centre_square(width, height))
    picture = uploaded(_part(picks, decoded, name, start), f"your picture {name}", dataset)
    picks["link"] = st.query_params.get(LINK)
    st.caption(
        "The picture, as the networks see it, is in this page's link."
        if picks["link"]
        else "It is not in this page's link."
    )
    return picture


def _part(picks: dict[str, Any], decoded: Noted, name: str, start: Square | None) -> np.ndarray:
    """Let the person choose a square of an uploaded picture; its pixels. start: the first; None: the whole picture."""
    _, height, width = decoded.pixels.shape
    picks["square"] = crop(
        "crop",
        picks["preview"],
        width,
        height,
        picks["upload_id"],
        picks.get("square", start),
        f"The part of {name} that the network sees",
    )
    st.caption(
        "Drag the square over what the network should see, and resize it by its corner; or use the arrow keys, + and −."
    )
    return picks["square"].cut(decoded.pixels) if picks["square"] else decoded.pixels
