"""The error of every layer as a figure for print."""

from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ui.drawing.figures.sheet import HEIGHT, SLANTING, SLOT, SMALL, WIDTH, axes_at, sheet, slant, text_width, wrapped

PANEL = 1.2  # height of the bars of one network
PALE = "#E6E6E6"


def layer_errors(rows: list[dict[str, Any]], colours: dict[str, str]) -> Figure:
    """Relative error of every layer with its 95 % interval, a panel a network, all on one scale.

    Where an error isn't defined, there is a hatched place instead of a bar. The reasons are numbered and stand below.

    Args:
        rows: network, layer, value (None: not defined), low, high, and why: why there is no value, what else is to be
            said of it, or "".
        colours: network title -> its colour.
    """
    whys = list(dict.fromkeys(row["why"] for row in rows if row["why"]))
    marks = {why: f"({place})" for place, why in enumerate(whys, 1)} | {"": ""}
    panels = {title: [row for row in rows if row["network"] == title] for title in colours}
    panels = {title: of_network for title, of_network in panels.items() if of_network}
    left = max(0.5, slant(row["layer"] for row in rows))
    width = max(WIDTH - left, SLOT * max(map(len, panels.values())))
    limit = 1.2 * max((row["high"] for row in rows if row["value"] is not None), default=0) or 1.0
    figure, top = sheet(), 0.0
    for title, of_network in panels.items():
        axes = axes_at(figure, left, top, width, PANEL)
        axes.set(xlim=(-0.5, len(of_network) - 0.5), ylim=(0, limit), ylabel="relative error", title=title)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xticks(range(len(of_network)), [row["layer"] for row in of_network], **SLANTING)
        axes.tick_params(length=2, pad=2)
        _bars(axes, of_network, colours[title], marks, width / len(of_network))
        top += PANEL + slant(row["layer"] for row in of_network) + 0.35
    text = "\n".join(wrapped(f"{marks[why]} {why}", width, SMALL) for why in whys)
    figure.text(left / WIDTH, 1 - (top - 0.15) / HEIGHT, text, va="top", fontsize=SMALL, linespacing=1.3)
    return figure


def _bars(axes: Axes, rows: list[dict[str, Any]], colour: str, marks: dict[str, str], slot: float) -> None:
    """A bar a layer; one hatched place for neighbours whose error is not defined for one reason."""
    upright = axes.get_xaxis_transform()
    for (missing, why), run in groupby(enumerate(rows), lambda item: (item[1]["value"] is None, item[1]["why"])):
        places, layers = zip(*run, strict=True)
        if missing:
            axes.axvspan(places[0] - 0.45, places[-1] + 0.45, fc=PALE, ec="white", hatch="////", lw=0)
            text = f"not defined {marks[why]}".strip()
            turn = 0 if text_width(text, SMALL) < slot * len(places) - 0.15 else 90
            box = {"fc": PALE, "lw": 0, "pad": 1}
            style = {"fontsize": SMALL, "rotation": turn, "ha": "center", "va": "center", "bbox": box}
            axes.text((places[0] + places[-1]) / 2, 0.5, text, transform=upright, **style)
            continue
        values = [row["value"] for row in layers]
        spans = np.abs([[row[end] for row in layers] for end in ("low", "high")] - np.array(values))
        axes.bar(places, values, 0.7, color=colour, yerr=spans, capsize=1.5, error_kw={"lw": 0.7, "capthick": 0.7})
        for place in places:
            axes.text(place, 1, marks[why], transform=upright, fontsize=SMALL, ha="center", va="top")
