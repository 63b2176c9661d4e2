"""What a circular shift of the image does to an operator's output: how much it changes, and whether it only moves."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from invariance.operators.operator import OperatorError, check_images


class ShiftErrors(NamedTuple):
    """Two numbers for every change of an image; of shift_errors() for every circular shift, down by dy, right by dx:
    both float64 (H, W), [dy, dx]."""

    # ||P(T x) - P(x)|| / ||P(x)||, T the shift: 0 where the output stays as it is (invariance)
    change: np.ndarray
    # min over circular shifts U of the output of ||P(T x) - U P(x)|| / ||P(x)||: 0 where the output only moves along
    # (equivariance); never more than change, for U may be no shift at all
    equivariance_error: np.ndarray


def shift_errors(apply: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> ShiftErrors:
    """Both errors of an operator for every circular shift of one image by whole pixels.

    The best U is the peak of the outputs' correlation, for ||a - U b||² = ||a||² + ||b||² - 2 <a, U b>; the difference
    is then taken itself, so that an error of 0 is 0 and not the root of a rounding error.

    Args:
        apply: P, takes images (N, H, W), each by itself, and gives (N, H', W').
        image: x, float32 or float64 (H, W).

    Returns:
        the errors, relative to the output for the image as it is. Where that output is all 0, they are 0 for shifts
        whose output is all 0 too, and infinite for others.

    Raises:
        OperatorError: not one image, or the operator refuses it.
    """
    check_images("The measure of shifts", image)
    if image.ndim != 2:
        raise OperatorError(f"The measure of shifts takes one image (H, W), not {image.shape}.")
    still = apply(image[None])[0]
    rows = [output_errors(still, apply(images)) for images in _all_shifts(image)]  # (W, H, W) at a time
    return ShiftErrors(*(np.stack(errors) for errors in zip(*rows, strict=True)))


def output_errors(still: np.ndarray, outputs: np.ndarray) -> ShiftErrors:
    """Both errors of outputs, whatever was done to the image, here (N,) each.

    Args:
        still: P(x), float32 or float64 (H', W').
        outputs: float32 or float64 (N, H', W'), one for each changed image.
    """
    still, outputs = still.astype(np.float64), outputs.astype(np.float64)
    correlation = np.fft.irfft2(np.fft.rfft2(outputs) * np.fft.rfft2(still).conj(), still.shape)
    peaks = np.unravel_index(correlation.reshape(len(outputs), -1).argmax(1), still.shape)
    scale = np.linalg.norm(still)
    change = np.linalg.norm(outputs - still, axis=(1, 2))
    left = np.linalg.norm(outputs - _all_shifts(still)[peaks], axis=(1, 2))
    return ShiftErrors(_relative(change, scale), _relative(left, scale))


def _all_shifts(image: np.ndarray) -> np.ndarray:
    """A view (H, W, H, W) of all circular shifts of (H, W): [dy, dx, i, j] is image[i - dy, j - dx]."""
    height, width = image.shape
    return sliding_window_view(np.tile(image, (2, 2)), image.shape)[height:0:-1, width:0:-1]


def _relative(lengths: np.ndarray, scale: float) -> np.ndarray:
    return lengths / scale if scale else np.where(lengths > 0, np.inf, 0.0)
