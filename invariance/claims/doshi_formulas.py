"""Doshi's formulas, written out as he prints them, against the operators and against central differences.

All arrays are drawn whole numbers, whose sums are exact, unless a loss is involved. Each function gives 1 where what is
printed holds, else 0, or a count. It holds of a gradient if no central difference is farther off than CLOSE.
"""

from functools import cache

import numpy as np

from invariance.claims.doshi_slips import correlation, drawn
from invariance.measures import softmax
from invariance.operators.convolution import convolve
from invariance.operators.windows import output_size, padding_for
from invariance.scratch import one_channel as network

CLOSE = 1e-7  # the differences' own error is below 1e-9
LARGEST, MOST_PADDING, MOST_STRIDE = 9, 3, 4  # of the small cases: every size and kernel up to LARGEST


def equation_2() -> float:
    """S(i, j) = Σ_m Σ_n I(i − m, j − n) K(m, n), I being 0 outside, against the operator."""
    image, kernel = drawn(5, 6), drawn(2, 3)
    sums = np.zeros((6, 8))
    for i, j in np.ndindex(*sums.shape):
        for m, n in np.ndindex(*kernel.shape):
            if 0 <= i - m < 5 and 0 <= j - n < 6:
                sums[i, j] += image[i - m, j - n] * kernel[m, n]
    return float(np.array_equal(sums, convolve(image, kernel, padding="full", flip=True)))


def equation_3() -> float:
    """(I ⊗ K)(i, j) = Σ_m Σ_n I(i + m, j + n) K(m, n), against the operator."""
    image, kernel = drawn(5, 6), drawn(2, 3)
    return float(np.array_equal(correlation(image, kernel), convolve(image, kernel)))


def differ_by_a_turn() -> float:
    """Convolution is cross-correlation with the kernel turned by 180°."""
    image, kernel = drawn(5, 6), drawn(2, 3)
    return float(np.array_equal(convolve(image, kernel, flip=True), correlation(image, np.rot90(kernel, 2))))


def depth_and_bias() -> float:
    """Σ_m Σ_n Σ_c K(m, n, c) I(i + m, j + n, c) + b, against the operator on images of three channels."""
    image, kernel, bias = drawn(3, 5, 6), drawn(3, 2, 2), 7
    sums = sum(correlation(image[c], kernel[c]) for c in range(3)) + bias
    return float(np.array_equal(sums, convolve(image, kernel, bias=bias)))


def is_linear() -> float:
    """Convolution of a sum is the sum, and of a multiple the multiple."""
    one, other, kernel = drawn(5, 6), drawn(5, 6, seed=1), drawn(3, 3)
    sums = convolve(2 * one + other, kernel), 2 * convolve(one, kernel) + convolve(other, kernel)
    return float(np.array_equal(*sums))


def windows_over_pixels(size: int, window: int) -> np.ndarray:
    """In how many windows each pixel of an image (size, size) lies, without padding."""
    places = output_size(size, window)
    return convolve(np.ones((places, places)), np.ones((window, window)), padding="full")


def sees_the_border_less() -> float:
    """Without padding, pixels at the border lie in fewer windows than those in the middle."""
    counts = windows_over_pixels(7, 3)
    return float(counts[0].max() < counts[3, 3])


def kernels_that_p_1_keeps() -> list[int]:
    """The sizes of kernels, up to LARGEST, with which p = 1 leaves an image as large as it was."""
    return [kernel for kernel in range(1, LARGEST + 1) if output_size(LARGEST, kernel, 2) == LARGEST]


def full_padding() -> float:
    """p = k − 1 lets every window that touches the image count, and none besides."""
    touching = [
        sum(1 for start in range(-2 * kernel, size + kernel) if start + kernel > 0 and start < size)
        for size in range(1, LARGEST + 1)
        for kernel in range(1, LARGEST + 1)
    ]
    formula = [
        output_size(size, kernel, 2 * (kernel - 1))
        for size in range(1, LARGEST + 1)
        for kernel in range(1, LARGEST + 1)
    ]
    return float(touching == formula and all(padding_for("full", k) == (k - 1, k - 1) for k in range(1, LARGEST + 1)))


@cache
def sizes() -> tuple[int, int, int]:
    """Of all small cases: how many there are, in how many the stride divides, and in how many of all these it is right.

    Each is counted place by place: where a window can stand that ends within the padded image.
    """
    every = whole = right = 0
    for size in range(1, LARGEST + 1):
        for padding in range(MOST_PADDING + 1):
            for kernel in range(1, min(LARGEST, size + 2 * padding) + 1):
                for stride in range(1, MOST_STRIDE + 1):
                    end = size + 2 * padding
                    places = sum(1 for start in range(0, end, stride) if start + kernel <= end)
                    every += 1
                    whole += (end - kernel) % stride == 0
                    right += (end - kernel) / stride + 1 == places
    return every, whole, right


def _network() -> tuple[network.Arrays, network.Arrays, network.Arrays]:
    parameters = network.draw(0)
    image = np.random.default_rng(0).random((network.SIDE, network.SIDE))
    values = network.forward(parameters, image)
    return parameters, values, network.backward(parameters, values, 1)


@cache
def _kernel_s_slope() -> np.ndarray:
    """∂E/∂w by central differences, (3, 3)."""
    parameters, values, _ = _network()
    return network.measure(parameters, values, 1, "kernel").slope


def _holds(gradient: np.ndarray) -> float:
    return float(np.abs(gradient - _kernel_s_slope()).max() < CLOSE)


def _input_by_weight(image: np.ndarray) -> np.ndarray:
    """∂x(i, j)/∂w(m', n'), (3, 3, H', W'): what x gains by 1 more of a weight; exact, for x is linear."""
    kernel = drawn(3, 3)
    gains = [convolve(image, kernel + (np.indices((3, 3)) == [[[m]], [[n]]]).all(0)) for m, n in np.ndindex(3, 3)]
    return (np.stack(gains) - convolve(image, kernel)).reshape(3, 3, *gains[0].shape)


def equation_4() -> float:
    """∂E/∂w(m', n') = Σ_i Σ_j δ(i, j) ∂x(i, j)/∂w(m', n'), against central differences of the loss."""
    _, values, gradients = _network()
    return _holds((gradients["convolved"] * _input_by_weight(values["image"])).sum((2, 3)))


def equation_5() -> float:
    """∂x(i, j)/∂w(m', n') = o(i + m', j + n')."""
    image = drawn(6, 6)
    shifted = [[image[m : m + 4, n : n + 4] for n in range(3)] for m in range(3)]
    return float(np.array_equal(_input_by_weight(image), shifted))


def equation_6() -> float:
    """Both lines: Σ_i Σ_j δ(i, j) o(i + m', j + n'), and rot180{δ} * o with the * of equation 2."""
    _, values, gradients = _network()
    image, delta = values["image"], gradients["convolved"]
    return min(_holds(correlation(image, delta)), _holds(convolve(image, np.rot90(delta, 2), flip=True)))


def softmax_adds_to_1() -> float:
    """What softmax gives is never negative and adds up to 1."""
    given = softmax(10 * np.random.default_rng(0).normal(size=(100, 10)))
    return float(given.min() >= 0 and np.abs(given.sum(1) - 1).max() < 1e-12)
