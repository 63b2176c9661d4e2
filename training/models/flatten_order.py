"""A small network that flattens its maps in any order: does the order matter to the fully connected layer?

Source: the question is theoretical question 2 of A. Halbreich, "Neural networks for images, exercise 1".
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from invariance.operators.flatten import ORDERS, PER_IMAGE, fresh
from training.layers.normalise import DIGITS, Normalise

CHANNELS, SIDE = 8, 12  # of the maps that are flattened


class Reorder(nn.Module):
    """(N, C, H, W) -> (N, C * H * W): each map's places in one order (H * W,)."""

    def __init__(self, order: np.ndarray):
        super().__init__()
        self.order = nn.Buffer(torch.from_numpy(order), persistent=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps.flatten(2)[:, :, self.order].flatten(1)


class Shuffle(nn.Module):
    """(N, C, H, W) -> (N, C * H * W): each image's places in a new random order at every call, the same for all its
    channels."""

    def __init__(self):
        super().__init__()
        # Of its own, so that what else is random in training stays as it is with a fixed order.
        self.rng = np.random.default_rng(torch.initial_seed())

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        maps = maps.flatten(2)  # (N, C, H * W)
        order = torch.from_numpy(fresh(len(maps), maps.shape[2], self.rng)).to(maps.device)
        return maps.gather(2, order[:, None].expand_as(maps)).flatten(1)


def flatten_order(order: str) -> nn.Module:
    """order: a key of ORDERS, or PER_IMAGE. The network takes (N, 1, 28, 28) in [0, 1] and gives logits (N, 10)."""
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(**DIGITS),
            conv1=nn.Conv2d(1, CHANNELS, 5),  # 8 x 24 x 24
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),  # 8 x 12 x 12
            flatten=Shuffle() if order == PER_IMAGE else Reorder(ORDERS[order](SIDE, SIDE)),  # 1152
            fc1=nn.Linear(CHANNELS * SIDE * SIDE, 10),
        )
    )
