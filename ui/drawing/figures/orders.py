"""Orders in which a map is laid into one row, as a figure for print."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ui.drawing.figures.sheet import FONT, WIDTH, axes_at, sheet, wrapped

ACROSS, SIDE, APART = 4, 1.4, 0.45  # drawings in a row, inches a side of each, and from row to row


def orders(titled: Sequence[tuple[str, np.ndarray, str]]) -> Figure:
    """Square maps with their places numbered and a line that follows them.

    titled: a title, int (G * G,) places in order, counted row by row from 0, and the line's colour.
    """
    figure = sheet()
    slot = WIDTH / ACROSS
    for place, (title, order, colour) in enumerate(titled):
        down, across = divmod(place, ACROSS)
        size = math.isqrt(len(order))
        axes = axes_at(figure, across * slot, down * (SIDE + APART), SIDE, SIDE)
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xticks=[], yticks=[])
        axes.set_title(wrapped(title, SIDE, FONT))
        rows, columns = np.divmod(order, size)
        axes.plot(columns, rows, color=colour, lw=1.5, alpha=0.6)
        for number, (row, column) in enumerate(zip(rows, columns, strict=True), 1):
            axes.text(column, row, str(number), ha="center", va="center_baseline", fontsize=FONT)
    return figure
