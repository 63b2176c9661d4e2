"""Any other change of the image: scale, shift, mirror, light. One page for every transform without its own."""

import streamlit as st

from invariance.transforms import TRANSFORMS
from ui.answers.every_amount import every_amount
from ui.picking.ask import ask
from ui.picking.remembered import remembered
from ui.recorded.curves import measured_curves, show_classes, show_curves
from ui.recorded.remeasure import remeasure

OTHERS = {name: transform for name, transform in TRANSFORMS.items() if not transform.own_page}

st.title("What else does the answer survive?")
st.markdown("Choose a change, drag the slider, and watch which network holds its answer longest.")

name = remembered("change", list(OTHERS), lambda key: OTHERS[key].title, "What changes")
transform = OTHERS[name]
st.caption(transform.about)

asked = ask()
dataset, networks = asked.dataset, asked.chosen
chosen = transform.amounts.index(transform.neutral)
if asked.image is not None:
    with asked.right:
        chosen = every_amount(transform, networks, asked.image, asked.label)

if networks:
    st.header("On test images")
    found = measured_curves(networks, dataset.name, transform)
    if found:
        count = max(curve["n"] for curve in found.values())
        st.markdown(f"The first {count:,} test images at every amount. Where a line falls, the network gives up.")
        show_curves(found, networks, transform)
        title = st.selectbox("Class by class, for the network", list(found))
        colour = next(shown.colour for shown in networks if shown.model.card.title == title)
        show_classes(found[title], dataset.labels, transform, transform.amounts[chosen], colour)

    remeasure(networks, dataset, transform, found)

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
