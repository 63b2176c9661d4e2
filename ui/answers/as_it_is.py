"""What networks answer for one image: in large, in words, and as bars for every class."""

import time

import numpy as np
import streamlit as st

from invariance.measures import softmax
from invariance.model import Model
from invariance.model.signature import GIVES
from invariance.number_words import milliseconds, percent
from ui import words
from ui.caching import keeping
from ui.networks import Shown
from ui.picking.remembered import remembered

MOST_BARS = 12  # of classes; of more only the likeliest are shown
A_ROW = 2  # networks side by side
PLAIN = ("logits", "logit", "log-probabilities")  # what can be shown as it is
VALUES = {"probabilities": "Probabilities", "energies": "Energies (logits)"}


def answers(models: list[Shown], image: np.ndarray, label: str) -> None:
    """Show every network's answer, with probabilities or energies as the person chooses.

    Args:
        models: who is asked.
        image: float32 (C, H, W) in [0, 1], as the networks expect it.
        label: what the image shows, "" if nobody knows.
    """
    energies = remembered("values", list(VALUES), VALUES.get, "What the bars show", quiet=True) == "energies"
    if energies:
        st.caption("What the network computes before softmax makes probabilities of it: only differences count.")
        for shown in models:
            if (gives := shown.model.signature.gives) not in PLAIN:
                title = words.escaped(shown.model.card.title)
                st.caption(f"{title} gives {GIVES[gives]}; its energies here are their logarithms.")
    for start in range(0, len(models), A_ROW):
        row = models[start : start + A_ROW]
        for column, shown in zip(st.columns(len(row)), row, strict=True):
            with column:
                _answer(shown.model, shown.colour, image, label, energies)


@keeping(10_000)
def _ready(model: Model) -> bool:
    """Ask a network once, so that what is timed later is the answer alone: the first chooses the number of threads."""
    model.logits(np.zeros((1, *model.card.shape), np.float32))
    return True


def _answer(model: Model, colour: str, image: np.ndarray, label: str, energies: bool) -> None:
    from ui.drawing.charts import bars  # late: it takes half a second, which the drawing pad need not wait for
    from ui.drawing.charts.style import worded

    labels = model.card.labels
    _ready(model)
    started = time.perf_counter()
    logits = model.logits(image[None])[0]
    seconds = time.perf_counter() - started
    probabilities = softmax(logits[None])[0]
    best = int(probabilities.argmax())
    size = "2.6rem" if worded(labels) else "4.5rem"
    st.markdown(
        f'<div style="line-height:1.1"><span style="color:{colour}">■</span> {words.as_html(model.card.title)} says'
        f'<div style="font-size:{size};font-weight:700;overflow-wrap:anywhere" data-testid="answer">'
        f"{words.as_html(labels[best])}</div></div>",
        unsafe_allow_html=True,
    )
    if label:
        st.markdown(words.verdict(labels[best], label))
    st.markdown(words.lead(probabilities, labels))
    if len(labels) > MOST_BARS:
        likeliest = np.argsort(-probabilities)[:MOST_BARS]
        logits, probabilities = logits[likeliest], probabilities[likeliest]
        st.caption(f"The {MOST_BARS} likeliest of its {len(labels):,} classes.")
        labels = tuple(labels[place] for place in likeliest)
    if energies:
        values = ", ".join(f"{name}: {value:.2f}" for name, value in zip(labels, logits, strict=True))
        st.vega_lite_chart(*bars.energies(logits, labels, colour), alt=f"Energies by {model.card.title}. {values}")
    else:
        values = ", ".join(f"{name}: {percent(float(p))}" for name, p in zip(labels, probabilities, strict=True))
        st.vega_lite_chart(
            *bars.probabilities(probabilities, labels, colour), alt=f"Probabilities by {model.card.title}. {values}"
        )
    st.caption(f"Took {milliseconds(seconds)} on {model.provider_for(1).name}")
