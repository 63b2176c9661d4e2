"""Drawings to try operators on: float32 in {0, 1}, white on black."""

from collections.abc import Callable

import numpy as np

from invariance.operators.operator import check_whole


def vertical_line() -> np.ndarray:
    """(7, 8): an upright line two pixels wide, in columns 3 and 4.

    Source: A. Krishnan, "Translation invariance and CNN" (2022).
    """
    image = np.zeros((7, 8), np.float32)
    image[:, 3:5] = 1
    return image


def checkerboard(size: int = 64, cell: int = 8) -> np.ndarray:
    """(size, size): squares of cell x cell pixels, black at the top left."""
    check_whole("size of an image", size, 1)
    check_whole("size of a cell", cell, 1)
    y, x = np.mgrid[:size, :size] // cell
    return ((x + y) % 2).astype(np.float32)


def circle(size: int = 64, radius: int = 8, centre: tuple[int, int] | None = None) -> np.ndarray:
    """(size, size): the outline of a circle, one pixel wide; what lies outside the image is cut off.

    In each eighth, the pixel nearest to the circle: (a, round(√(r² - a²))) for a = 0, 1, … up to the diagonal, and its
    seven mirror images. These are the pixels of Bresenham's midpoint algorithm, which finds them without the root.

    Args:
        size: of the image, in pixels.
        radius: r, in pixels.
        centre: (row, column); None: (size // 2, size // 2).

    Source: J. Bresenham, "A linear algorithm for incremental digital display of circular arcs" (1977); A. Krishnan,
    "Translation invariance and CNN" (2022), which pools the circle of radius 8 about (32, 32).
    """
    y, x = _offsets(size, radius, centre)
    a = np.arange(radius + 1)
    b = np.rint(np.sqrt(radius**2 - a**2)).astype(int)
    a, b = a[a <= b], b[a <= b]
    outline = np.zeros((radius + 1, radius + 1), np.float32)  # by distance along both axes: a quarter
    outline[a, b] = outline[b, a] = 1
    inside = np.maximum(abs(y), abs(x)) <= radius
    return np.where(inside, outline[np.minimum(abs(y), radius), np.minimum(abs(x), radius)], 0).astype(np.float32)


def disc(size: int = 64, radius: int = 8, centre: tuple[int, int] | None = None) -> np.ndarray:
    """(size, size): all pixels no farther than radius from the centre; arguments as circle()."""
    y, x = _offsets(size, radius, centre)
    return (y * y + x * x <= radius**2).astype(np.float32)


def square(size: int = 64, radius: int = 8, centre: tuple[int, int] | None = None) -> np.ndarray:
    """(size, size): the outline of a square of 2 radius + 1 pixels, one pixel wide; arguments as circle()."""
    y, x = _offsets(size, radius, centre)
    return (np.maximum(abs(y), abs(x)) == radius).astype(np.float32)


def cross(size: int = 64, radius: int = 8, centre: tuple[int, int] | None = None) -> np.ndarray:
    """(size, size): an upright cross of 2 radius + 1 pixels, its bars three pixels wide; arguments as circle()."""
    y, x = _offsets(size, radius, centre)
    return ((np.minimum(abs(y), abs(x)) <= 1) & (np.maximum(abs(y), abs(x)) <= radius)).astype(np.float32)


def _offsets(size: int, radius: int, centre: tuple[int, int] | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns (size, size) of all pixels, counted from the centre."""
    check_whole("size of an image", size, 1)
    check_whole("radius", radius, 0)
    row, column = (size // 2, size // 2) if centre is None else centre
    y, x = np.mgrid[:size, :size]
    return y - row, x - column


# Those that take a size and a radius (or cell), both in pixels, 64 and 8 if not told.
SHAPES: dict[str, Callable[..., np.ndarray]] = {
    "circle": circle,
    "disc": disc,
    "square": square,
    "cross": cross,
    "checkerboard": checkerboard,
}
