"""Two convolutions and some linear layers: the networks of A. Halbreich's first coding question, in three sizes.

Each convolution is 5x5 without padding, followed by ReLU and 2x2 max pooling; linear layers between follow, each with
ReLU, then one that gives the logits.

On the 10,000 test images of the JPEG copy of CIFAR-10, through onnxruntime, the mean ± the standard deviation over ten
seeds of cifar-underfit and three of the others:

    cifar-underfit   69.90 ± 0.47 %   7 million multiply-adds   15 epochs, 2 to 8 minutes on a CPU
    cifar-fit        68.72 ± 0.69 %   3 million multiply-adds   15 epochs, 1 to 2 minutes on a CPU
    cifar-overfit    69.41 ± 0.27 %   9 million multiply-adds   15 epochs, 3 to 5 minutes on a CPU

Source: A. Halbreich, "Neural networks for images, exercise 1", coding question 1.
"""

from collections import OrderedDict

from torch import nn

from training.layers.normalise import Normalise


def two_convolutions(first: int, second: int, hidden: tuple[int, ...]) -> nn.Module:
    """first, second: channels of the convolutions; hidden: widths of the linear layers before the last.

    The network takes (N, 3, 32, 32) in [0, 1] and gives logits (N, 10).
    """
    layers = OrderedDict(
        normalise=Normalise(mean=0.5, std=0.5),
        conv1=nn.Conv2d(3, first, 5),  # first x 28 x 28
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),  # first x 14 x 14
        conv2=nn.Conv2d(first, second, 5),  # second x 10 x 10
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),  # second x 5 x 5
        flatten=nn.Flatten(),
    )
    width = second * 5 * 5
    for number, wanted in enumerate(hidden, 1):
        layers[f"fc{number}"] = nn.Linear(width, wanted)
        layers[f"relu{number + 2}"] = nn.ReLU()
        width = wanted
    layers[f"fc{len(hidden) + 1}"] = nn.Linear(width, 10)
    return nn.Sequential(layers)


def underfit() -> nn.Module:
    """The one he found to underfit: 69,706 parameters."""
    return two_convolutions(32, 64, ())


def fit() -> nn.Module:
    """The one between: 106,008 parameters."""
    return two_convolutions(32, 16, (200, 50))


def overfit() -> nn.Module:
    """The one he found to overfit most: 167,530 parameters."""
    return two_convolutions(64, 32, (128, 64))
