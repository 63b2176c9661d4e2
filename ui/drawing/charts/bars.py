"""What a network says of one image: a bar a class.

At every stroke there are as many of these charts as networks, so their specifications are written out: Altair takes
some 30 ms to make and check one.
"""

from typing import Any

import numpy as np

from invariance.number_words import percent
from ui.drawing.charts.style import EVERY_CLASS, GREY, Spec, worded

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.1.0.json"  # a name, not fetched; as Altair writes it


def probabilities(values: np.ndarray, labels: tuple[str, ...], colour: str) -> Spec:
    """Bars for one image's probabilities (classes,), the likeliest in full colour."""
    texts = [percent(float(value)) for value in values]
    up = {"scale": {"domain": [0, 1]}, "axis": {"format": "%", "values": [0, 0.5, 1]}}
    return _bars(values, texts, labels, colour, "probability", up)


def energies(values: np.ndarray, labels: tuple[str, ...], colour: str) -> Spec:
    """Bars to both sides of 0 for one image's logits (classes,), the largest in full colour."""
    return _bars(values, [f"{value:.2f}" for value in values], labels, colour, "energy", {"axis": {"tickCount": 5}})


def _bars(
    values: np.ndarray, texts: list[str], labels: tuple[str, ...], colour: str, what: str, up: dict[str, Any]
) -> Spec:
    """A bar a class, upright for digits and lying for words.

    texts: the values as the tooltips show them; what, up: title, scale and axis of the values.
    """
    best = int(values.argmax())
    rows = [
        {"class": label, "value": float(value), "text": text, "best": index == best}
        for index, (label, value, text) in enumerate(zip(labels, values, texts, strict=True))
    ]
    lying = worded(labels)
    class_axis, value_axis = ("y", "x") if lying else ("x", "y")
    bars = {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": colour, "cornerRadiusEnd": 2},
        "encoding": {
            class_axis: {
                "field": "class",
                "type": "nominal",
                "sort": list(labels),
                "title": None,
                "axis": {"labelAngle": 0, **EVERY_CLASS, "domain": False},
            },
            value_axis: {"field": "value", "type": "quantitative", "title": what, **up},
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
        "encoding": {value_axis: {"field": "zero", "type": "quantitative", "title": what}},
    }
    height = 60 + 17 * len(labels) if lying else 170
    return {"$schema": SCHEMA, "height": height, "layer": [bars, zero]}
