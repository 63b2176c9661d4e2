"""The record of the first kernels before training: what the recipe's seed makes."""

import numpy as np
import pytest
import torch

from invariance.datasets import DATASETS
from training.__main__ import make_card
from training.initial import first_filters
from training.recipes import RECIPES


def record(name, **changes):
    import dataclasses

    recipe = dataclasses.replace(RECIPES[name], **changes)
    return first_filters(recipe, make_card(recipe, DATASETS[recipe.dataset], 1))


@pytest.mark.parametrize(("name", "seed"), [("lenet5", 0), ("lenet5", 5), ("cifar-shallow", 0)])
def test_they_are_the_ones_that_training_starts_from(name, seed):
    found = record(name, seed=seed)
    torch.manual_seed(seed)
    expected = RECIPES[name].build().conv1.weight.detach().numpy()
    assert found["layer"] == "conv1"
    assert np.reshape(found["values"], found["shape"]) == pytest.approx(expected, rel=1e-3)


def test_a_network_without_convolutions_has_none():
    assert record("cifar-mlp") is None
