"""Recorded accuracy and mistakes, class by class or a row each."""

from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from ui.drawing.charts.built_once import Spec, built_once, by_network
from ui.drawing.charts.style import EVERY_CLASS, worded


def per_class(shares: dict[str, dict[str, float]], colour: str) -> Spec:
    """Accuracy of each class as a point with its 95 % interval; shares: label -> value, low, high, n."""
    colours = dict.fromkeys(shares, colour)
    return intervals(shares, colours, rows="what the image shows", what="answered right", row="class")


@built_once
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
    data = [{"row": name, **share} for name, share in shares.items()]
    lowest = min(share["low"] for share in shares.values())
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
    return (lines + points).properties(height=max(130, 30 * len(shares)))


def confusion(counts: list[list[int]], labels: tuple[str, ...], colour: str) -> Spec:
    """How often each class (row) is taken for another (column). Right answers are left out: they'd hide the rest."""
    return _confusion(counts, labels, colour, ink="#FFFFFF" if st.context.theme.type == "dark" else "#000000")


@built_once
def _confusion(counts: list[list[int]], labels: tuple[str, ...], colour: str, ink: str) -> alt.LayerChart:
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
    numbers = base.transform_filter("datum.count > 0").mark_text(fontSize=11, color=ink).encode(text="count:Q")
    return (squares + numbers).properties(height=340 if worded(labels) else 300)


@built_once
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
        {"class": label, "network": title, **share} for title, each in shares.items() for label, share in each.items()
    ]
    rows += [{"class": label, "network": whose, "value": value} for label, value in theirs.items()]
    order = [whose, *shares]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.Y("class:N", sort=list(theirs), title="what the image shows"),
        alt.YOffset("network:N", sort=order),
        by_network({whose: "#8C8C8C"} | {title: colours[title] for title in shares}),
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
