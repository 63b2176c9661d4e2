"""Normalisation as part of the network, so that an exported file takes plain images in [0, 1]."""

import torch
from torch import nn


class Normalise(nn.Module):
    """(x - mean) / std with fixed numbers; any shape. Not a parameter: nothing here is learned."""

    def __init__(self, mean: float, std: float):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std
