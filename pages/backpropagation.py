"""Backpropagation, checked: the mistake is handed back layer by layer, every gradient beside its measurement."""

import streamlit as st

from invariance.scratch import one_channel as small
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

st.title("Who is to blame for a mistake?")
st.markdown(
    "Press Step: the mistake is handed back layer by layer, down to every pixel. Click a number to see what made it."
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
    f"A tiny network, which never learned, sorts {caption}, shrunk to {small.SIDE} × {small.SIDE} pixels, into three "
    f"classes. To the right one, {LABELS[label]}, it gives a probability of {chance:.3f}: the loss is "
    f"**{small.loss(values['logits'], label):.4f}**."
)
overview(values, gradients)
st.page_link("classify.py", label="Draw or pick another picture", icon=":material/draw:")

st.header("Softmax and cross-entropy, with your numbers")
st.markdown("Type the network's last numbers yourself. The gradient is what was said, less what is right.")
softmax_by_hand()

st.header("Is that enough to learn to read?")
learned_by_this()

with st.expander("How it works"):
    st.markdown(
        r"""
**Forwards.** With image $I$, kernel $w$ and bias $b$: $x_{ij} = \sum_{m,n} w_{mn} I_{i+m,\,j+n} + b$, then ReLU
$o = f(x) = \max(x, 0)$, the largest $q$ of each 2 × 2, the logits $z = v q + a$, softmax
$p_k = e^{z_k} / \sum_l e^{z_l}$, and the loss $E = -\ln p_\text{right}$, the cross-entropy of $p$ and $y$ (1 for the
right class, else 0).

**Backwards** is the chain rule, layer by layer. An $x_{ij}$ takes part in $E$ only through what comes after it, so its
gradient is made of theirs. For the convolution this gives two sums:

$$\frac{\partial E}{\partial w_{mn}} = \sum_{i,j} \delta_{ij} I_{i+m,\,j+n} \qquad
\frac{\partial E}{\partial I_{ij}} = \sum_{m,n} \delta_{i-m,\,j-n} w_{mn}$$

The first is the *correlation* of input and $\delta$. The second is a *convolution* proper of $\delta$ and $w$, with
zeros around $\delta$: as a sliding window, it is the kernel turned by 180°. The source writes
$\delta * \text{rot}_{180°}\{w\}$ for it. That is right if $*$ slides without turning, as networks do; if $*$ is
convolution proper, as in the source's equation 6, the kernel would be turned twice, and the check fails by the amount
shown at the last step.

**The check.** A central difference asks the network twice, with one number a little larger and a little smaller:
$\frac{\partial E}{\partial v} \approx \frac{E(v + h) - E(v - h)}{2h}$ with $h = 10^{-5}$, in 64-bit numbers. Its own
error is of the order $h^2$. It knows nothing of the formulas, so agreement is evidence, not repetition.

**Kinks.** ReLU at 0, and a window with two equally large values, have no slope of their own: it depends on the side.
Networks take 0 there, and the first of the two.

*Sources:* P. Doshi, Convolutional neural networks (2020), section II.A.3, equations 4 to 6 and what follows, and
section III.A for softmax and cross-entropy.
"""
    )
