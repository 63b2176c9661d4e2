"""Any other change of the image: scale, shift, mirror, light. One page for every transform but rotation."""

import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from invariance.transforms import TRANSFORMS
from ui import cache, inputs
from ui.curves import measured_curves, show_classes, show_curves
from ui.live import live
from ui.remeasure import remeasure

OTHERS = {name: transform for name, transform in TRANSFORMS.items() if name != "rotation"}

st.title("What else does the answer survive?")
st.markdown("Choose a change, drag the slider, and watch which network holds its answer longest.")

models = cache.models_for(MNIST.name)
if not models:
    st.info("There is no network for digits in exported/ yet. Make them with: make train")
name = inputs.remembered("change", list(OTHERS), lambda key: OTHERS[key].title, "What changes")
transform = OTHERS[name]
st.caption(transform.about)

left, right = st.columns([5, 8], gap="large")
with left:
    picture = inputs.picker(MNIST)
chosen = transform.amounts.index(transform.neutral)
with right:
    models = inputs.choose(models)
    if picture is None:
        st.info("Nothing to change yet: draw a digit, upload a picture, or pick one of the samples.")
    elif models:
        try:
            image = inputs.tensor(picture, models[0].model.card)
        except UserError as error:
            st.info(str(error))
        else:
            chosen = live(transform, models, image, picture.label)

if models:
    st.header("On test images")
    found = measured_curves(models, MNIST.name, transform)
    if found:
        count = max(curve["n"] for curve in found.values())
        st.markdown(f"The first {count:,} test images at every amount. Where a line falls, the network gives up.")
        show_curves(found, models, transform)
        title = st.selectbox("Class by class, for the network", list(found))
        colour = next(shown.colour for shown in models if shown.model.card.title == title)
        show_classes(found[title], MNIST.labels, transform, transform.amounts[chosen], colour)

    remeasure(models, MNIST, transform, found)

with st.expander("How it works"):
    st.markdown(
        r"""
**Scale** takes the value at $(x, y)$, counted from the centre, from $(x/s, y/s)$; **shifts** take it from $x - d$.
Between pixels both interpolate bilinearly; whole shifts move pixels as they are. With *black coming in*, what leaves
the frame is lost; a *circular* shift brings it in on the other side.

**Mirroring** exchanges pixels and loses nothing: to a network that compares pixel by pixel it is another image.

**Light.** Gain $\min(g x, 1)$, offset $x + b$ and light from one side $x + a u$, $u$ from $-\tfrac12$ on the left to
$\tfrac12$ on the right are cut off at black (0) and white (1); gamma is $x^\gamma$.

The picture is drawn from A. Krishnan, Translation invariance and CNN (2022), whose mirrored image this page lets you
try, and from M. Jaloli (2019), whose figure 1 shows changes of place, turn, size and light.
"""
    )
