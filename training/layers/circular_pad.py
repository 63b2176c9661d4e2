"""Padding that joins the edges: behind the last row and column the first ones follow, as on a torus.

With it a convolution with stride 1 commutes with every circular shift of the image, and loses nothing at a border.
"""

import torch
from torch import nn


class CircularPad(nn.Module):
    """(N, C, H, W) -> (N, C, before + H + after, before + W + after); before and after are at most H and W.

    Written as pieces side by side: onnxruntime's CUDA provider has no kernel for ONNX's wrapping Pad.
    """

    def __init__(self, before: int, after: int):
        super().__init__()
        self.before, self.after = before, after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.before:
            x = torch.cat([x[..., -self.before :], x], 3)
            x = torch.cat([x[:, :, -self.before :], x], 2)
        if self.after:
            x = torch.cat([x, x[..., self.before : self.before + self.after]], 3)
            x = torch.cat([x, x[:, :, self.before : self.before + self.after]], 2)
        return x
