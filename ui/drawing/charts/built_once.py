"""Charts of recorded figures stay the same while a person draws, so their specifications are kept."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import altair as alt

from ui.caching import keeping
from ui.drawing.charts.style import Spec

alt.theme.enable("none")  # Streamlit brings its own

P = ParamSpec("P")


def built_once(draw: Callable[P, alt.TopLevelMixin]) -> Callable[P, Spec]:
    """Keep a chart's specification for when the same figures are drawn again: to make and check one takes long."""

    @wraps(draw)
    def spec(*args: P.args, **kwargs: P.kwargs) -> Spec:
        return draw(*args, **kwargs).to_dict()

    return keeping(32_000_000)(spec)


def by_network(colours: dict[str, str], columns: int = 3) -> alt.Color:
    """The colour of each network, and a legend above the chart; on a phone in as many columns as there is room for.

    Args:
        colours: network title -> its colour, in order.
        columns: of the legend, at most.
    """
    entry = 30 + 7.5 * max(map(len, colours), default=0)  # pixels, about
    # By the window, not by the chart: its width depends on the legend.
    on_phone = f"clamp(floor((windowSize()[0] - 110) / {entry:g}), 1, {columns})"
    room = alt.ExprRef(f"windowSize()[0] < 640 ? {on_phone} : {columns}")
    return alt.Color(
        "network:N",
        title=None,
        sort=list(colours),
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="top", columns=room, labelLimit=320, symbolOpacity=1),
    )
