"""A kernel slides over an image: every window, product and sum."""

import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons.convolution import choose, explain, learned, same_padding, stages
from ui.networks import models_for
from ui.picking.image import pick_image
from ui.picking.picture import prepared
from ui.picking.remembered import choose_dataset
from ui.widgets.pixels import pixels
from ui.widgets.sliding_kernel import sliding_kernel
from ui.words import escaped

LEARNED = ("lenet5", "conv1")

head(
    "What does a kernel see?",
    "Press Step: the numbers under the window are multiplied by the kernel's, and their sum is one output cell.",
)
top = st.container()  # filled last: the picture that it shows is picked further down

st.header("How a computer sees an image")
left, right = st.columns([5, 8], gap="large")
with left:
    dataset = choose_dataset()
    picture = pick_image(dataset)
image = None
with right:
    if picture is None:
        st.info("Nothing to look at yet: draw, upload or pick a picture.")
    else:
        try:
            image = prepared(picture, dataset).pixels
        except UserError as error:
            st.info(escaped(error))
    if image is not None:
        st.markdown(
            "A grey pixel is one number, 8 bits: 0 is black, 255 is white."
            if len(image) == 1
            else "A colour pixel is three numbers, how much red, green and blue: 3 × 8 = 24 bits."
        )
        pixels("pixels", image)

with top:
    chosen = choose(image)
    kernel = sliding_kernel("slide", chosen.image, chosen.kernel, chosen.knobs, name=chosen.name)
    explain(chosen, kernel)
    same_padding()

if picture is not None:
    st.header("Detect, isolate, condense")
    stages(picture.pixels, picture.caption)

lenet5 = [shown for shown in models_for(MNIST.name) if shown.model.card.name == LEARNED[0]]
if dataset is MNIST and image is not None and lenet5:
    st.header("The same with a kernel that a network learned")
    learned(lenet5[0], image, LEARNED[1])

how_it_works("convolution")
