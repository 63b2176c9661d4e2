"""What a layer gave for one image, brought into a form that can be drawn: maps, or a row of numbers."""

import math

import numpy as np

from invariance.inside.architecture import Layer
from invariance.inside.values import Inside


def seen(inside: Inside, layer: Layer, values: np.ndarray) -> np.ndarray:
    """Maps float32 (N, H, W) or numbers (N,); of several versions of the image that a network looks at, the first.

    values: what Inside.values() gave of the layer for one image. What has rows and columns but isn't known to lie on
    the image is drawn as it is; numbers that are none or infinite are drawn as 0.
    """
    axis = inside.images_axis(layer.name)
    one = values if axis is None else np.take(values, 0, axis)
    one = np.nan_to_num(one.astype(np.float32), posinf=0, neginf=0)
    if layer.places is not None and one.ndim == 3:
        one = np.moveaxis(one, layer.places, (-2, -1))
    if one.ndim < 2 or math.prod(one.shape[-2:]) <= 1 or sum(size > 1 for size in one.shape) <= 1:
        return one.reshape(-1)
    return one.reshape(-1, *one.shape[-2:])


def shrunk(maps: np.ndarray, side: int) -> np.ndarray:
    """float (N, H, W) -> at most so many rows and columns, each the mean over whole ones of the old."""
    by = -(-max(maps.shape[1:]) // side)
    if by <= 1:
        return maps
    _, height, width = maps.shape
    padded = np.pad(maps, ((0, 0), (0, -height % by), (0, -width % by)), mode="edge")
    return padded.reshape(len(maps), padded.shape[1] // by, by, -1, by).mean((2, 4))


def as_rows(numbers: np.ndarray) -> np.ndarray:
    """(N,) -> (H, W), row by row, as near to a square as N allows without a rest, and no higher than wide."""
    height = next(high for high in range(math.isqrt(len(numbers)), 0, -1) if len(numbers) % high == 0)
    return numbers.reshape(height, -1)
