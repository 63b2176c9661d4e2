"""What networks say of an image -> Altair charts."""

from typing import Any

# Altair asks whether pandas is loaded and trips over one that another session's thread is still loading: load it first.
import pandas  # noqa: F401  # isort: skip
import altair as alt
import numpy as np

from ui.words import percent

GREY = "#808080"  # is seen on light and dark pages
# Of an axis: every class has its name, at its own place.
EVERY_CLASS = {"labelOverlap": False, "labelFlush": False, "labelBound": False, "ticks": False}


def worded(labels: tuple[str, ...]) -> bool:
    """Whether classes are called by words, which need more room than digits."""
    return max(map(len, labels)) > 2


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


def layer_errors(rows: list[dict[str, Any]], title: str, said: str, colour: str, top: float) -> alt.LayerChart:
    """Relative error of every layer of one network, from the image to the logits.

    Args:
        rows: a layer each: layer, value, low and high (None where the error is not defined), measure and why.
        title: the network's.
        said: a line below it.
        colour: the network's.
        top: of the axis, the same for all networks that are compared.
    """
    scale = alt.Scale(domain=[0, top])
    heading = alt.Title(title, subtitle=said, subtitleColor=GREY, anchor="start")
    base = alt.Chart(alt.Data(values=rows), title=heading).encode(
        alt.X(
            "layer:N",
            sort=[row["layer"] for row in rows],
            title=None,
            axis=alt.Axis(labelAngle=-40, labelLimit=110, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("layer:N"),
            alt.Tooltip("value:Q", title="relative error", format=".3g"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".3g"),
            alt.Tooltip("high:Q", title="to", format=".3g"),
            alt.Tooltip("measure:N", title="compares"),
            alt.Tooltip("why:N", title="note"),
        ],
    )
    there = base.transform_filter("datum.value !== null")
    missing = base.transform_filter("datum.value === null")
    bars = there.mark_bar(color=colour).encode(alt.Y("value:Q", scale=scale, title="relative error"))
    spans = there.mark_rule(color=GREY, strokeWidth=2).encode(alt.Y("low:Q", scale=scale), alt.Y2("high:Q"))
    grey = missing.mark_bar(color=GREY, opacity=0.18).encode(y=alt.datum(top, scale=scale))
    reason = missing.mark_text(angle=270, align="left", dx=4, color=GREY, fontSize=10, limit=150).encode(
        y=alt.datum(0, scale=scale), text="why:N"
    )
    return (bars + spans + grey + reason).properties(height=230)


def sampled(curve: np.ndarray, kept: dict[str, np.ndarray], colours: dict[str, str]) -> alt.LayerChart:
    """A curve, and the places at which it was kept.

    Args:
        curve: (P, 2) of place in pixels and brightness.
        kept: what -> (Q, 2) of the same.
        colours: what -> its colour.
    """
    y = alt.Y("y:Q", title="brightness", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3))
    x = alt.X("x:Q", title="place in the row, pixels", scale=alt.Scale(nice=False))
    rows = [{"x": float(x), "y": float(y)} for x, y in curve]
    wave = alt.Chart(alt.Data(values=rows)).mark_line(color=GREY, strokeWidth=1).encode(x, y)
    rows = [{"x": float(x), "y": float(y), "what": what} for what, points in kept.items() for x, y in points]
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=list(kept), range=[colours[what] for what in kept]),
        legend=alt.Legend(orient="top", labelLimit=240),
    )
    shape = alt.Shape("what:N", title=None, scale=alt.Scale(domain=list(kept), range=["circle", "square"]))
    base = alt.Chart(alt.Data(values=rows)).encode(
        x, y, colour, tooltip=["what:N", "x:Q", alt.Tooltip("y:Q", format=".2f")]
    )
    return (
        wave + base.mark_line(strokeDash=[4, 3]) + base.mark_point(filled=True, size=70, opacity=1).encode(shape)
    ).properties(height=200)
