"""What the networks for the highest accuracies are made of."""

import torch
from torch.nn import functional

from training.augment import rotate
from training.models import airbench
from training.models.any_angle import QUARTERS, STEP, TURNS, Strongest, Turns
from training.models.cifar_p4 import Block


def blob():
    """A smooth image of its circle: what a turn changes little but for its place."""
    places = torch.arange(28) - 13.5
    right, down = places[None], places[:, None]
    return torch.exp(-((right - 5) ** 2 + (down + 2) ** 2) / 18)[None, None]


def test_a_quarter_turn_only_puts_the_turns_in_another_order():
    images = torch.rand(2, 1, 28, 28)
    turns, of_turned = (
        Turns().eval()(each).view(TURNS, 2, 1, 28, 28) for each in (images, torch.rot90(images, 1, (2, 3)))
    )
    torch.testing.assert_close(of_turned.roll(TURNS // QUARTERS, 0), turns, atol=1e-5, rtol=0)


def test_the_turns_are_those_of_the_image_by_equal_steps_from_half_a_step_on():
    for step, turned in enumerate(Turns().eval()(blob())):
        expected = rotate(blob(), torch.tensor([(step + 0.5) * STEP]))
        assert (turned - expected).abs().max() < 0.02, step


def test_a_turn_by_a_step_only_puts_them_in_another_order_up_to_interpolation():
    turns = Turns().eval()
    assert (turns(rotate(blob(), torch.tensor([STEP]))).roll(1, 0) - turns(blob())).abs().max() < 0.06


def test_no_turn_is_sharper_than_the_others_for_long_while_it_learns():
    """The first is by another part of a step each time, and all others follow by equal steps."""
    torch.manual_seed(0)
    turns = Turns().train()
    seen = [turns(blob()) for _ in range(2)]
    assert (seen[0] - seen[1]).abs().max() > 0.05
    for once in seen:
        torch.testing.assert_close(torch.rot90(once, 1, (2, 3)).roll(TURNS // QUARTERS, 0), once, atol=1e-5, rtol=0)


def test_of_each_feature_the_strongest_turn_is_kept():
    features = torch.randn(TURNS, 3, 5)
    torch.testing.assert_close(Strongest()(features.flatten(0, 1)), features.max(0).values)


def test_whitened_patches_are_uncorrelated_and_of_variance_one():
    torch.manual_seed(0)
    images = functional.avg_pool2d(torch.rand(200, 3, 34, 34), 3, 1)  # neighbours are alike
    network = airbench.airbench()
    airbench.whiten(network, images)
    seen = network.whiten(network.normalise(images)).transpose(0, 1).flatten(1)
    half = airbench.WHITENED // 2
    torch.testing.assert_close(seen[half:], -seen[:half])
    torch.testing.assert_close(torch.cov(seen[:half]), torch.eye(half), atol=0.05, rtol=0)


def test_a_block_passes_its_input_on_at_first():
    """The first convolution, before anything was learned, holds its inputs among its outputs."""
    layer = airbench.conv(3, 8)
    images = torch.rand(2, 3, 6, 6)
    torch.testing.assert_close(layer(images)[:, :3], images)


def test_a_block_of_group_convolutions_is_the_same_with_plain_ones():
    torch.manual_seed(0)
    block, features = Block(2, 3).eval(), torch.rand(2, 8, 6, 6)
    torch.testing.assert_close(block.plain()(features), block(features), atol=1e-5, rtol=0)
