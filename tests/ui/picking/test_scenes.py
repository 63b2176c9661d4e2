import numpy as np
import pytest

from invariance.datasets.cifar10 import LABELS
from ui.picking.scenes import SIDE, scenes


@pytest.mark.parametrize("number", range(6))
def test_a_scene_is_a_colour_picture_of_a_thing_that_is_known(number):
    label, pixels = scenes()[number]
    assert label in LABELS
    assert pixels.shape == (3, SIDE, SIDE)
    assert pixels.dtype == np.float32
    assert 0 <= pixels.min() < 0.3
    assert 0.7 < pixels.max() <= 1
    assert np.abs(pixels[0] - pixels[2]).max() > 0.2  # it has colours


def test_every_scene_shows_another_thing():
    assert len({label for label, _ in scenes()}) == len(scenes()) == 6
    assert len({pixels.tobytes() for _, pixels in scenes()}) == 6


def test_edges_are_smooth():
    for _, pixels in scenes():
        steps = np.unique(pixels)
        assert len(steps) > 500  # drawn without averaging there would be a few colours and a gradient
