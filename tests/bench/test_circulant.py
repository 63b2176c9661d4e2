import itertools

import numpy as np
import pytest
import scipy.linalg

from invariance.bench.circulant import circulant, followers, nearest_circulant, off_circulant
from invariance.operators import OperatorError
from invariance.operators.convolution import convolve_circular

RNG = np.random.default_rng(4)
SIZES = [(1, 1), (1, 5), (4, 1), (2, 3), (4, 4)]


def shift_matrices(size):
    """Every circular shift as a matrix that exchanges pixels."""
    pixels = np.eye(size[0] * size[1]).reshape(-1, *size)
    for shift in itertools.product(*map(range, size)):
        yield np.roll(pixels, shift, (1, 2)).reshape(len(pixels), -1).T


@pytest.mark.parametrize("size", SIZES)
def test_a_circulant_matrix_is_the_convolution(size):
    response, image = RNG.standard_normal((2, *size))
    expected = convolve_circular(image, response, flip=True)
    np.testing.assert_allclose((circulant(response) @ image.ravel()).reshape(size), expected, atol=1e-12)


def test_in_one_row_it_is_scipy_s():
    response = RNG.standard_normal((1, 7))
    np.testing.assert_array_equal(circulant(response), scipy.linalg.circulant(response[0]))


@pytest.mark.parametrize("size", SIZES)
def test_a_matrix_commutes_with_all_shifts_exactly_if_it_is_circulant(size):
    free = RNG.standard_normal((size[0] * size[1],) * 2)
    for matrix, commutes in ((circulant(RNG.standard_normal(size)), True), (free, size == (1, 1))):
        off = max(np.abs(matrix @ shift - shift @ matrix).max() for shift in shift_matrices(size))
        assert (off < 1e-12) == commutes
        assert (off_circulant(matrix, size) < 1e-12) == commutes


@pytest.mark.parametrize("size", SIZES)
def test_the_nearest_is_circulant_and_what_is_left_is_at_right_angles_to_all_that_are(size):
    pixels = size[0] * size[1]
    matrix = RNG.standard_normal((pixels, pixels))
    nearest = nearest_circulant(matrix, size)
    np.testing.assert_allclose(nearest_circulant(nearest, size), nearest, atol=1e-12)
    for impulse in np.eye(pixels).reshape(-1, *size):
        assert ((matrix - nearest) * circulant(impulse)).sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_the_followers_are_a_basis_of_all_that_commutes_with_shifts(size):
    """By linear algebra: W S - S W = 0 of every shift S, in all entries of W."""
    pixels, found = size[0] * size[1], followers(size)
    equations = [np.kron(np.eye(pixels), shift.T) - np.kron(shift, np.eye(pixels)) for shift in shift_matrices(size)]
    free = pixels**2 - np.linalg.matrix_rank(np.concatenate(equations))
    assert len(found) == free == pixels
    assert np.array_equal(found.sum(0), np.ones((pixels, pixels)))  # no entry in two of them
    for matrix, shift in itertools.product(found, shift_matrices(size)):
        assert np.array_equal(matrix @ shift, shift @ matrix)


def test_how_far_a_matrix_is_from_circulant():
    assert off_circulant(np.diag([1.0, -1, 1, -1]), (1, 4)) == pytest.approx(1)
    assert off_circulant(np.diag([2.0, 0]), (1, 2)) == pytest.approx(np.sqrt(0.5))
    assert off_circulant(np.zeros((4, 4)), (2, 2)) == 0


def test_other_arrays_are_refused():
    with pytest.raises(OperatorError, match=r"made from one image \(H, W\), not \(2, 3, 4\)"):
        circulant(np.zeros((2, 3, 4)))
    with pytest.raises(OperatorError, match="takes float32 or float64"):
        circulant(np.zeros((3, 4), int))
    with pytest.raises(OperatorError, match=r"images of 2 x 3 is 6 x 6, not of shape \(5, 6\)"):
        off_circulant(np.zeros((5, 6)), (2, 3))
