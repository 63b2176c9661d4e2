"""Any picture of a digit -> what MNIST made of its scans."""

import numpy as np
from PIL import Image

from invariance.images.ink import digit_ink
from invariance.images.pixels import ImageError, Noted, grey

DIGIT_SIDE, DIGIT_BOX = 28, 20  # MNIST: ink scaled to fit 20x20 ...
DIGIT_CENTRE = 14.5  # ... with its centre of mass on pixel 14 of 28, whose middle is at 14.5
MAX_SIDE = 400  # pictures are reduced to this before ink is looked for
INK = 0.2  # what counts as ink when its box is drawn, as a share of full ink


def as_digit(image: np.ndarray, drawn: bool = False) -> Noted:
    """Make of any picture of one digit what MNIST made of its scans.

    1. The picture is taken in grey and reduced to at most MAX_SIDE pixels a side.
    2. The sheet of paper is found on whatever it lies on, and its shade, even or with a slant of light, is subtracted
       (invariance.images.paper). Of a drawing, most pixels have one shade, the paper's.
    3. Ink is what differs most from the paper, darker or brighter; what varies no more than the paper does is set to 0,
       full ink to 1. Ruled lines go, as do specks, frames and what lies around the sheet; of several pieces of ink the
       longest is kept, best clear of the edge, with the pieces close to it (invariance.images.ink).
    4. The ink's box is scaled to fit 20x20, keeping its proportions, and its centre of mass comes to lie on pixel
       (14, 14) of 28x28, where MNIST has it.

    Args:
        image: float32 (1 or 3, H, W) in [0, 1], dark on light or light on dark.
        drawn: it shows strokes on pure black, so that no paper need be looked for.

    Returns:
        float32 (1, 28, 28) in [0, 1], ink bright on black; how it was moved and resized, and whether there was more
        ink than the one digit's.

    Raises:
        ImageError: there is no ink.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
    """
    page = _reduced(grey(image))
    ink = digit_ink(page, drawn)
    if ink is None:
        raise ImageError("There is nothing to recognise: no ink stands out from its paper. Draw or upload a digit.")
    digit, side = _framed(ink.amount)
    moved = f"The digit was moved to the middle and made {min(page.shape) / side:.2g} times as large, as MNIST's are."
    others = ("There is more than one piece of ink: this one was read.",) if ink.several else ()
    return Noted(digit, (*others, moved))


def _reduced(page: np.ndarray) -> np.ndarray:
    """(H, W) with at most MAX_SIDE pixels a side, each the mean of those that it covers."""
    if max(page.shape) <= MAX_SIDE:
        return page
    picture = Image.fromarray(page)
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    return np.asarray(picture)


def _framed(ink: np.ndarray) -> tuple[np.ndarray, float]:
    """Ink (H, W) in [0, 1] -> (1, 28, 28) as in MNIST, and the side of the square that became it, in pixels of ink."""
    rows, columns = np.flatnonzero((ink > INK).any(1)), np.flatnonzero((ink > INK).any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    ink = ink[top:bottom, left:right]
    height, width = ink.shape

    side = max(height, width) * DIGIT_SIDE / DIGIT_BOX
    centre = DIGIT_CENTRE / DIGIT_SIDE * side
    mass = ink.sum()
    y = (ink.sum(1) @ (np.arange(height) + 0.5)) / mass - centre  # the window's upper left corner
    x = (ink.sum(0) @ (np.arange(width) + 0.5)) / mass - centre
    y, x = np.clip(y, height - side, 0), np.clip(x, width - side, 0)  # all the ink stays inside

    margin = int(np.ceil(side)) + 1
    padded = Image.fromarray(np.pad(ink, margin))
    window = (x + margin, y + margin, x + margin + side, y + margin + side)
    small = padded.resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.HAMMING, box=window)
    return np.clip(np.asarray(small), 0, 1)[None], side
