"""Adaptive polyphase sampling: keeping every s-th pixel so that a shift of the image only shifts what is kept.

Keeping every s-th row and column leaves open from which one to start: s x s choices, the phases of the image. A fixed
choice sees other pixels when the image moves by one. But moving only exchanges the phases and shifts them; so if the
choice depends on what is in them and not on their number, here on which is the longest in the L2 norm, the same one is
kept wherever the image lies, and the output moves along.

The law holds for shifts around the edges and sizes that are multiples of s, exactly. It needs the choice to be unique.
Phases of equal norm are common in drawings: of a pooled circle, each is the mirror image of another. Among those, the
one that best matches one fixed random template, tried at every shift, is kept. That does not depend on where the image
lies either, and decides between any two phases, up to chance, unless one is a shift of the other: then both are right.
The paper assumes that there is no tie.

Source: A. Chaman, I. Dokmanić, "Truly shift-invariant convolutional neural networks" (CVPR 2021).
"""

import numpy as np

from invariance.operators.operator import Operator, OperatorError, check_images, check_whole
from invariance.operators.pooling import max_pool
from invariance.operators.windows import padded

TIE = 1e-9  # squared norms as near as this, relatively, are equal: rounding moves them by some 1e-15


def phases(images: np.ndarray, stride: int = 2) -> np.ndarray:
    """All ways to keep every stride-th row and column.

    Args:
        images: float32 or float64 (..., H, W), H and W multiples of the stride.
        stride: s.

    Returns:
        (..., s * s, H / s, W / s): phase s p + q is images[..., p::s, q::s].

    Raises:
        OperatorError: images of another form or size, or a stride below 1.
    """
    check_images("Polyphase sampling", images)
    check_whole("stride", stride, 1)
    *leading, height, width = images.shape
    if height % stride or width % stride:
        raise OperatorError(
            f"Polyphase sampling takes images whose height and width are multiples of the stride, {stride}, "
            f"not {height} x {width}."
        )
    blocks = images.reshape(*leading, height // stride, stride, width // stride, stride)  # (..., i, p, j, q)
    parts = np.moveaxis(blocks, (-3, -1), (-4, -3))  # (..., p, q, i, j)
    return parts.reshape(*leading, stride**2, height // stride, width // stride)


def polyphase_sample(images: np.ndarray, stride: int = 2, *, jointly: bool = False) -> np.ndarray:
    """Of the phases of each image, the one with the largest L2 norm.

    y = the x[p::s, q::s] with the largest Σ x[p::s, q::s]²; ties: see above

    Args:
        images: float32 or float64 (..., H, W), H and W multiples of the stride; jointly: (..., C, H, W).
        stride: s.
        jointly: whether all C channels of an image keep the same phase, the one with the largest norm over all of them,
            so that they stay aligned, as in networks; if not, each plane chooses for itself.

    Returns:
        (..., H / s, W / s) of the images' type, which for a circularly shifted image is the same, circularly shifted.

    Raises:
        OperatorError: images of another form or size, or a stride below 1.
    """
    parts = phases(images, stride)
    axes = (-2, -1)  # of one phase
    if jointly:
        check_images("Polyphase sampling of channels", images, axes=3)
        parts, axes = parts.swapaxes(-4, -3), (-3, -2, -1)  # (..., s * s, C, H / s, W / s)
    chosen = np.expand_dims(_choose(parts, axes), (-len(axes) - 1, *axes))
    return np.take_along_axis(parts, chosen, -len(axes) - 1).squeeze(-len(axes) - 1)


def polyphase_max_pool(images: np.ndarray, window: int = 2, stride: int = 2, *, jointly: bool = False) -> np.ndarray:
    """The largest value at every place, around the edges, and of that the phase with the largest L2 norm.

    Args:
        images: float32 or float64 (..., H, W), H and W multiples of the stride; jointly: (..., C, H, W).
        window: k, whose largest value is taken.
        stride: s, which pixels are kept.
        jointly: whether the channels of an image keep the same phase; see polyphase_sample().

    Returns:
        (..., H / s, W / s) of the images' type, which for a circularly shifted image is the same, circularly shifted.

    Raises:
        OperatorError: images of another form or size, a window or stride below 1, or a window larger than the image.
    """
    check_images("Adaptive polyphase max pooling", images)
    check_whole("size of a window", window, 1)
    if window > min(images.shape[-2:]):
        raise OperatorError(f"The window is at most as large as the image, {min(images.shape[-2:])}, not {window}.")
    joined = padded(images, (0, window - 1), (0, window - 1), "wrap")
    return polyphase_sample(max_pool(joined, window, 1), stride, jointly=jointly)


def _choose(parts: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Which of the phases to keep: (..., S, and axes) -> integers (...)."""
    parts = parts.astype(np.float64)
    squares = (parts * parts).sum(axes)  # (..., S)
    chosen = np.array(squares.argmax(-1))
    tied = squares >= (1 - TIE) * squares.max(-1, keepdims=True)
    open_ = tied.sum(-1) > 1
    if open_.any():
        chosen[open_] = np.where(tied[open_], _matches(parts[open_], axes), -np.inf).argmax(-1)
    return chosen


def _matches(parts: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """max over all shifts (u, v) of Σ t[i, j] x[i + u, j + v] for a fixed random t: (..., S, and axes) -> (..., S).

    All shifts at once: a circular correlation is a product under the Fourier transform.
    """
    template = np.random.default_rng(0).standard_normal(parts.shape[axes[0] :])
    product = np.fft.rfft2(parts) * np.fft.rfft2(template).conj()
    if len(axes) == 3:
        product = product.sum(-3)  # over the channels
    return np.fft.irfft2(product, parts.shape[-2:]).max((-2, -1))


POLYPHASE = Operator(
    name="polyphase",
    title="Adaptive polyphase max pooling",
    apply=polyphase_max_pool,
    about="Takes the largest value around every pixel, then keeps every second row and column, starting where the kept "
    "pixels are strongest in all; edges join. It costs about four times max pooling and four sums of squares, and "
    "when the image moves around the edges, the result moves along and does not change. Networks take it to give "
    "the same answer, up to rounding, to shifted images.",
    source="A. Chaman, I. Dokmanić, Truly shift-invariant convolutional neural networks (2021)",
)
