from itertools import product

import numpy as np
import pytest
import scipy.signal
import torch

from invariance.operators import OperatorError
from invariance.operators.convolution import convolve, convolve_circular
from invariance.operators.windows import padding_for
from tests.conftest import case
from tests.tolerances import FLOAT

RNG = np.random.default_rng(1)
IMAGES = RNG.standard_normal((2, 3, 8, 7))
PADDINGS = [0, 2, (0, 1), (3, 1), "valid", "same", "full"]
TYPES = (np.float32, np.float64)
KERNELS = [(1, 1), (2, 2), (3, 3), (2, 3), (5, 1), (1, 4)]


def by_hand(images, kernel, stride, padding, bias):
    """(C, H, W) and (C, k1, k2) -> (H', W'), one product after another."""
    k1, k2 = kernel.shape[1:]
    pairs = [
        padding_for(padding, k)
        if isinstance(padding, str)
        else padding
        if isinstance(padding, tuple)
        else (padding,) * 2
        for k in (k1, k2)
    ]
    (top, bottom), (left, right) = pairs
    channels, height, width = images.shape
    frame = np.zeros((channels, top + height + bottom, left + width + right))
    frame[:, top : top + height, left : left + width] = images
    rows = (frame.shape[1] - k1) // stride + 1
    columns = (frame.shape[2] - k2) // stride + 1
    found = np.full((rows, columns), float(bias))
    for i in range(rows):
        for j in range(columns):
            for c in range(channels):
                for m in range(k1):
                    for n in range(k2):
                        found[i, j] += frame[c, stride * i + m, stride * j + n] * kernel[c, m, n]
    return found


# --- what is refused, and nothing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "kernel", "expected"),
    [
        (np.zeros((4, 4), np.uint8), np.ones((2, 2)), "float32 or float64 images .* not uint8"),
        (np.zeros((4, 4), np.float16), np.ones((2, 2)), "not float16"),
        (np.zeros(4), np.ones((2, 2)), r"not float64 of shape \(4,\)"),
        (np.zeros((4, 0)), np.ones((2, 2)), r"at least one pixel, .* \(4, 0\)"),
        (np.zeros((4, 4)), np.ones((3, 2, 2)), r"\(\.\.\., C, H, W\)"),
        (np.zeros((3, 4, 4)), np.ones((2, 2, 2)), "as many channels as the images, 3, not 2"),
        (np.zeros((4, 4)), np.ones(2), r"\(k1, k2\) or \(C, k1, k2\), not float64 of shape \(2,\)"),
        (np.zeros((4, 4)), np.ones((1, 1, 2, 2)), r"\(C, k1, k2\)"),
        (np.zeros((4, 4)), np.ones((0, 2)), r"shape \(0, 2\)"),
        (np.zeros((4, 4)), np.ones((2, 2), complex), "real numbers .* complex128"),
    ],
)
def test_other_images_and_kernels_are_refused(images, kernel, expected):
    for run in (convolve, convolve_circular):
        with case(run.__name__), pytest.raises(OperatorError, match=expected):
            run(images, kernel)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"stride": 0}, "stride .* at least 1, not 0"),
        ({"padding": -1}, "padding .* at least 0, not -1"),
        ({"padding": "most"}, "not 'most'"),
        ({"kernel": np.ones((5, 2))}, "at most as large as the image with its padding, 4, not 5"),
    ],
)
def test_other_arguments_are_refused(given, expected):
    with pytest.raises(OperatorError, match=expected):
        convolve(**{"images": np.zeros((4, 4)), "kernel": np.ones((2, 2)), **given})


def test_no_images_give_none():
    none = np.zeros((0, 3, 5, 5), np.float32)
    assert convolve(none, np.ones((2, 2)), padding="same").shape == (0, 3, 5, 5)
    assert convolve(none, np.ones((3, 2, 2)), stride=2).shape == (0, 2, 2)
    assert convolve_circular(none, np.ones((3, 2, 2)), flip=True).shape == (0, 5, 5)


# --- oracles --------------------------------------------------------------------------------------------------------


def test_it_agrees_with_a_loop():
    for shape, stride, padding in product(KERNELS, (1, 2, 3), PADDINGS):
        with case(shape, stride, padding):
            kernel = RNG.standard_normal((3, *shape))
            expected = by_hand(IMAGES[0], kernel, stride, padding, 0.5)
            found = convolve(IMAGES[0], kernel, stride=stride, padding=padding, bias=0.5)
            np.testing.assert_allclose(found, expected, atol=1e-12)
            each = by_hand(IMAGES[0, :1], kernel[:1], stride, padding, 0)
            np.testing.assert_allclose(
                convolve(IMAGES[0], kernel[0], stride=stride, padding=padding)[0], each, atol=1e-12
            )


def test_it_agrees_with_torch():
    for kind, stride, padding, channels, shape in product(TYPES, (1, 2, 3), (0, 1, 2), (1, 3), KERNELS):
        with case(kind, stride, padding, channels, shape):
            images = RNG.random((4, channels, 9, 8)).astype(kind)
            kernel = RNG.standard_normal((channels, *shape)).astype(kind)
            expected = torch.nn.functional.conv2d(
                torch.from_numpy(images),
                torch.from_numpy(kernel)[None],
                torch.tensor([0.25], dtype=torch.float64).to(torch.from_numpy(images).dtype),
                stride,
                padding,
            )
            found = convolve(images, kernel, stride=stride, padding=padding, bias=0.25)
            assert found.dtype == kind
            np.testing.assert_allclose(found, expected[:, 0].numpy(), atol=10 * FLOAT)


@pytest.mark.parametrize("shape", KERNELS)
def test_flipped_it_is_scipys_convolution(shape):
    kernel = RNG.standard_normal(shape)
    for mode in ("valid", "full"):
        expected = scipy.signal.convolve2d(IMAGES[0, 0], kernel, mode)
        np.testing.assert_allclose(convolve(IMAGES[0, 0], kernel, padding=mode, flip=True), expected, atol=1e-12)
        expected = scipy.signal.correlate2d(IMAGES[0, 0], kernel, mode)
        np.testing.assert_allclose(convolve(IMAGES[0, 0], kernel, padding=mode), expected, atol=1e-12)


# --- laws -----------------------------------------------------------------------------------------------------------


def test_circular_convolution_is_a_product_under_fourier():
    for shape in [*KERNELS, (8, 7), (9, 15)]:
        with case(shape):
            image, kernel = IMAGES[0, 0], RNG.standard_normal(shape)
            wrapped = np.zeros(image.shape)  # the kernel, around the edges as often as it goes
            for m in range(shape[0]):
                for n in range(shape[1]):
                    wrapped[m % 8, n % 7] += kernel[m, n]
            product = np.fft.fft2(image) * np.fft.fft2(wrapped)
            np.testing.assert_allclose(
                convolve_circular(image, kernel, flip=True), np.fft.ifft2(product).real, atol=1e-12
            )
            product = np.fft.fft2(image) * np.fft.fft2(wrapped).conj()
            np.testing.assert_allclose(convolve_circular(image, kernel), np.fft.ifft2(product).real, atol=1e-12)


def test_shifts_commute_with_circular_convolution_exactly():
    for shape, kind, flip in product(((3, 3), (2, 3), (3, 2, 2)), TYPES, (False, True)):
        with case(shape, kind, flip):
            images, kernel = IMAGES[0].astype(kind), RNG.standard_normal(shape)
            still = convolve_circular(images, kernel, flip=flip)
            for down in range(8):
                for right in range(7):
                    moved = convolve_circular(np.roll(images, (down, right), (-2, -1)), kernel, flip=flip)
                    np.testing.assert_array_equal(moved, np.roll(still, (down, right), (-2, -1)))


def test_convolution_commutes_and_associates():
    a, b, c = RNG.standard_normal((3, 6, 5))
    for run in (
        lambda x, y: convolve_circular(x, y, flip=True),
        lambda x, y: convolve(x, y, padding="full", flip=True),
    ):
        np.testing.assert_allclose(run(a, b), run(b, a), atol=1e-12)
        np.testing.assert_allclose(run(run(a, b), c), run(a, run(b, c)), atol=1e-12)
    assert not np.allclose(convolve_circular(a, b), convolve_circular(b, a))  # cross-correlation does not commute


def test_a_single_one_is_neutral_and_a_shifted_one_shifts():
    image = IMAGES[0, 0]
    for flip in (False, True):
        np.testing.assert_array_equal(convolve_circular(image, [[1]], flip=flip), image)
        np.testing.assert_array_equal(convolve(image, [[1]], flip=flip), image)
    shifted = np.zeros((8, 7))
    shifted[2, 3] = 1
    np.testing.assert_array_equal(convolve_circular(image, shifted, flip=True), np.roll(image, (2, 3), (0, 1)))
    np.testing.assert_array_equal(convolve_circular(image, shifted), np.roll(image, (-2, -3), (0, 1)))


def test_turning_the_kernel_by_hand_is_flip():
    kernel = RNG.standard_normal((3, 2, 3))
    turned = np.rot90(kernel, 2, (1, 2))
    np.testing.assert_array_equal(convolve(IMAGES, kernel, flip=True), convolve(IMAGES, turned))


def test_it_is_linear_but_for_its_bias():
    kernel, (a, b) = RNG.standard_normal((3, 3)), IMAGES[:, 0]
    both = convolve(2 * a - 3 * b, kernel, padding="same")
    np.testing.assert_allclose(
        both, 2 * convolve(a, kernel, padding=1) - 3 * convolve(b, kernel, padding=1), atol=1e-12
    )
    np.testing.assert_allclose(convolve(a, kernel, bias=2), convolve(a, kernel) + 2, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2, 3)])
def test_a_stack_is_each_alone_and_the_input_stays(shape):
    images = np.stack([IMAGES, IMAGES[::-1] ** 2])  # (2, 2, 3, 8, 7)
    before, kernel = images.copy(), RNG.standard_normal(shape)
    for run in (lambda x: convolve(x, kernel, stride=2, padding=1), lambda x: convolve_circular(x, kernel)):
        alone = np.stack([np.stack([run(image) for image in part]) for part in images])
        np.testing.assert_array_equal(run(images), alone)
    np.testing.assert_array_equal(images, before)


def test_the_kernel_is_taken_in_the_images_type():
    images = IMAGES.astype(np.float32)
    found = convolve(images, np.array([[1, -1]]), bias=1)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, images[..., :-1] - images[..., 1:] + np.float32(1))
