"""The law of p4, layer(R f) = R layer(f), over all four group elements; and where it does not hold."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from invariance.datasets import DATASETS, Split, strokes
from invariance.evaluation import records
from invariance.model import Model
from tests.conftest import quiet
from tests.tolerances import EXPORT
from tests.untrained import randomised
from training.layers.group_conv import TURNS, AnySizeGroupPool, GroupConv, GroupPool
from training.models.cifar_p4 import Block
from training.models.orbit import Orbit, quarter_turns
from training.models.p4cnn import p4cnn, plain
from training.recipes import RECIPES
from training.train import train

TURNING = [name for name, recipe in RECIPES.items() if recipe.idea == "turning"]
TIGHT = 1e-4  # float32: sums of a thousand products of numbers near 1


def turn(features, quarters):
    """R^quarters on features (N, 4 * C, H, W): turn each map, move it on to the next orientations."""
    count, channels, height, width = features.shape
    split = features.reshape(count, TURNS, channels // TURNS, height, width)
    return torch.rot90(split.roll(quarters, 1), quarters, (3, 4)).reshape(count, channels, width, height)


def normalised(layer):
    """With numbers of normalisations that differ from channel to channel; the same each time."""
    torch.manual_seed(1)
    return randomised(layer)


@pytest.fixture(params=[(3, 5, 3, None), (2, 4, 5, None), (3, 2, 6, 0)], ids=["3x3", "5x5", "whole map"])
def conv(request):
    ins, outs, kernel, padding = request.param
    torch.manual_seed(0)
    return normalised(GroupConv(ins, outs, kernel, padding=padding))


@pytest.mark.parametrize("quarters", range(4))
def test_group_convolution_commutes_with_turns(conv, quarters):
    features = torch.randn(2, TURNS * conv.weight.shape[1], 6, 6)
    torch.testing.assert_close(conv(turn(features, quarters)), turn(conv(features), quarters), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("quarters", range(4))
def test_lifting_turns_images_into_features_that_turn(quarters):
    lift, image = normalised(GroupConv(2, 3, 3, orientations=1)), torch.randn(2, 2, 8, 8)
    turned = lift(torch.rot90(image, quarters, (2, 3)))
    torch.testing.assert_close(turned, turn(lift(image), quarters), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("quarters", range(4))
def test_it_holds_in_training_mode_too(quarters):
    layer = GroupConv(2, 3, 3).train()
    features = torch.randn(4, 8, 6, 6)
    torch.testing.assert_close(layer(turn(features, quarters)), turn(layer(features), quarters), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("quarters", range(4))
def test_a_residual_block_commutes_with_turns(quarters):
    block, features = normalised(Block(2, 3)).eval(), torch.randn(2, TURNS * 2, 8, 8)
    torch.testing.assert_close(block(turn(features, quarters)), turn(block(features), quarters), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("quarters", range(4))
def test_pooling_commutes_on_even_sizes(quarters):
    pool, features = nn.MaxPool2d(2), torch.randn(2, 12, 6, 6)
    torch.testing.assert_close(pool(turn(features, quarters)), turn(pool(features), quarters))


def test_pooling_breaks_the_law_on_odd_sizes():
    pool, features = nn.MaxPool2d(2), torch.randn(2, 12, 7, 7)
    assert not torch.allclose(pool(turn(features, 1)), turn(pool(features), 1))


def test_a_stride_that_leaves_out_one_side_breaks_the_law():
    conv = normalised(GroupConv(2, 2, 3))
    features = torch.randn(1, 8, 6, 6)

    def strided(x):
        return conv(x)[:, :, ::2, ::2]

    assert not torch.allclose(strided(turn(features, 1)), turn(strided(features), 1), atol=TIGHT)


def test_an_ordinary_convolution_breaks_the_law():
    conv, features = nn.Conv2d(12, 12, 3, padding=1), torch.randn(1, 12, 6, 6)
    assert not torch.allclose(conv(turn(features, 1)), turn(conv(features), 1), atol=TIGHT)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("pool", [GroupPool(), AnySizeGroupPool()])
def test_the_largest_over_orientations_only_moves_places(pool, quarters):
    features = torch.randn(2, 12, 5, 5)
    torch.testing.assert_close(pool(turn(features, quarters)), torch.rot90(pool(features), quarters, (2, 3)))


def test_the_plain_convolution_is_the_same_function(conv):
    features = torch.randn(3, TURNS * conv.weight.shape[1], 6, 6)
    torch.testing.assert_close(conv.plain()(features), conv(features), atol=TIGHT, rtol=TIGHT)


def test_the_plain_network_has_ordinary_layers_and_the_same_logits():
    torch.manual_seed(0)
    network = normalised(p4cnn())
    images = torch.rand(5, 1, 28, 28)
    torch.testing.assert_close(plain(network)(images), network(images), atol=TIGHT, rtol=TIGHT)
    assert not [layer for layer in plain(network).modules() if isinstance(layer, GroupConv)]


@pytest.mark.parametrize("name", TURNING)
def test_logits_are_equal_at_quarter_turns_before_training(name):
    torch.manual_seed(0)
    recipe = RECIPES[name]
    network, images = recipe.build().eval(), torch.rand(4, *DATASETS[recipe.dataset].shape)
    with torch.inference_mode():
        for turned in quarter_turns(images):
            torch.testing.assert_close(network(turned), network(images), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("name", ["p4cnn", "cifar-p4", "mnist-any-angle", "lenet5-orbit", "mnist-invariant"])
def test_logits_are_equal_at_quarter_turns_after_some_training(name):
    recipe = dataclasses.replace(RECIPES[name], epochs=1, batch_size=10, watched=False)
    shape = DATASETS[recipe.dataset].shape
    noise = np.random.default_rng(0).integers(0, 256, (100, *shape), np.uint8)
    network = train(recipe, Split(noise, np.arange(100) % 10), torch.device("cpu"), quiet).model.eval()
    torch.manual_seed(0)
    before = recipe.build().state_dict()
    assert not all(torch.equal(before[each], value) for each, value in network.state_dict().items())  # it learned
    images = torch.rand(4, *shape)
    with torch.inference_mode():
        for turned in quarter_turns(images):
            torch.testing.assert_close(network(turned), network(images), atol=TIGHT, rtol=TIGHT)


@pytest.mark.parametrize("name", TURNING)
def test_logits_are_equal_at_quarter_turns_in_the_exported_file(name):
    """On digits and noise as on photos: the law asks nothing of an image."""
    model = Model(records.EXPORTED / f"{name}.onnx")
    images = strokes.generate(100, seed=2).images.astype(np.float32) / 255
    if model.card.shape != images.shape[1:]:
        images = np.random.default_rng(0).random((50, *model.card.shape), np.float32)
    upright = model.logits(images)
    for quarters in range(1, 4):
        np.testing.assert_allclose(model.logits(np.rot90(images, quarters, (2, 3)).copy()), upright, atol=EXPORT)


def test_the_orbit_s_mean_needs_all_four_turns():
    torch.manual_seed(0)
    network = Orbit(RECIPES["lenet5"].build(), lambda x: quarter_turns(x)[:3]).eval()
    images = torch.rand(4, 1, 28, 28)
    with torch.inference_mode():
        assert not torch.allclose(network(torch.rot90(images, 1, (2, 3))), network(images), atol=TIGHT)
