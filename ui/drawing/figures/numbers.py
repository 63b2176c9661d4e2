"""Arrays as figures for print, with their numbers in the cells."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from invariance.number_words import number
from ui.drawing.figures.sheet import FONT, HEIGHT, POINTS, WIDTH, image_at, largest, sheet, text_width, wrapped

LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue light
CELL = 0.32  # inches of a number's place in a grid among others, at most
READABLE = 0.12  # inches: in smaller cells there is colour alone
NARROW = 0.9  # inches that a title has at least
GAP = 0.3  # inches between grids
LINE = 1.3 * FONT / POINTS  # from one line of a title to the next
FRAME = "#E69F00"

Grid = tuple[str, np.ndarray, Sequence[tuple[int, int]]]  # its title, float (H, W), and the places in a frame


def table_of_kernel(kernel: np.ndarray) -> Figure:
    """One kernel (H, W) in colours with its numbers in the cells, three figures of the largest."""
    full = largest(kernel)
    decimals = max(0, 2 - math.floor(math.log10(full)))
    texts = {place: number(value, f".{decimals}f") for place, value in np.ndenumerate(kernel)}
    cell = min(0.5, WIDTH / kernel.shape[1])
    figure = sheet()
    _write(image_at(figure, kernel, 0, cell * kernel.shape[1], full=full, signed=True), texts, cell)
    return figure


def number_grids(grids: Iterable[Grid], *, signed: bool = True) -> Figure:
    """Arrays with their numbers, side by side and below each other, each on its own scale.

    signed: blue below zero, white at zero, red above; else black at 0 to white.
    """
    figure, left, top, bottom = sheet(), 0.0, 0.0, 0.0
    for title, values, framed in grids:
        height, width = values.shape
        cell = min(CELL, WIDTH / width)
        wide = max(cell * width, NARROW)
        if left and left + wide > WIDTH:
            left, top = 0.0, bottom + GAP
        lines = wrapped(title, wide, FONT)
        under = top + LINE * (lines.count("\n") + 1)
        figure.text(left / WIDTH, 1 - top / HEIGHT, lines, va="top", linespacing=1.2)
        image = image_at(figure, values, left, cell * width, full=largest(values), signed=signed, top=under)
        if cell >= READABLE:
            _write(image, {place: short(value) for place, value in np.ndenumerate(values)}, cell)
        for row, column in framed:
            place = (column - 0.5, row - 0.5)
            image.axes.add_patch(Rectangle(place, 1, 1, fill=False, ec=FRAME, lw=1.5, zorder=3, clip_on=False))
        bottom, left = max(bottom, under + cell * height), left + wide + GAP
    return figure


def short(value: float) -> str:
    """A number as the page's grids write it: at most two decimals."""
    text = number(float(value), ".2f").rstrip("0").rstrip(".")
    if text in ("0", "−0"):
        return "≈0" if value else "0"
    return text


def _write(image: AxesImage, texts: dict[tuple[int, ...], str], cell: float) -> None:
    """Numbers into the cells of an image, which are so many inches wide, as large as all of them fit."""
    values = image.get_array()
    points = min(FONT, 0.85 * cell / max(text_width(text, 1) for text in texts.values()))
    light = image.to_rgba(values)[..., :3] ** 2.2 @ LUMA
    for (y, x), text in texts.items():
        ink = "black" if light[y, x] > 0.18 else "white"
        image.axes.text(x, y, text, ha="center", va="center_baseline", fontsize=points, color=ink)
