"""A whole network as a figure for print: a column of maps for each layer, from the image to the answer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from invariance.number_words import percent
from ui.drawing.figures.sheet import HEIGHT, SLANTING, SMALL, WIDTH, axes_at, image_at, sheet, slant

SLOT, SIDE, GAP = 0.55, 0.45, 0.05  # inches from column to column, of a map at most, and between two
TALL, SLIM = 2.5, 10  # inches of a column of numbers at most, and so many times as high as it is wide
LINE = 0.15  # from one line of text to the next

Column = tuple[str, str, np.ndarray]  # a layer's name and size, and pictures uint8 (N, 1 or 3, H, W)


def whole_network(columns: Sequence[Column], answer: Sequence[tuple[str, float]]) -> Figure:
    """The first maps of every layer below each other, and beside the last what the network answers.

    Args:
        columns: the layers; of one that gives numbers, one picture with a number a row.
        answer: classes with their probabilities.
    """
    labels = [f"{name}, {size}" for name, size, _ in columns]
    left, deep = slant(labels), 0.0
    figure = sheet()
    for place, (_, _, pictures) in enumerate(columns):
        top = 0.0
        for picture in pictures:
            pixels = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
            height, width = pixels.shape[:2]
            if width < height / SLIM:  # numbers, which would be a thread
                width = -(-height // SLIM)
                pixels = pixels.repeat(width, 1)
            wide = min(SIDE, TALL * width / height)
            image_at(figure, pixels, left + place * SLOT, wide, full=255, signed=False, top=top)
            top += wide * height / width + GAP
        deep = max(deep, top)
    axes = axes_at(figure, left, deep, SLOT * len(columns), GAP)
    axes.axis("off")
    axes.set(xlim=(0, len(columns)), ylim=(0, 1))
    for place, label in enumerate(labels):
        axes.text(place + SIDE / SLOT / 2, 0, label, **SLANTING)
    for line, (label, share) in enumerate(answer):
        place = ((left + len(columns) * SLOT) / WIDTH, 1 - line * LINE / HEIGHT)
        figure.text(*place, f"{label}: {percent(share, 1)}", va="top", fontsize=SMALL)
    return figure
