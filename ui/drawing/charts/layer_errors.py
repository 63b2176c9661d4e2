"""The error of every layer of a network as a chart."""

from typing import Any

import altair as alt

from ui.drawing.charts.style import GREY


def layer_errors(
    rows: list[dict[str, Any]], title: str, said: str, colour: str, top: float, height: int = 230
) -> alt.LayerChart:
    """Relative error of every layer of one network, from the image to the logits.

    Where it is not defined there is a dashed box with the reason: networks have colours of their own, grey among them.

    Args:
        rows: a layer each: layer, value, low and high (None where the error is not defined), measure and why.
        title: the network's; "": it stands above the chart, and the reasons below.
        said: a line below the title.
        colour: the network's.
        top: of the axis, the same for all networks that are compared.
        height: screen pixels of the bars.
    """
    scale = alt.Scale(domain=[0, top])
    heading = alt.Title(title, subtitle=said, subtitleColor=GREY, anchor="start")
    chart = alt.Chart(alt.Data(values=rows), title=heading) if title else alt.Chart(alt.Data(values=rows))
    base = chart.encode(
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
    bars = there.mark_bar(color=colour).encode(alt.Y("value:Q", scale=scale, title="relative error" if title else None))
    spans = there.mark_rule(color=GREY, strokeWidth=2).encode(alt.Y("low:Q", scale=scale), alt.Y2("high:Q"))
    box = missing.mark_bar(fillOpacity=0, stroke=GREY, strokeDash=[3, 3], strokeWidth=1).encode(
        y=alt.datum(top, scale=scale)
    )
    reason = missing.mark_text(angle=270, align="left", dx=4, color=GREY, fontSize=10, limit=150).encode(
        y=alt.datum(0, scale=scale), text="why:N" if title else alt.value("not defined")
    )
    return (bars + spans + box + reason).properties(height=height)
