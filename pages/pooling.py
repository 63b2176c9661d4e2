"""Pooling: what it keeps, and whether a shift really doesn't matter to it."""

from typing import NamedTuple

import streamlit as st

from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons.pooling import choose_shape, kinds, numbers, pooled_image, rounds
from ui.lessons.pooling_shifts import all_shifts, drag
from ui.picking.remembered import remembered


class View(NamedTuple):
    """One idea of the page. sentence: what to try."""

    title: str
    sentence: str


VIEWS = {
    "shift": View(
        "Shift it", "Drag the image to the right, by half pixels: which outputs stay, which only move, which change?"
    ),
    "rounds": View(
        "Round after round",
        "Each round puts one number in place of every window: the picture shrinks, the shape stays for a while.",
    ),
    "numbers": View(
        "In numbers",
        "Ways to make one number of each window of the same 6 × 6 numbers. Move them by one pixel and compare.",
    ),
    "all": View("Every shift at once", "All shifts of the image, each a pixel of a map: dark where little changes."),
}

heading, said = st.container(), st.container()
view = remembered("pooling_view", list(VIEWS), lambda name: VIEWS[name].title, "Look at", quiet=True)
with heading:
    head("Does pooling forgive a shift?", VIEWS[view].sentence)

if view == "numbers":
    told = numbers()
else:
    name, radius = choose_shape()
    above = st.container()  # filled last: the person's picture is picked below what is made of it
    image = pooled_image(name, radius)
    with above:
        told = {"shift": drag, "rounds": rounds, "all": all_shifts}[view](image)
with said:
    say_verdict(told)
kinds()

how_it_works("pooling")
