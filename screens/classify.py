"""Draw or pick a digit; every network says what it sees."""

import streamlit as st

from invariance.datasets import MNIST
from ui.answers import answers
from ui.ask import ask
from ui.measured import measured
from ui.pictures import show

SEEN_SIDE = 28 * 7 + 2  # screen pixels, with a border

st.title("What digit is this?")
st.markdown("Draw a digit. Each time the pen lifts, the network answers, and you see the image it really looked at.")

asked = ask(MNIST)
if asked.image is not None:
    _, height, width = asked.image.shape
    row = asked.right.container(horizontal=True, gap="medium")
    with row.container(width=SEEN_SIDE):
        show(
            asked.image,
            SEEN_SIDE,
            caption=f"What the network sees: {height} × {width} pixels, each from 0 (black) to 1 (white)",
            alt=f"{asked.caption} as the network sees it, {height} by {width} pixels",
        )
    with row.container(width="stretch") if len(asked.chosen) == 1 else asked.right:
        answers(asked.chosen, asked.image, asked.label)

if asked.chosen:
    st.header("How often is it right?")
for shown in asked.chosen:
    measured(shown, MNIST.name)

with st.expander("How it works"):
    st.markdown(
        r"""
**From your image to 28 × 28 pixels.** The networks learned from MNIST, so every picture is prepared as MNIST's scans
were: the border is taken to be paper and subtracted (a dark digit on light paper is turned light on dark), the ink's
box is scaled to fit 20 × 20 pixels, and its centre of mass is put on pixel (14, 14). Samples and test images already
are like that and are used as they are.

**From 28 × 28 pixels to an answer.** The network turns the image into one number a class, the logits
$x_0, \dots, x_9$. Softmax makes them positive and sum to 1:

$$p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}$$

The answer is the class with the largest $p_i$.

**What the percentages are not.** They say how far one class leads the others, not how likely the answer is right.
The network knows ten digits and nothing else: shown a letter or a cat, it still names a digit, often with confidence.

**The interval** behind an accuracy is Wilson's: were the test repeated with other images of the same kind, 95 % of
such intervals would hold the true value.

*Sources:* Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition (1998);
M. Jaloli, Rotation invariance in CNN model (2019), for the layer sizes; E. B. Wilson (1927), for the interval.
"""
    )
