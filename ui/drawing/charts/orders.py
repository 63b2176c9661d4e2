"""Accuracy of networks that differ by the order of flattening alone."""

from typing import Any

import altair as alt


def accuracies(rows: list[dict[str, Any]], colours: dict[str, str]) -> alt.LayerChart:
    """Accuracy for every order: a point for each seed, and the mean as a bar across.

    Args:
        rows: order, seed, value, low, high and n.
        colours: order -> its colour, as they are to be shown from the top down.
    """
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.Y("order:N", sort=list(colours), title="order of flattening", axis=alt.Axis(labelLimit=200)),
        alt.Color("order:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values()))),
    )
    scale = alt.Scale(zero=False, padding=12)
    points = base.mark_point(size=60, filled=True, opacity=0.7).encode(
        alt.X("value:Q", scale=scale, title="answered right", axis=alt.Axis(format=".1%", tickCount=5)),
        tooltip=[
            alt.Tooltip("order:N"),
            alt.Tooltip("seed:Q"),
            alt.Tooltip("value:Q", title="right", format=".2%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".2%"),
            alt.Tooltip("high:Q", title="to", format=".2%"),
            alt.Tooltip("n:Q", title="images", format=","),
        ],
    )
    means = base.mark_tick(size=26, thickness=3, opacity=1).encode(
        alt.X("mean(value):Q", scale=scale),
        tooltip=[alt.Tooltip("order:N"), alt.Tooltip("mean(value):Q", title="mean over the seeds", format=".2%")],
    )
    return (points + means).properties(height=60 + 34 * len(colours))
