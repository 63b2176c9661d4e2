"""As many handwritten digits right as one plain network can get.

On the 10,000 test images of MNIST, through onnxruntime, the mean of three seeds ± their standard deviation:

    mnist-best   99.68 ± 0.05 %   54 million multiply-adds   40 epochs, 4 minutes on an H100 beside 13 other trainings

One form was measured on the test images, this one; no other choice was made on them. The seeds are those it began with.
Two more were tried, three seeds each, and were right on fewer of the held-out images (this one: 99.57 % on average):
with the training images also bent, as on rubber, 99.53 %, and taught by the answers of those three, both logits divided
by 4, 99.55 %.

Seven 3x3 convolutions without padding, each with batch normalisation, and one linear layer, after the network M3 of
S. An, M. Lee, S. Park, H. Yang, J. So, "An ensemble of simple convolutional neural network models for MNIST digit
recognition" (2020), with fewer convolutions and max pooling after the fourth.
"""

from collections import OrderedDict

from torch import nn

from training.layers.normalise import DIGITS, Normalise

WIDTHS = (32, 48, 64, 80, 112, 144, 176)  # channels
POOLED = 4  # the convolution that max pooling follows


def mnist_best() -> nn.Module:
    """The network takes (N, 1, 28, 28) in [0, 1] and gives logits (N, 10): 571,210 parameters."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(normalise=Normalise(**DIGITS))
    channels = 1
    for number, width in enumerate(WIDTHS, 1):  # sides of 26, 24, 22, 20, pooled to 10, then 8, 6 and 4
        layers[f"conv{number}"] = nn.Conv2d(channels, width, 3, bias=False)
        layers[f"norm{number}"] = nn.BatchNorm2d(width)
        layers[f"relu{number}"] = nn.ReLU()
        if number == POOLED:
            layers["pool"] = nn.MaxPool2d(2)
        channels = width
    return nn.Sequential(layers | {"flatten": nn.Flatten(), "fc": nn.Linear(channels * 4 * 4, 10)})
