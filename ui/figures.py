"""Arrays -> matplotlib figures for pages, downloads and print: drawn on a sheet, turned into files by as_bytes().

Import it late, as sheet.py.
"""

import io
import math
from itertools import accumulate, groupby
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ui.sheet import (
    DPI,
    FONT,
    HEIGHT,
    SLANTING,
    SLOT,
    SMALL,
    WIDTH,
    axes_at,
    colour_bar,
    image_at,
    number,
    sheet,
    slant,
    text_width,
    wrapped,
)

NARROW = 3.3  # a column: no caption is narrower, however narrow its picture
SIDE = 1.0  # of a map, and of the highest box of volumes(), at most
PANEL = 1.2  # height of the bars of one network
GREY, PALE = "#C8C8C8", "#E6E6E6"
LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue light
INK = "#808080"  # of text on a page: seen on light and on dark
EDGE, FACE, FRONT = "#0072B2", "#56B4E9", "#9AD0F0"
MARGIN = 10  # dots around a file's drawing


def as_bytes(figure: Figure, caption: str, kind: Literal["png", "pdf"]) -> bytes:
    """A figure as a file, cropped, its caption below it and as the file's title; the same bytes each time."""
    box = figure.get_tightbbox()
    lines = wrapped(caption, max(box.width, NARROW), FONT)
    text = figure.text(box.x0 / WIDTH, (box.y0 - 0.1) / HEIGHT, lines, va="top", linespacing=1.3)
    metadata = {"Title": caption} | ({"CreationDate": None} if kind == "pdf" else {})
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=DPI, bbox_inches=_crop(figure), metadata=metadata)
    text.remove()
    return file.getvalue()


def as_svg(figure: Figure) -> str:
    """A figure as a drawing for the page, light or dark: its text in grey, nothing behind it, without a caption."""
    file = io.StringIO()
    for text in figure.findobj(Text):
        text.set_color(INK)
    figure.savefig(file, format="svg", transparent=True, bbox_inches=_crop(figure), metadata={"Date": None})
    return file.getvalue()


def _crop(figure: Figure) -> Bbox:
    """Where something is drawn and a margin around it, in inches that are whole dots: so is what is drawn in dots."""
    box = figure.get_tightbbox()
    return Bbox(np.stack([np.floor(box.min * DPI) - MARGIN, np.ceil(box.max * DPI) + MARGIN]) / DPI)


def grid(maps: np.ndarray, titles: list[str] | None, columns: int, *, signed: bool, shared: bool) -> Figure:
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


def pictures(shown: list[tuple[np.ndarray, str]]) -> Figure:
    """A few pictures with titles side by side: (C, H, W) in [0, 1], or signed (H, W) with their colour bars."""
    gap = 0.3
    width = min(1.9, (WIDTH + gap) / len(shown) - gap)
    figure = sheet()
    for place, (values, title) in enumerate(shown):
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
    panels = {title: found for title, found in panels.items() if found}
    left = max(0.5, slant(row["layer"] for row in rows))
    width = max(WIDTH - left, SLOT * max(map(len, panels.values())))
    limit = 1.2 * max((row["high"] for row in rows if row["value"] is not None), default=0) or 1.0
    figure, top = sheet(), 0.0
    for title, found in panels.items():
        axes = axes_at(figure, left, top, width, PANEL)
        axes.set(xlim=(-0.5, len(found) - 0.5), ylim=(0, limit), ylabel="relative error", title=title)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xticks(range(len(found)), [row["layer"] for row in found], **SLANTING)
        axes.tick_params(length=2, pad=2)
        _bars(axes, found, colours[title], marks, width / len(found))
        top += PANEL + slant(row["layer"] for row in found) + 0.35
    text = "\n".join(wrapped(f"{marks[why]} {why}", width, SMALL) for why in whys)
    figure.text(left / WIDTH, 1 - (top - 0.15) / HEIGHT, text, va="top", fontsize=SMALL, linespacing=1.3)
    return figure


def _bars(axes: Axes, found: list[dict[str, Any]], colour: str, marks: dict[str, str], slot: float) -> None:
    """A bar a layer; one hatched place for neighbours whose error is not defined for one reason."""
    upright = axes.get_xaxis_transform()
    for (missing, why), run in groupby(enumerate(found), lambda item: (item[1]["value"] is None, item[1]["why"])):
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


def volumes(names_and_shapes: list[tuple[str, tuple[int, ...]]]) -> Figure:
    """A network's values for one image as volumes: of maps (C, H, W) boxes, of numbers without a place bars.

    Boxes are as high and as deep as the maps, on one scale, and as thick as the root of their number; bars are as high
    as the root of theirs, on the scale of the thicknesses.
    """
    labels = [f"{name}  {' × '.join(map(str, shape))}" for name, shape in names_and_shapes]
    shapes = [shape if len(shape) == 3 else (math.prod(shape), 1, 1) for _, shape in names_and_shapes]
    flat = [shape[1:] == (1, 1) for shape in shapes]
    roots = [math.sqrt(shape[0]) for shape in shapes]
    left = slant(labels)
    room = WIDTH - left
    of_maps = sum(root for root, bar in zip(roots, flat, strict=True) if not bar)
    per_root = min(SIDE / max(64, *roots), room / 2 / max(of_maps, 1))
    per_pixel = SIDE / max(max(shape[1:]) for shape in shapes)
    thick = [0.06 if bar else root * per_root for root, bar in zip(roots, flat, strict=True)]
    gap = min(0.4, max(0.05, (room - sum(thick)) / len(shapes)))
    *lefts, end = accumulate((max(wide + gap, SLOT) for wide in thick), initial=0.0)

    figure = sheet()
    axes = axes_at(figure, left, 0, end - gap, SIDE)
    axes.set(xlim=(0, end - gap), ylim=(-SIDE / 2, SIDE / 2))
    axes.axis("off")
    boxes = zip(lefts, labels, shapes, flat, roots, thick, strict=True)
    for x, label, (_, height, width), bar, root, wide in boxes:
        high, lean = (root * per_root, 0.0) if bar else (height * per_pixel, 0.25 * width * per_pixel)
        low, top = -high / 2, high / 2
        front = [(x, low), (x + wide, low), (x + wide, top), (x, top)]
        roof = [(x, top), (x + wide, top), (x + wide + lean, top + lean), (x + lean, top + lean)]
        side = [(x + wide, low), (x + wide, top), (x + wide + lean, top + lean), (x + wide + lean, low + lean)]
        for corners, colour in ((front, FRONT), (roof, FACE), (side, FACE)):
            axes.add_patch(Polygon(corners, fc=colour, ec=EDGE, lw=0.5, joinstyle="bevel", clip_on=False))
        axes.text(x + wide / 2, -SIDE / 2 - 0.08, label, **SLANTING)
    return figure


def connections(width: int) -> Figure:
    """A convolution with one kernel of that width, zeros beyond the border, beside a fully connected layer.

    Both between as many inputs (below) and outputs (above); a line is a connection, a colour a weight.
    """
    count, reach = width + 3, (width - 1) // 2
    sparse = {(i, o): i - o + reach for o in range(count) for i in range(count) if 0 <= i - o + reach < width}
    full = {(i, o): i * count + o for o in range(count) for i in range(count)}
    figure = sheet()
    for place, (name, weights) in enumerate((("Convolution", sparse), ("Fully connected", full))):
        different = len(set(weights.values()))
        axes = axes_at(figure, place * WIDTH / 2, 0, WIDTH / 2 - 0.3, 1.2)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(-0.15, 1.15))
        axes.set_title(f"{name}: {len(weights)} connections, {different} weights")
        axes.axis("off")
        colours = matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, different))
        lines = [[(i, 0), (o, 1)] for i, o in weights]
        axes.add_collection(LineCollection(lines, colors=colours[list(weights.values())], lw=0.9, zorder=1))
        axes.scatter(np.tile(np.arange(count), 2), np.repeat([0, 1], count), 40, color=FRONT, ec=EDGE, lw=0.7)
    return figure


def _full(values: np.ndarray) -> float:
    """The size at which a colour is full."""
    return float(np.abs(values).max()) or 1.0
