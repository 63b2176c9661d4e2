"""A kernel slides over an image: every window, product and sum."""

from typing import NamedTuple

import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons.convolution import as_numbers, learned, stages
from ui.lessons.sliding import YOURS, choose, choose_image, explain, slide
from ui.networks import models_for
from ui.picking.image import pick_image
from ui.picking.picture import prepared
from ui.picking.remembered import choose_dataset, remembered
from ui.views import place_for
from ui.words import escaped

LEARNED = ("lenet5", "conv1")


class View(NamedTuple):
    """One idea of the page. sentence: what to try."""

    title: str
    sentence: str


VIEWS = {
    "slide": View(
        "Slide it",
        "Press Step: the numbers under the window are multiplied by the kernel's, and their sum is one output cell.",
    ),
    "numbers": View("As numbers", "Point at a pixel: to a computer, an image is nothing but numbers."),
    "stages": View(
        "Detect, isolate, condense", "Draw: a kernel finds edges, ReLU keeps one kind, pooling condenses them."
    ),
    "learned": View(
        "A learned kernel", "Press Step, or Play: the same with a kernel that a network learned from digits."
    ),
}

heading, said = st.container(), st.container()
view = remembered("convolution_view", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("What does a kernel see?", VIEWS[view].sentence)

told = "There is nothing to look at yet: draw, upload or pick a picture."
with place_for("convolution", view):
    top = st.container()  # filled last: the picture that it shows is picked further down
    image, picture, dataset = None, None, None
    if view == "slide":
        with top:
            row = st.container(horizontal=True, vertical_alignment="bottom")
        with row:
            image_name = choose_image()
    if view != "slide" or image_name == YOURS:
        left, right = st.columns([5, 8], gap="large")
        with left:
            dataset = choose_dataset()
            picture = pick_image(dataset)
        if picture is not None:
            try:
                image = prepared(picture, dataset).pixels
            except UserError as error:
                told = escaped(error)

    if view == "slide" and (image is not None or image_name != YOURS):
        with row:
            chosen = choose(image_name, image)
        with top:
            kernel, told = slide("slid", chosen)
            explain(chosen, kernel)
    elif view == "numbers" and image is not None:
        with right:
            told = as_numbers(image)
    elif view == "stages" and picture is not None:
        with top:
            told = stages(picture.pixels, picture.caption)
    elif view == "learned" and image is not None:
        lenet5 = [shown for shown in models_for(MNIST.name) if shown.model.card.name == LEARNED[0]]
        if dataset is MNIST and lenet5:
            with top:
                told = learned(lenet5[0], image, LEARNED[1])
        else:
            told = (
                "The network for this reads digits. Choose Digits below."
                if lenet5
                else f"LeNet-5 is not in exported/ yet. Make it with: python -m training {LEARNED[0]}"
            )
with said:
    say_verdict(told)

how_it_works("convolution")
