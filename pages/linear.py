"""Linear or not, and does it follow shifts? A test bench for operators, with counterexamples to check by hand."""

from typing import NamedTuple

import streamlit as st

from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons import flattening
from ui.lessons.impulse import impulse, matrices
from ui.lessons.laws import choose, every_operator, examples, law_by_law
from ui.picking.image import pick_image
from ui.picking.picture import current_or_example
from ui.picking.remembered import choose_dataset, remembered
from ui.views import place_for


class View(NamedTuple):
    """One idea of the page. sentence: what to try."""

    title: str
    sentence: str


VIEWS = {
    "laws": View("Law by law", "Choose an operator, a layer or several: every law is tried on it."),
    "fails": View(
        "Where a law fails", "Choose an operator, and check by hand the smallest image on which a law fails."
    ),
    "impulse": View(
        "What one impulse tells",
        "Choose an operator: if it is linear and follows shifts, its answer to one bright pixel tells all about it.",
    ),
    "all": View("Every operator", "Which operators are linear, and which follow shifts? Find one that does only one."),
    "matrices": View("Matrices", "Which matrices follow shifts? Compare: what sets them apart?"),
    "flatten": View("Flattening", "Does the order of flattening matter, in which a map is laid into one row? Guess."),
}

heading, said = st.container(), st.container()
view = remembered("linear_view", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("Is it linear? Does it follow shifts?", VIEWS[view].sentence)

told = ""
with place_for("linear", view):
    if view in ("laws", "fails", "impulse"):
        top = st.container()  # filled last: the picture that it is tried on is picked further down
        left, right = st.columns([8, 5], gap="large")
        with right if view == "laws" else left:
            st.markdown("**The picture that it is tried on**")
            kind = choose_dataset()
            pick_image(kind)
        with top:
            subject = choose(current_or_example(), kind)
        if subject is not None:
            with left if view == "laws" else top:
                told = {"laws": law_by_law, "fails": examples, "impulse": impulse}[view](subject)
    else:
        told = {"all": every_operator, "matrices": matrices, "flatten": flattening.section}[view]()
with said:
    say_verdict(told or "There is nothing to test yet.")

how_it_works("linear")
