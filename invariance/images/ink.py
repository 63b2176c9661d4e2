"""A page with a digit on it -> the digit's ink alone: no desk, ruled lines, specks or other digits."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from invariance.images.paper import MIN_CONTRAST, shade, sheets

QUARTER = 0.319  # a quarter of normal noise is smaller than this many of its standard deviations
LEAST_SPREAD = 0.02  # of paper: what differs less than this from its shade counts towards its noise
NOISE_MARGIN = 1.5  # how far above the paper's own variation something must rise to be ink
STRONG, FAINT = 0.4, 0.15  # of full ink: what makes the digit's pieces, and what a ruled line has at least
LINE_LENGTH = 0.92  # of the sheet: what runs that far, nearly upright or level, ...
LINE_WIDTH = 0.025  # ... and is no wider than this is a ruled line
LINE_SLOPE = 0.06  # the steepest line
SPECK = 0.1  # of the digit's longer side: smaller pieces are specks
BESIDE, ABOVE = 0.2, 0.3  # gaps, as shares of the digit's longer side, over which pieces side by side, or one above
# the other, belong together: digits are written next to each other
OTHER = 0.3  # of the digit's longer side: from there on another piece is told of
AROUND = 0.7  # of the sheet's shorter side: what touches its edge over such a length is no ink but what lies around it
TRIES = 3  # each leaves out what lies around the sheet, as long as there is something else
EIGHT = np.ones((3, 3), bool)  # a pixel's neighbours, diagonal ones too


class Ink(NamedTuple):
    """A digit's ink."""

    amount: np.ndarray  # float32 (H, W): 0 for paper and 1 for full ink
    contrast: float  # between full ink and paper
    several: bool  # whether there was another piece that might be a digit
    cut: bool  # whether the digit touches the edge of its sheet


def digit_ink(page: np.ndarray, drawn: bool = False) -> Ink | None:
    """The ink of the one digit on a page (H, W) in [0, 1], dark on light or light on dark; None if there is none.

    drawn: the page is strokes on pure black, all of it sheet.
    """
    if drawn:
        return _in_one_shade(page, np.ones(page.shape, bool))
    found = None
    for sheet in sheets(page):
        found = _on_sheet(page, sheet, sheet) or found
        if found and not found.cut:  # where the digit is cut, an edge of shadow was taken for the sheet's
            return found
    whole = np.ones(page.shape, bool)
    by_margin = _on_sheet(page, whole, _margin(whole))
    return by_margin if by_margin and not by_margin.cut else found or by_margin


def _margin(page: np.ndarray) -> np.ndarray:
    """A twentieth of the page along its edge, bool (H, W): paper, if ink takes up most of the page."""
    margin = np.ones_like(page)
    wide = max(1, min(page.shape) // 20)
    margin[wide:-wide, wide:-wide] = False
    return margin


def _on_sheet(page: np.ndarray, sheet: np.ndarray, paper: np.ndarray) -> Ink | None:
    """The digit on a sheet, in the shade that differs more from the paper; paper: pixels that are mostly paper."""
    differs = np.where(sheet, page - shade(page, paper), 0)
    size = np.abs(differs[paper])
    spread = np.quantile(size, 0.25) / QUARTER
    noise = NOISE_MARGIN * float(np.quantile(size[size <= max(3 * spread, LEAST_SPREAD)], 0.98))
    found = [_in_one_shade(np.maximum(way - noise, 0), sheet) for way in (differs, -differs)]
    return max((ink for ink in found if ink), key=lambda ink: ink.contrast, default=None)


def _in_one_shade(amount: np.ndarray, sheet: np.ndarray) -> Ink | None:
    """The digit in what is brighter, or darker, than paper by an amount, float32 (H, W)."""
    pieces, rest = None, amount
    for _ in range(TRIES):
        peak = float(rest.max())
        if peak < MIN_CONTRAST:
            break
        full = float(np.median(rest[rest > peak / 2]))
        strong = _without_lines(rest > STRONG * full, rest > FAINT * full, sheet)
        pieces = _pieces(strong if strong.any() else rest > STRONG * full, sheet)
        if not pieces.around:
            break
        rest = np.where(ndimage.binary_dilation(pieces.digit, EIGHT, iterations=3), 0, rest)
    if pieces is None:
        return None
    reach = 2 * max(2, round(pieces.side / 50)) + 1
    ink = np.where(ndimage.maximum_filter(pieces.digit, reach), amount, 0)
    full = float(np.median(ink[ink > ink.max() / 2]))
    return Ink(np.minimum(ink / full, 1), full, pieces.several, pieces.cut)


def _without_lines(strong: np.ndarray, faint: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """Pixels of strong ink (H, W) without ruled and margin lines, mended where a line crosses the digit."""
    strong = _without_level_lines(strong, faint, sheet)
    return _without_level_lines(strong.T, faint.T, sheet.T).T


def _without_level_lines(strong: np.ndarray, faint: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """The same for lines that run from left to right, all of one slope.

    A line is a row of pixels, sheared by the slope, that is covered with ink for LINE_LENGTH of the sheet (the Hough
    transform, for lines that are nearly level). Its pixels go, but for those with the digit's ink above and below.
    """
    height, width = strong.shape
    length = LINE_LENGTH * np.count_nonzero(sheet.any(0))
    if np.count_nonzero(faint.any(0)) < length:
        return strong
    y, x = np.nonzero(ndimage.maximum_filter1d(faint, 3, axis=0))
    steepest = int(LINE_SLOPE * width)
    covered, rows, lines = 0, None, None
    for rise in range(-steepest, steepest + 1):  # pixels, from the left edge to the right
        sheared = y - np.round(rise * x / width).astype(int) + height
        counts = np.bincount(sheared, minlength=3 * height)
        if (total := counts[counts >= length].sum()) > covered:
            covered, rows, lines = total, sheared, counts >= length
    if lines is None:
        return strong
    bands, _ = ndimage.label(lines)
    widths = np.bincount(bands) - 2
    narrow = widths <= max(2, LINE_WIDTH * height)
    narrow[0] = False
    if not narrow.any():
        return strong
    lines = ndimage.binary_dilation(narrow[bands])
    widest = int(widths[narrow].max())
    line = np.zeros_like(strong)
    line[y, x] = lines[rows]
    rest = strong & ~line
    bridge = widest + 5  # over the line and its soft edges
    mended = ndimage.binary_closing(np.pad(rest, bridge), np.ones((bridge, max(1, widest // 2))))
    return rest | (strong & line & mended[bridge:-bridge, bridge:-bridge])


class _Pieces(NamedTuple):
    """Which pieces of ink make the digit."""

    digit: np.ndarray  # bool (H, W)
    side: int  # its longer side, pixels
    several: bool  # whether there is another piece that might be a digit
    cut: bool  # whether it touches the sheet's edge
    around: bool  # whether it isn't a digit but lies around the sheet, and nothing else is there


def _pieces(strong: np.ndarray, sheet: np.ndarray) -> _Pieces:
    """The longest piece of ink, best clear of the edge, and what lies near it."""
    labels, count = ndimage.label(strong, EIGHT)
    boxes = ndimage.find_objects(labels)
    extents = np.array([(y.stop - y.start, x.stop - x.start) for y, x in boxes])
    sides, widths = extents.max(1), extents.min(1)
    height, width = np.count_nonzero(sheet.any(1)), np.count_nonzero(sheet.any(0))
    edge = sheet & ~ndimage.minimum_filter(sheet, 3, mode="constant")
    contact = np.bincount(labels[edge], minlength=count + 1)[1:]
    around = contact >= AROUND * min(height, width)
    score = sides * np.where(contact > 0, 0.5, 1) * np.where(around, 0.1, 1)
    chosen = [int(score.argmax())]
    while True:
        digit = np.isin(labels, np.array(chosen) + 1)
        rows, columns = np.flatnonzero(digit.any(1)), np.flatnonzero(digit.any(0))
        side = int(max(np.ptp(rows), np.ptp(columns))) + 1
        others = [piece for piece in range(count) if piece not in chosen and not around[piece]]
        near = [piece for piece in others if sides[piece] >= SPECK * side]
        if not near:
            break
        gaps = ndimage.minimum(ndimage.distance_transform_edt(~digit), labels, np.array(near) + 1) - 1
        allowed = [ABOVE if _share_columns(boxes[piece][1], columns) else BESIDE for piece in near]
        joined = [piece for piece, gap, most in zip(near, gaps, allowed, strict=True) if gap <= most * side]
        if not joined:
            break
        chosen += joined
    several = any(sides[piece] >= OTHER * side and widths[piece] >= SPECK * side for piece in others)
    return _Pieces(digit, side, several, bool(contact[chosen].any()), bool(around[chosen].all()))


def _share_columns(box: slice, columns: np.ndarray) -> bool:
    """Whether half of a piece's columns, or of the digit's, are the other's too; so one is above the other."""
    shared = min(box.stop, columns[-1] + 1) - max(box.start, columns[0])
    return shared >= 0.5 * min(box.stop - box.start, len(columns))
