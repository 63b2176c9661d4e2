"""Maps, kernels and pictures as figures for print."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ui.drawing.figures.sheet import DPI, FONT, HEIGHT, WIDTH, colour_bar, image_at, number, sheet, text_width, wrapped

SIDE = 1.0  # of a map, at most
GREY = "#C8C8C8"
LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue light


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
    full = _full(maps)
    if not shared:
        maps, full = maps / np.array([_full(each) for each in maps])[:, None, None], 1.0
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


def pictures(titled: list[tuple[np.ndarray, str]]) -> Figure:
    """A few pictures with titles side by side: (C, H, W) in [0, 1], or signed (H, W) with their colour bars."""
    gap = 0.3
    width = min(1.9, (WIDTH + gap) / len(titled) - gap)
    figure = sheet()
    for place, (values, title) in enumerate(titled):
        signed, left = values.ndim == 2, place * (width + gap)
        pixels = values if signed else values[0] if len(values) == 1 else values.transpose(1, 2, 0)
        image = image_at(figure, pixels, left, width, full=_full(values) if signed else 1, signed=signed)
        image.axes.set_title(wrapped(title, width, FONT))
        if signed:
            colour_bar(figure, image, left, width * pixels.shape[0] / pixels.shape[1] + 0.08, width, 0.07)
    return figure


def table_of_kernel(kernel: np.ndarray) -> Figure:
    """One kernel (H, W) in colours with its numbers in the cells, three figures of the largest."""
    full = _full(kernel)
    decimals = max(0, 2 - math.floor(math.log10(full)))
    texts = {place: number(value, f".{decimals}f") for place, value in np.ndenumerate(kernel)}
    cell = min(0.5, WIDTH / kernel.shape[1])
    points = min(FONT, 0.85 * cell / max(text_width(text, 1) for text in texts.values()))
    figure = sheet()
    image = image_at(figure, kernel, 0, cell * kernel.shape[1], full=full, signed=True)
    light = image.to_rgba(kernel)[..., :3] ** 2.2 @ LUMA
    for (y, x), text in texts.items():
        ink = "black" if light[y, x] > 0.18 else "white"
        image.axes.text(x, y, text, ha="center", va="center_baseline", fontsize=points, color=ink)
    return figure


def _full(values: np.ndarray) -> float:
    """The size at which a colour is full."""
    return float(np.abs(values).max()) or 1.0
