"""Every trained model is one entry of RECIPES; an entry states only what differs from the baseline."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from torch import nn, optim

from training.models.lenet5 import lenet5


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
    seed: int = 0  # of the initial weights and of the order of the images
    licence: str = "MIT"

    def settings(self) -> dict[str, Any]:
        """The entry as plain text and numbers, for the model's card."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: getattr(value, "__name__", value) for key, value in values.items()}


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="lenet5",
            title="LeNet-5",
            source="LeCun et al. 1998, with the layer sizes of Jaloli 2019",
            build=lenet5,
        ),
    )
}
