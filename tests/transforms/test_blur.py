import numpy as np
import pytest
import scipy.ndimage

from invariance.transforms.blur import PLANES, defocus, motion
from tests.transforms.test_transforms import COLOUR, DIGITS

RINGS, ANGLES = 60, 90


def averaged(image, x, y, weights):
    """The mean of what lies x, y pixels from each pixel of (H, W), bilinear, mirrored at the edges; pixel by pixel."""
    expected = np.empty_like(image)
    for row, column in np.ndindex(image.shape):
        values = scipy.ndimage.map_coordinates(image, [row + y, column + x], order=1, mode="mirror")
        expected[row, column] = np.average(values, weights=weights)
    return expected


@pytest.mark.parametrize("percent", [3, 10])
def test_defocus_is_the_mean_over_a_disc_about_each_pixel(percent):
    image = COLOUR[0, 0, :14, :12]
    radii = (np.arange(RINGS) + 0.5) / RINGS * percent / 100 * 12
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    x, y = np.outer(radii, np.cos(angles)).ravel(), np.outer(radii, np.sin(angles)).ravel()
    expected = averaged(image, x, y, np.repeat(radii, ANGLES))
    np.testing.assert_allclose(defocus(image[None, None], percent)[0, 0], expected, atol=2e-3)


@pytest.mark.parametrize("percent", [5, 30])
def test_motion_is_the_mean_over_a_line_about_each_pixel(percent):
    image = COLOUR[0, 0, :9, :14]
    x = ((np.arange(500) + 0.5) / 500 - 0.5) * percent / 100 * 9
    expected = averaged(image, x, np.zeros(500), np.ones(500))
    np.testing.assert_allclose(motion(image[None, None], percent)[0, 0], expected, atol=1e-3)


def test_a_point_becomes_a_round_disc_and_a_line():
    """A uniform disc of radius r has the mean square r²/4 along each axis, a line of length l has l²/12; a place of
    fraction u between two pixels adds u (1 - u), 1/6 on average."""
    point = np.zeros((1, 1, 101, 101), np.float32)
    point[0, 0, 50, 50] = 1
    y, x = np.mgrid[-50:51, -50:51]
    for blurred, square_x, square_y in (
        (defocus(point, 10), 10.1**2 / 4 + 1 / 6, 10.1**2 / 4 + 1 / 6),
        (motion(point, 30), 30.3**2 / 12 + 1 / 6, 0),
    ):
        assert blurred.sum() == pytest.approx(1, abs=1e-4)
        assert (blurred[0, 0] * x**2).sum() == pytest.approx(square_x, abs=0.1)
        assert (blurred[0, 0] * y**2).sum() == pytest.approx(square_y, abs=0.1)
    disc = defocus(point, 10)[0, 0]
    np.testing.assert_allclose(disc, disc.T, atol=1e-6)
    np.testing.assert_allclose(disc[np.hypot(x, y) < 9], 1 / (np.pi * 10.1**2), rtol=0.02)
    assert np.abs(disc[np.hypot(x, y) > 12]).max() < 1e-6


def test_an_even_image_stays_as_it_is_up_to_its_edges():
    for blur in (defocus, motion):
        np.testing.assert_allclose(blur(np.full((2, 3, 7, 9), 0.3, np.float32), 10), 0.3, atol=1e-6)


def test_images_are_blurred_each_for_itself_to_the_last_digit():
    """In whole batches, in the rest of one, and alone."""
    images = np.concatenate([DIGITS[:, :, 3:, 5:]] * 7)[: PLANES + 5]
    for blur in (defocus, motion):
        together = blur(images, 7)
        for place in (0, 11, PLANES - 1, PLANES, PLANES + 4):
            np.testing.assert_array_equal(blur(images[place : place + 1], 7)[0], together[place])
