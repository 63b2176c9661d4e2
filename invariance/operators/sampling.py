"""What keeping every second pixel makes of stripes, with and without a blur before it: the sampling theorem in small.

A wave of period p pixels has the frequency f = 1 / p waves a pixel. Pixels that are 2 apart can tell apart frequencies
below 1/4 only, that is, periods of more than 4 pixels. At exactly 4, what they show depends on where the wave lies:
moved by 1 or 3 pixels from where a kept one is its peak, they are all alike. From the kept pixels, a finer wave cannot
be told from the coarse one with which it agrees at all of them, its alias, of frequency

    |f - round(2 f) / 2|

The blur b = (1 2 1) / 4 keeps of a wave the share

    g(f) = (1 + cos 2 π f) / 2 = cos²(π f)

which is 0 for the finest wave of all, f = 1/2, and over 1/2 for those that the kept pixels can show.

Sources: C. Shannon, "Communication in the presence of noise" (1949), theorem 1; R. Zhang, "Making convolutional
networks shift-invariant again" (ICML 2019), section 3.
"""

import numpy as np

from invariance.operators.kernels import binomial

STRIDE = 2
FINEST = 2.0  # pixels: the shortest period that whole pixels can show
TAPS = 3


def stripes(size: int, period: float, right: float = 0) -> np.ndarray:
    """Upright stripes ½ + ½ cos(2π (x - right) / period) in a square: float32 (1, size, size) in [0, 1]."""
    row = 0.5 + 0.5 * np.cos(2 * np.pi * (np.arange(size) - right) / period)
    return np.broadcast_to(row, (1, size, size)).astype(np.float32)


def blurred(image: np.ndarray) -> np.ndarray:
    """float32 (C, H, W) -> (C, H, W - 2), averaged by (1 2 1) / 4 from left to right; the first and last column lack a
    neighbour and are left out."""
    width = image.shape[2] - (TAPS - 1)
    return sum(np.float32(weight) * image[:, :, k : k + width] for k, weight in enumerate(binomial(TAPS)))


def halved(image: np.ndarray) -> np.ndarray:
    """Every second pixel of each row and column: (C, H, W) -> (C, ⌈H / 2⌉, ⌈W / 2⌉)."""
    return image[:, ::STRIDE, ::STRIDE]


def seen_period(period: float) -> float:
    """The period in pixels of the wave that the kept pixels show for one of `period` pixels; inf if they are all equal.

    Of a period of exactly 4 pixels they show 4, or are all alike, by where the wave lies; 4 is given.

    >>> seen_period(8)
    8.0
    >>> seen_period(2)
    inf
    """
    frequency = 1 / period
    seen = abs(frequency - round(STRIDE * frequency) / STRIDE)
    return 1 / seen if seen > 1e-9 else float("inf")


def gain(period: float) -> float:
    """The share of a wave that the blur keeps, cos²(π / period)."""
    return float(np.cos(np.pi / period) ** 2)
