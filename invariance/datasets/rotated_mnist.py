"""Rotated MNIST: networks made for turned digits are compared on 12,000 training and 50,000 test images.

Every image is turned once, by a random angle of its own. The files that others share are not fetched: the images are
made from MNIST's by this rule, so that figures from them stand beside those of others and are not of the same images.

- Training: 1,200 of each digit, drawn at random from MNIST's 60,000 training images.
- Test: MNIST's 10,000 test images, then 4,000 of each digit, drawn at random from the 48,000 other training images.
- Angles: uniform in 0..360°, independent, about the centre, as invariance.transforms.rotation turns.

No image is trained on and measured on, but choosing was not kept apart: the form of mnist-rot12k's network is also
that of mnist-any-angle, which is trained and chosen on all 60,000 training images, upright, 40,000 of the test images
among them; and it is one of three that were measured on the 50,000. Its mean and standard deviation of pixels are of
all 60,000 too.

Source: H. Larochelle, D. Erhan, A. Courville, J. Bergstra, Y. Bengio, "An empirical evaluation of deep architectures on
problems with many factors of variation" (2007), who made the first such images.
"""

import numpy as np

from invariance.datasets.dataset import Protocol, Split, sample
from invariance.images.pixels import to_float, to_uint8
from invariance.transforms.rotation import ROTATION

TRAINING = 12_000  # images
FROM_TRAINING = 40_000  # of the test images, beside all of MNIST's
TRAINING_SEED, TEST_SEED = 1, 2  # of the angles


def rotated_12k(train: Split) -> Split:
    """MNIST's training images -> the 12,000 turned ones to train on.

    Args:
        train: uint8 (N, 1, 28, 28), at least 1,200 of each digit; or 12,000 in all or fewer, such as a trial's.

    Returns:
        Split of uint8 (12000, 1, 28, 28), or of all N where there are no more; always the same one.

    Raises:
        ValueError: there are more than 12,000, and a digit has too few.
    """
    return turned(_at(train, _drawn(train)), TRAINING_SEED)


def upright_50k(train: Split, test: Split) -> Split:
    """The 50,000 test images before they are turned; none of them is among the 12,000.

    Args:
        train: MNIST's training images, uint8 (N, 1, 28, 28), at least 5,200 of each digit; where no more than 40,000
            are left beside the 12,000, all of those come, or none.
        test: MNIST's test images, which come first.

    Raises:
        ValueError: there are more, and a digit has too few.
    """
    further = sample(_at(train, np.setdiff1d(np.arange(len(train.labels)), _drawn(train))), FROM_TRAINING)
    images, labels = (np.concatenate(pair) for pair in zip(test[:2], further[:2], strict=True))
    return Split(images, labels, test.title or train.title)


def rotated_50k(train: Split, test: Split) -> Split:
    """The turned test images, uint8 (50000, 1, 28, 28); see upright_50k()."""
    return turned(upright_50k(train, test), TEST_SEED)


def turned(split: Split, seed: int) -> Split:
    """Every image turned by its own random angle; the first images' angles don't hang on how many follow."""
    angles = np.random.default_rng(seed).uniform(0, 360, len(split.labels))
    images = np.empty_like(split.images)
    for place, angle in enumerate(angles):
        images[place] = to_uint8(ROTATION.apply(to_float(split.images[place : place + 1]), angle))
    return split._replace(images=images)


def _drawn(train: Split) -> np.ndarray:
    """Where among the training images the 12,000 lie."""
    return sample(train._replace(images=np.arange(len(train.labels))), TRAINING).images


def _at(split: Split, places: np.ndarray) -> Split:
    return split._replace(images=split.images[places], labels=split.labels[places])


ROTATED_MNIST = Protocol(
    title="rotated MNIST, 12,000 training images",
    dataset="mnist",
    train=rotated_12k,
    test=rotated_50k,
)
