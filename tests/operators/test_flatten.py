import doctest
from itertools import product

import numpy as np
import pytest

from invariance.operators import flatten
from invariance.operators.flatten import ORDERS, fresh, reordered
from tests.conftest import case

SIZES = [(1, 1), (1, 5), (5, 1), (2, 2), (2, 3), (3, 2), (4, 4), (5, 5), (7, 4), (12, 12), (3, 9)]


def rows_and_columns(name, size):
    return np.divmod(ORDERS[name](*size), size[1])


def test_an_order_takes_every_place_once_and_the_same_way_at_every_call():
    for name, size in product(ORDERS, SIZES):
        with case(name, size):
            found = ORDERS[name](*size)
            assert sorted(found) == list(range(size[0] * size[1]))
            assert np.array_equal(found, ORDERS[name](*size))


def test_orders_of_a_map_of_some_size_all_differ():
    assert len({tuple(order(4, 5)) for order in ORDERS.values()}) == len(ORDERS)


@pytest.mark.parametrize(("name", "slow", "fast"), [("row by row", 0, 1), ("column by column", 1, 0)])
def test_rows_and_columns_come_one_after_the_other_and_each_in_order(name, slow, fast):
    for size in SIZES:
        with case(size):
            places = list(zip(*rows_and_columns(name, size), strict=True))
            assert places == sorted(places, key=lambda place: (place[slow], place[fast]))


def test_numpy_flattens_row_by_row_and_its_transpose_column_by_column():
    image = np.random.default_rng(0).random((4, 7))
    assert np.array_equal(image.ravel()[ORDERS["row by row"](4, 7)], image.ravel())
    assert np.array_equal(image.ravel()[ORDERS["column by column"](4, 7)], image.ravel(order="F"))


def test_diagonals_come_one_after_the_other_each_from_its_right_end():
    for size in SIZES:
        with case(size):
            rows, columns = rows_and_columns("diagonal", size)
            diagonals = rows + columns
            assert (np.diff(diagonals) >= 0).all()
            assert (np.diff(rows)[np.diff(diagonals) == 0] == 1).all()


def test_a_spiral_steps_to_neighbours_from_the_corner_inwards():
    for size in SIZES:
        with case(size):
            rows, columns = rows_and_columns("spiral", size)
            assert (rows[0], columns[0]) == (0, 0)
            assert (np.abs(np.diff(rows)) + np.abs(np.diff(columns)) == 1).all()
            to_the_border = np.minimum.reduce([rows, columns, size[0] - 1 - rows, size[1] - 1 - columns])
            assert (np.diff(to_the_border) >= 0).all()


def test_a_spiral_goes_right_first():
    assert np.array_equal(ORDERS["spiral"](3, 3), [0, 1, 2, 5, 8, 7, 6, 3, 4])


def test_the_fixed_random_order_keeps_no_rows_together():
    steps = np.abs(np.diff(ORDERS["random, fixed"](12, 12)))
    assert (steps == 1).mean() < 0.05


def test_every_image_has_its_own_order():
    found = fresh(200, 144, np.random.default_rng(0))
    assert found.shape == (200, 144)
    assert (np.sort(found, axis=1) == np.arange(144)).all()
    assert len(np.unique(found, axis=0)) == 200


def test_new_orders_are_all_equally_likely():
    count = 60_000
    rows, times = np.unique(fresh(count, 4, np.random.default_rng(1)), axis=0, return_counts=True)
    assert len(rows) == 24
    # Each of the 24 comes up by chance about 2,500 times, with a standard deviation of 49.
    assert np.abs(times - count / 24).max() < 5 * np.sqrt(count / 24)


def test_every_call_draws_new_orders():
    rng = np.random.default_rng(0)
    assert not np.array_equal(fresh(3, 50, rng), fresh(3, 50, rng))


@pytest.mark.parametrize("name", ORDERS)
def test_each_map_is_reordered_by_itself(name):
    maps = np.random.default_rng(0).random((2, 3, 4, 5))
    order = ORDERS[name](4, 5)
    found = reordered(maps.reshape(2, 60), order).reshape(2, 3, 20)
    for image in range(2):
        for channel in range(3):
            assert np.array_equal(found[image, channel], [maps[image, channel, p // 5, p % 5] for p in order])


@pytest.mark.parametrize("name", ORDERS)
def test_weights_reordered_alike_give_the_same_sums_exactly(name):
    # Whole numbers are added without rounding, in whatever order.
    rng = np.random.default_rng(2)
    values, weights = rng.integers(-9, 10, (6, 3 * 20)), rng.integers(-9, 10, (10, 3 * 20))
    order = ORDERS[name](4, 5)
    assert np.array_equal(reordered(values, order) @ reordered(weights, order).T, values @ weights.T)
    same = np.array_equal(reordered(values, order) @ weights.T, values @ weights.T)
    assert same == (name == "row by row")


def test_examples_in_docstrings_hold():
    found = doctest.testmod(flatten)
    assert found.attempted
    assert not found.failed
