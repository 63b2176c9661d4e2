"""Any network made invariant to quarter turns from outside: its logits are averaged over the image's four turns.

The set of the four turns (the orbit) of a turned image is that of the image itself, in another order; a mean doesn't
see the order. The price is four times the work.
"""

import torch
from torch import nn

from training.models.lenet5 import lenet5


class Orbit(nn.Module):
    """(N, C, H, H) -> the mean over the quarter turns of the input of the network's logits (N, classes)."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        turns = torch.cat([torch.rot90(x, turn, (2, 3)) for turn in range(4)])  # (4 N, C, H, H)
        logits = self.network(turns)
        return logits.view(4, -1, logits.shape[1]).mean(0)


def lenet5_orbit() -> nn.Module:
    """LeNet-5 over the orbit of quarter turns: (N, 1, 28, 28) in [0, 1] -> logits (N, 10)."""
    return Orbit(lenet5())
