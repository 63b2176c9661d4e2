"""Backpropagation, checked: the mistake is handed back layer by layer, every gradient beside its measurement."""

from typing import NamedTuple

import streamlit as st

from invariance.scratch import one_channel as small
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons.backpropagation import choose_network, image, learned_by_this, overview, softmax_by_hand
from ui.lessons.backpropagation_steps import choose_step, step
from ui.picking.image import pick_image
from ui.picking.remembered import choose_dataset, remembered
from ui.views import place_for


class View(NamedTuple):
    """One idea of the page. sentence: what to try."""

    title: str
    sentence: str


VIEWS = {
    "steps": View(
        "Step by step",
        "Press Step: the mistake is handed back layer by layer, down to every pixel. Click a number to see what made "
        "it.",
    ),
    "overview": View("There and back", "Choose another right answer: which numbers are to blame now?"),
    "softmax": View("Softmax, with your numbers", "Type the network's last numbers, the logits, yourself."),
    "learn": View("Enough to learn?", "Are these formulas enough to learn to read digits?"),
}

heading, said = st.container(), st.container()
view = remembered("backpropagation_view", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("Who is to blame for a mistake?", VIEWS[view].sentence)

with place_for("backpropagation", view):
    if view in ("steps", "overview"):
        top = st.container()  # filled last: the picture is picked further down
        with st.columns([5, 8])[0]:
            pick_image(choose_dataset())
        pixels, caption = image()
        with top:
            back = choose_step() if view == "steps" else ""
            parameters, label = choose_network()
            values = small.forward(parameters, pixels)
            gradients = small.backward(parameters, values, label)
            if view == "steps":
                told = step(back, parameters, values, gradients, label)
            else:
                told = overview(values, gradients, label, caption)
    else:
        told = {"softmax": softmax_by_hand, "learn": learned_by_this}[view]()
with said:
    say_verdict(told)

how_it_works("backpropagation")
