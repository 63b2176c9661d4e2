"""Labelled images to train on, to measure on and to try."""

from invariance.datasets.cifar10 import CIFAR10
from invariance.datasets.dataset import DataError, Dataset, Progress, Split, data_dir, hold_out, sample
from invariance.datasets.mnist import MNIST
from invariance.datasets.strokes import STROKES

DATASETS: dict[str, Dataset] = {
    "mnist": MNIST,
    "cifar10": CIFAR10,
    "strokes": STROKES,
}

__all__ = ["DATASETS", "DataError", "Dataset", "Progress", "Split", "data_dir", "hold_out", "sample"]
