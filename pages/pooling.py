"""Pooling: what it keeps, and whether a shift really doesn't matter to it."""

import streamlit as st

from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons.pooling import WHITE_AT, all_shifts, choose, drag, numbers, rounds
from ui.picking.picture import current_picture

head(
    "Does pooling forgive a shift?",
    "Drag the image to the right, by half pixels: which outputs stay, which only move, which change?",
)
picture = current_picture()
image = choose(None if picture is None else picture.pixels)
drag(image)

st.header("Round after round")
st.markdown("Each round summarises every window in one number: the picture shrinks, the shape stays for a while.")
rounds(image)

st.header("In numbers")
st.markdown("Eight ways to summarise the same 6 × 6 numbers, most of them 2 × 2 at a time.")
numbers()

st.header("Every shift at once")
st.markdown(
    "Each pixel of a map is one circular shift of the image, no shift being in the middle. Left: how much the output "
    "changes where it stands. Right: how much of that is left after the output has been moved to where it fits best. "
    f"Black is nothing, white {WHITE_AT} times the output's own size or more."
)
all_shifts(image)

how_it_works("pooling")
