"""Labelled images to train on, to measure on and to try."""

from typing import Any

from invariance.datasets.cifar10 import CIFAR10
from invariance.datasets.dataset import DataError, Dataset, Progress, Protocol, Split, data_dir, hold_out, sample
from invariance.datasets.mnist import MNIST
from invariance.datasets.rotated_mnist import ROTATED_MNIST
from invariance.datasets.strokes import STROKES

DATASETS: dict[str, Dataset] = {
    "mnist": MNIST,
    "cifar10": CIFAR10,
    "strokes": STROKES,
}

# By the name of what makes the training images, as a recipe and the file's card say it.
PROTOCOLS: dict[str, Protocol] = {protocol.train.__name__: protocol for protocol in (ROTATED_MNIST,)}


def protocol_of(recipe: dict[str, Any]) -> Protocol | None:
    """The protocol that a network was trained by, from its card's or its record's recipe; None: by none."""
    return next((protocol for name, protocol in PROTOCOLS.items() if recipe.get("images") == name), None)


__all__ = [
    "DATASETS",
    "PROTOCOLS",
    "DataError",
    "Dataset",
    "Progress",
    "Protocol",
    "Split",
    "data_dir",
    "hold_out",
    "protocol_of",
    "sample",
]
