"""Backpropagation, checked: the mistake is handed back layer by layer, every gradient beside its measurement."""

import streamlit as st

from invariance.scratch import one_channel as small
from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons.backpropagation import (
    LABELS,
    choose_network,
    choose_step,
    image,
    learned_by_this,
    overview,
    softmax_by_hand,
    step,
)
from ui.words import escaped

head(
    "Who is to blame for a mistake?",
    "Press Step: the mistake is handed back layer by layer, down to every pixel. Click a number to see what made it.",
)
top = st.container()  # filled last: the network is chosen further down

st.header("There and back")
pixels, caption = image()
parameters, label = choose_network()
values = small.forward(parameters, pixels)
gradients = small.backward(parameters, values, label)
with top:
    step(choose_step(), parameters, values, gradients, label)
chance = small.probabilities(values["logits"])[label, 0]
st.markdown(
    f"A tiny network, which never learned, sorts {escaped(caption)}, shrunk to {small.SIDE} × {small.SIDE} pixels, "
    f"into three classes. To the right one, {LABELS[label]}, it gives a probability of {chance:.3f}: the loss is "
    f"**{small.loss(values['logits'], label):.4f}**."
)
overview(values, gradients)
st.page_link("classify.py", label="Draw or pick another picture", icon=":material/draw:")

st.header("Softmax and cross-entropy, with your numbers")
st.markdown("Type the network's last numbers yourself. The gradient is what was said, less what is right.")
softmax_by_hand()

st.header("Is that enough to learn to read?")
learned_by_this()

how_it_works("backpropagation")
