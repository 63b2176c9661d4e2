"""In which order the places of a map are laid into one row before a fully connected layer.

An order is a permutation of the H W places of a map, place i W + j being row i and column j: entry k says which place
comes k-th. A fully connected layer gives every place a weight of its own, so that for any order p

    Σ_k w_p(k) x_p(k) = Σ_k w_k x_k

with the weights in the order of the values: the same sum, its terms added in another order.

Source: A. Halbreich, "Neural networks for images, exercise 1", theoretical question 2, which takes rows, columns and
diagonals for good orders and random ones for bad.
"""

from collections.abc import Callable

import numpy as np


def row_by_row(height: int, width: int) -> np.ndarray:
    """int64 (H W,): each row from left to right, from the top row down, as numpy and PyTorch flatten."""
    return np.arange(height * width)


def column_by_column(height: int, width: int) -> np.ndarray:
    """int64 (H W,): each column from the top down, from the left column on."""
    return np.arange(height * width).reshape(height, width).T.ravel()


def diagonal(height: int, width: int) -> np.ndarray:
    """int64 (H W,): the diagonals i + j = 0, 1, 2, ... from the top left, each from its right end down to the left."""
    return np.add.outer(np.arange(height), np.arange(width)).argsort(axis=None, kind="stable")


def spiral(height: int, width: int) -> np.ndarray:
    """int64 (H W,): along the border from the top left, clockwise, and on inwards; each place is beside the last."""
    rest, parts = np.arange(height * width).reshape(height, width), []
    while rest.size:
        parts.append(rest[0])
        rest = np.rot90(rest[1:])  # counter-clockwise: the right column becomes the top row
    return np.concatenate(parts)


def shuffled(height: int, width: int) -> np.ndarray:
    """int64 (H W,): a random order, the same at every call."""
    return np.random.default_rng(0).permutation(height * width)


ORDERS: dict[str, Callable[[int, int], np.ndarray]] = {
    "row by row": row_by_row,
    "column by column": column_by_column,
    "diagonal": diagonal,
    "spiral": spiral,
    "random, fixed": shuffled,
}
PER_IMAGE = "random, new for every image"  # not one order: see fresh()


def fresh(count: int, places: int, rng: np.random.Generator) -> np.ndarray:
    """int64 (count, places): a random order for each image, all orders equally likely."""
    return rng.permuted(np.tile(np.arange(places), (count, 1)), axis=1)


def reordered(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Flattened maps, or the weights that they meet, with every map's places in an order.

    Args:
        values: (..., C P): C maps of P places each, one map after the other, as flattening (C, H, W) gives them.
        order: int (P,).

    Example:
        >>> reordered(np.array([1, 2, 3, 40, 50, 60]), np.array([2, 0, 1]))
        array([ 3,  1,  2, 60, 40, 50])
    """
    return values.reshape(*values.shape[:-1], -1, len(order))[..., order].reshape(values.shape)
