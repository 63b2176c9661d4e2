"""Any picture of a digit -> what MNIST made of its scans."""

import numpy as np
from PIL import Image

from invariance.images.pixels import ImageError, grey

DIGIT_SIDE, DIGIT_BOX = 28, 20  # MNIST: ink scaled to fit 20x20 ...
DIGIT_CENTRE = 14.5  # ... with its centre of mass on pixel 14 of 28, whose middle is at 14.5
INK = 0.2  # what counts as ink when its box is drawn, as a share of full ink
MIN_CONTRAST = 0.06  # of the range from black to white
NOISE_MARGIN = 1.5  # how far above the border's own variation something must rise to be ink


def as_digit(image: np.ndarray) -> np.ndarray:
    """Make of any picture of one digit what MNIST made of its scans.

    1. Paper and ink are told apart by the border, which is taken to be paper: a plane fitted to it is subtracted
       (even light or a slant of light), and the ink is what differs most, darker or brighter.
    2. What varies no more than the border does is set to 0, full ink to 1.
    3. The ink's box is scaled to fit 20x20, keeping its proportions, and its centre of mass comes to lie on pixel
       (14, 14) of 28x28, where MNIST has it.

    Args:
        image: float32 (1 or 3, H, W) in [0, 1], dark on light or light on dark.

    Returns:
        float32 (1, 28, 28) in [0, 1], ink bright on black.

    Raises:
        ImageError: there is no ink.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
    """
    ink = _ink(grey(image))
    rows, columns = np.flatnonzero((ink > INK).any(1)), np.flatnonzero((ink > INK).any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    ink = ink[top:bottom, left:right]
    height, width = ink.shape

    side = max(height, width) * DIGIT_SIDE / DIGIT_BOX  # of the window that becomes 28x28, in pixels of ink
    centre = DIGIT_CENTRE / DIGIT_SIDE * side
    mass = ink.sum()
    y = (ink.sum(1) @ (np.arange(height) + 0.5)) / mass - centre  # the window's upper left corner
    x = (ink.sum(0) @ (np.arange(width) + 0.5)) / mass - centre
    y, x = np.clip(y, height - side, 0), np.clip(x, width - side, 0)  # all the ink stays inside

    margin = int(np.ceil(side)) + 1
    padded = Image.fromarray(np.pad(ink, margin))
    window = (x + margin, y + margin, x + margin + side, y + margin + side)
    small = padded.resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.HAMMING, box=window)
    return np.clip(np.asarray(small), 0, 1)[None]


def _ink(page: np.ndarray) -> np.ndarray:
    """(H, W) in [0, 1] -> how much ink, 0 for paper and 1 for full ink."""
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    plane = np.stack([np.ones_like(page), x / width, y / height], -1)
    border = np.ones(page.shape, bool)
    frame = max(1, min(height, width) // 20)
    border[frame:-frame, frame:-frame] = False
    # The fit is repeated without what lies far from it, so that ink that touches the border doesn't tilt the paper.
    paper = np.abs(page - np.median(page[border])) <= max(0.1, 3 * np.std(page[border])) if border.any() else border
    coefficients, *_ = np.linalg.lstsq(plane[border & paper], page[border & paper], rcond=None)
    residual = page - plane @ coefficients
    if -residual.min() > residual.max():  # dark ink on light paper
        residual = -residual
    noise = NOISE_MARGIN * np.quantile(np.abs(residual[border & paper]), 0.98)
    peak = residual.max()
    if peak - noise < MIN_CONTRAST:
        raise ImageError("There is nothing to recognise: the picture is one even shade. Draw or upload a digit.")
    full = np.median(residual[residual > (noise + peak) / 2])
    return np.clip((residual - noise) / (full - noise), 0, 1)
