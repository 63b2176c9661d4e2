"""What charts have in common: a grey, and axes on which every class has its name."""

from typing import Any

Spec = dict[str, Any]  # of Vega-Lite
GREY = "#808080"  # is seen on light and dark pages
# Of an axis: every class has its name, at its own place.
EVERY_CLASS = {"labelOverlap": False, "labelFlush": False, "labelBound": False, "ticks": False}


def worded(labels: tuple[str, ...]) -> bool:
    """Whether classes are called by words, which need more room than digits."""
    return max(map(len, labels)) > 2
