"""Matrices that act on images, and which of them commute with shifts.

A matrix on the H W pixels of an image, row by row, commutes with all circular shifts exactly if it is circulant: each
entry depends only on how far the output's pixel lies from the input's, both ways around. It is then the convolution
with its first column.
"""

import numpy as np

from invariance.operators.operator import OperatorError, check_images


def circulant(response: np.ndarray) -> np.ndarray:
    """The matrix of the circular convolution with a response.

    W[i, j] = h[i - j], with pixels i, j as (row, column) and their difference around the edges

    Args:
        response: h, what the matrix answers to a 1 in the first pixel; float32 or float64 (H, W).

    Returns:
        (H W, H W) of the same type: matrix @ image.ravel() is the convolution, row by row.

    Raises:
        OperatorError: not one image.
    """
    check_images("A circulant matrix", response)
    if response.ndim != 2:
        raise OperatorError(f"A circulant matrix is made from one image (H, W), not {response.shape}.")
    down, right = _apart(response.shape)
    return response[down, right]


def nearest_circulant(matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of all matrices that commute with shifts, the one with the least sum of squared differences from a matrix.

    Each entry becomes the mean of all entries whose pixels lie equally far apart; a circulant matrix stays as it is.

    Args:
        matrix: float32 or float64 (H W, H W).
        size: (H, W).

    Raises:
        OperatorError: the matrix is not one for images of this size.
    """
    pixels = size[0] * size[1]
    if matrix.shape != (pixels, pixels):
        raise OperatorError(
            f"A matrix for images of {size[0]} x {size[1]} is {pixels} x {pixels}, not of shape {matrix.shape}."
        )
    down, right = _apart(size)
    sums = np.zeros(size, matrix.dtype)
    np.add.at(sums, (down, right), matrix)
    return circulant(sums / pixels)


def off_circulant(matrix: np.ndarray, size: tuple[int, int]) -> float:
    """How far a matrix (H W, H W) is from the nearest that commutes with shifts, ||W - C|| / ||W||: from 0 to 1.

    Raises:
        OperatorError: the matrix is not one for images of this size.
    """
    rest, whole = (float(np.linalg.norm(each)) for each in (matrix - nearest_circulant(matrix, size), matrix))
    return rest / whole if whole else 0.0


def followers(size: tuple[int, int]) -> np.ndarray:
    """All matrices that commute with every circular shift are the weighted sums of these; found without circulant().

    A shift exchanges pixels, so that W commutes with it exactly if W[i, j] = W[i', j'] where the shift takes pixel i to
    i' and j to j'. The entries that all shifts together make equal have one number: each such set gives a matrix.

    Args:
        size: (H, W).

    Returns:
        int64 (count, H W, H W): 1 at the entries of one set, else 0; the set of entry (0, 0) first.
    """
    pixels = size[0] * size[1]
    entries = np.arange(pixels**2).reshape(pixels, pixels)
    places, first = np.arange(pixels).reshape(size), entries
    for shift in np.ndindex(size):
        moved = np.roll(places, shift, (0, 1)).ravel()
        first = np.minimum(first, entries[np.ix_(moved, moved)])
    return (first == np.unique(first)[:, None, None]).astype(np.int64)


def _apart(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel (row of the matrix) lies below and to the right of each other (column), around the edges."""
    y, x = (places.ravel() for places in np.indices(size))
    return (y[:, None] - y) % size[0], (x[:, None] - x) % size[1]
