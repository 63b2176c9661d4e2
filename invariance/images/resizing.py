"""The middle square of a picture at another size, each pixel the mean over the area that it covers."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from invariance.images.pixels import grey

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def centre_square(width: int, height: int) -> tuple[int, int, int]:
    """(left, top, side) of the largest square in the middle of an image, in pixels."""
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side


def area_resize(image: np.ndarray, height: int, width: int | None = None) -> np.ndarray:
    """The middle square of float32 (C, H, W) as (C, height, width), a square if width is None: each pixel is the mean
    over the area that it covers."""
    left, top, old = centre_square(image.shape[2], image.shape[1])
    rows, columns = _areas(old, height), _areas(old, width or height)
    return rows @ image[:, top : top + old, left : left + old] @ columns.T


def fitted(image: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Any picture float32 (1 or 3, H, W) as a network of another shape takes it, its middle square resized.

    In colour for three channels, grey for any other number of them; as it is if it has that shape already.
    """
    if image.shape == shape:
        return image
    channels, height, width = shape
    small = area_resize(image, height, width)
    if len(small) == channels:
        return small
    return np.repeat(grey(small)[None], channels, 0)


def shaped(image: np.ndarray, shape: tuple[int, int, int], fit: str) -> np.ndarray:
    """Any picture float32 (1 or 3, H, W) in [0, 1] as one of shape (C, H, W), fitted as fit_weights() says.

    In colour for three channels; grey, repeated, for any other number of them.
    """
    channels, *size = shape
    image = image if len(image) in (channels, 1) else grey(image)[None]
    if image.shape[1:] != (*size,):
        rows, columns = _sparse_weights(image.shape[1:], (size[0], size[1]), fit)
        for side, weights in ((1, rows), (2, columns)):
            lines = np.moveaxis(image, side, 0)
            sums = weights @ lines.reshape(len(lines), -1)
            image = np.moveaxis(sums.reshape(-1, *lines.shape[1:]), 0, side)
    return np.ascontiguousarray(np.broadcast_to(image, shape), np.float32)


def fit_weights(old: tuple[int, int], new: tuple[int, int], fit: str) -> tuple[np.ndarray, np.ndarray]:
    """How an image of old (H, W) pixels comes to new ones: matrices for rows (new H, old H) and columns (new W, old W).

    fit: "stretch" resizes each side by itself; "crop" keeps the proportions, fills the new image and cuts off what goes
    beyond; "letterbox" shows all of it, with black (0) at two sides; "margin" leaves its pixels as they are, in the
    middle of black, or cuts off its border.
    """
    ratios = [after / before for before, after in zip(old, new, strict=True)]
    scales = {"stretch": ratios, "crop": [max(ratios)] * 2, "letterbox": [min(ratios)] * 2, "margin": [1.0] * 2}[fit]
    rows, columns = (line_weights(*sizes) for sizes in zip(old, new, scales, strict=True))
    return rows, columns


@lru_cache(maxsize=64)
def _sparse_weights(old: tuple[int, int], new: tuple[int, int], fit: str) -> "tuple[csr_array, csr_array]":
    """As fit_weights(), of which few are not 0: their products take one thread, where decoders have the others, and are
    the same to the last digit on every machine."""
    from scipy.sparse import csr_array  # late: not every page needs it

    rows, columns = fit_weights(old, new, fit)
    return csr_array(rows), csr_array(columns)


def line_weights(old: int, new: int, scale: float) -> np.ndarray:
    """float32 (new, old): how a line of old pixels becomes one of new ones, about its middle, bilinearly.

    With offset o, half the pixels that are to spare (whole ones if scale is 1), the new pixel i lies at
    (i - o + 1/2) / scale - 1/2 of the old line; there an old pixel at distance d counts max(0, 1 - d/s) with
    s = max(1, 1/scale), so that a smaller line leaves out nothing. Each row sums to 1, or to 0 beyond the old line.
    """
    offset = (new - scale * old) / 2
    if scale == 1:
        offset = np.floor(offset)
    places = (np.arange(new)[:, None] - offset + 0.5) / scale - 0.5
    weights = np.clip(1 - np.abs(np.arange(old)[None] - places) / max(1.0, 1 / scale), 0, None)
    inside = (places >= -0.5 - 1e-9) & (places <= old - 0.5 + 1e-9)
    return np.where(inside, weights / np.maximum(weights.sum(1, keepdims=True), 1e-9), 0).astype(np.float32)


def _areas(old: int, new: int) -> np.ndarray:
    """float32 (new, old): how much of each of new equal parts of a line is covered by each of its old parts."""
    starts = np.arange(new)[:, None] * old / new
    cells = np.arange(old)[None]
    overlap = np.minimum(starts + old / new, cells + 1) - np.maximum(starts, cells)
    return (np.clip(overlap, 0, None) * new / old).astype(np.float32)
