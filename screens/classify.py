"""Draw or pick a digit; every network says what it sees."""

import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from ui import cache, inputs
from ui.answers import answers
from ui.measured import measured
from ui.pictures import show

SEEN_SIDE = 28 * 7 + 2  # screen pixels, with a border

st.title("What digit is this?")
st.markdown("Draw a digit. Each time the pen lifts, the network answers, and you see the image it really looked at.")

models = cache.models_for(MNIST.name)
if not models:
    st.info("There is no network for digits in exported/ yet. Make one with: python -m training lenet5")

left, right = st.columns([5, 7], gap="large")
with left:
    picture = inputs.picker(MNIST)
with right:
    models = inputs.choose(models)
    if picture is None:
        st.info("Nothing to look at yet: draw a digit, upload a picture, or pick one of the samples.")
    elif models:
        try:
            image = inputs.tensor(picture, models[0].model.card)
        except UserError as error:
            st.info(str(error))
        else:
            _, height, width = image.shape
            row = st.container(horizontal=True, gap="medium")
            with row.container(width=SEEN_SIDE):
                show(
                    image,
                    SEEN_SIDE,
                    caption=f"What the network sees: {height} × {width} pixels, each from 0 (black) to 1 (white)",
                    alt=f"{picture.caption} as the network sees it, {height} by {width} pixels",
                )
            with row.container(width="stretch"):
                answers(models, image, picture.label)

if models:
    st.header("How often is it right?")
for shown in models:
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
