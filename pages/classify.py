"""Draw or pick a digit, or give a photo; every network says what it sees."""

import streamlit as st

from invariance.datasets import MNIST
from invariance.images.resizing import fitted
from ui.answers.as_it_is import ask_each, in_full, in_large, verdict
from ui.drawing.pictures import show
from ui.explanation import explanation, how_it_works
from ui.frame import head, say_verdict
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.picture import linked
from ui.recorded.accuracy import measured

SEEN_SIDE = 28 * 7 + 2  # screen pixels, with a border
UNTOUCHED = "The middle square of the picture, resized to as many pixels: nothing in it is moved, enlarged or left out."

heading = st.container()
asked = ask(answer_first=False)
digits = asked.dataset is MNIST
with heading:
    if digits:
        head(
            "What digit is this?",
            "Draw a digit. The networks answer as you draw, and you see the image they really looked at.",
        )
    else:
        head(
            "What is in this photo?",
            f"Upload a photo or pick a picture. Each network says which of {len(asked.dataset.labels):,} things it is, "
            "and you see the pixels that it really looked at.",
        )


def answer(given: Seen) -> None:
    """What the networks say, and what they see."""
    image, notes = given.image, given.notes
    if image is None:
        return
    first = asked.right.container()  # filled last, as the switch stands below it
    row = asked.right.container(horizontal=True, gap="medium")
    seen, beside = row.container(width=SEEN_SIDE), row.container(width="stretch")
    with beside:
        told = st.container()
        if notes and st.toggle(
            "Show it the untouched square", key="untouched", bind="query-params", persist_state="session"
        ):
            image, notes = fitted(given.picture.pixels, asked.dataset.shape), (UNTOUCHED,)
            if given.picture.given is not None:  # it was uploaded
                image = linked(image)
        for note in notes:
            told.caption(note)
    _, height, width = image.shape
    grey = len(image) == 1
    values = "each from 0 (black) to 1 (white)" if grey else "each three numbers from 0 to 1: red, green and blue"
    with seen:
        show(
            image,
            SEEN_SIDE,
            caption=f"What the networks see: {height} × {width} pixels, {values}",
            alt=f"{given.caption} as the networks see it, {height} by {width} pixels",
        )
    said = ask_each(asked.chosen, image)
    with asked.verdict:
        say_verdict(verdict(said, given.label))
    with first:
        in_large(said, given.label)
        in_full(said)


live(asked, answer, while_drawing=True)

if asked.chosen and labelled(asked.dataset):
    st.header("How often is it right?")
for shown in asked.chosen:
    measured(shown, asked.dataset)

if labelled(asked.dataset):
    how_it_works(
        "classify_digits" if digits else "classify_photos",
        from_pixels_to_an_answer=explanation("classify"),
    )
else:  # how a stranger's images are prepared says the page Your model
    how_it_works("classify")
