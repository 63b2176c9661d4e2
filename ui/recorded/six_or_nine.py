"""How networks that treat quarter turns alike tell a 6 from a 9: by where the digit lies, if shifts let them."""

from typing import Any

import streamlit as st

from invariance.datasets import MNIST
from invariance.evaluation.survival import exchanged
from invariance.number_words import percent
from invariance.transforms.rotation import ROTATION
from invariance.transforms.translation import CIRCULAR
from ui.networks import Shown
from ui.recorded.measured import evaluation_or_problem

SIX, NINE = (MNIST.labels.index(label) for label in "69")
FAR = 6  # pixels, the shifts that are shown
ALIKE = 0.98  # share of answers that a quarter turn leaves as they are, in networks that treat turns alike


def six_or_nine(everyone: list[Shown]) -> None:
    """The share of 6s and 9s that are taken for each other, over shifts to the side; from the records."""
    from ui.drawing.charts import curves as charts  # late: Altair takes half a second to load

    shift_curves = {}
    for shown in everyone:
        transforms = _transforms(shown)
        turned, shifted = (transforms.get(transform.name) for transform in (ROTATION, CIRCULAR))
        if turned and shifted and _answers_turned_alike(turned):
            shift_curves[shown] = shifted
    if not shift_curves:
        return
    st.header("How do they tell a 6 from a 9?")
    st.markdown(
        "A 9 is a 6 upside down, and these networks answer an image and its quarter turns alike, or nearly. Most of "
        "them hardly ever mistake one for the other, but look at what happens when the digits are shifted."
    )
    amounts = next(iter(shift_curves.values()))["amounts"]
    places = [place for place, amount in enumerate(amounts) if abs(amount) <= FAR]
    curves = {}
    for shown, curve in shift_curves.items():
        shares = exchanged(curve, SIX, NINE)
        curves[shown.model.card.title] = {
            end: [getattr(shares[place], end) for place in places] for end in ("value", "low", "high")
        }
    st.vega_lite_chart(
        charts.survival(
            curves,
            [amounts[place] for place in places],
            {shown.model.card.title: shown.colour for shown in shift_curves},
            "circular shift to the right, px",
            "6s taken for 9s and 9s for 6s",
        ),
        alt="Share of 6s and 9s taken for each other. "
        + "; ".join(f"{title}: at most {percent(max(curve['value']), 1)}" for title, curve in curves.items()),
    )
    count = exchanged(next(iter(shift_curves.values())), SIX, NINE)[0].n
    st.markdown(
        "In MNIST every digit's centre of mass lies on pixel 14 of 0 to 27, but the middle about which images turn is "
        "at 13.5. So an upright digit lies half a pixel right of and below the middle, and one that is upside down "
        "half a pixel left of and above it. Nobody told the networks, but they learned from that half pixel which way "
        "is up: shifted to the left, a 6 is to them a 9 upside down. A network whose answer no shift can change can't "
        "learn it. It has only the shape, and that costs it right answers."
    )
    st.caption(f"{count} images of 6s and 9s; the band is the 95 % interval.")


def _transforms(shown: Shown) -> dict[str, Any]:
    evaluation, problem = evaluation_or_problem(shown, MNIST.name)  # consistency() tells the problem on the same page
    return {} if problem else evaluation.get("transforms", {})


def _answers_turned_alike(rotation: dict[str, Any]) -> bool:
    return rotation["agreement"]["value"][rotation["amounts"].index(90)] >= ALIKE
