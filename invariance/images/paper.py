"""A photographed page: where the paper lies, its shade at every pixel, and what differs from it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import ndimage

MIN_CONTRAST = 0.06  # of the range from black to white
EVEN = 0.12  # what differs less from the paper's shade is taken for paper where the sheet is looked for
POINTS = 1000  # pixels, evenly picked, to which a shade or a rectangle is fitted
STEPS = 8  # of the fit, from each start
ANGLES = np.deg2rad(np.arange(-44, 46, 2))  # at which a sheet may lie
STRAY = 0.01  # the share of a sheet's pixels that may lie outside its rectangle, at each side
CORNER = 0.15  # how large a sheet's corners are, as a share of its sides
EDGE = 0.015  # the sheet's own edge, left out: it is never sharp in a photo
WHOLE = 0.93  # a sheet with more of the page than this is the page
SHEETS = 2  # how often a sheet is looked for on what seemed to be paper


class Rectangle(NamedTuple):
    """The smallest rectangle, at any angle, around nearly all of a set of pixels."""

    depth: np.ndarray  # float (H, W): how far inside, as a share of its sides; negative outside
    sides: tuple[float, float]  # pixels
    filled: float  # the share of its area that the pixels fill ...
    corners: float  # ... and of the emptiest of its four corners


def shade(page: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """The paper's shade in even light: the plane a + b y + c x that fits the better half of the sheet's pixels best.

    Least trimmed squares (P. Rousseeuw, "Least median of squares regression", 1984): a plane is fitted to the half of
    the pixels that lie nearest to the last plane, from several starts. Where most pixels have exactly one shade, drawn
    by a program, it is that.

    Args:
        page: float32 (H, W) in [0, 1].
        sheet: bool (H, W), the pixels that count.

    Returns:
        float32 (H, W).
    """
    usual = np.median(page[sheet])
    if (page[sheet] == usual).mean() > 0.5:
        return np.full_like(page, usual)
    height, width = page.shape
    y, x = _some(sheet)
    terms, values = np.stack([np.ones(len(y)), y / height, x / width], -1), page[y, x].astype(float)
    half = (len(values) + 1) // 2
    fits = []
    for start in np.quantile(values, (0.1, 0.3, 0.5, 0.7, 0.9)):
        plane = np.array([start, 0, 0])
        for _ in range(STEPS):
            near = np.argpartition(np.abs(values - terms @ plane), half - 1)[:half]
            plane = np.linalg.lstsq(terms[near], values[near])[0]
        fits.append((np.sort(np.abs(values - terms @ plane))[:half].sum(), *plane))
    _, a, b, c = min(fits)
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    return (a + b / height * rows + c / width * columns).astype(np.float32)


def _some(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of at most POINTS of a mask's pixels."""
    y, x = np.nonzero(mask)
    picked = np.linspace(0, len(y) - 1, min(len(y), POINTS)).astype(int)
    return y[picked], x[picked]


def sheets(page: np.ndarray, within: np.ndarray | None = None, depth: int = SHEETS) -> Iterator[np.ndarray]:
    """Where the sheet of paper may lie, the likeliest first and last the whole page.

    A sheet is a rectangle of one shade, at any angle: on a desk that takes up more than half of the page it is what
    differs from the desk, else it is what doesn't differ from the page's shade.

    Args:
        page: float32 (H, W) in [0, 1].
        within: bool (H, W), the part to look at; None: all of it.
        depth: how often a sheet is looked for on another.

    Yields:
        bool (H, W).
    """
    within = np.ones(page.shape, bool) if within is None else within
    differs = np.where(within, page - shade(page, within), 0)
    tolerance = max(MIN_CONTRAST, min(EVEN, 0.4 * float(np.abs(differs).max())))
    for brighter in (differs, -differs) if depth else ():
        odd = brighter[brighter > tolerance]
        if not odd.size:
            continue
        for level in (tolerance, np.quantile(odd, 0.9) / 2):  # the second leaves out a desk's grain
            sheet = _rectangle(brighter > level, within)
            if sheet and sheet.filled > 0.5 and sheet.corners > 0.6 and min(sheet.sides) > 0.2 * min(page.shape):
                yield from sheets(page, within & (sheet.depth > EDGE), depth - 1)
                break
    if np.median(np.abs(differs[within])) > 0:  # else it is drawn by a program, and there is no desk
        sheet = _rectangle(np.abs(differs) <= tolerance, within)
        if sheet and np.count_nonzero(sheet.depth >= 0) < WHOLE * np.count_nonzero(within):
            yield within & (sheet.depth > EDGE)
    yield within


def _rectangle(mask: np.ndarray, within: np.ndarray) -> Rectangle | None:
    """The smallest rectangle, at one of ANGLES, that holds all but STRAY of a mask's pixels at each side.

    None where the mask's pixels are too few, or too scattered, for a sheet.
    """
    mask = mask & within
    count = np.count_nonzero(mask)
    box = np.count_nonzero(mask.mean(0) > 0.1) * np.count_nonzero(mask.mean(1) > 0.1)
    if count < 0.1 * np.count_nonzero(within) or count < 0.4 * box:
        return None
    y, x = _some(ndimage.binary_opening(mask, iterations=2))
    if not len(y):
        return None
    cos, sin = np.cos(ANGLES)[:, None], np.sin(ANGLES)[:, None]
    along, across = np.sort(x * cos + y * sin), np.sort(y * cos - x * sin)
    stray = int(STRAY * len(y))
    starts, ends = (np.stack([along[:, i], across[:, i]]) for i in (stray, -1 - stray))  # (2, angles)
    lengths = np.maximum(ends - starts, 1)
    best = int((lengths.prod(0) * (1 + 0.02 * np.abs(ANGLES))).argmin())  # upright where others are hardly smaller
    cos, sin = np.cos(ANGLES[best]), np.sin(ANGLES[best])
    rows, columns = np.arange(mask.shape[0])[:, None], np.arange(mask.shape[1])
    u = (columns * cos + rows * sin - starts[0, best]) / lengths[0, best]
    v = (rows * cos - columns * sin - starts[1, best]) / lengths[1, best]
    near_u, near_v = np.minimum(u, 1 - u), np.minimum(v, 1 - v)
    depth = np.minimum(near_u, near_v)
    corner = (depth >= 0) & (np.maximum(near_u, near_v) < CORNER)
    quarters = [mask[corner & ((u < 0.5) == left) & ((v < 0.5) == top)] for left in (0, 1) for top in (0, 1)]
    corners = min(quarter.mean() if len(quarter) else 0 for quarter in quarters)
    return Rectangle(depth, tuple(lengths[:, best]), mask[depth >= 0].mean(), corners)
