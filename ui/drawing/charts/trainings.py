"""How networks learned: curves over the epochs, and the gap at the end."""

from typing import Any

import altair as alt

from ui.drawing.charts.built_once import built_once, by_network
from ui.drawing.charts.style import GREY

OTHERS = "#9A9A9A"  # the colour of networks that were not chosen
ENDS = ("held-out right", "training right")
UP_TO_ALL = {"condition": {"test": "datum.value > 1", "value": 0}, "value": 1}  # opacity: no lines beyond 100 %


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
        alt.X("epoch:Q", scale=alt.Scale(nice=False, padding=8), axis=alt.Axis(tickMinStep=1, format="d")),
        alt.Y(
            "value:Q",
            title="loss, nats" if measure == "loss" else "answered right",
            scale=alt.Scale(zero=False, padding=8),  # for the whole of a diamond at the last epoch
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
def ends(rows: list[dict[str, Any]], colours: dict[str, str]) -> alt.LayerChart:
    """Right answers at the end of the training on training and held-out images, a row a network.

    Args:
        rows: network, label (the network's, of two lines), training right and held-out right (0..1).
        colours: network title -> its colour.
    """
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.Y(
            "label:N",
            title=None,
            sort=None,
            axis=alt.Axis(labelLimit=220, labelExpr="split(datum.label, '\\n')", labelLineHeight=14),
        ),
        by_network({row["network"]: colours[row["network"]] for row in rows}).legend(None),
    )
    spans = base.mark_rule(strokeWidth=3, opacity=0.5).encode(alt.X("held-out right:Q"), alt.X2("training right:Q"))
    points = base.transform_fold(list(ENDS), ["images", "right"]).mark_point(size=140, filled=True, opacity=1)
    points = points.encode(
        alt.X(
            "right:Q",
            title="answered right",
            scale=alt.Scale(zero=False, padding=12),
            axis=alt.Axis(
                format=".4~p",
                labelExpr="datum.value > 1 ? '' : datum.label",
                gridOpacity=UP_TO_ALL,
                tickOpacity=UP_TO_ALL,
            ),
        ),
        alt.Shape(
            "images:N",
            title=None,
            scale=alt.Scale(domain=list(ENDS), range=["circle", "square"]),
            legend=alt.Legend(orient="top", symbolFillColor="#808080", symbolStrokeColor="#808080", labelLimit=200),
        ),
        tooltip=[alt.Tooltip("network:N"), alt.Tooltip("images:N"), alt.Tooltip("right:Q", format=".2%")],
    )
    return (spans + points).properties(height=alt.Step(44))


@built_once
def gap(rows: list[dict[str, Any]], colours: dict[str, str]) -> alt.LayerChart:
    """How much better networks are on training images than on held-out ones, against their size.

    Args:
        rows: network, parameters, gap (points) and seed.
        colours: network title -> its colour; the others are grey.
    """
    parameters = alt.X("parameters:Q", scale=alt.Scale(type="log", nice=False, padding=30), axis=alt.Axis(format=","))
    points = [
        alt.Chart(alt.Data(values=[row for row in rows if (row["network"] in colours) == coloured]))
        .mark_point(size=80, filled=True, opacity=0.9)
        .encode(
            parameters,
            alt.Y("gap:Q", title="gap, percentage points"),
            color=by_network(colours) if coloured else alt.value(OTHERS),
            tooltip=[
                alt.Tooltip("network:N"),
                alt.Tooltip("parameters:Q", format=","),
                alt.Tooltip("gap:Q", title="gap, points", format=".2f"),
                alt.Tooltip("seed:Q"),
            ],
        )
        for coloured in (False, True)
    ]
    zero = alt.Chart(alt.Data(values=[{"gap": 0}])).mark_rule(strokeDash=[4, 4], opacity=0.5).encode(alt.Y("gap:Q"))
    return alt.layer(zero, *points).properties(height=340)


@built_once
def turned(curves: list[list[float]], angles: tuple[float, ...], colour: str) -> alt.LayerChart:
    """Right answers to turned images, a line an epoch: the last in colour, those before it in grey.

    Args:
        curves: shares in 0..1 at each angle, epoch by epoch.
        angles: in degrees.
        colour: of the last curve.
    """
    rows = [
        {"epoch": epoch, "angle": angle, "right": share, "last": epoch == len(curves) - 1}
        for epoch, shares in enumerate(curves)
        for angle, share in zip(angles, shares, strict=True)
    ]
    quarters = alt.Axis(values=list(range(0, 361, 90)))
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("angle:Q", title="rotation, °", scale=alt.Scale(nice=False), axis=quarters),
        alt.Y("right:Q", title="answered right", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        alt.Detail("epoch:Q"),
    )
    before = base.transform_filter("!datum.last").mark_line(strokeWidth=1, color=GREY, opacity=0.5)
    now = base.transform_filter("datum.last").mark_line(strokeWidth=3, color=colour)
    return (before + now).properties(height=340)
