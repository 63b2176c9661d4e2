import numpy as np
import pytest

from invariance.operators import OperatorError
from invariance.operators.shapes import SHAPES, checkerboard, circle, cross, disc, square, vertical_line
from tests.conftest import case


def bresenham(size, radius, row, column):
    """The outline of a circle by whole numbers alone, an eighth at a time."""
    image = np.zeros((size, size), np.float32)
    x, y, decision = 0, radius, 3 - 2 * radius
    while x <= y:
        for down, right in [(x, y), (y, x)]:
            for up_or_down in (-down, down):
                for left_or_right in (-right, right):
                    i, j = row + up_or_down, column + left_or_right
                    if 0 <= i < size and 0 <= j < size:
                        image[i, j] = 1
        if decision < 0:
            decision += 4 * x + 6
        else:
            decision += 4 * (x - y) + 10
            y -= 1
        x += 1
    return image


@pytest.mark.parametrize("draw", [circle, disc, square, cross])
def test_no_size_and_negative_radii_are_refused(draw):
    with pytest.raises(OperatorError, match=r"size of an image .* at least 1, not 0"):
        draw(0)
    with pytest.raises(OperatorError, match=r"radius .* at least 0, not -1"):
        draw(8, -1)
    assert draw(9, 0).sum() == draw(9, 0)[4, 4] == 1
    assert not draw(8, 2, (30, 30)).any()  # outside


def test_a_board_without_cells_is_refused():
    with pytest.raises(OperatorError, match=r"size of a cell .* at least 1, not 0"):
        checkerboard(8, 0)


@pytest.mark.parametrize("name", SHAPES)
def test_drawings_are_black_and_white(name):
    image = SHAPES[name](32, 5)
    assert image.dtype == np.float32
    assert image.shape == (32, 32)
    assert set(np.unique(image)) == {0, 1}


def test_the_circle_is_bresenhams():
    for radius in range(25):
        with case(radius):
            np.testing.assert_array_equal(circle(51, radius), bresenham(51, radius, 25, 25))
            np.testing.assert_array_equal(circle(20, radius, (3, 18)), bresenham(20, radius, 3, 18))  # cut off


def test_krishnans_circle():
    image = circle()
    assert image.shape == (64, 64)
    assert image.sum() == 44
    rows, columns = np.nonzero(image)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 40, 24, 40)
    eighth = image[24:41, 24:41]
    np.testing.assert_array_equal(eighth, eighth.T)
    np.testing.assert_array_equal(eighth, eighth[::-1])
    assert abs(np.hypot(rows - 32, columns - 32) - 8).max() < 0.5


def test_a_small_circle_pixel_by_pixel():
    rows = ["0011100", "0100010", "1000001", "1000001", "1000001", "0100010", "0011100"]
    np.testing.assert_array_equal(circle(7, 3), [[int(pixel) for pixel in row] for row in rows])


@pytest.mark.parametrize("draw", [circle, disc, square, cross])
def test_drawings_move_with_their_centre_and_are_symmetric(draw):
    image = draw(33, 6)
    np.testing.assert_array_equal(image, np.rot90(image))
    np.testing.assert_array_equal(image, image.T)
    np.testing.assert_array_equal(draw(33, 6, (10, 21)), np.roll(image, (-6, 5), (0, 1)))


def test_areas():
    assert square(33, 6).sum() == 4 * 12
    assert cross(33, 6).sum() == 2 * 3 * 13 - 9
    assert disc(101, 40).sum() == pytest.approx(np.pi * 40**2, rel=0.01)
    assert vertical_line().sum() == 14
    assert vertical_line()[:, 3:5].all()


def test_the_board():
    np.testing.assert_array_equal(checkerboard(4, 1), [[0, 1, 0, 1], [1, 0, 1, 0]] * 2)
    board = checkerboard(8, 2)
    np.testing.assert_array_equal(np.roll(board, 2, 0), 1 - board)
