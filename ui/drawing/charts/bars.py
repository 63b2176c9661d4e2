"""What a network says of one image: a bar a class."""

import altair as alt
import numpy as np

from invariance.number_words import percent
from ui.drawing.charts.style import EVERY_CLASS, GREY, worded


def probabilities(values: np.ndarray, labels: tuple[str, ...], colour: str) -> alt.LayerChart:
    """Bars for one image's probabilities (classes,), the likeliest in full colour."""
    texts = [percent(float(value)) for value in values]
    axis = alt.Axis(format="%", values=[0, 0.5, 1])
    return _bars(values, texts, labels, colour, "probability", alt.Scale(domain=[0, 1]), axis)


def energies(values: np.ndarray, labels: tuple[str, ...], colour: str) -> alt.LayerChart:
    """Bars to both sides of 0 for one image's logits (classes,), the largest in full colour."""
    texts = [f"{value:.2f}" for value in values]
    return _bars(values, texts, labels, colour, "energy", alt.Scale(), alt.Axis(tickCount=5))


def _bars(
    values: np.ndarray,
    texts: list[str],
    labels: tuple[str, ...],
    colour: str,
    what: str,
    scale: alt.Scale,
    axis: alt.Axis,
) -> alt.LayerChart:
    """A bar a class, upright for digits and lying for words; texts: the values as the tooltips show them."""
    best = int(values.argmax())
    rows = [
        {"class": label, "value": float(value), "text": text, "best": index == best}
        for index, (label, value, text) in enumerate(zip(labels, values, texts, strict=True))
    ]
    along, up = (alt.Y, alt.X) if worded(labels) else (alt.X, alt.Y)
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=colour, cornerRadiusEnd=2)
        .encode(
            along("class:N", sort=list(labels), title=None, axis=alt.Axis(labelAngle=0, **EVERY_CLASS, domain=False)),
            up("value:Q", title=what, scale=scale, axis=axis),
            tooltip=[alt.Tooltip("class:N", title="class"), alt.Tooltip("text:N", title=what)],
            opacity=alt.condition("datum.best", alt.value(1.0), alt.value(0.55)),
        )
    )
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=GREY).encode(up("zero:Q", title=what))
    return (bars + zero).properties(height=60 + 17 * len(labels) if worded(labels) else 170)
