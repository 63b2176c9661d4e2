"""The network, and its training by stochastic gradient descent. The test set is never looked at."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from invariance.datasets import Progress, Split, hold_out
from invariance.images.pixels import to_float
from invariance.measures import accuracy, cross_entropy
from invariance.scratch.layers import Convolution, Dense, Layer, MaxPool, ReLU, softmax_cross_entropy

BATCH = 500  # images whose windows are in memory at once when nothing is learned

Network = dict[str, Layer]  # by name, from the image to the logits


@dataclass(frozen=True)
class ScratchSettings:
    """How the network is made."""

    name: str = "scratch"  # of the files in exported/
    title: str = "From scratch, in numpy"  # what people read
    source: str = "numpy alone, as Doshi 2020, section IV, proposes"
    dataset: str = "mnist"  # a key of DATASETS
    optimiser: str = "gradient descent with momentum"
    schedule: str = "linear to 0"
    learning_rate: float = 0.05  # at the beginning
    momentum: float = 0.9
    batch_size: int = 64
    epochs: int = 12
    seed: int = 0  # of the initial weights and of the order of the images
    licence: str = "MIT"


class Trained(NamedTuple):
    """What the training ends with."""

    network: Network  # at its best epoch
    history: list[dict[str, float]]  # a dict an epoch; see train()
    best_epoch: int  # from 1


def build(seed: int) -> Network:
    """The untrained network: float32 (N, 1, 28, 28) in [0, 1] -> logits (N, 10)."""
    rng = np.random.default_rng(seed)

    def drawn(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        """Weights whose sums keep the spread of what ReLU passes on, and biases of 0. Source: He et al. 2015."""
        spread = np.sqrt(2 / np.prod(shape[1:]))
        return (spread * rng.standard_normal(shape)).astype(np.float32), np.zeros(shape[0], np.float32)

    return {
        "conv1": Convolution(*drawn(8, 1, 5, 5)),
        "relu1": ReLU(),
        "pool1": MaxPool(),
        "conv2": Convolution(*drawn(16, 8, 5, 5)),
        "relu2": ReLU(),
        "pool2": MaxPool(),
        "logits": Dense(*drawn(10, 16 * 4 * 4)),
    }


def forward(network: Network, images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) -> logits (N, classes)."""
    for layer in network.values():
        images = layer.forward(images)
    return images


def backward(network: Network, delta: np.ndarray) -> np.ndarray:
    """The loss's gradient at the logits -> at the images; every layer keeps those of its parameters."""
    for layer in reversed(network.values()):
        delta = layer.backward(delta)
    return delta


def train(settings: ScratchSettings, data: Split, progress: Progress) -> Trained:
    """Train on 90 % of data and keep the epoch that does best on the other 10 %.

    Args:
        settings: how.
        data: a training split; uint8 (N, 1, 28, 28).
        progress: called after each batch with the batches done, of all epochs.

    Returns:
        The best epoch's network and every epoch's losses (mean cross-entropy, nats) and accuracies (0..1). Those on
        training images are means over the epoch while it learns; those on validation images are taken at its end.
    """
    network = build(settings.seed)
    layers = network.values()
    speeds = [[np.zeros_like(each) for each in layer.parameters] for layer in layers]
    train_at, validate_at = hold_out(len(data.images))
    rng = np.random.default_rng(settings.seed)
    steps = -(-len(train_at) // settings.batch_size)
    history, best, best_parameters, best_epoch = [], (-1.0, 0.0), [], 0
    for epoch in range(1, settings.epochs + 1):
        started, loss_sum, right = time.perf_counter(), 0.0, 0
        order = rng.permutation(train_at)
        for step in range(steps):
            at = order[step * settings.batch_size : (step + 1) * settings.batch_size]
            logits = forward(network, to_float(data.images[at]))
            loss, delta = softmax_cross_entropy(logits, data.labels[at])
            backward(network, delta)
            done = (epoch - 1) * steps + step
            rate = settings.learning_rate * (1 - done / (settings.epochs * steps))
            for layer, speed in zip(layers, speeds, strict=True):
                for v, parameter, gradient in zip(speed, layer.parameters, layer.gradients, strict=True):
                    v *= settings.momentum
                    v -= rate * gradient
                    parameter += v
            loss_sum += loss * len(at)
            right += int((logits.argmax(1) == data.labels[at]).sum())
            progress(settings.name, done + 1, settings.epochs * steps)
        loss, share = evaluate(network, data.images[validate_at], data.labels[validate_at])
        history.append(
            {
                "epoch": epoch,
                "train_loss": loss_sum / len(train_at),
                "train_accuracy": right / len(train_at),
                "validation_loss": loss,
                "validation_accuracy": share,
                "seconds": round(time.perf_counter() - started, 2),
            }
        )
        if (share, -loss) > best:
            best, best_epoch = (share, -loss), epoch
            best_parameters = [[each.copy() for each in layer.parameters] for layer in layers]
    for layer, parameters in zip(layers, best_parameters, strict=True):
        layer.parameters = parameters
    return Trained(network, history, best_epoch)


def evaluate(network: Network, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy (nats) and accuracy (0..1) on uint8 images (N, C, H, W)."""
    parts = (images[i : i + BATCH] for i in range(0, len(images), BATCH))
    logits = np.concatenate([forward(network, to_float(part)) for part in parts])
    return cross_entropy(logits, labels), accuracy(logits.argmax(1), labels).value
