"""Pooling: each window of an image becomes one number. Windows that do not fit at the end are left out; see fit()."""

from collections.abc import Iterator
from functools import reduce

import numpy as np

from invariance.operators.operator import Operator, OperatorError, check_images, check_whole
from invariance.operators.windows import Padding, around, cells, fit, padded


def max_pool(images: np.ndarray, window: int = 2, stride: int | None = None, padding: Padding = 0) -> np.ndarray:
    """The largest value of each window; padding never wins.

    y[i, j] = max over m, n in 0..k-1 of x[s i + m, s j + n]

    Args:
        images: float32 or float64 (..., H, W).
        window: k, its height and width.
        stride: s, from one window to the next; None: as large as the window, so that windows tile the image.
        padding: p on each side, a pair (before, after), or a name as in padding_for(); less than the window, so that
            every window holds a pixel. (0, 1) with 2x2 windows pools the last, incomplete window over what is there,
            which is what TensorFlow's "SAME" does with them.

    Returns:
        (..., H', W') of the images' type; H' = floor((H + p_before + p_after - k) / s) + 1.

    Raises:
        OperatorError: images of another form, a window or stride below 1, a padding below 0 or not below the window, or
            a window larger than the padded image.

    >>> max_pool(np.float32([[1, 2, 5, 0], [3, 4, 0, 0]]))
    array([[4., 5.]], dtype=float32)

    Source: P. Doshi, "Convolutional neural networks" (2020), section II.A.2.
    """
    first, *others = _cells("Max pooling", images, window, stride, padding, -np.inf)
    return reduce(np.maximum, others, first.copy())


def average_pool(images: np.ndarray, window: int = 2, stride: int | None = None, padding: Padding = 0) -> np.ndarray:
    """The mean of each window, over those of its pixels that are in the image: padding does not count.

    y[i, j] = Σ_m Σ_n x[s i + m, s j + n] / n,  n = k², less where the window hangs over the edge

    Args, Returns, Raises: as max_pool().

    Source: P. Doshi, "Convolutional neural networks" (2020), section II.A.2.
    """
    first, *others = _cells("Average pooling", images, window, stride, padding, 0)
    total = reduce(np.add, others, first)
    heights, widths = (_pixels(size, window, stride, padding) for size in images.shape[-2:])
    return total / np.outer(heights, widths).astype(images.dtype)


def l2_pool(images: np.ndarray, window: int = 2, stride: int | None = None, padding: Padding = 0) -> np.ndarray:
    """The length (L2 norm) of each window, read as a vector: the root of the sum of squares, not of their mean.

    y[i, j] = √(Σ_m Σ_n x[s i + m, s j + n]²)

    Args, Returns, Raises: as max_pool().

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep learning" (2016), section 9.3.
    """
    first, *others = _cells("L2 pooling", images, window, stride, padding, 0)
    return np.sqrt(reduce(lambda total, cell: total + cell * cell, others, first * first))


def pick(
    images: np.ndarray, window: int = 2, stride: int | None = None, *, row: int = 0, column: int | None = None
) -> np.ndarray:
    """One fixed pixel of each window, the others thrown away.

    y[i, j] = x[s i + row, s j + column]

    Args:
        images: float32 or float64 (..., H, W).
        window, stride: as in max_pool().
        row, column: of the pixel in its window, from 0 at the top left; column None: the last, at the right.

    Returns:
        (..., H', W') of the images' type; H' = floor((H - k) / s) + 1.

    Raises:
        OperatorError: as max_pool(), or a pixel outside the window.

    Source: A. Halbreich, "Neural networks for images, exercise 1", theoretical question 3b, which picks the top right.
    """
    column = window - 1 if column is None else column
    views = list(_cells("Picking", images, window, stride, 0, 0))
    check_whole("row", row, 0)
    check_whole("column", column, 0)
    if max(row, column) >= window:
        raise OperatorError(
            f"The pixel to pick lies in the window, rows and columns 0 to {window - 1}, not at ({row}, {column})."
        )
    return views[row * window + column].copy()


def global_max(images: np.ndarray) -> np.ndarray:
    """The largest value of each image: float32 or float64 (..., H, W) -> (..., 1, 1). Other images are refused."""
    check_images("Global max pooling", images)
    return images.max((-2, -1), keepdims=True)


def global_average(images: np.ndarray) -> np.ndarray:
    """The mean of each image: float32 or float64 (..., H, W) -> (..., 1, 1). Other images are refused.

    It is summed in float64, so that the order of the pixels leaves no trace in float32.
    """
    check_images("Global average pooling", images)
    return images.mean((-2, -1), np.float64, keepdims=True).astype(images.dtype)


def _cells(
    title: str, images: np.ndarray, window: int, stride: int | None, padding: Padding, fill: float
) -> Iterator[np.ndarray]:
    """cells() of the images, padded with fill, after all checks."""
    check_images(title, images)
    check_whole("size of a window", window, 1)
    pair = around(padding, window)
    if max(pair) >= window:
        raise OperatorError(
            f"{title} takes a padding of less than its window, {window}, so that no window is empty, not {max(pair)}."
        )
    return cells(padded(images, pair, pair, fill=fill), window, window, window if stride is None else stride)


def _pixels(size: int, window: int, stride: int | None, padding: Padding) -> np.ndarray:
    """How many of each window's rows (or columns) lie in the image, along one axis of this size: (H',)."""
    stride = window if stride is None else stride
    starts = np.arange(fit(size, window, padding, stride).outputs) * stride - around(padding, window)[0]
    return np.minimum(starts + window, size) - np.maximum(starts, 0)


MAX = Operator(
    name="max",
    title="Max pooling",
    apply=max_pool,
    about="Keeps the strongest answer in each block of 2×2 pixels and forgets where in the block it was. "
    "It costs three comparisons a block and leaves a quarter of the numbers, but a shift by one pixel can change them. "
    "Networks have it between their convolutions, wherever the maps are to become smaller.",
    source="P. Doshi, Convolutional neural networks (2020); A. Krishnan, Translation invariance and CNN (2022)",
)
AVERAGE = Operator(
    name="average",
    title="Average pooling",
    apply=average_pool,
    about="Takes the mean of each block of 2×2 pixels: a blur, of which every second pixel is kept. "
    "It costs three additions and a division a block; it is linear, and fine lines grow faint. "
    "The first LeNets pooled like this, with a factor that they learned.",
    source="P. Doshi, Convolutional neural networks (2020); A. Krishnan, Translation invariance and CNN (2022)",
)
L2 = Operator(
    name="l2",
    title="L2 pooling",
    apply=l2_pool,
    about="Takes the length of each block of 2×2 pixels as a vector: the root of the sum of their squares. "
    "It lies between max and sum, since large values weigh more but small ones still count, and the sign is lost. "
    "It costs four products and a root a block; a few older networks use it, among them some that read house numbers.",
    source="I. Goodfellow, Y. Bengio, A. Courville, Deep learning (2016), section 9.3; P. Sermanet, S. Chintala, "
    "Y. LeCun, Convolutional neural networks applied to house numbers digit classification (2012)",
)
PICK = Operator(
    name="pick",
    title="Picking one pixel",
    apply=pick,
    about="Keeps the top right pixel of each block of 2×2 and throws the other three away. "
    "It computes nothing at all, and is linear, but after a shift by one pixel it keeps entirely other "
    "pixels. Every convolution with stride 2 picks its outputs like this.",
    source="A. Halbreich, Neural networks for images, exercise 1",
)
GLOBAL_MAX = Operator(
    name="global_max",
    title="Global max pooling",
    apply=global_max,
    about="Keeps one number of the whole map: its largest. Where it was is forgotten entirely, so that shifting around "
    "the edges changes nothing. Networks use it at their end, one number a channel, before the last layer: "
    "is this feature anywhere in the image?",
    source="A. Krishnan, Translation invariance and CNN (2022)",
)
GLOBAL_AVERAGE = Operator(
    name="global_average",
    title="Global average pooling",
    apply=global_average,
    about="Keeps one number of the whole map: its mean. Shifting around the edges changes nothing, and neither does "
    "any other order of the pixels. Most networks since 2014 end like this, one number a channel, in place of large "
    "fully connected layers.",
    source="A. Krishnan, Translation invariance and CNN (2022); M. Lin, Q. Chen, S. Yan, Network in network (2014)",
)
