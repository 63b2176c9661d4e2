"""How one model is made: what an entry of RECIPES may say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import nn, optim

from invariance.datasets import Split

# (optimiser, the peak of each of its groups, steps in all) -> what moves the learning rates
Schedule = Callable[[optim.Optimizer, list[float], int], optim.lr_scheduler.LRScheduler]


def constant(optimiser: optim.Optimizer, rates: list[float], steps: int) -> optim.lr_scheduler.LRScheduler:
    """The same learning rates to the end."""
    del rates, steps
    return optim.lr_scheduler.ConstantLR(optimiser, factor=1)


def triangle(optimiser: optim.Optimizer, rates: list[float], steps: int) -> optim.lr_scheduler.LRScheduler:
    """Up to the learning rates in a fifth of the steps, and down to nearly 0 in the others, both along a line.

    As PyTorch's OneCycleLR, from 1/25 of them to 1/250,000, but for any number of steps: that divides by 0 for five.
    """
    del rates
    corners, heights = (0, max(0, steps / 5 - 1), max(1, steps - 1)), (1 / 25, 1, 1 / 250_000)
    return optim.lr_scheduler.LambdaLR(optimiser, lambda step: np.interp(step, corners, heights).item())


def nesterov(parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, fused: bool) -> optim.Optimizer:
    """Stochastic gradient descent with Nesterov's momentum of 0.9."""
    return optim.SGD(parameters, lr, momentum=0.9, nesterov=True, weight_decay=weight_decay, fused=fused)


def nesterov_85(parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, fused: bool) -> optim.Optimizer:
    """The same with a momentum of 0.85."""
    return optim.SGD(parameters, lr, momentum=0.85, nesterov=True, weight_decay=weight_decay, fused=fused)


SAID = ("idea", "about", "watched")  # fields that change nothing of the training ...
WORDS = {"title", "source", "licence"}  # ... and those of them that settings() gives


@dataclass(frozen=True)
class Recipe:
    """How one model is made."""

    name: str  # of the files in exported/
    title: str  # what people read: what it is, in at most 26 characters
    source: str  # who described the network
    build: Callable[[], nn.Module]  # images (N, C, H, W) in [0, 1] -> logits (N, classes)
    dataset: str = "mnist"  # a key of DATASETS
    optimiser: Callable[..., optim.Optimizer] = optim.AdamW
    schedule: Schedule = optim.lr_scheduler.OneCycleLR
    learning_rate: float = 3e-3  # the schedule's peak; 1e-2 was unstable, 1e-3 slower to the same accuracy
    weight_decay: float = 0.05
    batch_size: int = 128  # larger ones save no time on two CPU cores
    epochs: int = 12
    images: Callable[[Split], Split] | None = None  # which of the dataset's training images, and what is done to them
    begin: Callable[[nn.Module, torch.Tensor], None] | None = None  # sets parts of the network by training images
    augment: Callable[[torch.Tensor], torch.Tensor] | None = None  # applied to each training batch
    alternate: bool | None = None  # each image is mirrored in every other epoch, half of them in the first
    label_smoothing: float | None = None  # this share of the target is spread over all classes
    bias_rate: float | None = None  # so many times faster learn the biases of normalisations; their decay is the same
    clip: float | None = None  # gradients are shortened to this length, all parameters' together
    average: float | None = None  # decay of a moving average of the weights, which is kept in place of the last ones
    teacher: "Recipe | None" = None  # of networks made before, from whose answers it learns in place of the labels
    teachers: int | None = None  # how many of them, with the seeds that follow the teacher's
    finish: Callable[[nn.Module], nn.Module] | None = None  # what the trained network becomes before its export
    seed: int = 0  # of the initial weights and of the order of the images
    licence: str = "MIT"
    idea: str = ""  # a key of IDEAS
    about: str = ""  # what the network is, in one sentence for people who never saw one
    watched: bool = False  # whether each epoch's first filters and answers to turned images are kept; see watch()

    def settings(self) -> dict[str, Any]:
        """How it is made, as plain text and numbers; the card says idea and about beside these.

        Of a teacher, what its training has otherwise: its epochs are at teacher_epochs.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in SAID}
        teacher = values.pop("teacher")
        plain = {key: getattr(value, "__name__", value) for key, value in values.items() if value is not None}
        theirs = teacher.settings() if teacher else {}
        differing = {key for key in theirs if theirs[key] != plain.get(key)} - WORDS - {"name"}
        return plain | {f"teacher_{key}": theirs[key] for key in theirs if key in differing}

    def changed(self, changes: dict[str, Any]) -> "Recipe":
        """The same with other entries, its teacher's too, but for the seed."""
        teacher = self.teacher and self.teacher.changed({key: changes[key] for key in changes if key != "seed"})
        return replace(self, **changes, teacher=teacher)

    def taught_by(self) -> list["Recipe"]:
        """The recipes of its teachers."""
        return [replace(self.teacher, seed=self.teacher.seed + number) for number in range(self.teachers or 0)]
