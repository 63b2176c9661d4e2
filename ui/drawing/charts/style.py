"""What charts have in common: a grey, and axes on which every class has its name."""

from typing import Any

Spec = dict[str, Any]  # of Vega-Lite
# Numbers on axes and in tooltips as the texts write them: 99.4 %.
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "\u00a0%", "minus": "−"}
SMALL_PRINT = {"light": "#595E69", "dark": "#B9BDC7"}  # of axes and legends: at least 4.5:1 on their pages
GREY = "#808080"  # is seen on light and dark pages
# Of an axis: every class has its name, at its own place.
EVERY_CLASS = {"labelOverlap": False, "labelFlush": False, "labelBound": False, "ticks": False}


def on_page(theme: str) -> Spec:
    """What a chart's configuration adds to Streamlit's own; theme: "light" or "dark"."""
    ink = SMALL_PRINT[theme]
    print_ = {"labelColor": ink, "titleColor": ink}
    return {"locale": {"number": NUMBERS}, "axis": print_, "legend": print_, "title": {"subtitleColor": ink}}


def as_one_picture(spec: Spec) -> Spec:
    """A chart that is told to people who don't see it as a whole, not as hundreds of pictures without a name."""
    if "layer" in spec:
        return spec | {"layer": [as_one_picture(layer) for layer in spec["layer"]]}
    mark = spec["mark"] if isinstance(spec["mark"], dict) else {"type": spec["mark"]}
    return spec | {"mark": mark | {"aria": False}}


def worded(labels: tuple[str, ...]) -> bool:
    """Whether classes are called by words, which need more room than digits."""
    return max(map(len, labels)) > 2
