"""The impulse response: what an operator answers to one bright pixel, and whether that tells everything about it.

An image is a sum of shifted impulses, x = Σ_k x[k] δ_k. If L is linear, L(x) = Σ_k x[k] L(δ_k); if it commutes with
shifts too, L(δ_k) is the response h = L(δ_0) shifted to k, so that L(x)[n] = Σ_k x[k] h[n - k], the convolution x ∗ h.
An operator that isn't linear, or doesn't follow shifts, has no such h: some image shows it.

Source: A. Halbreich, "Neural networks for images, exercise 1", theoretical question 1.
"""

from typing import NamedTuple

import numpy as np

from invariance.bench.laws import OutputGrid, grid_of, lengths
from invariance.bench.systems import System
from invariance.bench.verdicts import TOLERANCE
from invariance.operators.convolution import convolve_circular
from invariance.operators.operator import OperatorError


class Comparison(NamedTuple):
    """An operator against the convolution with its impulse response, for one image and one map of the output."""

    # h, (C, H, W), on the image's pixels, the impulse being at (0, 0): after its place around the edges comes what
    # lies below and to the right, before it what lies above and to the left
    response: np.ndarray
    output: np.ndarray  # L(x), (H', W')
    convolution: np.ndarray  # of x and h, at the output's places, (H', W')
    deviation: float  # the norm of their difference as a share of the larger norm, from 0 to 2


def impulse_response(system: System, shape: tuple[int, int, int], kind: type = np.float64) -> np.ndarray:
    """What an operator answers to an impulse in each channel.

    The impulse stands in the middle, away from the borders. Where the output has fewer places than the image, its
    answer is spread over the pixels that these lie on, with zeros between.

    Args:
        system: the operator.
        shape: of its images, (C, H, W).
        kind: np.float32 or np.float64, of its images.

    Returns:
        (C', C, H, W): of map c', to channel c, moved so that the impulse's place is (0, 0).

    Raises:
        OperatorError: the output has no places on the image, or the operator refuses the images.
    """
    channels, height, width = shape
    grid = _checked_grid(system, shape, kind)
    middle = tuple(size // 2 // step * step for size, step in zip((height, width), grid.stride, strict=True))
    impulses = np.zeros((channels, *shape), kind)
    impulses[np.arange(channels), np.arange(channels), *middle] = 1
    answers = system.apply(impulses).swapaxes(0, 1)  # (C', C, H', W')
    spread = np.zeros((len(answers), *shape), answers.dtype)
    _at(spread, grid)[:] = answers
    return np.roll(spread, (-middle[0], -middle[1]), (-2, -1))


def compare(system: System, image: np.ndarray, index: int = 0) -> Comparison:
    """An operator's output for an image (C, H, W) beside the convolution with its impulse response.

    Args:
        system: the operator.
        image: float32 or float64 (C, H, W).
        index: of the output's map.

    Raises:
        OperatorError: as impulse_response().
    """
    grid = _checked_grid(system, image.shape, image.dtype)
    response = impulse_response(system, image.shape, image.dtype)[index]
    output = system.apply(image[None])[0, index]
    convolution = _at(convolve_circular(image, response, flip=True), grid)
    difference, *sides = (float(lengths(each[None])) for each in (output - convolution, output, convolution))
    return Comparison(response, output, convolution, difference / max(sides) if max(sides) else 0.0)


def support(response: np.ndarray) -> np.ndarray:
    """The smallest rectangle of a response (H, W) that holds all of it but rounding, the impulse's place in the middle.

    It is the kernel where the response is one; a response of nothing but 0 is left with no rows and columns.
    """
    centred = np.fft.fftshift(response)
    held = np.argwhere(np.abs(centred) > TOLERANCE[response.dtype] * np.abs(response).max(initial=0))
    if not len(held):
        return centred[:0, :0]
    (top, left), (bottom, right) = held.min(0), held.max(0) + 1
    return centred[top:bottom, left:right]


def depth(comparison: Comparison) -> int:
    """How many places from the border the innermost one lies at which output and convolution differ; 0 if none does.

    1 is the border itself. What is equal up to rounding counts as equal.
    """
    limit = TOLERANCE[comparison.output.dtype] * np.abs(comparison.output).max(initial=0)
    rows, columns = np.nonzero(np.abs(comparison.output - comparison.convolution) > limit)
    height, width = comparison.output.shape
    return int(np.minimum.reduce([rows, columns, height - 1 - rows, width - 1 - columns]).max(initial=-1)) + 1


def _checked_grid(system: System, shape: tuple[int, int, int], kind: type) -> OutputGrid:
    """The grid of the output; refused where its places don't lie on the image's pixels."""
    places = system.apply(np.zeros((1, *shape), kind)).shape[-2:]
    grid = grid_of(system, shape[-2:], places)
    if grid.kind in ("row", ""):
        raise OperatorError(
            f"{system.title}: the places of its output don't lie on the image's pixels, so that what it answers to an "
            "impulse is no kernel."
        )
    return grid


def _at(pixels: np.ndarray, grid: OutputGrid) -> np.ndarray:
    """A view of (..., H, W) at the pixels that an output's places lie on: (..., H', W')."""
    (down, right), (rows, columns) = grid.stride, grid.places
    return pixels[..., : rows * down : down, : columns * right : right]
