"""Linear and shift-invariant? A test bench for operators, with counterexamples to check by hand."""

import streamlit as st

from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons import flattening
from ui.lessons.impulse import impulse, matrices
from ui.lessons.laws import choose, examples, law_cards, table

head(
    "Is it linear? Does it follow shifts?",
    "Choose an operator: every law is tested, and where one fails you get the smallest image to check by hand.",
)
subject = choose()
if subject is not None:
    law_cards(subject)

    st.header("Where a law fails")
    examples(subject)

    st.header("What one impulse tells")
    impulse(subject)
    st.markdown(
        "**Why a linear shift-invariant system is a convolution.** An image is a sum of impulses, shifted to each "
        r"pixel and weighted by it: $x = \sum_k x[k]\, T_k \delta$. Send in one impulse, and out comes the kernel:"
    )
    st.latex(
        r"\begin{aligned} L(x) &= \textstyle\sum_k L(x[k]\, T_k \delta) && \text{additive} \\"
        r"&= \textstyle\sum_k x[k]\, L(T_k \delta) && \text{homogeneous} \\"
        r"&= \textstyle\sum_k x[k]\, T_k L(\delta) && \text{shift-equivariant} \\"
        r"&= x * h, \quad h = L(\delta) && \text{convolution} \end{aligned}"
    )

st.header("Every operator, every law")
table()

st.header("Which matrices follow shifts?")
st.markdown(
    "A fully connected layer is a matrix, and so is a convolution around the edges. What sets it apart: each number "
    "depends only on how far the output's pixel lies from the input's."
)
matrices()

flattening.section()

how_it_works("linear")
