"""Every trained model is one entry of RECIPES; an entry states only what differs from the baseline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import nn, optim

from training.augment import any_angle, any_shift, flip_and_shift, flip_shift_and_cut
from training.models import residual, shallow, two_convolutions
from training.models.lenet5 import lenet5
from training.models.mnist_cnn import mnist_cnn
from training.models.orbit import lenet5_orbit
from training.models.p4cnn import p4cnn, plain
from training.models.shift import (
    cifar_blur,
    cifar_mlp,
    cifar_plain,
    cifar_polyphase,
    mnist_blur,
    mnist_invariant,
    mnist_mlp,
    mnist_plain,
    mnist_polyphase,
)

HALBREICH = "Halbreich, Neural networks for images, exercise 1"
P4 = "Cohen & Welling 2016, group convolutions on p4"
LINEAR_LAYERS = "three linear layers, for comparison"
MAX_POOLING = "max pooling by 2, for comparison"
BLUR_POOLING = "Zhang 2019, anti-aliased max pooling"
POLYPHASE = "Chaman & Dokmanić 2021, adaptive polyphase sampling"
SHIFTED = "max pooling by 2, every training image at a random circular shift"
SHIFT_EPOCHS = {"mnist": 8, "cifar10": 20}


def constant(optimiser: optim.Optimizer, learning_rate: float, steps: int) -> optim.lr_scheduler.LRScheduler:
    """The same learning rate to the end."""
    del learning_rate, steps
    return optim.lr_scheduler.ConstantLR(optimiser, factor=1)


def triangle(optimiser: optim.Optimizer, learning_rate: float, steps: int) -> optim.lr_scheduler.LRScheduler:
    """Up to the learning rate in a fifth of the steps, and down to nearly 0 in the others, both along a line."""
    return optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, steps, pct_start=0.2, anneal_strategy="linear", cycle_momentum=False
    )


def nesterov(parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, fused: bool) -> optim.Optimizer:
    """Stochastic gradient descent with Nesterov's momentum of 0.9."""
    return optim.SGD(parameters, lr, momentum=0.9, nesterov=True, weight_decay=weight_decay, fused=fused)


@dataclass(frozen=True)
class Recipe:
    """How one model is made."""

    name: str  # of the files in exported/
    title: str  # what people read, at most about 20 characters
    source: str  # who described the network
    build: Callable[[], nn.Module]  # images (N, C, H, W) in [0, 1] -> logits (N, classes)
    dataset: str = "mnist"  # a key of DATASETS
    optimiser: Callable[..., optim.Optimizer] = optim.AdamW
    schedule: Callable[[optim.Optimizer, float, int], optim.lr_scheduler.LRScheduler] = optim.lr_scheduler.OneCycleLR
    learning_rate: float = 3e-3  # the schedule's peak; 1e-2 was unstable, 1e-3 slower to the same accuracy
    weight_decay: float = 0.05
    batch_size: int = 128  # larger ones save no time on two CPU cores
    epochs: int = 12
    augment: Callable[[torch.Tensor], torch.Tensor] | None = None  # applied to each training batch
    label_smoothing: float | None = None  # this share of the target is spread over all classes
    finish: Callable[[nn.Module], nn.Module] | None = None  # what the trained network becomes before its export
    seed: int = 0  # of the initial weights and of the order of the images
    repeats: int | None = None  # more networks, with the seeds that follow, to see how much is chance
    licence: str = "MIT"

    def settings(self) -> dict[str, Any]:
        """The entry as plain text and numbers, for the model's card."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: getattr(value, "__name__", value) for key, value in values.items() if value is not None}


def halbreich(name: str, title: str, build: Callable[[], nn.Module], repeats: int | None = None) -> Recipe:
    """A network of the comparison of under- and overfitting: all trained alike, with nothing against overfitting."""
    return Recipe(
        name=name,
        title=title,
        source=HALBREICH,
        build=build,
        dataset="cifar10",
        optimiser=optim.Adam,
        schedule=constant,
        learning_rate=1e-3,
        weight_decay=0,
        epochs=15,
        repeats=repeats,
    )


def worth_using(name: str, title: str, build: Callable[[], nn.Module], epochs: int, note: str = "") -> Recipe:
    """A residual network with everything that helps on CIFAR-10; note: on its source."""
    return Recipe(
        name=name,
        title=title,
        source=f"Jordan 2024 and He et al. 2016{note}",
        build=build,
        dataset="cifar10",
        optimiser=nesterov,
        schedule=triangle,
        learning_rate=0.2,
        weight_decay=5e-4,
        batch_size=256,
        epochs=epochs,
        augment=flip_and_shift,
        label_smoothing=0.1,
        finish=residual.with_mirror,
    )


def shift(name: str, title: str, source: str, build: Callable[[], nn.Module], dataset: str) -> Recipe:
    """A network of the comparison of what shifts change: those of one dataset are trained alike."""
    return Recipe(name=name, title=title, source=source, build=build, dataset=dataset, epochs=SHIFT_EPOCHS[dataset])


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
            source=P4,
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
        halbreich("cifar-underfit", "Two convolutions, S", two_convolutions.underfit, repeats=2),
        halbreich("cifar-fit", "Two convolutions, M", two_convolutions.fit, repeats=2),
        halbreich("cifar-overfit", "Two convolutions, L", two_convolutions.overfit, repeats=2),
        halbreich("cifar-linear", "Linear", shallow.linear),
        halbreich("cifar-gap", "Global average", shallow.global_average),
        halbreich("cifar-shallow", "One convolution", shallow.one_convolution),
        shift("cifar-mlp", "No convolution", LINEAR_LAYERS, cifar_mlp, "cifar10"),
        worth_using("cifar-small", "Residual, small", residual.small, epochs=50, note=", in small"),
        replace(worth_using("cifar-best", "Residual", residual.best, epochs=45), augment=flip_shift_and_cut),
        shift("mnist-mlp", "No convolution", LINEAR_LAYERS, mnist_mlp, "mnist"),
        shift("mnist-shift-plain", "Max pooling", MAX_POOLING, mnist_plain, "mnist"),
        shift("mnist-shift-blur", "Blurred pooling", BLUR_POOLING, mnist_blur, "mnist"),
        shift("mnist-shift-polyphase", "Polyphase pooling", POLYPHASE, mnist_polyphase, "mnist"),
        replace(
            shift("mnist-shift-augmented", "Max pooling, shifted", SHIFTED, mnist_plain, "mnist"), augment=any_shift
        ),
        replace(
            shift("mnist-invariant", "p4 and polyphase", f"{POLYPHASE}; {P4}", mnist_invariant, "mnist"),
            epochs=12,
            finish=plain,
        ),
        shift("cifar-shift-plain", "Max pooling", MAX_POOLING, cifar_plain, "cifar10"),
        shift("cifar-shift-blur", "Blurred pooling", BLUR_POOLING, cifar_blur, "cifar10"),
        shift("cifar-shift-polyphase", "Polyphase pooling", POLYPHASE, cifar_polyphase, "cifar10"),
        replace(
            shift("cifar-shift-augmented", "Max pooling, shifted", SHIFTED, cifar_plain, "cifar10"), augment=any_shift
        ),
    )
}
