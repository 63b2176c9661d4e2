"""Convolutions that know quarter turns: the group p4 of translations and rotations by multiples of 90°.

A plain convolution commutes with shifts, not with turns. Let R be a turn by 90° counter-clockwise of an image, and let
a layer keep, beside its C channels, four orientations s = 0..3: features (N, C, 4, H, W), on which a turn acts as

    (R f)[:, :, s] = rot90(f[:, :, s - 1])            (turn each map, and move it to the next orientation)

*Lifting* correlates the image x with one filter ψ in its four orientations,  f_s = x ⋆ rot90^s(ψ) . Turning both image
and filter turns the correlation, rot90(x) ⋆ rot90(ψ) = rot90(x ⋆ ψ), so turning x by 90° gives
x' ⋆ rot90^s(ψ) = rot90(x ⋆ rot90^(s-1)(ψ)) = rot90(f_(s-1)) = (R f)_s: the layer commutes with R.

*Group convolution* does the same with features that have orientations, and a filter ψ with them too:

    f'_s = Σ_t f_t ⋆ rot90^s(ψ_(t - s mod 4))

which commutes with R by the same argument, t shifting along with s. One bias, scale and shift a channel, the same for
its four orientations, ReLU, and pooling with symmetric windows keep the law; the largest or mean value over the four
orientations and all places no longer changes with R: it is invariant.

It is exact only where the grid turns onto itself: square images; odd filters with symmetric padding and stride 1 (or
any filter that covers the whole map); 2x2 pooling with stride 2 on maps of even size. Pooling a map of odd size leaves
out its last row and column, turned or not, and breaks the law.

Source: T. Cohen, M. Welling, "Group equivariant convolutional networks" (ICML 2016), sections 4 and 6.
"""

from functools import reduce

import torch
from torch import nn
from torch.nn import functional

TURNS = 4


def turned_filters(weight: torch.Tensor) -> torch.Tensor:
    """Filters with orientations -> the plain filters that do their work.

    Args:
        weight: (out, in, T, k, k): T = 1 for images, 4 for features, which have orientations.

    Returns:
        (4 * out, T * in, k, k), orientation before channel: for output orientation s, turned by s quarters and its
        input orientations moved on by s.
    """
    outs, ins, orientations, *size = weight.shape
    turned = [torch.rot90(weight.roll(s, 2) if orientations > 1 else weight, s, (3, 4)) for s in range(TURNS)]
    return torch.stack(turned).transpose(2, 3).reshape(TURNS * outs, orientations * ins, *size)


class GroupConv(nn.Module):
    """Lifting convolution (orientations 1) or group convolution (orientations 4), with batch normalisation and ReLU.

    (N, orientations * in, H, W) -> (N, 4 * out, H', W'); channel c at orientation s is at index s * out + c.
    """

    def __init__(self, ins: int, outs: int, kernel: int, *, orientations: int = TURNS, padding: int | None = None):
        super().__init__()
        self.padding = kernel // 2 if padding is None else padding
        self.weight = nn.Parameter(torch.empty(outs, ins, orientations, kernel, kernel))
        nn.init.kaiming_normal_(self.weight.flatten(1), nonlinearity="relu")
        self.norm = nn.BatchNorm2d(outs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.conv2d(x, turned_filters(self.weight), padding=self.padding)
        count, channels, height, width = x.shape
        # One mean, variance, scale and shift for all orientations of a channel: they are laid side by side. With the
        # channels last in memory, as in training, this moves nothing.
        side_by_side = x.permute(0, 2, 3, 1).reshape(count, height, width * TURNS, channels // TURNS)
        x = self.norm(side_by_side.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return functional.relu(x.reshape(count, height, width, channels).permute(0, 3, 1, 2))

    def plain(self) -> nn.Sequential:
        """The same function, in evaluation, as one ordinary convolution and a ReLU: the turned copies are written out
        and the normalisation is folded in, w' = w γ/σ and b' = β - μ γ/σ with σ = √(variance + ε)."""
        norm = self.norm
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        filters = turned_filters(self.weight * scale[:, None, None, None, None])
        conv = nn.Conv2d(filters.shape[1], filters.shape[0], filters.shape[-1], padding=self.padding)
        conv.weight.data = filters.detach().contiguous()
        conv.bias.data = (norm.bias - norm.running_mean * scale).detach().repeat(TURNS)
        return nn.Sequential(conv, nn.ReLU())


class GroupPool(nn.Module):
    """The largest value over the four orientations: (N, 4 * C, H, W) -> (N, C, H, W). Turns then only move places."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, channels, height, width = x.shape
        return x.reshape(count, TURNS, channels // TURNS, height, width).amax(1)


class AnySizeGroupPool(nn.Module):
    """The same as GroupPool; its exported graph names no size, so that it works on maps of any."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return reduce(torch.maximum, x.chunk(TURNS, 1))
