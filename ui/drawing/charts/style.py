"""What charts have in common: a grey, and axes on which every class has its name."""

GREY = "#808080"  # is seen on light and dark pages
# Of an axis: every class has its name, at its own place.
EVERY_CLASS = {"labelOverlap": False, "labelFlush": False, "labelBound": False, "ticks": False}


def worded(labels: tuple[str, ...]) -> bool:
    """Whether classes are called by words, which need more room than digits."""
    return max(map(len, labels)) > 2
