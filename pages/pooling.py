"""Pooling: what it keeps, and whether a shift really doesn't matter to it."""

import streamlit as st

from ui.lessons.pooling import WHITE_AT, all_shifts, choose, drag, numbers, rounds
from ui.picking.picture import current_picture

st.title("Does pooling forgive a shift?")
st.markdown("Drag the image to the right, by half pixels: which outputs stay, which only move, which change?")
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

with st.expander("How it works"):
    st.markdown(
        r"""
**Max pooling** keeps the largest value of each window, **average pooling** the mean; with a window and stride of 2 the
image halves. **Global** pooling makes one number of the whole map.

**The source says** that pooling makes a network invariant to translation. Measured: max pooling at stride 2 leaves some
one-pixel shifts without effect (the largest value stays in its window) and not others; shifts by the stride only move
its output. Averaging is less sharp and no better aligned. Global pooling is exactly invariant under circular shifts,
and forgets where things are.

**Anti-aliased pooling** takes the maximum at stride 1, blurs, then subsamples: what a shift changes becomes small.
**Adaptive polyphase sampling** looks at all $s \times s$ ways to subsample and keeps the one of the largest norm; under
every circular shift it keeps the same pixels, so that its output only moves.

**The measures.** With $T$ a circular shift of the image, and $U$ the shift of the output that fits best:
$\lVert P(Tx) - P(x) \rVert / \lVert P(x) \rVert$ and $\min_U \lVert P(Tx) - U P(x) \rVert / \lVert P(x) \rVert$. Half
pixels are the mean of the two whole shifts beside them.

*Sources:* A. Krishnan, Translation invariance and CNN (2022), for the circle and its rounds; P. Doshi, Convolutional
neural networks (2020), section II.A.2; R. Zhang, Making convolutional networks shift-invariant again (2019);
A. Chaman, I. Dokmanić, Truly shift-invariant convolutional neural networks (2021).
"""
    )
