"""Laws of sampling: the alias agrees with the wave at every kept pixel, and the blur keeps the share that it says."""

import numpy as np
import pytest

from invariance.operators.sampling import STRIDE, blurred, gain, halved, seen_period, stripes
from tests.conftest import case

PERIODS = [2, 2.1, 2.4, 2.5, 3, 3.7, 4, 4.5, 6, 8]
SIZE = 480


def test_the_kept_pixels_show_a_wave_of_the_seen_period():
    for period in PERIODS:
        with case(period):
            kept = halved(stripes(SIZE, period))[0, 0]
            spectrum = np.abs(np.fft.rfft(kept - kept.mean()))
            if seen_period(period) == np.inf:
                assert np.ptp(kept) < 1e-6
                continue
            found = spectrum.argmax() / len(kept) / STRIDE  # waves a pixel
            assert found == pytest.approx(1 / seen_period(period), abs=1 / SIZE)


def test_the_alias_agrees_with_the_wave_at_every_kept_pixel():
    for period in PERIODS:
        with case(period):
            seen = seen_period(period)
            wave, alias = stripes(SIZE, period), stripes(SIZE, seen)
            np.testing.assert_allclose(halved(wave), halved(alias), atol=1e-5)
            assert (np.abs(wave - alias).max() < 1e-5) == (period >= 2 * STRIDE)


def test_the_blur_keeps_the_share_of_the_wave_that_is_said():
    for period in PERIODS:
        with case(period):
            image = stripes(SIZE, period, right=0.3)
            np.testing.assert_allclose(blurred(image) - 0.5, gain(period) * (image[..., 1:-1] - 0.5), atol=1e-6)


def test_a_shift_by_one_pixel_turns_the_finest_stripes_from_white_to_black_unless_they_are_blurred():
    here, moved = stripes(8, 2), stripes(8, 2, right=1)
    assert halved(here).min() == 1
    assert halved(moved).max() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(halved(blurred(here)), 0.5, atol=1e-6)
    np.testing.assert_allclose(halved(blurred(moved)), 0.5, atol=1e-6)


def test_moved_stripes_are_the_stripes_moved():
    np.testing.assert_allclose(stripes(20, 5, right=3)[..., 3:], stripes(20, 5)[..., :-3], atol=1e-6)


def test_stripes_every_4_pixels_survive_only_where_they_lie_well():
    kept = {right: halved(stripes(12, 2 * STRIDE, right))[0, 0] for right in range(5)}
    for right in (1, 3):
        np.testing.assert_allclose(kept[right], 0.5, atol=1e-6)
    for right in (0, 2, 4):
        assert np.ptp(kept[right]) == pytest.approx(1)
