"""What the first convolution of a network looked like before it learned anything."""

import tempfile
from pathlib import Path
from typing import Any

import torch

from invariance.inside.architecture import convolutions
from invariance.inside.values import Inside
from invariance.model import Card, Model
from invariance.model.exports import rounded_filters
from training.export import export
from training.recipes import Recipe


def first_filters(recipe: Recipe, card: Card) -> dict[str, Any] | None:
    """The filters of the first convolution as the recipe's seed makes them, taken from an export of the new network,
    so that they are what the trained file's are compared with.

    Returns:
        layer: the convolution's name; shape: (outputs, inputs, k1, k2); values: its numbers in that order, rounded;
        None if there is no convolution.
    """
    torch.manual_seed(recipe.seed)
    network = recipe.build().eval()
    finished = recipe.finish(network) if recipe.finish else network
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "untrained.onnx")
        export(finished, card, path)
        inside = Inside(Model(path))
    names = convolutions(inside)
    return rounded_filters(names[0], inside.kernels(names[0])[0]) if names else None
