"""Normalisation as part of the network, so that an exported file takes plain images in [0, 1]."""

import torch
from torch import nn

DIGITS = {"mean": 0.1307, "std": 0.3081}  # of MNIST's training images
COLOURS = {"mean": (0.4913, 0.4821, 0.4465), "std": (0.2452, 0.2428, 0.2606)}  # of CIFAR-10's


class Normalise(nn.Module):
    """(x - mean) / std with fixed numbers, one for all channels or one a channel; (N, C, H, W).

    Not a parameter: nothing here is learned.
    """

    def __init__(self, mean: float | tuple[float, ...], std: float | tuple[float, ...]):
        super().__init__()
        self.mean, self.std = self._number(mean), self._number(std)

    @staticmethod
    def _number(value: float | tuple[float, ...]) -> float | nn.Buffer:
        return nn.Buffer(torch.tensor(value)[:, None, None], persistent=False) if isinstance(value, tuple) else value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std
