"""Move the image: the answers of some networks move with it, those of others can't."""

from typing import NamedTuple

import streamlit as st

from invariance.datasets import MNIST
from invariance.evaluation.consistency import SHIFTS
from invariance.number_words import percent
from invariance.transforms.translation import CIRCULAR
from ui.answers.every_shift import INVARIANT, every_shift, moved_by, one_answer_everywhere
from ui.answers.first_shifted import begin_with_a_flip
from ui.answers.several_digits import several_digits
from ui.answers.steadiness import verdict_of
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons.stripes import stripes_lesson
from ui.networks import models_for, none_yet
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.networks import Names, choose_networks
from ui.picking.remembered import choose_dataset, remembered
from ui.recorded.consistency import (
    choose_kind,
    every_shift_chart,
    measured_on_shifts,
    price,
    same_answer_chart,
    verdict_on_shifts,
)
from ui.recorded.curves import measured_curves, show_curves
from ui.recorded.remeasure import remeasure
from ui.recorded.six_or_nine import TITLE as SIX_OR_NINE
from ui.recorded.six_or_nine import by_shape_alone, six_or_nine
from ui.recorded.with_pooling import show_pair, the_pair, verdict_on_pooling
from ui.views import place_for
from ui.words import bold, escaped

COMPARED: Names = {
    "mnist": ("mnist-shift-plain", "mnist-shift-polyphase", "lenet5"),
    "cifar10": ("cifar-shift-plain", "cifar-shift-blur", "cifar-shift-polyphase"),
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
    "pooled": View(
        "With and without pooling",
        "Drag your digit: two networks with the same convolutions, of which one pools after each. Pooling leaves "
        "fewer numbers, so its last layer is smaller.",
    ),
    "wide": View(
        "Several digits", "Draw several digits anywhere. For each digit there is a map: red where the network sees one."
    ),
    "measured": View("On test images", "How many answers do shifts change, and what does a steadier network cost?"),
    "six": View(
        SIX_OR_NINE, "A 9 is a 6 upside down. How does a network that answers both alike tell one from the other?"
    ),
    "why": View(
        "Where the shift gets in",
        "Make the stripes finer, then move them: keeping every second pixel shows stripes that were never there.",
    ),
}
LIVE = ("drag", "everywhere", "pooled")  # views that ask networks about the person's image
MEASURED = {"same": "Same answers", "right": "Right answers", "price": "The price"}


def choose_edges() -> str:
    """Ask what happens at the edges: a name in SHIFTS, of one that a transform does too."""
    names = [name for name, shift in SHIFTS.items() if shift.transform]
    return remembered("edges", names, lambda name: SHIFTS[name].title, "At the edges")


def ask_about_shifts(view: str) -> None:
    """The views with the person's image: it at every shift, with what each network says."""
    if view == "drag":
        begin_with_a_flip(COMPARED)
    asked = ask(COMPARED) if view == "drag" else ask(None, only=MNIST)  # the other networks read digits
    with asked.right:
        pair = the_pair() if view == "pooled" else []

    def move(given: Seen) -> None:
        if given.image is None:
            return
        said = ""
        with asked.right:
            if view == "everywhere":
                said = one_answer_everywhere(given.image, given.label)
                by_shape_alone(INVARIANT)
            elif models := pair if view == "pooled" else asked.chosen:
                pad = st.container()  # what to do at the edges is asked below it
                edges = choose_edges()
                with pad:
                    moved = every_shift(models, given.image, given.label, edges)
                said = verdict_of(moved_by(moved.place), moved.networks, "shifts", moved=any(moved.place))
                if view == "pooled":
                    said = f"{verdict_on_pooling(models, edges)} {said}"
        with asked.verdict:
            say_verdict(said)

    live(asked, move)
    if view == "drag" and asked.dataset is MNIST:
        st.markdown(
            "**Why Max pooling, Blurred pooling and Polyphase pooling are steadier than LeNet-5.** Not because of "
            "pooling alone. They join the image's edges, and before they answer they take the mean of each of their "
            "last maps over all places (*global averaging*): where something lies is then forgotten. All that a "
            "shift around the edges can still change is which values pooling skips; with max pooling, that flips some "
            "answers. LeNet-5 pools too, but reads its last maps place by place: a shift changes many of its answers."
        )
    if view == "pooled" and pair:
        st.header("On test images")
        show_pair(pair, st.session_state.picked_edges)


def show_measured() -> None:
    """What was measured on shifted test images."""
    place = st.container()
    dataset = choose_dataset()
    everyone = models_for(dataset.name)
    if not everyone:
        none_yet(f"network for {dataset.title}")
        return
    if not labelled(dataset):
        st.info(f"There are no labelled images of what {escaped(dataset.title)} knows. Choose Digits or Objects.")
        return
    part = remembered("stays", list(MEASURED), MEASURED.get, "What was measured", quiet=True)
    if part == "right":
        chosen = choose_networks(everyone, dataset, COMPARED)
        transform = SHIFTS[choose_edges()].transform
        curves = measured_curves(chosen, dataset.name, transform)
        if curves:
            best = max(curves, key=lambda title: curves[title]["mean"]["value"])
            with place:
                most = " most often" if len(curves) > 1 else ""
                say_verdict(
                    f"Over all shifts to the side, {bold(best)} is right{most}: on average on "
                    f"{percent(curves[best]['mean']['value'])} of {curves[best]['n']:,} test images."
                )
            st.markdown("Test images moved to the right (to the left below 0). A flat line survives shifts.")
            show_curves(curves, everyone, transform)
        remeasure(chosen, dataset, transform, curves)
        return
    measured = measured_on_shifts(everyone, dataset)
    if not measured:
        return
    kind = choose_kind()
    with place:
        say_verdict(verdict_on_shifts(measured, kind))
    if part == "price":
        price(measured, everyone, dataset, kind)
        return
    chosen = choose_networks(everyone, dataset, COMPARED)
    left, right = st.columns(2, gap="large")
    with left:
        same_answer_chart(measured, everyone, kind)
    with right:
        every_shift_chart(measured, chosen, kind)


def show_why() -> str:
    """The sampling theorem in stripes, and where to see it in a network; the verdict."""
    said = stripes_lesson()
    st.markdown(
        "Networks that pool with stride 2 do this. Try it with your own image, under “Which layer loses it?” below: "
        "choose Max pooling and a shift by one pixel. From its first pooling on, no layer can follow."
    )
    return said


BY_ITSELF = {  # what a view shows that asks for nothing above it; each gives its verdict
    "wide": several_digits,
    "six": lambda: six_or_nine([shown for shown in models_for(MNIST.name) if not shown.own]),
    "why": show_why,
}

heading = st.container()
view = remembered("see", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("Does the answer survive a shift?", VIEWS[view].sentence)

with place_for("translation", view):
    if view in LIVE:
        ask_about_shifts(view)
    elif view == "measured":
        show_measured()
    else:
        verdict = st.container()
        said = BY_ITSELF[view]()
        with verdict:
            say_verdict(said)

st.page_link(
    "symmetry.py",
    label="Which layer loses it?",
    icon=":material/layers:",
    query_params={"broken_by": CIRCULAR.title},
)

how_it_works("translation")
