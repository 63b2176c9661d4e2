"""Recorded figures -> charts. They stay the same while a person draws, so their specifications are kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

# First ui.charts, which loads Altair as it must be loaded.
from ui.charts import EVERY_CLASS, worded  # isort: skip
import altair as alt
import numpy as np
import streamlit as st

alt.theme.enable("none")  # Streamlit brings its own

Spec = dict[str, Any]  # of Vega-Lite
P = ParamSpec("P")


def kept(draw: Callable[P, alt.TopLevelMixin]) -> Callable[P, Spec]:
    """Keep a chart's specification for when the same figures are drawn again: to make and check one takes long."""

    @wraps(draw)
    def spec(*args: P.args, **kwargs: P.kwargs) -> Spec:
        return draw(*args, **kwargs).to_dict()

    return st.cache_data(max_entries=64, show_spinner=False)(spec)


def per_class(shares: dict[str, dict[str, float]], colour: str) -> Spec:
    """Accuracy of each class as a point with its 95 % interval; shares: label -> value, low, high, n."""
    colours = dict.fromkeys(shares, colour)
    return intervals(shares, colours, rows="what the image shows", what="answered right", row="class")


@kept
def intervals(
    shares: dict[str, dict[str, float]], colours: dict[str, str], *, rows: str | None, what: str, row: str
) -> alt.LayerChart:
    """A share a row, as a point with its 95 % interval.

    Args:
        shares: row -> value, low, high, n.
        colours: row -> its colour.
        rows: what the rows are together, for the axis.
        what: the shares are of.
        row: what one row is.
    """
    data = [{"row": name, **found} for name, found in shares.items()]
    lowest = min(found["low"] for found in shares.values())
    scale = alt.Scale(domain=[np.floor(lowest * 100) / 100, 1], nice=False)
    base = alt.Chart(alt.Data(values=data)).encode(
        alt.Y("row:N", sort=list(shares), title=rows, axis=alt.Axis(**EVERY_CLASS, labelLimit=240)),
        alt.Color(
            "row:N",
            scale=alt.Scale(domain=list(shares), range=[colours[name] for name in shares]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("row:N", title=row),
            alt.Tooltip("value:Q", title=what, format=".2%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".2%"),
            alt.Tooltip("high:Q", title="to", format=".2%"),
            alt.Tooltip("n:Q", title="images", format=","),
        ],
    )
    axis = alt.Axis(format=".1%" if lowest > 0.9 else "%", tickCount=5)
    lines = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", scale=scale, title=what, axis=axis), alt.X2("high:Q"))
    points = base.mark_point(filled=True, size=60, opacity=1).encode(alt.X("value:Q", scale=scale))
    return (lines + points).properties(height=max(80, 30 * len(shares)))


@kept
def confusion(counts: list[list[int]], labels: tuple[str, ...], colour: str) -> alt.LayerChart:
    """How often each class (row) is taken for another (column). Right answers are left out: they'd hide the rest."""
    rows: list[dict[str, Any]] = [
        {"label": label, "answer": answer, "count": counts[i][j]}
        for i, label in enumerate(labels)
        for j, answer in enumerate(labels)
        if i != j
    ]
    most = max(row["count"] for row in rows)
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X(
            "answer:N",
            sort=list(labels),
            title="what the network answers",
            axis=alt.Axis(labelAngle=-45 if worded(labels) else 0, **EVERY_CLASS),
        ),
        alt.Y("label:N", sort=list(labels), title="what the image shows", axis=alt.Axis(**EVERY_CLASS)),
        tooltip=[
            alt.Tooltip("label:N", title="shows"),
            alt.Tooltip("answer:N", title="answered"),
            alt.Tooltip("count:Q", title="images"),
        ],
    )
    squares = base.mark_rect(color=colour).encode(
        opacity=alt.Opacity("count:Q", scale=alt.Scale(domain=[0, max(1, most)], range=[0.04, 0.9]), legend=None)
    )
    ink = "#FFFFFF" if st.context.theme.type == "dark" else "#000000"
    numbers = base.transform_filter("datum.count > 0").mark_text(fontSize=11, color=ink).encode(text="count:Q")
    return (squares + numbers).properties(height=340 if worded(labels) else 300)


def _by_network(colours: dict[str, str], columns: int = 3) -> alt.Color:
    """The colour of each network, and a legend above the chart; colours: network title -> its colour, in order."""
    return alt.Color(
        "network:N",
        title=None,
        sort=list(colours),
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="top", columns=columns, labelLimit=240, symbolOpacity=1),
    )


@kept
def survival(
    found: dict[str, dict[str, list[float]]],
    amounts: list[float],
    colours: dict[str, str],
    axis: str,
    what: str,
    most: float = 1,
) -> alt.LayerChart:
    """Shares over a transform's amounts, one line a network with its 95 % interval as a band.

    Args:
        found: network title -> value, low and high at each amount.
        amounts: of the transform.
        colours: network title -> its colour.
        axis: what the amounts are, with their unit.
        what: the shares are of.
        most: the upper end of the axis.
    """
    rows = [
        {"network": title, "amount": amount, "value": value, "low": low, "high": high}
        for title, curve in found.items()
        for amount, value, low, high in zip(amounts, curve["value"], curve["low"], curve["high"], strict=True)
    ]
    colour = _by_network({title: colours[title] for title in found})
    along = alt.Axis(tickMinStep=float(np.diff(sorted(amounts)).min()))
    x = alt.X("amount:Q", title=axis, scale=alt.Scale(nice=False), axis=along)
    base = alt.Chart(alt.Data(values=rows)).encode(x, colour)
    scale = alt.Scale(domain=[0, most])
    band = base.mark_area(opacity=0.2).encode(
        alt.Y("low:Q", scale=scale, title=what, axis=alt.Axis(format="%")), alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=2).encode(alt.Y("value:Q", scale=scale))
    points = base.mark_point(size=60, filled=True, opacity=0).encode(
        alt.Y("value:Q", scale=scale),
        tooltip=[
            alt.Tooltip("network:N"),
            alt.Tooltip("amount:Q", title=axis),
            alt.Tooltip("value:Q", title=what, format=".2%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".2%"),
            alt.Tooltip("high:Q", title="to", format=".2%"),
        ],
    )
    return (band + line + points).properties(height=340).interactive(bind_y=False)


@kept
def class_curves(found: dict[str, Any], labels: tuple[str, ...], axis: str) -> alt.Chart:
    """Accuracy over a transform's amounts for each class of one network, as rows of a heat map."""
    ends = (found["per_class"][end] for end in ("value", "low", "high"))
    rows = [
        {"class": label, "amount": amount, "accuracy": value, "low": low, "high": high, "n": sum(counts)}
        for amount, *shares, confusion in zip(found["amounts"], *ends, found["confusion"], strict=True)
        for label, value, low, high, counts in zip(labels, *shares, confusion, strict=True)
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_rect()
        .encode(
            alt.X("amount:O", title=axis, axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)),
            alt.Y("class:N", sort=list(labels), title="what the image shows", axis=alt.Axis(**EVERY_CLASS)),
            alt.Color(
                "accuracy:Q",
                title="right",
                scale=alt.Scale(domain=[0, 1], scheme="viridis"),
                legend=alt.Legend(format="%"),
            ),
            tooltip=[
                alt.Tooltip("class:N"),
                alt.Tooltip("amount:O", title=axis),
                alt.Tooltip("accuracy:Q", title="right", format=".1%"),
                alt.Tooltip("low:Q", title="95 % interval from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
                alt.Tooltip("n:Q", title="images", format=","),
            ],
        )
        .properties(height=280)
    )


@kept
def learning(
    histories: dict[str, list[dict[str, float]]], kept: dict[str, int], colours: dict[str, str], measure: str
) -> alt.LayerChart:
    """Loss or accuracy over the epochs of training, training dashed and validation solid.

    Args:
        histories: network title -> a dict an epoch with train_ and validation_ values.
        kept: network title -> the epoch whose weights were exported; it is marked.
        colours: network title -> its colour.
        measure: "loss" (nats) or "accuracy" (0..1).
    """
    rows = [
        {
            "network": title,
            "epoch": epoch["epoch"],
            "images": images,
            "value": epoch[f"{key}_{measure}"],
            "kept": key == "validation" and epoch["epoch"] == kept[title],
        }
        for title, history in histories.items()
        for epoch in history
        for key, images in (("validation", "held-out images"), ("train", "training images"))
    ]
    form = ".2%" if measure == "accuracy" else ".4f"
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d")),
        alt.Y(
            "value:Q",
            title="loss, nats" if measure == "loss" else "answered right",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(format="%" if measure == "accuracy" else ""),
        ),
        _by_network({title: colours[title] for title in histories}, columns=2),
    )
    lines = base.mark_line(strokeWidth=2).encode(
        alt.StrokeDash(
            "images:N",
            title=None,
            scale=alt.Scale(domain=["held-out images", "training images"], range=[[1, 0], [4, 4]]),
            legend=alt.Legend(orient="bottom", columns=2, symbolType="stroke", symbolSize=400, labelLimit=200),
        )
    )
    points = base.mark_point(size=50, filled=True, opacity=0).encode(
        tooltip=[
            alt.Tooltip("network:N"),
            alt.Tooltip("images:N"),
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("value:Q", title=measure, format=form),
        ]
    )
    marks = base.transform_filter("datum.kept").mark_point(shape="diamond", size=110, filled=True, opacity=1)
    return (lines + marks + points).properties(height=340).interactive()


@kept
def gap(rows: list[dict[str, Any]], colours: dict[str, str]) -> alt.LayerChart:
    """How much better networks are on training images than on held-out ones, against their size.

    Args:
        rows: network, parameters, gap (points) and seed.
        colours: network title -> its colour.
    """
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("parameters:Q", scale=alt.Scale(type="log", nice=False, padding=30), axis=alt.Axis(format=",")),
        alt.Y("gap:Q", title="gap, percentage points"),
        _by_network(colours),
        tooltip=[
            alt.Tooltip("network:N"),
            alt.Tooltip("parameters:Q", format=","),
            alt.Tooltip("gap:Q", title="gap, points", format=".2f"),
            alt.Tooltip("seed:Q"),
        ],
    )
    zero = alt.Chart(alt.Data(values=[{"gap": 0}])).mark_rule(strokeDash=[4, 4], opacity=0.5).encode(alt.Y("gap:Q"))
    return (zero + base.mark_point(size=80, filled=True, opacity=0.9)).properties(height=340)


@kept
def classes_beside(
    shares: dict[str, dict[str, dict[str, float]]], theirs: dict[str, float], whose: str, colours: dict[str, str]
) -> alt.LayerChart:
    """Accuracy of each class, several networks' with their intervals beside a source's.

    Args:
        shares: network title -> label -> value, low, high, n.
        theirs: label -> the source's accuracy in 0..1.
        whose: the source.
        colours: network title -> its colour.
    """
    rows = [
        {"class": label, "network": title, **found} for title, each in shares.items() for label, found in each.items()
    ]
    rows += [{"class": label, "network": whose, "value": value} for label, value in theirs.items()]
    order = [whose, *shares]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.Y("class:N", sort=list(theirs), title="what the image shows"),
        alt.YOffset("network:N", sort=order),
        _by_network({whose: "#8C8C8C"} | {title: colours[title] for title in shares}),
        tooltip=[
            alt.Tooltip("class:N"),
            alt.Tooltip("network:N", title="who"),
            alt.Tooltip("value:Q", title="right", format=".1%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
        ],
    )
    scale = alt.Scale(zero=False)
    spans = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2)
    spans = spans.encode(
        alt.X("low:Q", scale=scale, title="answered right", axis=alt.Axis(format="%")), alt.X2("high:Q")
    )
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        alt.X("value:Q", scale=scale),
        alt.Shape("network:N", sort=order, legend=None),
    )
    return (spans + points).properties(height=max(300, 26 * len(theirs) + 12 * len(theirs) * len(shares)))
