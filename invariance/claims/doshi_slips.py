"""Where Doshi's text slips: what is printed, computed as it is printed, against what is true.

Each function gives 1 where what is printed holds, else 0, or a count.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from invariance.measures import softmax
from invariance.number_words import percent
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve, convolve_circular
from invariance.operators.shapes import vertical_line

STEP = 1e-5  # of central differences
CLOSE = 1e-6  # their own error is below 1e-8


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    """Whole numbers from −3 to 3, as float64: their sums are exact."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float64)


def correlation(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Equation 3 written out: Σ_m Σ_n I(i + m, j + n) K(m, n), where all of it lies in the image."""
    height, width = np.subtract(image.shape, kernel.shape) + 1
    return np.array(
        [
            [(image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum() for j in range(width)]
            for i in range(height)
        ]
    )


def is_its_own_turn() -> float:
    """K(−m, −n) = K(m, n): then convolution and cross-correlation would be one. On an image and a kernel drawn."""
    image, kernel = drawn(5, 6), drawn(2, 3)
    return float(np.array_equal(convolve(image, kernel), convolve(image, kernel, flip=True)))


def reads_on() -> float:
    """The entry (i, j) of equation 2 depends on the input from i to i + k₁ − 1 and from j to j + k₂ − 1."""
    return float(read_by(flip=True) == ([3, 4, 5], [4, 5]))


@cache
def read_by(flip: bool) -> tuple[list[int], list[int]]:
    """The rows and columns of an image (8, 8) that the output (3, 4) depends on, under a kernel of 3 × 2 ones.

    flip: by equation 2, else by equation 3.
    """
    kernel = np.ones((3, 2))
    found = []
    for place in np.ndindex(8, 8):
        image = np.zeros((8, 8))
        image[place] = 1
        sums = convolve(image, kernel, padding="full" if flip else "valid", flip=flip)
        if sums[3, 4]:
            found.append(place)
    return tuple(sorted({place[axis] for place in found}) for axis in (0, 1))


def takes_part_in() -> float:
    """The entry (i', j') takes part in the outputs from i' − (k₁ − 1) to i' and from j' − (k₂ − 1) to j' (region Q)."""
    image = np.zeros((8, 8))
    image[4, 5] = 1
    touched = np.argwhere(convolve(image, np.ones((3, 2))))
    return float({tuple(place) for place in touched} == {(i, j) for i in (2, 3, 4) for j in (4, 5)})


class Recursion(NamedTuple):
    """Two convolutions with ReLU between, and a loss: x¹ = w¹ ⊗ o⁰, o¹ = f(x¹), x² = w² ⊗ o¹, E = Σ x²/4 squared."""

    first: np.ndarray  # x¹, (6, 6)
    second: np.ndarray  # x², (4, 4)
    kernel: np.ndarray  # w², (3, 3)
    delta: np.ndarray  # ∂E/∂x², (4, 4)
    slope: np.ndarray  # ∂E/∂x¹ by central differences, (6, 6)


@cache
def recursion() -> Recursion:
    """No x¹ is 0, so that no central difference meets ReLU's kink."""
    first, kernel = drawn(6, 6) + 0.5, drawn(3, 3, seed=2)

    def loss(values: np.ndarray) -> float:
        return float((convolve(relu(values), kernel) ** 2).sum() / 8)

    slope = np.empty(first.shape)
    for place in np.ndindex(*first.shape):
        step = np.zeros(first.shape)
        step[place] = STEP
        slope[place] = (loss(first + step) - loss(first - step)) / (2 * STEP)
    second = convolve(relu(first), kernel)
    return Recursion(first, second, kernel, second / 4, slope)


def summed(case: Recursion) -> np.ndarray:
    """Σ_m Σ_n δ²(i' − m, j' − n) w²(m, n), (6, 6), δ being 0 outside."""
    sums = np.zeros(case.first.shape)
    for i, j in np.ndindex(*sums.shape):
        for m, n in np.ndindex(*case.kernel.shape):
            if 0 <= i - m < len(case.delta) and 0 <= j - n < len(case.delta):
                sums[i, j] += case.delta[i - m, j - n] * case.kernel[m, n]
    return sums


def recursion_holds() -> float:
    """∂E/∂xˡ as a sum over δˡ⁺¹ times how xˡ⁺¹ depends on xˡ, which is w f′(xˡ)."""
    case = recursion()
    return float(np.abs(summed(case) * (case.first > 0) - case.slope).max() < CLOSE)


def right_as_indexed() -> int:
    """Of how many of the 36 entries of ∂E/∂xˡ the sum times f′(xˡ⁺¹), as printed, is right.

    xˡ⁺¹ is smaller than xˡ: where it has no such entry, nothing is defined.
    """
    case = recursion()
    rows, columns = case.second.shape
    printed = summed(case)[:rows, :columns] * (case.second > 0)
    return int((np.abs(printed - case.slope[:rows, :columns]) < CLOSE).sum())


def star_holds() -> float:
    """The last line, δˡ⁺¹ * rot180{w} f′(xˡ), with * the convolution of equations 1, 2 and 6."""
    return float(_off(_starred(flip=True)) < CLOSE)


def _starred(flip: bool) -> np.ndarray:
    case = recursion()
    return convolve(case.delta, np.rot90(case.kernel, 2), padding="full", flip=flip) * (case.first > 0)


def _off(gradient: np.ndarray) -> float:
    return float(np.abs(gradient - recursion().slope).max())


def star_told() -> str:
    """By how much the last line is off, with either meaning of *, in a sentence."""
    return (
        f"Off by up to {_off(_starred(flip=True)):.2g}, for the kernel is turned twice; with * as cross-correlation it "
        f"is {'right' if _off(_starred(flip=False)) < CLOSE else 'off too'}, but then equation 6 would not hold."
    )


def cross_entropies() -> tuple[float, float]:
    """−Σ p ln q with p softmax's output and q the label, as the text has it, and the other way round; nats."""
    given = softmax(np.array([[1.0, 0.0, 2.5, 0.5]]))[0]
    label = np.array([0.0, 0.0, 1.0, 0.0])
    with np.errstate(divide="ignore"):
        swapped = -float((given * np.log(label)).sum())
    return swapped, -float((label * np.log(given)).sum())


def swapped_is_finite() -> float:
    return float(math.isfinite(cross_entropies()[0]))


def told_the_other_way_round() -> str:
    """What is right of the cross-entropy, in a sentence."""
    nats = cross_entropies()[1]
    return (
        "ln 0 stands in it, for every wrong class. The other way round, as in the source's example in brackets, it is "
        f"finite: {nats:.3f} nats where the right class has {percent(math.exp(-nats))}."
    )


def shifted_line() -> tuple[np.ndarray, np.ndarray]:
    """A line of which a convolution finds the edges, around the edges of the image: as it is, and one pixel on."""
    kernel = np.float32([[1, -1], [1, -1]])
    return tuple(convolve_circular(np.roll(vertical_line(), right, 1), kernel) for right in (0, 1))


def equivariant_is_invariant() -> float:
    """1 if what follows a shift also stays as it is."""
    before, after = shifted_line()
    return float(np.array_equal(after, before))
