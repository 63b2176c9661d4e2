"""What a network says of one image: a bar a class.

At every stroke there are as many of these charts as networks, so their specifications are written out, since Altair
takes some 30 ms to make and check one; and they hold no values, so that a browser that drew one only moves its bars.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from invariance.number_words import probability
from ui.drawing.charts.style import EVERY_CLASS, GREY, Spec, worded

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.1.0.json"  # a name, not fetched; as Altair writes it

Bars = tuple[pa.Table, Spec]  # values, and how they are drawn
KEPT = 100  # specifications


def probabilities(values: np.ndarray, labels: tuple[str, ...], colour: str) -> Bars:
    """Bars for one image's probabilities (classes,), the likeliest in full colour."""
    return _rows(values, [probability(float(value)) for value in values], labels), _spec(labels, colour, "probability")


def energies(values: np.ndarray, labels: tuple[str, ...], colour: str) -> Bars:
    """Bars to both sides of 0 for one image's logits (classes,), the largest in full colour."""
    return _rows(values, [f"{value:.2f}" for value in values], labels), _spec(labels, colour, "energy")


def _rows(values: np.ndarray, texts: list[str], labels: tuple[str, ...]) -> pa.Table:
    """texts: the values as the tooltips show them."""
    best = np.arange(len(values)) == values.argmax()
    return pa.table({"class": list(labels), "value": values.astype(float), "text": texts, "best": best})


@lru_cache(KEPT)
def _spec(labels: tuple[str, ...], colour: str, what: str) -> Spec:
    """A bar a class, upright for digits and lying for words. what: the values are."""
    axis = {"scale": {"domain": [0, 1]}, "axis": {"format": "%", "values": [0, 0.5, 1]}}
    if what == "energy":
        axis = {"axis": {"tickCount": 5}}
    lying = worded(labels)
    class_axis, value_axis = ("y", "x") if lying else ("x", "y")
    value: dict[str, Any] = {"type": "quantitative", "title": what}
    bars = {
        "mark": {"type": "bar", "color": colour, "cornerRadiusEnd": 2},
        "encoding": {
            class_axis: {
                "field": "class",
                "type": "nominal",
                "sort": list(labels),
                "title": None,
                "axis": {"labelAngle": 0, **EVERY_CLASS, "domain": False},
            },
            value_axis: {"field": "value", **value, **axis},
            "tooltip": [
                {"field": "class", "type": "nominal", "title": "class"},
                {"field": "text", "type": "nominal", "title": what},
            ],
            "opacity": {"condition": {"test": "datum.best", "value": 1.0}, "value": 0.55},
        },
    }
    zero = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": GREY},
        "encoding": {value_axis: {"field": "zero", **value}},
    }
    height = 60 + 17 * len(labels) if lying else 170
    return {"$schema": SCHEMA, "height": height, "layer": [bars, zero]}
