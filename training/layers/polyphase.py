"""Adaptive polyphase sampling: every second place is kept, starting where the kept ones are strongest.

Keeping every second row and column leaves four choices, the phases x[p::2, q::2] with p and q in {0, 1}. A circular
shift of the image by one exchanges the phases and shifts them; so the phase with the largest norm over all channels,

    (p, q) = argmax Σ_c Σ_ij x[c, 2i + p, 2j + q]²

holds the same numbers wherever the image lies, and the output only moves along. All channels of an image keep the same
phase, so that they stay aligned.

A turn by 90° exchanges the phases and turns them: on maps of even size, phase (p, q) of the turned map is phase
(q, 1 - p) of the map, turned. The norm does not change with the order of places or channels, so that features that
turn (group_conv.py) still turn after the sampling, up to a shift.

Ties. Of two phases with the same norm, the first is kept, and that depends on where the image lies. It does no harm
where one of them is a shift of the other (a constant map, stripes) or, with group convolutions, a turn of the other
(features of an image that is its own turned copy): later layers give the same answer for both. Otherwise equal norms
are a coincidence: filters that were learned are not symmetric, nor are the maps that they make. operators.polyphase
also decides between mirror images, which drawings have and such maps have not.

Rounding. The places must be summed in an order that depends on where the image lies. In float32 that would decide
between norms that differ by 1e-7, in float64 only between those that differ by 1e-16; the channels of a place are
always summed in the same order.

Source: A. Chaman, I. Dokmanić, "Truly shift-invariant convolutional neural networks" (CVPR 2021), section 3.
"""

from collections import OrderedDict

import torch
from torch import nn

from training.layers.circular_pad import CircularPad


class PolyphaseSample(nn.Module):
    """(N, C, H, W), H and W even -> (N, C, H / 2, W / 2)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = x.detach().float()
        squares = (values * values).sum(1).double()  # (N, H, W)
        phases = [squares[:, p::2, q::2] for p in (0, 1) for q in (0, 1)]
        chosen = torch.stack([phase.sum((1, 2)) for phase in phases], 1).argmax(1)[:, None, None, None]  # 2 p + q
        # Two choices in place of an index for each image: operators that every provider of onnxruntime has.
        x = torch.where(chosen >= 2, x[:, :, 1::2], x[:, :, ::2])
        return torch.where(chosen % 2 == 1, x[..., 1::2], x[..., ::2])


def max_polyphase_pool() -> nn.Sequential:
    """(N, C, H, W), H and W even -> (N, C, H / 2, W / 2): the largest value around every place, then the sampling."""
    return nn.Sequential(
        OrderedDict(pad=CircularPad(0, 1), max=nn.MaxPool2d(2, stride=1), sample=PolyphaseSample()),
    )
