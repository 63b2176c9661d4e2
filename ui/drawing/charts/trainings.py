"""How networks learned: curves over the epochs, and the gap at the end."""

from typing import Any

import altair as alt

from ui.drawing.charts.built_once import built_once, by_network


@built_once
def learning(
    histories: dict[str, list[dict[str, float]]], best_epochs: dict[str, int], colours: dict[str, str], measure: str
) -> alt.LayerChart:
    """Loss or accuracy over the epochs of training, training dashed and validation solid.

    Args:
        histories: network title -> a dict an epoch with train_ and validation_ values.
        best_epochs: network title -> the epoch whose weights were exported; it is marked.
        colours: network title -> its colour.
        measure: "loss" (nats) or "accuracy" (0..1).
    """
    rows = [
        {
            "network": title,
            "epoch": epoch["epoch"],
            "images": images,
            "value": epoch[f"{key}_{measure}"],
            "kept": key == "validation" and epoch["epoch"] == best_epochs[title],
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
        by_network({title: colours[title] for title in histories}, columns=2),
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


@built_once
def gap(rows: list[dict[str, Any]], colours: dict[str, str]) -> alt.LayerChart:
    """How much better networks are on training images than on held-out ones, against their size.

    Args:
        rows: network, parameters, gap (points) and seed.
        colours: network title -> its colour.
    """
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("parameters:Q", scale=alt.Scale(type="log", nice=False, padding=30), axis=alt.Axis(format=",")),
        alt.Y("gap:Q", title="gap, percentage points"),
        by_network(colours),
        tooltip=[
            alt.Tooltip("network:N"),
            alt.Tooltip("parameters:Q", format=","),
            alt.Tooltip("gap:Q", title="gap, points", format=".2f"),
            alt.Tooltip("seed:Q"),
        ],
    )
    zero = alt.Chart(alt.Data(values=[{"gap": 0}])).mark_rule(strokeDash=[4, 4], opacity=0.5).encode(alt.Y("gap:Q"))
    return (zero + base.mark_point(size=80, filled=True, opacity=0.9)).properties(height=340)
