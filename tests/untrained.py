"""The recipes' networks with random weights."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from invariance.datasets import DATASETS
from invariance.model import Card
from training.export import export
from training.make import make_card
from training.recipe import Recipe
from training.recipes import RECIPES

NORMS = (nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)


class Untrained(NamedTuple):
    """A network as it is exported, and its file."""

    network: nn.Module
    path: Path


def randomised(model: nn.Module) -> nn.Module:
    """Numbers of normalisations, and biases of 0, as after training: the exporter drops zeros and merges equals."""
    for layer in model.modules():
        if isinstance(layer, NORMS):
            layer.weight.data.uniform_(0.5, 2)
            layer.bias.data.normal_()
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        if isinstance(layer, nn.Conv2d) and layer.bias is not None and not layer.bias.any():
            layer.bias.data.normal_()
    return model.eval()


def card(recipe: Recipe) -> Card:
    return make_card(recipe, DATASETS[recipe.dataset], 1)


def built(recipe: Recipe) -> nn.Module:
    """What is exported of a recipe's network; the same weights each time."""
    torch.manual_seed(0)
    model = randomised(recipe.build())
    return recipe.finish(model) if recipe.finish else model


def exported(name: str, folder: Path) -> Untrained:
    """Build a recipe's network and export it, unless its file is there."""
    network, path = built(RECIPES[name]), folder / f"{name}.onnx"
    if not path.exists():
        export(network, card(RECIPES[name]), path)
    return Untrained(network, path)
