"""Every trained model is one entry of RECIPES; an entry states only what differs from the baseline."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import nn, optim

from training.augment import any_angle
from training.models.lenet5 import lenet5
from training.models.mnist_cnn import mnist_cnn
from training.models.orbit import lenet5_orbit
from training.models.p4cnn import p4cnn, plain


@dataclass(frozen=True)
class Recipe:
    """How one model is made."""

    name: str  # of the files in exported/
    title: str  # what people read, at most about 20 characters
    source: str  # who described the network
    build: Callable[[], nn.Module]  # images (N, C, H, W) in [0, 1] -> logits (N, classes)
    dataset: str = "mnist"  # a key of DATASETS
    optimiser: type[optim.Optimizer] = optim.AdamW
    schedule: type[optim.lr_scheduler.LRScheduler] = optim.lr_scheduler.OneCycleLR
    learning_rate: float = 3e-3  # the schedule's peak; 1e-2 was unstable, 1e-3 slower to the same accuracy
    weight_decay: float = 0.05
    batch_size: int = 128  # larger ones save no time on two CPU cores
    epochs: int = 12
    augment: Callable[[torch.Tensor], torch.Tensor] | None = None  # applied to each training batch
    finish: Callable[[nn.Module], nn.Module] | None = None  # what the trained network becomes before its export
    seed: int = 0  # of the initial weights and of the order of the images
    licence: str = "MIT"

    def settings(self) -> dict[str, Any]:
        """The entry as plain text and numbers, for the model's card."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: getattr(value, "__name__", value) for key, value in values.items() if value is not None}


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="lenet5",
            title="LeNet-5",
            source="LeCun et al. 1998, with the layer sizes of Jaloli 2019",
            build=lenet5,
        ),
        Recipe(
            name="lenet5-rotated",
            title="LeNet-5, all angles",
            source="LeNet-5, every training image at a random angle",
            build=lenet5,
            augment=any_angle,
            epochs=24,
        ),
        Recipe(
            name="lenet5-orbit",
            title="LeNet-5, orbit",
            source="LeNet-5, its logits averaged over the four quarter turns of the image",
            build=lenet5_orbit,
        ),
        Recipe(
            name="p4cnn",
            title="p4 network",
            source="Cohen & Welling 2016, group convolutions on p4",
            build=p4cnn,
            finish=plain,
        ),
        Recipe(
            name="p4cnn-rotated",
            title="p4 network, all angles",
            source="the p4 network, every training image at a random angle",
            build=p4cnn,
            finish=plain,
            augment=any_angle,
            epochs=16,
        ),
        Recipe(
            name="mnist-cnn",
            title="Doshi's CNN",
            source="Doshi 2020, section III",
            build=mnist_cnn,
            learning_rate=1e-3,
        ),
    )
}
