"""A network as volumes, and a convolution's connections beside a fully connected layer's."""

import math
from itertools import accumulate

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from ui.drawing.figures.sheet import SLANTING, SLOT, WIDTH, axes_at, sheet, slant

HIGHEST = 1.0  # of a box of volumes(), at most
EDGE, FACE, FRONT = "#0072B2", "#56B4E9", "#9AD0F0"


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
    per_root = min(HIGHEST / max(64, *roots), room / 2 / max(of_maps, 1))
    per_pixel = HIGHEST / max(max(shape[1:]) for shape in shapes)
    thick = [0.06 if bar else root * per_root for root, bar in zip(roots, flat, strict=True)]
    gap = min(0.4, max(0.05, (room - sum(thick)) / len(shapes)))
    *lefts, end = accumulate((max(wide + gap, SLOT) for wide in thick), initial=0.0)

    figure = sheet()
    axes = axes_at(figure, left, 0, end - gap, HIGHEST)
    axes.set(xlim=(0, end - gap), ylim=(-HIGHEST / 2, HIGHEST / 2))
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
        axes.text(x + wide / 2, -HIGHEST / 2 - 0.08, label, **SLANTING)
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
