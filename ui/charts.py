"""Arrays -> Altair charts."""

from typing import Any

# Altair asks whether pandas is loaded and trips over one that another session's thread is still loading: load it first.
import pandas  # noqa: F401  # isort: skip
import altair as alt
import numpy as np
import streamlit as st

from ui.words import percent


def probabilities(values: np.ndarray, labels: tuple[str, ...], colour: str) -> alt.Chart:
    """Bars for one image's probabilities (classes,), the likeliest in full colour, each with its value."""
    best = int(values.argmax())
    rows = [
        {"class": label, "probability": float(value), "text": percent(float(value)), "best": index == best}
        for index, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("class:N", sort=list(labels), title=None, axis=alt.Axis(labelAngle=0, ticks=False)),
        alt.Y(
            "probability:Q",
            title="probability",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.5, 1]),
        ),
        tooltip=[alt.Tooltip("class:N", title="class"), alt.Tooltip("text:N", title="probability")],
    )
    bars = base.mark_bar(color=colour, cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(
        opacity=alt.condition("datum.best", alt.value(1.0), alt.value(0.55))
    )
    return bars.properties(height=170)


def per_class(shares: dict[str, dict[str, float]], colour: str) -> alt.LayerChart:
    """Accuracy of each class as a point with its 95 % interval; shares: label -> value, low, high, n."""
    rows = [{"class": label, **found} for label, found in shares.items()]
    lowest = min(row["low"] for row in rows)
    scale = alt.Scale(domain=[np.floor(lowest * 100) / 100, 1], nice=False)
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.Y("class:N", sort=list(shares), title="what the image shows"),
        tooltip=[
            alt.Tooltip("class:N", title="class"),
            alt.Tooltip("value:Q", title="right", format=".2%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".2%"),
            alt.Tooltip("high:Q", title="to", format=".2%"),
            alt.Tooltip("n:Q", title="images", format=","),
        ],
    )
    axis = alt.Axis(format=".1%", tickCount=5)
    lines = base.mark_rule(color=colour, strokeWidth=2).encode(
        alt.X("low:Q", scale=scale, title="answered right", axis=axis), alt.X2("high:Q")
    )
    points = base.mark_point(color=colour, filled=True, size=60, opacity=1).encode(alt.X("value:Q", scale=scale))
    return (lines + points).properties(height=300)


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
        alt.X("answer:N", sort=list(labels), title="what the network answers", axis=alt.Axis(labelAngle=0)),
        alt.Y("label:N", sort=list(labels), title="what the image shows"),
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
    return (squares + numbers).properties(height=300)


def survival(found: dict[str, dict[str, Any]], colours: dict[str, str], axis: str) -> alt.LayerChart:
    """Accuracy over a transform's amounts, one line a network with its 95 % interval as a band.

    Args:
        found: network title -> what survival() measured.
        colours: network title -> its colour.
        axis: what the amounts are, with their unit.
    """
    rows = [
        {"network": title, "amount": amount, "accuracy": value, "low": low, "high": high}
        for title, curve in found.items()
        for amount, value, low, high in zip(
            curve["amounts"], curve["accuracy"], curve["low"], curve["high"], strict=True
        )
    ]
    colour = alt.Color(
        "network:N",
        title=None,
        sort=list(found),
        scale=alt.Scale(domain=list(found), range=[colours[title] for title in found]),
        legend=alt.Legend(orient="top", columns=3, labelLimit=240),
    )
    base = alt.Chart(alt.Data(values=rows)).encode(alt.X("amount:Q", title=axis, scale=alt.Scale(nice=False)), colour)
    scale = alt.Scale(domain=[0, 1])
    band = base.mark_area(opacity=0.2).encode(
        alt.Y("low:Q", scale=scale, title="answered right", axis=alt.Axis(format="%")), alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=2).encode(alt.Y("accuracy:Q", scale=scale))
    points = base.mark_point(size=60, filled=True, opacity=0).encode(
        alt.Y("accuracy:Q", scale=scale),
        tooltip=[
            alt.Tooltip("network:N"),
            alt.Tooltip("amount:Q", title=axis),
            alt.Tooltip("accuracy:Q", title="right", format=".2%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".2%"),
            alt.Tooltip("high:Q", title="to", format=".2%"),
        ],
    )
    return (band + line + points).properties(height=340).interactive(bind_y=False)


def class_curves(found: dict[str, Any], labels: tuple[str, ...], axis: str) -> alt.Chart:
    """Accuracy over a transform's amounts for each class of one network, as rows of a heat map."""
    rows = [
        {"class": label, "amount": amount, "accuracy": shares[index]}
        for amount, shares in zip(found["amounts"], found["per_class"], strict=True)
        for index, label in enumerate(labels)
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_rect()
        .encode(
            alt.X("amount:O", title=axis, axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)),
            alt.Y("class:N", sort=list(labels), title="what the image shows"),
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
            ],
        )
        .properties(height=280)
    )
