"""Changes of light: gain, offset, gamma, light that falls from one side, contrast. All keep values in [0, 1]."""

import numpy as np

from invariance.transforms.transform import LIGHT, Transform, moves_nothing


def gain(images: np.ndarray, factor: float) -> np.ndarray:
    """min(factor x, 1): a longer or shorter exposure; x in [0, 1]."""
    return np.minimum(images * np.float32(factor), np.float32(1))


def offset(images: np.ndarray, amount: float) -> np.ndarray:
    """min(max(x + amount, 0), 1): light or darkness added everywhere; x in [0, 1]."""
    return np.clip(images + np.float32(amount), 0, 1)


def gamma(images: np.ndarray, exponent: float) -> np.ndarray:
    """x^exponent: below 1 lifts the shadows, above 1 deepens them; black and white stay; x in [0, 1]."""
    return images ** np.float32(exponent)


def gradient(images: np.ndarray, amount: float) -> np.ndarray:
    """A linear gradient of light: clip(x + amount u), u from -1/2 at the left edge to 1/2 at the right; x in [0, 1]."""
    slope = np.linspace(-0.5, 0.5, images.shape[3], dtype=np.float32)
    return np.clip(images + np.float32(amount) * slope, 0, 1)


def contrast(images: np.ndarray, factor: float) -> np.ndarray:
    """clip(m + factor (x - m)), m the mean of an image's channel: 0 would leave only m; x in [0, 1].

    Source: D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common corruptions and
    perturbations" (2019), whose code has this formula.
    """
    means = images.mean((2, 3), keepdims=True)
    return np.clip(means + np.float32(factor) * (images - means), 0, 1)


def _steps(low: float, high: float, count: int) -> tuple[float, ...]:
    return tuple(round(float(amount), 4) for amount in np.linspace(low, high, count))


GAIN = Transform(
    name="gain",
    title="Gain",
    unit="×",
    neutral=1,
    low=0.1,
    high=3,
    amounts=_steps(0.1, 3, 30),
    change=gain,
    about="Multiplies every value, cut off at white: min(g·x, 1).",
    group=LIGHT,
    action=moves_nothing,
    moves=False,
)
OFFSET = Transform(
    name="offset",
    title="Offset",
    unit="",
    neutral=0,
    low=-0.8,
    high=0.8,
    amounts=_steps(-0.8, 0.8, 33),
    change=offset,
    about="Adds the same amount everywhere, cut off at black and white: the background turns grey or the ink fades.",
    group=LIGHT,
    action=moves_nothing,
    moves=False,
)
GAMMA = Transform(
    name="gamma",
    title="Gamma",
    unit="",
    neutral=1,
    low=0.2,
    high=5,
    amounts=(0.2, 0.25, 0.33, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 1.75, 2, 2.5, 3, 4, 5),
    change=gamma,
    about="Raises every value to a power: x^γ. Black and white stay; below 1 the greys brighten, above 1 they darken.",
    group=LIGHT,
    action=moves_nothing,
    moves=False,
)
GRADIENT = Transform(
    name="gradient",
    title="Light from one side",
    unit="",
    neutral=0,
    low=-1.6,
    high=1.6,
    amounts=_steps(-1.6, 1.6, 33),
    change=gradient,
    about="Adds light that grows from left to right (from right to left below 0), cut off at black and white.",
    group=LIGHT,
    action=moves_nothing,
    moves=False,
)
CONTRAST = Transform(
    name="contrast",
    title="Contrast",
    unit="×",
    neutral=1,
    low=0.05,
    high=3,
    amounts=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3),
    severities=(0.4, 0.3, 0.2, 0.1, 0.05),  # those of ImageNet-C; CIFAR-10-C's are 0.75, 0.5, 0.4, 0.3 and 0.15
    change=contrast,
    about="Brings every value nearer to the image's own mean (above 1: away from it), cut off at black and white.",
    group=LIGHT,
    action=moves_nothing,
    moves=False,
    telling=0.1,
)
