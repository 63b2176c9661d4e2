"""Windows that slide over images: where they stop, what is put around the edges, and what each one sees."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from invariance.operators.operator import OperatorError, check_whole

Padding = int | tuple[int, int] | str  # on both sides, (before, after), or a name that padding_for() knows


class Fit(NamedTuple):
    """How a window fits along one axis of an image."""

    outputs: int  # the places where it stops
    exact: bool  # whether the last of them ends where the padded image ends
    unseen: int  # the image's own rows or columns at the end that no window reaches (padding is not counted)


def padding_for(name: str, size: int) -> tuple[int, int]:
    """The padding that a name stands for, along one axis, at stride 1.

    Args:
        name: "valid": none; "same": the output is as large as the input, which takes k - 1 in all, half on each side
            and one more after where k is even, as TensorFlow does; "full": k - 1 on each side, so that every window
            that touches the image counts.
        size: of the kernel along this axis, k.

    Returns:
        (before, after), in pixels.

    Raises:
        OperatorError: an unknown name, or a size below 1.

    Source: P. Doshi, "Convolutional neural networks" (2020), section II.A.1, where "same" is p = 1: so it is for k = 3.
    """
    check_whole("size of a kernel", size, 1)
    pairs = {"valid": (0, 0), "same": ((size - 1) // 2, size // 2), "full": (size - 1, size - 1)}
    if name not in pairs:
        raise OperatorError(f'The padding is called "valid", "same" or "full", not {name!r}.')
    return pairs[name]


def around(padding: Padding, size: int) -> tuple[int, int]:
    """Padding as it may be given, for a window of this size -> (before, after); negative padding is refused."""
    if isinstance(padding, str):
        return padding_for(padding, size)
    pair = padding if isinstance(padding, tuple) else (padding, padding)
    if len(pair) != 2:
        raise OperatorError(f"The padding is one number, a pair (before, after) or a name, not {padding!r}.")
    for pixels in pair:
        check_whole("padding", pixels, 0)
    return pair


def output_size(size: int, window: int, padding: int = 0, stride: int = 1) -> int:
    """How many places a window stops at along one axis: floor((H + p - k) / s) + 1.

    Args:
        size: H, of the image along this axis.
        window: k, of the window or kernel.
        padding: p, in all: before and after together.
        stride: s, from one place to the next.

    Raises:
        OperatorError: a number is out of range, or the window is larger than the padded image.

    Source: P. Doshi, "Convolutional neural networks" (2020), section II.A.1, for p on each side and without the floor:
    where the division leaves a rest, the window does not reach the end; see fit().
    """
    for what, number, least in (
        ("size of an image", size, 1),
        ("size of a window", window, 1),
        ("padding", padding, 0),
        ("stride", stride, 1),
    ):
        check_whole(what, number, least)
    if window > size + padding:
        raise OperatorError(
            f"The window is at most as large as the image with its padding, {size + padding}, not {window}."
        )
    return (size + padding - window) // stride + 1


def fit(size: int, window: int, padding: Padding = 0, stride: int = 1) -> Fit:
    """How a window fits along one axis: how often, whether exactly, and what it leaves out at the end.

    Args:
        size: of the image along this axis, H.
        window: its size, k.
        padding: on both sides, (before, after), or "valid", "same" or "full".
        stride: from one place to the next, s.

    Raises:
        OperatorError: as output_size().

    >>> fit(28, 2, stride=2)
    Fit(outputs=14, exact=True, unseen=0)
    >>> fit(7, 2, stride=2)
    Fit(outputs=3, exact=False, unseen=1)
    """
    before, after = around(padding, window)
    outputs = output_size(size, window, before + after, stride)
    rest = (size + before + after - window) % stride
    return Fit(outputs, rest == 0, min(max(rest - after, 0), size))


def padded(
    images: np.ndarray, rows: tuple[int, int], columns: tuple[int, int], mode: str = "constant", fill: float = 0
) -> np.ndarray:
    """images (..., H, W) with so many rows and columns (before, after) around them.

    mode: "constant" (of value fill), "wrap" (around the edge) or "reflect" (the edge itself not repeated). Without
    padding they come back themselves, not a copy.
    """
    if not any((*rows, *columns)):
        return images
    width = [(0, 0)] * (images.ndim - 2) + [rows, columns]
    return np.pad(images, width, mode, **({"constant_values": fill} if mode == "constant" else {}))


def cells(images: np.ndarray, height: int, width: int, stride: int) -> Iterator[np.ndarray]:
    """What all windows see, one cell of the window after another, row by row.

    An operator that takes these one by one does the same to every pixel in the same order: it commutes with shifts to
    the last bit, and it is fast, for its loop runs over the window and never over pixels.

    Args:
        images: (..., H, W), padding included.
        height, width: of the window.
        stride: between windows, along both axes.

    Yields:
        height * width views (..., H', W'): cell (m, n) of the window that stands at (i, j) is images[i s + m, j s + n].

    Raises:
        OperatorError: the window does not fit, or the stride is below 1.
    """
    for size, window in zip(images.shape[-2:], (height, width), strict=True):
        output_size(size, window, 0, stride)  # refuses what does not fit
    view = sliding_window_view(images, (height, width), (-2, -1))[..., ::stride, ::stride, :, :]
    for m in range(height):
        for n in range(width):
            yield view[..., m, n]
