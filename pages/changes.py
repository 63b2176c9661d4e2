"""Any other change of the image: scale, shift, mirror, light. One page for every transform without its own."""

import streamlit as st

from invariance.transforms import TRANSFORMS
from ui.answers.every_amount import every_amount
from ui.explanation import how_it_works
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
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


def change(given: Seen) -> int:
    """The image at every amount, with what each network says; the number of the amount that was chosen last."""
    if given.image is None:
        return transform.amounts.index(transform.neutral)
    with asked.right:
        return every_amount(transform, networks, given.image, given.label)


chosen = live(asked, change)

if networks and labelled(dataset):
    st.header("On test images")
    curves = measured_curves(networks, dataset.name, transform)
    if curves:
        count = max(curve["n"] for curve in curves.values())
        st.markdown(f"The first {count:,} test images at every amount. Where a line falls, the network gives up.")
        show_curves(curves, networks, transform)
        title = st.selectbox("Class by class, for the network", list(curves))
        colour = next(shown.colour for shown in networks if shown.model.card.title == title)
        show_classes(curves[title], dataset.labels, transform, transform.amounts[chosen], colour)

    remeasure(networks, dataset, transform, curves)

how_it_works("changes")
