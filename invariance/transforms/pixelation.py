"""Pixelation: blocks of one colour, where there are too few pixels."""

import numpy as np

from invariance.transforms.transform import DETAIL, Transform, moves_nothing


def pixelate(images: np.ndarray, percent: float) -> np.ndarray:
    """Blocks of float32 (N, C, H, W), each of its mean; percent: a block's side, of the image's shorter side.

    Blocks begin at the top left and needn't be whole pixels: a pixel that several share has the mean of their values,
    weighted with its parts in them.
    """
    side = percent / 100 * min(images.shape[2:])
    return np.clip(_mixing(images.shape[2], side) @ images @ _mixing(images.shape[3], side).T, 0, 1)


def _mixing(pixels: int, side: float) -> np.ndarray:
    """float32 (pixels, pixels): each pixel of a row in blocks as a mean of the row's pixels; side: a block's, pixels.

    With o[b, x] the part of pixel x in block b: Σ_b o[b, x] o[b, x'] / Σ_x'' o[b, x''].
    """
    start = side * np.arange(np.ceil(pixels / side - 1e-9))[:, None]  # the last block may be cut off
    x = np.arange(pixels)
    parts = np.clip(np.minimum(x + 1, start + side) - np.maximum(x, start), 0, 1)
    return (parts.T @ (parts / parts.sum(1, keepdims=True))).astype(np.float32)


PIXELATION = Transform(
    name="pixelation",
    title="Pixelation",
    unit=" %",
    neutral=0,
    low=0,
    high=25,
    amounts=(0, 1, 2, 3, 4, 5, 7, 10, 14, 20, 25),
    # From the strongest of ImageNet-C, whose blocks have 0.7 to 1.8 % of the side, to twice the strongest of
    # CIFAR-10-C, 3.3 to 5 %; both of D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common
    # corruptions and perturbations" (2019), who give a pixel that several blocks share the value of the nearest.
    severities=(2, 3, 5, 7, 10),
    change=pixelate,
    about="Too few pixels: blocks of one colour, their side so many per cent of the image's shorter side.",
    group=DETAIL,
    action=moves_nothing,
    moves=False,
)
