"""Noise: Gaussian, and salt and pepper.

An image's noise is drawn from a seed that its own pixels give: the same image has the same noise wherever it stands and
whenever it is asked for, and at another amount the same pattern, stronger or weaker. Another image has other noise.

Kinds and strengths follow D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common corruptions
and perturbations" (2019). Gaussian noise is theirs, but for the seed; their salt and pepper falls on each channel by
itself, ours on whole pixels, so that an amount is a share of pixels.
"""

import zlib
from collections.abc import Callable

import numpy as np

from invariance.transforms.transform import DETAIL, Transform, moves_nothing


def gaussian(images: np.ndarray, percent: float) -> np.ndarray:
    """clip(x + s z), z standard normal for each value of float32 (N, C, H, W) in [0, 1]; percent: 100 s."""
    z = _drawn(images, lambda generator, shape: generator.standard_normal(shape, np.float32))
    return np.clip(images + np.float32(percent / 100) * z, 0, 1)


def salt_and_pepper(images: np.ndarray, percent: float) -> np.ndarray:
    """Whole pixels of float32 (N, C, H, W) become black or white, each with a chance of percent / 200."""
    u = _drawn(images, lambda generator, shape: generator.random((1, *shape[1:]), np.float32))
    chance = np.float32(percent / 200)
    return np.where(u < chance, np.float32(0), np.where(u >= 1 - chance, np.float32(1), images))


def _drawn(images: np.ndarray, draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]) -> np.ndarray:
    """What draw(generator, (C, H, W)) gives for each of float32 (N, C, H, W), of a generator of its own."""
    if not len(images):
        return images
    generators = (np.random.Generator(np.random.PCG64(zlib.crc32(image.tobytes()))) for image in images)
    return np.stack([draw(generator, images.shape[1:]) for generator in generators])


NOISE = Transform(
    name="noise",
    title="Gaussian noise",
    proper=True,
    unit=" %",
    neutral=0,
    low=0,
    high=50,
    amounts=(0, 4, 6, 8, 9, 10, 12, 18, 26, 38, 50),
    severities=(8, 12, 18, 26, 38),  # those of ImageNet-C; CIFAR-10-C's are 4, 6, 8, 9 and 10 %
    change=gaussian,
    about=(
        "Adds a random number to every value, its standard deviation so many per cent of white; cut off at black and "
        "white. The same image gets the same noise."
    ),
    group=DETAIL,
    action=moves_nothing,
    moves=False,
)
SALT_AND_PEPPER = Transform(
    name="impulse",
    title="Salt and pepper",
    unit=" %",
    neutral=0,
    low=0,
    high=50,
    amounts=(0, 1, 2, 3, 5, 6, 7, 9, 17, 27, 50),
    severities=(3, 6, 9, 17, 27),  # those of ImageNet-C; CIFAR-10-C's are 1, 2, 3, 5 and 7 %
    change=salt_and_pepper,
    about="Turns so many per cent of the pixels black or white, at random. The same image gets the same noise.",
    group=DETAIL,
    action=moves_nothing,
    moves=False,
)
