"""A network whose answer a quarter turn cannot change, whatever it was trained on.

Group convolutions on p4 (layers/group_conv.py), then the largest value over the four orientations of a feature that
sees the whole image. Exported as ordinary convolutions with the turned filters written out.

On the 10,000 test images of MNIST, through onnxruntime; one run, or the mean of three seeds ± their standard deviation:

    p4cnn           99.40 ± 0.06 %   44 million multiply-adds   12 epochs, 2 to 19 minutes on an H100 and on a CPU
    p4cnn-rotated   99.19 %          44 million multiply-adds   16 epochs, 2 minutes on an H100 beside 9 other trainings

Before, with 48 features at the end in place of 24, they had been measured on the same test images: 99.42 and 99.39 %.
They were halved for the size of the files, on held-out images.

After T. Cohen, M. Welling, "Group equivariant convolutional networks" (2016), whose p4 network this resembles.
"""

from collections import OrderedDict

from torch import nn

from training.layers.group_conv import GroupConv, GroupPool
from training.layers.normalise import DIGITS, Normalise


def p4cnn() -> nn.Module:
    """(N, 1, 28, 28) in [0, 1] -> logits (N, 10), equal for all four quarter turns of the input."""
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(**DIGITS),
            conv1=GroupConv(1, 16, 5, orientations=1),  # 16 x 4 x 28 x 28
            pool1=nn.MaxPool2d(2),  # 16 x 4 x 14 x 14
            conv2=GroupConv(16, 16, 5),
            conv3=GroupConv(16, 32, 3),
            pool2=nn.MaxPool2d(2),  # 32 x 4 x 7 x 7; even sizes above, so that pooling turns with the image
            conv4=GroupConv(32, 32, 3),
            conv5=GroupConv(32, 24, 7, padding=0),  # 24 x 4 x 1 x 1: the filter covers the whole map
            group_pool=GroupPool(),  # 24 x 1 x 1
            flatten=nn.Flatten(),
            dropout=nn.Dropout(0.3),
            fc=nn.Linear(24, 10),
        )
    )


def plain(model: nn.Module) -> nn.Module:
    """A trained network of group convolutions, or of blocks of them, as ordinary convolutions, the same function."""
    layers = OrderedDict()
    for name, layer in model.named_children():
        if isinstance(layer, GroupConv):
            layers[name], layers[name.replace("conv", "relu")] = layer.plain()
        elif hasattr(layer, "plain"):
            layers[name] = layer.plain()
        elif not isinstance(layer, nn.Dropout):  # does nothing in evaluation
            layers[name] = layer
    return nn.Sequential(layers).eval()
