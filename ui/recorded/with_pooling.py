"""Two networks that differ by pooling alone: what was measured of both on shifted test images."""

from typing import Any

import streamlit as st

from invariance.datasets import MNIST
from invariance.evaluation.consistency import SHIFTS
from invariance.number_words import percent
from ui.networks import Shown, models_for
from ui.recorded.consistency import every_shift_chart, measured_on_shifts, same_answer_chart
from ui.recorded.curves import measured_curves, show_curves
from ui.words import escaped

POOLED, UNPOOLED = PAIR = "mnist-pooled", "mnist-unpooled"
STEADY = 0.99  # share of the same answers from which on a network may be called steady


def the_pair() -> list[Shown]:
    """The networks with and without pooling, in this order; [] and what makes them where one isn't there."""
    named = {shown.model.card.name: shown for shown in models_for(MNIST.name)}
    if missing := [name for name in PAIR if name not in named]:
        st.info(
            f"The networks for this are not in exported/ yet. Make them with: python -m training {' '.join(missing)}"
        )
        return []
    return [named[name] for name in PAIR]


def verdict_on_pooling(pair: list[Shown], edges: str) -> str:
    """Whether pooling makes answers steadier, from the records; "" where they aren't there. edges: a name in SHIFTS."""
    measured = measured_on_shifts(pair, MNIST)
    titles = [shown.model.card.title for shown in pair]
    if not all(title in measured for title in titles):
        return ""
    shares = [measured[title]["consistency"][edges]["consistency"] for title in titles]
    return compared(*titles, *shares)


def compared(pooled: str, unpooled: str, with_it: dict[str, Any], without: dict[str, Any]) -> str:
    """A verdict in words: titles of the two networks, and their shares of the same answer to two random shifts."""
    if with_it["low"] > without["high"]:
        found = f"Pooling makes answers steadier here{'' if with_it['value'] >= STEADY else ', but not steady'}"
    elif with_it["high"] < without["low"]:
        found = "Pooling makes answers less steady here"
    else:
        found = f"Pooling makes no difference here that {with_it['n']:,} images could show"
    return (
        f"{found}: shifted twice at random, {percent(with_it['value'], 1)} of test images get the same answer both "
        f"times from {escaped(pooled)}, and {percent(without['value'], 1)} from {escaped(unpooled)}."
    )


def show_pair(pair: list[Shown], edges: str) -> None:
    """The curves of both over shifts to the side, and how steady their answers are."""
    transform = SHIFTS[edges].transform
    curves = measured_curves(pair, MNIST.name, transform)
    measured = measured_on_shifts(pair, MNIST)
    if measured:
        left, right = st.columns(2, gap="large")
        with left:
            same_answer_chart(measured, pair, edges)
        with right:
            every_shift_chart(measured, pair, edges)
    if curves:
        st.markdown("**Right answers** to test images that are moved to the right (to the left below 0).")
        show_curves(curves, pair, transform)
