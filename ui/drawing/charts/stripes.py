"""A curve and the places at which it was sampled."""

import altair as alt
import numpy as np

from ui.drawing.charts.style import GREY


def sampled(curve: np.ndarray, samples: dict[str, np.ndarray], colours: dict[str, str]) -> alt.LayerChart:
    """A curve, and the places at which it was sampled.

    Args:
        curve: (P, 2) of place in pixels and brightness.
        samples: what -> (Q, 2) of the same.
        colours: what -> its colour.
    """
    y = alt.Y("y:Q", title="brightness", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3))
    x = alt.X("x:Q", title="place in the row, pixels", scale=alt.Scale(nice=False))
    rows = [{"x": float(x), "y": float(y)} for x, y in curve]
    wave = alt.Chart(alt.Data(values=rows)).mark_line(color=GREY, strokeWidth=1).encode(x, y)
    rows = [{"x": float(x), "y": float(y), "what": what} for what, points in samples.items() for x, y in points]
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=list(samples), range=[colours[what] for what in samples]),
        legend=alt.Legend(orient="top", labelLimit=240),
    )
    shape = alt.Shape("what:N", title=None, scale=alt.Scale(domain=list(samples), range=["circle", "square"]))
    base = alt.Chart(alt.Data(values=rows)).encode(
        x, y, colour, tooltip=["what:N", "x:Q", alt.Tooltip("y:Q", format=".2f")]
    )
    return (
        wave + base.mark_line(strokeDash=[4, 3]) + base.mark_point(filled=True, size=70, opacity=1).encode(shape)
    ).properties(height=200)
