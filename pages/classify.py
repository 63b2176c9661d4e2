"""Draw or pick a digit, or give a photo; every network says what it sees."""

import streamlit as st

from invariance.datasets import MNIST
from ui.answers.as_it_is import answers
from ui.drawing.pictures import show
from ui.picking.ask import ask
from ui.recorded.accuracy import measured

SEEN_SIDE = 28 * 7 + 2  # screen pixels, with a border

head = st.container()
asked = ask()
digits = asked.dataset is MNIST
if digits:
    head.title("What digit is this?")
    head.markdown(
        "Draw a digit. Each time the pen lifts, the network answers, and you see the image it really looked at."
    )
else:
    head.title("What is in this photo?")
    head.markdown(
        "Upload a photo or pick a picture. Each network says which of ten things it is, and you see the few pixels "
        "that it really looked at."
    )

if asked.image is not None:
    _, height, width = asked.image.shape
    values = "each from 0 (black) to 1 (white)" if digits else "each three numbers from 0 to 1: red, green and blue"
    row = asked.right.container(horizontal=True, gap="medium")
    with row.container(width=SEEN_SIDE):
        show(
            asked.image,
            SEEN_SIDE,
            caption=f"What the network sees: {height} × {width} pixels, {values}",
            alt=f"{asked.caption} as the network sees it, {height} by {width} pixels",
        )
    with row.container(width="stretch") if len(asked.chosen) == 1 else asked.right:
        answers(asked.chosen, asked.image, asked.label)

if asked.chosen:
    st.header("How often is it right?")
for shown in asked.chosen:
    measured(shown, asked.dataset.name)

with st.expander("How it works"):
    if digits:
        st.markdown(
            """
**From your image to 28 × 28 pixels.** The networks learned from MNIST, so every picture is prepared as MNIST's scans
were: the border is taken to be paper and subtracted (a dark digit on light paper is turned light on dark), the ink's
box is scaled to fit 20 × 20 pixels, and its centre of mass is put on pixel (14, 14). Samples and test images already
are like that and are used as they are.
"""
        )
    else:
        st.markdown(
            """
**From your photo to 32 × 32 pixels.** The networks learned from CIFAR-10, whose photos are square and tiny. So a square
is cut out of your picture, the largest in its middle until you move it, and divided into 32 × 32 equal fields. Each
field becomes one pixel: the mean red, green and blue of the area that it covers. A grey picture gets three equal
numbers. Test images already are like that and are used as they are.
"""
        )
    st.markdown(
        r"""
**From pixels to an answer.** The network turns the image into one number a class, the logits $x_0, \dots, x_9$, also
called energies. Softmax makes them positive and sum to 1:

$$p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}$$

The answer is the class with the largest $p_i$. Adding one number to all energies changes no probability.

**What the percentages are not.** They say how far one class leads the others, not how likely the answer is right.
The network knows ten classes and nothing else: shown something else, say a letter or a chair, it still names one of
the ten, often with confidence.

**The interval** behind an accuracy is Wilson's: were the test repeated with other images of the same kind, 95 % of
such intervals would hold the true value.
"""
    )
    if digits:
        st.markdown(
            "*Sources:* Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document "
            "recognition (1998); M. Jaloli, Rotation invariance in CNN model (2019), for the layer sizes; "
            "E. B. Wilson (1927), for the interval."
        )
    else:
        st.markdown(
            "*Sources:* A. Krizhevsky, Learning multiple layers of features from tiny images (2009), for the photos; "
            "E. B. Wilson (1927), for the interval."
        )
