"""Max pooling that blurs before it leaves places out, so that a shift of the image changes less.

Max pooling by 2 is two steps: the largest value around every place, which commutes with shifts, and then every second
of these, which does not and makes waves too fine for the new grid appear as coarse ones. Between the two,

    b = (1 2 1) / 4   along each axis:   y[i] = (m[2i - 1] + 2 m[2i] + m[2i + 1]) / 4

weakens the fine waves first. b is the mean of two neighbours, taken twice, so the blur is average pooling by 2 with
stride 1 and then by 2 with stride 2, which is where every second place is kept. The edges join.

Source: R. Zhang, "Making convolutional networks shift-invariant again" (ICML 2019), section 3, with its filter Tri-3.
"""

from collections import OrderedDict

from torch import nn

from training.layers.circular_pad import CircularPad


def max_blur_pool() -> nn.Sequential:
    """(N, C, H, W), H and W even -> (N, C, H / 2, W / 2); as operators.antialiased with its defaults."""
    return nn.Sequential(
        OrderedDict(
            pad=CircularPad(1, 2),  # one before and after for the blur, and one more for the windows of the maximum
            max=nn.MaxPool2d(2, stride=1),
            blur=nn.AvgPool2d(2, stride=1),
            sample=nn.AvgPool2d(2),
        )
    )
