"""What can be seen of a network while it learns: its first filters, and how often it is right about turned images."""

import copy
import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from invariance.evaluation.watched import WATCHED_ANGLES
from invariance.model.exports import rounded, rounded_filters
from training.augment import rotate
from training.recipe import Recipe

BATCH = 250  # images; a network may turn each many times
IMAGES = 1000  # held-out ones at most, which are turned
FILTERS = 16  # the first ones, which are kept; of filters in four orientations, those that others are turned copies of


class Convolution(NamedTuple):
    """A convolution as an export holds it."""

    name: str  # of its result
    filters: np.ndarray  # (outputs, inputs, k1, k2)
    biases: np.ndarray  # (outputs,)


def first_filters(recipe: Recipe, model: nn.Module, images: torch.Tensor) -> dict[str, Any] | None:
    """The filters of the first convolution, before any training: all that the trained file's are compared with.

    Args:
        recipe: of the network.
        model: on any device; it is left as it is, and so are the random numbers to come.
        images: uint8 (N, C, H, W), at least one of those that it is for, on the same device.

    Returns:
        layer: the convolution's name; shape: (outputs, inputs, k1, k2); values: its numbers in that order, rounded;
        None if there is no convolution.
    """
    found = first_convolution(recipe, model, images)
    return found and rounded_filters(found.name, found.filters)


def watch(recipe: Recipe, model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> dict[str, Any]:
    """What is kept of an epoch to see a network learn; arguments and what is left alone as in first_filters().

    Args:
        recipe: of the network.
        model: as it is now.
        images: held-out ones, uint8 (N, C, H, H).
        labels: (N,).

    Returns:
        images: N; right: the share of them answered right at each of WATCHED_ANGLES; and, if there is a convolution,
        the FILTERS first filters of the first, as first_filters() gives them, and their biases.
    """
    kept: dict[str, Any] = {"images": len(images), "right": _right_when_turned(model, images, labels)}
    if found := first_convolution(recipe, model, images):
        kept |= rounded_filters(found.name, found.filters[:FILTERS]) | {"biases": rounded(found.biases[:FILTERS])}
    return kept


@torch.no_grad()
def first_convolution(recipe: Recipe, model: nn.Module, images: torch.Tensor) -> Convolution | None:
    """The first convolution as an export of the model would hold it; arguments as in first_filters().

    An export is of what the recipe finishes, and folds a batch normalisation right behind a convolution into it:
    w' = w γ/σ and b' = β + (b - μ) γ/σ with σ = √(variance + ε), under the name of the normalisation's result.
    """
    with torch.random.fork_rng():
        network = copy.deepcopy(model).cpu().eval()
        network = recipe.finish(network) if recipe.finish else network
        called: list[tuple[str, nn.Module]] = []
        for name, layer in network.named_modules():
            if not any(True for _ in layer.children()):
                layer.register_forward_hook(lambda layer, *_, name=name: called.append((name, layer)))
        network(images[:1].cpu().float() / 255)
    place = next((place for place, (_, layer) in enumerate(called) if isinstance(layer, nn.Conv2d)), None)
    if place is None:
        return None
    (name, layer), (following, norm) = [*called, ("", None)][place : place + 2]
    filters, biases = layer.weight, torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias
    if isinstance(norm, nn.BatchNorm2d):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        filters, biases = filters * scale[:, None, None, None], norm.bias + (biases - norm.running_mean) * scale
        name = following
    return Convolution(name, filters.detach().numpy(), biases.detach().numpy())


@torch.inference_mode()
def _right_when_turned(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> list[float]:
    """See watch(). As in invariance.transforms.rotation, quarter turns move whole pixels and follow smaller turns."""
    network = copy.deepcopy(model).eval()
    upright, right = images.float() / 255, []
    for angle in WATCHED_ANGLES:
        quarters, rest = divmod(angle, 90)
        turned = (
            rotate(upright, torch.full(labels.shape, math.radians(rest), device=images.device)) if rest else upright
        )
        batches = torch.rot90(turned, quarters, (2, 3)).split(BATCH)
        logits = torch.cat([network(batch) for batch in batches])
        right.append(round((logits.argmax(1) == labels).float().mean().item(), 4))
    return right
