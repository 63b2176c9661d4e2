"""What the first convolution of a network looked like before it learned anything."""

from typing import Any

import torch
from torch import nn

from invariance.inside.architecture import convolutions
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.exports import rounded_filters
from training.recipes import Recipe
from training.train import untrained


def first_filters(recipe: Recipe, exported: Model) -> dict[str, Any] | None:
    """The filters of the first convolution as the recipe's seed makes them, and as an export would hold them, so that
    they are what the trained file's are compared with.

    Args:
        recipe: of the network.
        exported: its file, whatever was learned; it says which convolution is the first and what it is called.

    Returns:
        layer: the convolution's name; shape: (outputs, inputs, k1, k2); values: its numbers in that order, rounded;
        None if there is no convolution.
    """
    names = convolutions(Inside(exported))
    if not names:
        return None
    network = untrained(recipe).eval()
    finished = recipe.finish(network) if recipe.finish else network
    return rounded_filters(names[0], _filters(finished, names[0]).detach().numpy())


def _filters(network: nn.Module, name: str) -> torch.Tensor:
    """Those of the convolution whose result is called name; the export folds a normalisation right behind it into it,
    w' = w γ/σ, and calls the result as the normalisation."""
    modules = dict(network.named_modules())
    layer = modules[name]
    if isinstance(layer, nn.Conv2d):
        return layer.weight
    before = list(modules)[list(modules).index(name) - 1]
    scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
    return modules[before].weight * scale[:, None, None, None]
