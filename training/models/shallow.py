"""Networks that lack something, depth or non-linearity.

Those of coding questions 2 and 3 of A. Halbreich, "Neural networks for images, exercise 1". All take (N, 3, 32, 32) in
[0, 1] and give logits (N, 10).

On the 10,000 test images of the JPEG copy of CIFAR-10, through onnxruntime, the mean of three seeds ± their standard
deviation:

    cifar-linear    40.78 ± 0.26 %   1 million multiply-adds     15 epochs, 1 to 3 minutes on a CPU
    cifar-gap       37.19 ± 0.84 %   0.9 million multiply-adds   15 epochs, 1 to 4 minutes on a CPU
    cifar-shallow   56.12 ± 0.81 %   1 million multiply-adds     15 epochs, 1 to 4 minutes on a CPU
"""

from collections import OrderedDict

from torch import nn

from training.layers.normalise import Normalise


def linear() -> nn.Module:
    """Convolutions and average pooling only, nothing that bends: 6,434 parameters, one affine map in all."""
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(mean=0.5, std=0.5),
            conv1=nn.Conv2d(3, 16, 5),  # 16 x 28 x 28
            pool1=nn.AvgPool2d(2),  # 16 x 14 x 14
            conv2=nn.Conv2d(16, 8, 5),  # 8 x 10 x 10
            pool2=nn.AvgPool2d(2),  # 8 x 5 x 5
            flatten=nn.Flatten(),  # 200
            fc1=nn.Linear(200, 10),
        )
    )


def global_average() -> nn.Module:
    """One convolution, and of each of its 16 maps only the mean: 1,386 parameters."""
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(mean=0.5, std=0.5),
            conv1=nn.Conv2d(3, 16, 5),  # 16 x 28 x 28
            relu1=nn.ReLU(),
            pool1=nn.AdaptiveAvgPool2d(1),  # 16 x 1 x 1
            flatten=nn.Flatten(),  # 16
            fc1=nn.Linear(16, 10),
        )
    )


def one_convolution() -> nn.Module:
    """One large convolution and one linear layer: 54,046 parameters."""
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(mean=0.5, std=0.5),
            conv1=nn.Conv2d(3, 9, 9),  # 9 x 24 x 24
            relu1=nn.ReLU(),
            flatten=nn.Flatten(),  # 5184
            fc1=nn.Linear(5184, 10),
        )
    )
