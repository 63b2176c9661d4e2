"""The front door: what this is, shown at once, and three ways in."""

import numpy as np
import streamlit as st

from invariance.claims import SOURCES
from invariance.datasets import MNIST, strokes
from invariance.transforms.rotation import ROTATION
from ui.answers.every_amount import every_amount, steady_over
from ui.answers.steadiness import some
from ui.frame import head, say_verdict
from ui.networks import Shown, models_for, none_yet
from ui.picking.picture import drawn, prepared
from ui.recorded.six_or_nine import six_or_nine_in_short
from ui.tour.steps import STEPS
from ui.words import bold
from ui.yours.drop import drop

ASKED = {"what", "source", "draw", "sample", "test", "networks", "values"}  # in links to this page when it was Classify
TURNED = ("lenet5", "p4cnn")  # one that a turn fools, and one that is built to answer quarter turns alike
TRADED = ("p4cnn", "mnist-invariant")  # one that knows which way is up by where a digit lies, and one that can't
FOUR = strokes.write(4, np.random.default_rng(13))

if ASKED & set(st.query_params):
    st.switch_page("classify.py", query_params=st.query_params.to_dict())


def at_all_angles(networks: list[Shown], image: np.ndarray) -> str:
    """How often each network changes its answer over all angles, in a sentence."""
    start = ROTATION.amounts.index(ROTATION.neutral)
    parts, verb = [], "changes its answer"
    for network in steady_over(ROTATION, networks, image, "", start):
        parts.append(f"{bold(network.title)} {verb} at {some(network.tried - network.good, network.tried)}")
        verb = "changes it"
    return f"Turned all the way round, through {len(ROTATION.amounts)} angles: {' and '.join(parts)}."


def by_paper() -> None:
    st.markdown(f"Every figure, table and formula of {len(SOURCES)} sources, and where you can see and try it here.")
    for source in SOURCES.values():
        st.page_link("sources.py", label=f"**{source.author}**: {source.about}", query_params={"paper": source.author})


def to_teach() -> None:
    st.markdown(
        f"{len(STEPS)} steps through the pages, each with a question to guess first and a handout, and a view for the "
        "wall."
    )
    st.page_link("teach.py", label="For a class", icon=":material/school:")
    st.page_link(STEPS[0].page, label="Take the tour", icon=":material/route:", query_params={"tour": "1"})


def own_network() -> None:
    if drop():
        st.switch_page("yours.py")


DOORS = {"I read a paper": by_paper, "I teach": to_teach, "I have a model": own_network}

head(
    "What does a network's answer survive?",
    "Turn, shift, blur or darken a picture and see which image classifiers keep their answer: those here, or "
    "your own. Grab the 4 and turn it.",
)
everyone = models_for(MNIST.name)
by_name = {shown.model.card.name: shown for shown in everyone}
networks = [by_name[name] for name in TURNED if name in by_name]
if networks:
    image = prepared(drawn(FOUR, "a 4 written by code"), MNIST).pixels
    say_verdict(at_all_angles(networks, image))
    every_amount(ROTATION, networks, image, "4", by_itself=True)
else:
    none_yet(f"network for {MNIST.title}")

for column, (title, show) in zip(st.columns(len(DOORS)), DOORS.items(), strict=True):
    with column.container(border=True, height="stretch"):
        st.subheader(title, anchor=False)
        show()

six_or_nine_in_short([by_name[name] for name in TRADED if name in by_name])
