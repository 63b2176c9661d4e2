"""Pen strokes -> float32 (1, H, W) in [0, 1], bright on black."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw


class Stroke(NamedTuple):
    """One line of a pen, in units of the pad's height."""

    points: np.ndarray  # float (n, 2), x to the right and y down: 0..1, and x in a wide pad up to its width / height
    width: float  # of the line


def rasterise(strokes: list[Stroke], height: int, width: int | None = None, oversample: int = 4) -> np.ndarray:
    """Draw pen strokes with round ends, bright on black.

    Args:
        strokes: in units of the pad's height; what lies outside the pad is cut off.
        height, width: pixels of the result, a square if width is None.
        oversample: each pixel is the mean of oversample x oversample finer ones.

    Returns:
        float32 (1, height, width) in [0, 1].
    """
    width = width or height
    fine = height * oversample
    image = Image.new("L", (width * oversample, fine))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        radius = stroke.width * fine / 2
        points = [(float(x), float(y)) for x, y in np.asarray(stroke.points) * fine]
        pen.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    # Every finer pixel is 0 or 255: the mean is a whole number of them over all, and reduce() rounds it to 1/255.
    parts = oversample**2
    return np.round(np.asarray(image.reduce(oversample), np.float32)[None] * (parts / 255)) / parts
