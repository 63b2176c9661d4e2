from itertools import product

import numpy as np
import pytest

from invariance.bench.shift_errors import shift_errors
from invariance.operators import OPERATORS, OperatorError
from invariance.operators.pooling import max_pool, pick
from invariance.operators.shapes import SHAPES, circle
from tests.conftest import case

IMAGE = np.random.default_rng(6).random((8, 6), np.float32)


def by_hand(apply, image):
    height, width = image.shape
    still = apply(image[None])[0].astype(float)
    change, equivariance_error = np.zeros((2, height, width))
    for dy in range(height):
        for dx in range(width):
            moved = apply(np.roll(image, (dy, dx), (0, 1))[None])[0].astype(float)
            change[dy, dx] = np.linalg.norm(moved - still)
            equivariance_error[dy, dx] = min(
                np.linalg.norm(moved - np.roll(still, (u, v), (0, 1)))
                for u in range(still.shape[0])
                for v in range(still.shape[1])
            )
    return change / np.linalg.norm(still), equivariance_error / np.linalg.norm(still)


@pytest.mark.parametrize("wrong", [IMAGE[None], IMAGE[0], IMAGE.astype(int)])
def test_other_than_one_image_is_refused(wrong):
    with pytest.raises(OperatorError, match="The measure of shifts takes"):
        shift_errors(max_pool, wrong)


def test_what_the_operator_refuses_is_refused():
    with pytest.raises(OperatorError, match="multiples of the stride"):
        shift_errors(OPERATORS["polyphase"].apply, IMAGE[:, :5])


def test_black_images_change_nothing_and_what_comes_from_nothing_is_infinitely_more():
    black = np.zeros((4, 4), np.float32)
    for errors in shift_errors(max_pool, black):
        np.testing.assert_array_equal(errors, np.zeros((4, 4)))
    dot = black.copy()
    dot[1, 0] = 1  # bottom left of its block, so that the top right is black
    change, equivariance_error = shift_errors(pick, dot)
    assert change[0, 0] == equivariance_error[0, 0] == 0
    assert change[1, 1] == equivariance_error[1, 1] == np.inf


def test_it_agrees_with_a_loop():
    for (name, operator), kind in product(OPERATORS.items(), (np.float32, np.float64)):
        with case(name, kind):
            image = IMAGE.astype(kind)
            both = shift_errors(operator.apply, image), by_hand(operator.apply, image)
            for found, expected in zip(*both, strict=True):
                assert found.shape == image.shape
                np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("name", OPERATORS)
def test_laws_of_the_two_errors(name):
    change, equivariance_error = shift_errors(OPERATORS[name].apply, IMAGE)
    assert change[0, 0] == equivariance_error[0, 0] == 0
    assert (equivariance_error <= change).all()
    assert equivariance_error[::2, ::2].max() == 0  # whole blocks only move the output


def test_what_each_operator_promises():
    def errors(name):
        return shift_errors(OPERATORS[name].apply, IMAGE)

    for name in ("global_max", "global_average"):
        assert errors(name).change.max() == 0
    assert errors("polyphase").equivariance_error.max() == 0
    assert errors("polyphase").change.max() > 0.1  # it moves along, it does not stand still
    odd = np.s_[1::2]
    plain, smoothed = (errors(name).equivariance_error[odd] for name in ("max", "antialiased"))
    assert plain.min() > smoothed.max() > 0
    assert (errors("pick").equivariance_error[odd] > 0).all()


@pytest.mark.parametrize("name", SHAPES)
def test_polyphase_pooling_only_moves_all_drawings(name):
    image = SHAPES[name]()
    image = image[16:48, 16:48]
    assert shift_errors(OPERATORS["polyphase"].apply, image).equivariance_error.max() == 0


def test_convolution_of_any_kind_can_be_measured():
    change, equivariance_error = shift_errors(lambda images: images * 2, circle(16, 5))
    assert equivariance_error.max() == 0
    assert change[0, 1] > 0


def test_whether_averaging_is_better_aligned_than_max_pooling_depends_on_the_shape():
    """What pages/pooling.md says of it: the mean over all shifts, once the output is moved back."""
    for name, better in (("disc", True), ("square", False)):
        image = SHAPES[name](32, 8)  # as of 64 pixels: around it there is black either way
        largest, mean = (
            shift_errors(OPERATORS[kind].apply, image).equivariance_error.mean() for kind in ("max", "average")
        )
        assert (mean < largest) == better
