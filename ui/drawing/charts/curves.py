"""Recorded shares over a transform's amounts."""

from typing import Any

import altair as alt
import numpy as np

from invariance.evaluation.survival import per_class
from ui.drawing.charts.built_once import built_once, by_network
from ui.drawing.charts.style import EVERY_CLASS


@built_once
def survival(
    curves: dict[str, dict[str, list[float]]],
    amounts: list[float],
    colours: dict[str, str],
    axis: str,
    what: str,
    most: float = 1,
    *,
    columns: int = 3,
    small: bool = False,
) -> alt.LayerChart:
    """Shares over a transform's amounts, one line a network with its 95 % interval as a band.

    Args:
        curves: network title -> value, low and high at each amount.
        amounts: of the transform.
        colours: network title -> its colour.
        axis: what the amounts are, with their unit.
        what: the shares are of.
        most: the upper end of the axis.
        columns: of the legend, at most.
        small: whether it is one of many charts of the same network, which needs no legend.
    """
    rows = [
        {"network": title, "amount": amount, "value": value, "low": low, "high": high}
        for title, curve in curves.items()
        for amount, value, low, high in zip(amounts, curve["value"], curve["low"], curve["high"], strict=True)
    ]
    colour = by_network({title: colours[title] for title in curves}, columns)
    if small:
        colour = colour.legend(None)
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
    return (band + line + points).properties(height=180 if small else 340).interactive(bind_y=False)


@built_once
def class_curves(curve: dict[str, Any], labels: tuple[str, ...], axis: str) -> alt.Chart:
    """Accuracy over a transform's amounts for each class of one network, as rows of a heat map."""
    rows = [
        {"class": label, "amount": amount, "accuracy": value, "low": low, "high": high, "n": n}
        for amount, shares in zip(curve["amounts"], per_class(curve), strict=True)
        for label, (value, low, high, n) in zip(labels, shares, strict=True)
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
