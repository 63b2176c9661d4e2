"""What a convolution would make of an image with other filters; with its own, what it makes."""

import numpy as np
import pytest

from invariance import UserError
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.inside.other_filters import maps_with
from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import case

FIRST = {  # network: its first convolution, and the name of its maps once ReLU has seen them
    "lenet5": ("conv1", "relu1"),
    "p4cnn": ("conv1", "relu1"),  # in four orientations
    "cifar-small": ("network.conv1", "network.relu1"),  # of the image and its mirror image
    "mnist-shift-plain": ("norm1", "relu1"),  # padded around the edges before it
    "mnist-any-angle": ("norm1", "relu1"),  # of 24 turns of the image
}


def test_with_its_own_filters_a_convolution_gives_its_own_maps():
    for name, (layer, after) in FIRST.items():
        path = records.EXPORTED / f"{name}.onnx"
        if not path.exists():
            continue
        inside = Inside(Model(path))
        channels, side, _ = inside.model.card.shape
        digit = np.pad(to_float(strokes.generate(1, seed=3).images[0]), ((0, 0), *((0, side - 28),) * 2))
        image = np.repeat(digit, channels, 0) * np.array([1, 0.8, 0.3], np.float32)[:channels, None, None]
        expected = inside.versions(after, inside.values([after], image[None])[after])[0, 0]
        with case(name):
            maps = maps_with(inside, layer, *inside.kernels(layer), image)
            np.testing.assert_allclose(maps, expected, atol=1e-5)
            assert maps.max() > 0


def test_other_filters_give_other_maps(lenet5):
    inside = Inside(lenet5)
    image = to_float(strokes.generate(1, seed=3).images[0])
    filters = np.zeros((1, 1, 5, 5), np.float32)
    filters[0, 0, 2, 2] = 1
    given = (image - 0.1307) / 0.3081  # as the network normalises it
    np.testing.assert_allclose(
        maps_with(inside, "conv1", filters, np.array([0.5], np.float32), image), np.maximum(given + 0.5, 0), atol=1e-5
    )


def test_what_cannot_be_worked_out_is_refused(lenet5):
    image = np.zeros((1, 28, 28), np.float32)
    with pytest.raises(UserError, match="has no convolution conv9"):
        maps_with(Inside(lenet5), "conv9", np.zeros((1, 1, 5, 5), np.float32), np.zeros(1), image)
    with pytest.raises(UserError, match="channels"):
        maps_with(Inside(lenet5), "conv1", np.zeros((1, 2, 5, 5), np.float32), np.zeros(1), image)
