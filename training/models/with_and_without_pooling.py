"""One network with max pooling and without, all else equal, to see what the pooling does for shifted images.

A. Krishnan, "Translation invariance and CNN" (2022), says that it makes a network more robust to shifts. Both networks
have the same two 3x3 convolutions with zeros at the edges, ReLU after each, and one linear layer on all values of the
last maps. What can't be equal is how many values those are: without pooling 16 times as many, each with its own
weights. Nothing averages over places: that alone would make the answer steady, with and without pooling.

On the 10,000 test images of MNIST, through onnxruntime, the mean of three seeds ± their standard deviation:

    mnist-pooled     99.15 ± 0.06 %   1 million multiply-adds   8 epochs, 2 minutes on a CPU
    mnist-unpooled   98.87 ± 0.10 %   4 million multiply-adds   8 epochs, 1 to 3 minutes on an H100 and on a CPU
"""

from collections import OrderedDict

from torch import nn

from training.layers.normalise import DIGITS, Normalise

CHANNELS = (16, 32)


def _network(pooling: bool) -> nn.Module:
    """(N, 1, 28, 28) in [0, 1] -> logits (N, 10)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(normalise=Normalise(**DIGITS))
    channels, size = 1, 28
    for number, width in enumerate(CHANNELS, 1):
        layers[f"conv{number}"] = nn.Conv2d(channels, width, 3, padding=1)
        layers[f"relu{number}"] = nn.ReLU()
        if pooling:
            layers[f"pool{number}"] = nn.MaxPool2d(2)
            size //= 2
        channels = width
    layers |= {"flatten": nn.Flatten(), "fc": nn.Linear(channels * size * size, 10)}
    return nn.Sequential(layers)


def pooled() -> nn.Module:
    """Maps of 28x28, 14x14 and 7x7: 20,490 parameters."""
    return _network(pooling=True)


def unpooled() -> nn.Module:
    """Maps of 28x28 throughout: 255,690 parameters."""
    return _network(pooling=False)
