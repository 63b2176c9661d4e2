"""LeNet-5 with the layers of M. Jaloli, "Rotation invariance in CNN model" (2019), figure 3: 767,426 parameters.

After Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition" (1998),
which has 61,706: here all convolutions keep the image's size (padding 2) and the third sees 7x7, not 5x5.

On the 10,000 test images of MNIST, through onnxruntime; one run, or the mean ± the standard deviation over ten seeds of
lenet5 and three of lenet5-1epoch:

    lenet5           99.39 ± 0.07 %   4 million multiply-adds   12 epochs, 1 to 6 minutes on an H100 and on a CPU
    lenet5-1epoch    97.77 ± 0.11 %   4 million multiply-adds   1 epoch, 1 minute on a CPU
    lenet5-rotated   98.62 %          4 million multiply-adds   24 epochs, 8 minutes on a CPU

Earlier runs of the same recipes had been measured on the same test images: lenet5 99.38 %, lenet5-rotated 98.52 %.
"""

from collections import OrderedDict
from collections.abc import Callable

from torch import nn

from training.layers.normalise import DIGITS, Normalise


def lenet5(pool: Callable[[int], nn.Module] = nn.MaxPool2d, dropout: float = 0) -> nn.Module:
    """The network takes (N, 1, 28, 28) in [0, 1] and gives logits (N, 10).

    pool: of 2 x 2 values, one; dropout: the share of the values before the first linear layer that is left out.
    """
    return nn.Sequential(
        OrderedDict(
            normalise=Normalise(**DIGITS),
            conv1=nn.Conv2d(1, 6, 5, padding=2),  # 6 x 28 x 28
            relu1=nn.ReLU(),
            pool1=pool(2),  # 6 x 14 x 14
            conv2=nn.Conv2d(6, 16, 5, padding=2),  # 16 x 14 x 14
            relu2=nn.ReLU(),
            pool2=pool(2),  # 16 x 7 x 7
            conv3=nn.Conv2d(16, 120, 5, padding=2),  # 120 x 7 x 7
            relu3=nn.ReLU(),
            flatten=nn.Flatten(),  # 5880
            **({"dropout": nn.Dropout(dropout)} if dropout else {}),
            fc1=nn.Linear(5880, 120),
            relu4=nn.ReLU(),
            fc2=nn.Linear(120, 84),
            relu5=nn.ReLU(),
            fc3=nn.Linear(84, 10),
        )
    )
