from itertools import product

import numpy as np
import pytest
import torch

from invariance.operators import OperatorError
from invariance.operators.antialiased import antialiased_max_pool
from invariance.operators.polyphase import polyphase_max_pool
from invariance.operators.pooling import average_pool, global_average, global_max, l2_pool, max_pool, pick
from tests.conftest import case
from tests.tolerances import FLOAT

RNG = np.random.default_rng(3)
IMAGES = RNG.standard_normal((2, 3, 9, 8))  # with negative values, over which padding must not win
TYPES = (np.float32, np.float64)
PADDINGS = (0, 1, (0, 1), (1, 0), "same")
POOLS = {"max": max_pool, "average": average_pool, "l2": l2_pool}
SUMMARY = {"max": np.max, "average": np.mean, "l2": lambda seen: np.sqrt((seen**2).sum())}


def by_hand(image, summary, window, stride, before, after):
    """Each window over the pixels that are there."""
    height, width = image.shape
    rows, columns = ((size + before + after - window) // stride + 1 for size in image.shape)
    found = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = stride * i - before, stride * j - before
            found[i, j] = summary(
                image[max(top, 0) : min(top + window, height), max(left, 0) : min(left + window, width)]
            )
    return found


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"window": 0}, "size of a window .* at least 1, not 0"),
        ({"stride": 0}, "stride .* at least 1, not 0"),
        ({"padding": -1}, "padding .* at least 0, not -1"),
        ({"padding": 2}, "padding of less than its window, 2, .* not 2"),
        ({"window": 10}, "at most as large as the image with its padding, 9, not 10"),
    ],
)
def test_windows_out_of_range_are_refused(given, expected):
    for name, pool in POOLS.items():
        with case(name), pytest.raises(OperatorError, match=expected):
            pool(IMAGES, **given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"row": 2}, r"rows and columns 0 to 1, not at \(2, 1\)"),
        ({"column": 5}, r"not at \(0, 5\)"),
        ({"row": -1}, "row .* at least 0, not -1"),
        ({"column": -1}, "column .* at least 0, not -1"),
        ({"window": 0}, "at least 1, not 0"),
    ],
)
def test_pixels_outside_the_window_are_not_picked(given, expected):
    with pytest.raises(OperatorError, match=expected):
        pick(IMAGES, **given)


@pytest.mark.parametrize("circular", [False, True])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"window": 0}, "size of a window .* at least 1, not 0"),
        ({"window": 9}, "at most as large"),
        ({"stride": 0}, "stride .* at least 1, not 0"),
        ({"blur": 0}, "size of a blur .* at least 1, not 0"),
    ],
)
def test_antialiased_pooling_refuses_the_same(given, expected, circular):
    with pytest.raises(OperatorError, match=expected):
        antialiased_max_pool(IMAGES, **given, circular=circular)


def test_a_circle_has_no_stride_larger_than_itself():
    with pytest.raises(OperatorError, match="at most the image's size, 8, not 9"):
        antialiased_max_pool(IMAGES, stride=9)


# --- oracles --------------------------------------------------------------------------------------------------------


def test_pooling_agrees_with_a_loop():
    for name, window, stride, padding in product(POOLS, (2, 3, 5), (None, 1, 2, 3), PADDINGS):
        with case(name, window, stride, padding):
            before, after = {"same": ((window - 1) // 2, window // 2), 0: (0, 0), 1: (1, 1)}.get(padding, padding)
            found = POOLS[name](IMAGES, window, stride, padding)
            expected = by_hand(IMAGES[1, 2], SUMMARY[name], window, stride or window, before, after)
            np.testing.assert_allclose(found[1, 2], expected, atol=1e-12)


def test_pooling_agrees_with_torch():
    for size, window, stride, kind in product([(4, 4), (7, 5), (9, 8)], range(1, 5), (1, 2, 3), TYPES):
        with case(size, window, stride, kind):
            images = RNG.standard_normal((2, 3, *size)).astype(kind)
            tensor, functional = torch.from_numpy(images), torch.nn.functional
            for padding in range(window // 2 + 1):
                expected = {
                    "max": functional.max_pool2d(tensor, window, stride, padding),
                    "average": functional.avg_pool2d(tensor, window, stride, padding, count_include_pad=False),
                }
                if not padding:
                    expected["l2"] = functional.lp_pool2d(tensor, 2, window, stride)
                for name, oracle in expected.items():
                    found = POOLS[name](images, window, stride, padding)
                    assert found.dtype == kind
                    np.testing.assert_allclose(found, oracle.numpy(), atol=2 * FLOAT)


def test_one_more_after_is_tensorflows_same():
    for size, name in product(range(2, 10), POOLS):
        with case(size, name):
            image = RNG.random((size, size))
            found = POOLS[name](image, 2, 2, (0, 1))
            assert found.shape == (-(-size // 2),) * 2
            np.testing.assert_allclose(found, by_hand(image, SUMMARY[name], 2, 2, 0, 1))
            if size % 2 == 0:
                np.testing.assert_array_equal(found, POOLS[name](image))


def test_antialiased_pooling_agrees_with_torch():
    for (window, stride), blur, kind in product([(2, 2), (3, 2), (2, 1), (3, 3)], range(1, 6), TYPES):
        with case(window, stride, blur, kind):
            images = RNG.standard_normal((2, 3, 12, 18)).astype(kind)
            weights = np.array([[], [1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1]][blur], kind)
            kernel = torch.from_numpy(np.outer(weights, weights) / weights.sum() ** 2).expand(3, 1, blur, blur)
            for circular, mode in ((False, "reflect"), (True, "circular")):
                tensor = torch.from_numpy(images)
                if circular:
                    tensor = torch.nn.functional.pad(tensor, (0, window - 1, 0, window - 1), mode)
                largest = torch.nn.functional.max_pool2d(tensor, window, 1)
                if blur > 1:
                    largest = torch.nn.functional.pad(largest, ((blur - 1) // 2, blur // 2) * 2, mode)
                expected = torch.nn.functional.conv2d(largest, kernel, stride=stride, groups=3).numpy()
                found = antialiased_max_pool(images, window, stride, blur, circular=circular)
                assert found.dtype == kind
                np.testing.assert_allclose(found, expected, atol=FLOAT)


# --- laws -----------------------------------------------------------------------------------------------------------


def test_halbreichs_pixel_is_the_top_right_one():
    image = np.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(pick(image), [[1, 3, 5], [13, 15, 17]])
    np.testing.assert_array_equal(pick(image, 3), [[2, 5]])
    np.testing.assert_array_equal(pick(image, 3, 1, row=2, column=0), image[2:, :4])
    found = pick(image, 1)
    np.testing.assert_array_equal(found, image)
    assert not np.shares_memory(found, image)


@pytest.mark.parametrize("pool", [*POOLS.values(), pick, antialiased_max_pool, polyphase_max_pool])
def test_windows_of_one_pixel_give_a_copy(pool):
    image = abs(IMAGES[0, 0]) if pool is l2_pool else IMAGES[0, 0]
    found = pool(image, 1, 1, **({"blur": 1} if pool is antialiased_max_pool else {}))
    np.testing.assert_array_equal(found, image)
    assert not np.shares_memory(found, image)


@pytest.mark.parametrize("circular", [False, True])
def test_antialiased_pooling_leaves_out_what_max_pooling_leaves_out(circular):
    for size in range(2, 9):
        image = IMAGES[0, 0, :size]
        assert antialiased_max_pool(image, circular=circular).shape == max_pool(image).shape


def test_without_blur_it_is_max_pooling():
    for given in ((2, 2), (3, 2), (3, 3)):
        np.testing.assert_array_equal(antialiased_max_pool(IMAGES, *given, 1, circular=False), max_pool(IMAGES, *given))
    even = IMAGES[..., :8, :]
    np.testing.assert_array_equal(antialiased_max_pool(even, blur=1), max_pool(even))


@pytest.mark.parametrize("window", [1, 2, 3])
def test_a_constant_stays_what_it_is(window):
    flat = np.full((6, 6), 0.3, np.float32)
    for padding in range(window):
        np.testing.assert_array_equal(max_pool(flat, window, 1, padding), np.float32(0.3))
        np.testing.assert_allclose(average_pool(flat, window, 1, padding), 0.3, rtol=FLOAT)
    np.testing.assert_allclose(l2_pool(flat, window), 0.3 * window, rtol=FLOAT)
    np.testing.assert_allclose(antialiased_max_pool(flat, window), 0.3, rtol=FLOAT)
    np.testing.assert_allclose(antialiased_max_pool(flat, window, circular=False), 0.3, rtol=FLOAT)


def test_means_lie_below_largest_values_and_the_l2_norm_between_them_and_their_number():
    positive = abs(IMAGES)
    mean, norm, largest = average_pool(positive), l2_pool(positive), max_pool(positive)
    assert (mean <= largest).all()
    assert (largest <= norm).all()
    assert (norm <= 2 * largest).all()
    assert (2 * mean <= norm).all()  # the mean is below the root of the mean of squares


def test_global_pooling_is_a_window_as_large_as_the_image():
    square = IMAGES[..., :8, :]
    np.testing.assert_array_equal(global_max(square), max_pool(square, 8))
    np.testing.assert_allclose(global_average(square), average_pool(square, 8), atol=1e-12)
    mixed = RNG.permutation(IMAGES.reshape(2, 3, -1).astype(np.float32), axis=2).reshape(IMAGES.shape)
    np.testing.assert_array_equal(global_average(mixed), global_average(IMAGES.astype(np.float32)))


def test_max_pooling_four_times_halves_64_to_4():
    image = RNG.random((64, 64))
    for size in (32, 16, 8, 4):
        image = max_pool(image)
        assert image.shape == (size, size)
