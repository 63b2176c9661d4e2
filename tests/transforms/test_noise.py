import numpy as np

from invariance.transforms.noise import gaussian, salt_and_pepper
from tests.conftest import case

GREY = np.random.default_rng(1).uniform(0.499, 0.501, (4, 3, 100, 100)).astype(np.float32)


def test_gaussian_noise_has_the_standard_deviation_it_says_and_no_mean():
    for percent in (1, 8, 12):
        added = np.float64(gaussian(GREY, percent)) - GREY
        with case(percent):  # of 120,000 values: five standard errors of each
            assert abs(added.mean()) < 5 * percent / 100 / np.sqrt(added.size)
            assert abs(added.std() / (percent / 100) - 1) < 5 / np.sqrt(2 * added.size)
            assert (
                abs(np.corrcoef(added.transpose(1, 0, 2, 3).reshape(3, -1))[0, 1]) < 5 / 200
            )  # channels by themselves
            assert abs((np.abs(added) < percent / 100).mean() - 0.6827) < 0.007


def test_as_many_pixels_as_it_says_become_black_and_white_in_all_channels():
    for percent in (1, 9, 27, 50):
        changed = salt_and_pepper(GREY, percent)
        assert (changed == changed[:, :1]).all(1)[(changed != GREY).any(1)].all()
        spread = 5 * np.sqrt(percent / 200 / GREY[:, 0].size)
        for value in (0, 1):
            with case(percent, value):
                assert abs((changed[:, 0] == value).mean() - percent / 200) < spread
        assert ((changed == GREY) | (changed == 0) | (changed == 1)).all()


def test_an_image_has_one_pattern_wherever_it_stands_and_whatever_the_amount():
    for noise in (gaussian, salt_and_pepper):
        np.testing.assert_array_equal(noise(GREY[::-1].copy(), 8)[::-1], noise(GREY, 8))
        alike = np.corrcoef([(noise(image[None], 8)[0] - image).ravel() for image in GREY])
        assert np.abs(alike - np.eye(len(GREY))).max() < 0.1  # other images have other patterns
    added = [gaussian(GREY, percent) - GREY for percent in (4, 8)]
    np.testing.assert_allclose(added[1], 2 * added[0], atol=1e-6)
    weak, strong = (salt_and_pepper(GREY, percent) for percent in (6, 17))
    hit = weak != GREY
    np.testing.assert_array_equal(strong[hit], weak[hit])
