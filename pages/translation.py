"""Move the image: the answers of some networks move with it, those of others can't."""

from typing import NamedTuple

import streamlit as st

from invariance.datasets import MNIST
from invariance.evaluation.consistency import SHIFTS
from invariance.transforms.translation import CIRCULAR
from ui.answers.every_shift import every_shift, one_answer_everywhere
from ui.answers.several_digits import several_digits
from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons.stripes import stripes_lesson
from ui.networks import models_for, none_yet
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.networks import Names, choose_networks
from ui.picking.remembered import choose_dataset, remembered
from ui.recorded.consistency import consistency
from ui.recorded.curves import measured_curves, show_curves
from ui.recorded.six_or_nine import six_or_nine
from ui.words import escaped

COMPARED: Names = {
    "mnist": ("lenet5", "mnist-mlp", "mnist-shift-plain", "mnist-shift-polyphase", "mnist-invariant"),
    "cifar10": ("cifar-mlp", "cifar-shift-plain", "cifar-shift-blur", "cifar-shift-polyphase"),
}


class View(NamedTuple):
    """One idea of the page. sentence: what to try."""

    title: str
    sentence: str


VIEWS = {
    "drag": View(
        "Drag it",
        "Drag the image about: every network's answer follows, and its map shows where it would be another. One image "
        "says little: try several.",
    ),
    "everywhere": View(
        "One answer everywhere", "Drag your digit and turn it: one of these networks can't change its answer."
    ),
    "wide": View(
        "Several digits", "Draw several digits anywhere. For each digit there is a map: red where the network sees one."
    ),
    "measured": View("On test images", "How many answers do shifts change, and what does a steadier network cost?"),
    "why": View(
        "Where the shift gets in",
        "Make the stripes finer, then move them: keeping every second pixel shows stripes that were never there.",
    ),
}


def choose_edges() -> str:
    """Ask what happens at the edges: a name in SHIFTS, of one that a transform does too."""
    names = [name for name, shift in SHIFTS.items() if shift.transform]
    return remembered("edges", names, lambda name: SHIFTS[name].title, "At the edges")


heading = st.container()
view = remembered("see", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("Does the answer survive a shift?", VIEWS[view].sentence)

if view in ("drag", "everywhere"):
    asked = ask(COMPARED if view == "drag" else None)

    def move(given: Seen) -> None:
        """The image at every shift, with what each network says."""
        if given.image is None:
            return
        with asked.right:
            if view == "drag":
                every_shift(asked.chosen, given.image, given.label, choose_edges())
            elif asked.dataset is MNIST:
                one_answer_everywhere(given.image, given.label)
            else:
                st.info("The network for this reads digits. Choose Digits on the left.")

    live(asked, move)

if view == "wide":
    several_digits()

if view == "measured":
    dataset = choose_dataset()
    everyone = models_for(dataset.name)
    if not everyone:
        none_yet(f"network for {dataset.title}")
    elif not labelled(dataset):
        st.info(f"There are no labelled images of what {escaped(dataset.title)} knows. Choose Digits or Objects.")
    else:
        chosen = choose_networks(everyone, dataset, COMPARED)
        st.header("How many answers stay right?")
        transform = SHIFTS[choose_edges()].transform
        curves = measured_curves(chosen, dataset.name, transform)
        if curves:
            st.markdown("Test images moved to the right (to the left below 0). A flat line survives shifts.")
            show_curves(curves, everyone, transform)
        st.header("How many answers stay the same?")
        consistency(everyone, chosen, dataset)
        if dataset is MNIST:
            six_or_nine([shown for shown in everyone if not shown.own])

if view == "why":
    stripes_lesson()
    st.markdown(
        "A network does this at every pooling layer. Look at your own image: the first layer with a bar is where its "
        "shift is lost."
    )
    st.page_link(
        "inside.py",
        label="Inside: the error of every layer under a shift",
        icon=":material/layers:",
        query_params={"look": "Symmetry", "broken_by": CIRCULAR.title},
    )

how_it_works("translation")
