"""A multilayer perceptron: linear layers only, each pixel with a weight of its own for each value of the next layer."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from training.layers.normalise import Normalise


def mlp(normalise: Normalise, *sizes: int) -> nn.Module:
    """Linear layers with ReLU between them; sizes: from the number of values in an image to that of the logits."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(normalise=normalise, flatten=nn.Flatten())
    for number, (ins, outs) in enumerate(pairwise(sizes), 1):
        if number > 1:
            layers[f"relu{number - 1}"] = nn.ReLU()
        layers[f"fc{number}"] = nn.Linear(ins, outs)
    return nn.Sequential(layers)
