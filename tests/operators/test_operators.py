from itertools import product

import numpy as np
import pytest

from invariance.operators import OPERATORS, Operator, OperatorError
from tests.conftest import case
from tests.tolerances import FLOAT

RNG = np.random.default_rng(5)
IMAGES = RNG.standard_normal((2, 3, 12, 8))
WRONG = [
    np.zeros((4, 4), np.uint8),
    np.zeros((4, 4), np.float16),
    np.zeros((4, 4), bool),
    np.zeros((4, 4), complex),
    np.zeros(4),
    np.zeros((4, 0)),
]


@pytest.fixture(params=OPERATORS)
def operator(request) -> Operator:
    return OPERATORS[request.param]


def test_other_arrays_are_refused(operator):
    for wrong in WRONG:
        with case(wrong.dtype, wrong.shape):
            with pytest.raises(OperatorError, match=r"takes float32 or float64 images \(\.\.\., H, W\)") as error:
                operator.apply(wrong)
            assert f"not {wrong.dtype} of shape {wrong.shape}" in str(error.value)


def test_shape_and_type(operator):
    for leading, kind in product([(), (1,), (0,), (5,), (2, 3), (0, 3), (2, 1, 3)], (np.float32, np.float64)):
        with case(leading, kind):
            found = operator.apply(np.ones((*leading, 12, 8), kind))
            assert found.dtype == kind
            assert found.shape == (*leading, *((1, 1) if operator.name.startswith("global") else (6, 4)))


def test_a_stack_is_each_alone_and_the_input_stays(operator):
    before = IMAGES.copy()
    alone = [[operator.apply(plane) for plane in image] for image in IMAGES]
    found = operator.apply(IMAGES)
    np.testing.assert_array_equal(found, alone)
    np.testing.assert_array_equal(IMAGES, before)
    assert not np.shares_memory(found, IMAGES)


def test_single_precision_is_double_precision_rounded(operator):
    np.testing.assert_allclose(operator.apply(np.float32(IMAGES)), operator.apply(IMAGES), atol=2 * FLOAT)


def test_views_give_what_copies_give(operator):
    turned = IMAGES.swapaxes(-1, -2)[..., ::-1, :]
    np.testing.assert_allclose(operator.apply(turned), operator.apply(turned.copy()), atol=1e-12)


def test_larger_values_give_larger_outputs_in_proportion(operator):
    np.testing.assert_allclose(operator.apply(4 * IMAGES), 4 * operator.apply(IMAGES))


def test_whole_blocks_shift_the_output_by_whole_pixels(operator):
    moved = operator.apply(np.roll(IMAGES, (4, -2), (-2, -1)))
    np.testing.assert_allclose(moved, np.roll(operator.apply(IMAGES), (2, -1), (-2, -1)), atol=1e-12)


def test_an_entry_is_complete(operator):
    assert OPERATORS[operator.name] is operator
    assert operator.source
    assert 2 <= operator.about.count(". ") + 1 <= 4
    assert operator.about.endswith((".", "?"))
    assert len({other.title for other in OPERATORS.values()}) == len(OPERATORS)
