"""Maps and pictures as figures for print."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ui.drawing.figures.sheet import (
    DPI,
    FONT,
    HEIGHT,
    POINTS,
    WIDTH,
    colour_bar,
    image_at,
    largest,
    sheet,
    text_width,
    wrapped,
)

SIDE = 1.0  # of a map, at most
GREY = "#C8C8C8"
LARGE, BETWEEN = 1.9, 0.3  # inches of a picture at most, and between two
BAR = 0.3  # inches that a colour bar takes with its numbers
LINE = 1.3 * FONT / POINTS  # from one line of a title to the next


def maps_side_by_side(
    maps: np.ndarray, titles: list[str] | None, columns: int, *, signed: bool, shared: bool
) -> Figure:
    """Maps or kernels side by side, a pixel apart, drawn as one image.

    Args:
        maps: float (N, H, W), N at least 1.
        titles: one for each row, written to its left.
        columns: maps in a row.
        signed: blue below zero, white at zero, red above; else none is negative: black at zero.
        shared: one scale for all, with a colour bar; else each up to its own largest value.
    """
    count, height, width = maps.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    full = largest(maps)
    if not shared:
        maps, full = maps / np.array([largest(each) for each in maps])[:, None, None], 1.0
    atlas = np.full((rows * columns, height + 1, width + 1), np.nan)
    atlas[:count, :-1, :-1] = maps
    atlas = atlas.reshape(rows, columns, height + 1, width + 1).swapaxes(1, 2)
    atlas = atlas.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]

    labels = [wrapped(title, SIDE, FONT) for title in titles or []]
    left = max((text_width(line, FONT) for label in labels for line in label.splitlines()), default=0)
    room = WIDTH - left - (0.6 if shared else 0)
    # A pixel is a square of whole dots.
    dots = max(1, int(DPI * min(room / atlas.shape[1], HEIGHT / atlas.shape[0], SIDE / max(height, width))))
    high, wide = (size * dots / DPI for size in atlas.shape)
    figure = sheet()
    image = image_at(figure, atlas, left, wide, full=full, signed=signed)
    image.axes.set_facecolor(GREY)
    after = ((count - (rows - 1) * columns) * (width + 1) - 0.5, (rows - 1) * (height + 1) - 0.5)  # the last map
    image.axes.add_patch(Rectangle(after, columns * (width + 1), height, fc="white"))
    if labels:
        image.axes.set_yticks([row * (height + 1) + (height - 1) / 2 for row in range(rows)], labels)
        image.axes.tick_params(length=0)
    if shared:
        colour_bar(figure, image, left + wide + 0.1, 0, 0.08, min(high, 1.5))
    return figure


def pictures(titled: Sequence[tuple[np.ndarray, str]], columns: int = 5) -> Figure:
    """Pictures with titles, so many in a row: (C, H, W), or signed (H, W) with their colour bars.

    titled: (C, H, W) are float in [0, 1] or uint8 in 0..255.
    """
    columns = min(columns, len(titled))
    width = min(LARGE, (WIDTH + BETWEEN) / columns - BETWEEN)
    figure, top = sheet(), 0.0
    for start in range(0, len(titled), columns):
        row = [(values, wrapped(title, width, FONT)) for values, title in titled[start : start + columns]]
        if start:
            top += LINE * max(title.count("\n") + 1 for _, title in row)
        bottom = top
        for place, (values, title) in enumerate(row):
            signed, left = values.ndim == 2, place * (width + BETWEEN)
            pixels = values if signed else values[0] if len(values) == 1 else values.transpose(1, 2, 0)
            full = largest(values) if signed else 255 if values.dtype == np.uint8 else 1
            image = image_at(figure, pixels, left, width, full=full, signed=signed, top=top)
            image.axes.set_title(title)
            under = top + width * pixels.shape[0] / pixels.shape[1]
            if signed:
                colour_bar(figure, image, left, under + 0.08, width, 0.07)
                under += BAR
            bottom = max(bottom, under)
        top = bottom + BETWEEN / 2
    return figure
