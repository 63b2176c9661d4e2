from itertools import product

import numpy as np
import pytest
import scipy.ndimage
import torch
import torch.nn.functional as functional

from invariance.bench.systems import (
    BIAS,
    DROPPED,
    GAIN,
    MEAN,
    OFFSET,
    SYSTEMS,
    VARIANCE,
    convolution_matrix,
    dense,
    without_constant,
)
from invariance.operators import OPERATORS
from invariance.operators.kernels import KERNELS
from tests.conftest import case
from tests.tolerances import FLOAT

IMAGES = np.random.default_rng(0).standard_normal((3, 1, 6, 8))
KERNEL = KERNELS["emboss"].matrix.astype(float)


def convolved(mode):
    return np.stack([scipy.ndimage.convolve(image[0], KERNEL, mode=mode)[None] for image in IMAGES])


def in_torch(function):
    return function(torch.from_numpy(IMAGES)).numpy()


def normalised(images):
    return functional.batch_norm(
        images, *(torch.tensor([number], dtype=torch.float64) for number in (MEAN, VARIANCE, GAIN, OFFSET)), eps=0.0
    )


EXPECTED = {
    "convolution": lambda: convolved("wrap"),
    "zero_padded": lambda: convolved("constant"),
    "bias": lambda: IMAGES + BIAS,
    "relu": lambda: in_torch(torch.relu),
    "sigmoid": lambda: in_torch(torch.sigmoid),
    "batch_normalisation": lambda: in_torch(normalised),
    "dropout": lambda: in_torch(torch.nn.Dropout(DROPPED).eval()),
    "softmax": lambda: in_torch(lambda images: images.flatten(1).softmax(1).reshape(images.shape)),
    "fully_connected": lambda: np.stack([(dense((6, 8)) @ image.ravel()).reshape(1, 6, 8) for image in IMAGES]),
    "circulant": lambda: convolved("wrap"),
    "flatten": lambda: in_torch(lambda images: images.flatten(1)[:, None, None]),
} | {name: lambda operator=operator: operator.apply(IMAGES) for name, operator in OPERATORS.items()}


def test_each_is_what_its_name_says():
    for name, expected in EXPECTED.items():
        with case(name):
            np.testing.assert_allclose(SYSTEMS[name].apply(IMAGES), expected(), atol=1e-12)


def test_dropout_in_training_drops_its_share_and_keeps_the_mean():
    system, images = SYSTEMS["dropout_training"], np.ones((1, 1, 100, 100))
    found = system.apply(images)
    assert set(np.unique(found)) == {0, 1 / (1 - DROPPED)}
    assert (found == 0).mean() == pytest.approx(DROPPED, abs=0.03)
    np.testing.assert_array_equal(system.apply(images), found)  # one draw is kept
    np.testing.assert_array_equal(system.numbers((100, 100)), found[0, 0])


def test_none_is_forgotten():
    assert set(EXPECTED) | {"dropout_training"} == set(SYSTEMS)


def test_each_image_by_itself_in_its_own_type():
    for (name, system), kind in product(SYSTEMS.items(), (np.float32, np.float64)):
        with case(name, kind):
            images = IMAGES.astype(kind)
            before = images.copy()
            found = system.apply(images)
            assert found.dtype == kind
            assert found.ndim == 4
            alone = np.concatenate([system.apply(image[None]) for image in images])
            np.testing.assert_allclose(alone, found, atol=20 * FLOAT)
            np.testing.assert_allclose(found, system.apply(IMAGES), atol=20 * FLOAT)
            np.testing.assert_array_equal(images, before)
            assert not np.shares_memory(found, images)


def test_an_entry_is_complete():
    for name, system in SYSTEMS.items():
        with case(name):
            assert system.name == name
            assert system.about
            assert system.source
            assert len({other.title for other in SYSTEMS.values()}) == len(SYSTEMS)


def test_the_stride_is_how_much_smaller_the_output_is():
    for name in OPERATORS:
        *_, height, width = SYSTEMS[name].apply(np.zeros((1, 1, 12, 16))).shape
        assert SYSTEMS[name].stride == (None if height == width == 1 else (12 // height, 16 // width))


def test_the_matrices_hold_whole_numbers_to_check_by_hand():
    for matrix in (dense((2, 3)), convolution_matrix((4, 5))):
        np.testing.assert_array_equal(matrix, np.round(matrix))
        assert np.abs(matrix).max() <= 2
        assert not matrix.flags.writeable
    assert (dense((2, 3)) != 0).mean() > 0.5


def test_without_its_constant_an_affine_operator_is_linear_and_a_linear_one_stays():
    np.testing.assert_allclose(without_constant(SYSTEMS["bias"]).apply(IMAGES), IMAGES, atol=1e-15)
    slope = GAIN / VARIANCE**0.5
    np.testing.assert_allclose(without_constant(SYSTEMS["batch_normalisation"]).apply(IMAGES), slope * IMAGES)
    kept = without_constant(SYSTEMS["convolution"]).apply(IMAGES)
    np.testing.assert_array_equal(kept, SYSTEMS["convolution"].apply(IMAGES))
