"""An experiment is several trainings that answer one question; its result is one file of figures, no network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from invariance.datasets import Progress, Split
from invariance.measures import Share, share_of
from invariance.operators.flatten import ORDERS, PER_IMAGE
from training.models.flatten_order import flatten_order
from training.models.lenet5 import lenet5
from training.models.mnist_cnn import mnist_cnn
from training.recipe import Recipe
from training.recipes import HALBREICH, RECIPES
from training.state import NOTHING, Done, State
from training.train import Trained, evaluate, train


@dataclass(frozen=True)
class Experiment:
    """Every variant trained with every seed, and all else alike."""

    recipe: Recipe  # of all trainings; its build takes a variant's name, its seed is the first of several
    variants: tuple[str, ...]  # what the recipe's build takes, one after the other
    seeds: int = 5  # how many, from the recipe's on

    def changed(self, changes: dict[str, Any]) -> "Experiment":
        """The same with other entries in its recipe."""
        return replace(self, recipe=replace(self.recipe, **changes))

    def trainings(self) -> list[tuple[str, Recipe]]:
        """Every variant with its recipe, seed by seed."""
        return [
            (variant, replace(self.recipe, build=partial(self.recipe.build, variant), seed=self.recipe.seed + number))
            for number in range(self.seeds)
            for variant in self.variants
        ]


def run(
    experiment: Experiment,
    data: Split,
    test: Split,
    device: torch.device,
    progress: Progress,
    done: Done = NOTHING,
    save: Callable[[Done], None] = lambda done: None,
) -> list[dict[str, Any]]:
    """Train everything that an experiment compares, and measure each network at its best epoch on test images.

    They are measured in PyTorch: of a network that answers otherwise at every call, as the one with random orders does,
    an exported file can't be checked.

    Args:
        experiment: what to train.
        data: a training split; uint8 (N, C, H, W).
        test: a test split; each network sees it once, after its training.
        device: where to train.
        progress: called after each batch with (variant and seed, batches done, batches in all), over all trainings.
        done: of the same experiment, to go on from.
        save: called after each epoch and each training.

    Returns:
        What _result() gives of each training.
    """
    images, labels = torch.tensor(test.images), torch.tensor(test.labels)
    trainings, state, runs = experiment.trainings(), done.state, done.runs

    def count(number: int, epoch: int, step: int, steps: int) -> None:
        variant, recipe = trainings[number]
        epochs = number * recipe.epochs + epoch - 1
        progress(f"{variant}, seed {recipe.seed}", epochs * steps + step, len(trainings) * recipe.epochs * steps)

    def keep(state: State) -> None:
        save(Done(state, runs))

    for number, (variant, recipe) in list(enumerate(trainings))[len(runs) :]:
        trained = train(recipe, data, device, partial(count, number), state, keep)
        loss, accuracy = evaluate(trained.model, images, labels)
        runs = (*runs, _result(variant, recipe, trained, loss, share_of(round(accuracy * len(labels)), len(labels))))
        state = None
        save(Done(state, runs))
    return list(runs)


def _result(variant: str, recipe: Recipe, trained: Trained, loss: float, right: Share) -> dict[str, Any]:
    """What is recorded of one training; loss and right: on test images."""
    return {
        "variant": variant,
        "seed": recipe.seed,
        "parameters": sum(parameter.numel() for parameter in trained.model.parameters()),
        "epochs": recipe.epochs,
        "best_epoch": trained.best_epoch,  # from 1; the one that was measured
        "history": [_timeless(epoch) for epoch in trained.history],  # a dict an epoch; see train()
        "loss": loss,  # mean cross-entropy in nats
        "accuracy": right._asdict(),  # value, low, high, n; the interval is Wilson's at 95 %
    }


AVERAGE, WITHOUT_DROPOUT = "average pooling", "without dropout"


def averaging(variant: str) -> nn.Module:
    """LeNet-5 with average pooling in place of max pooling."""
    del variant
    return lenet5(nn.AvgPool2d)


def without_dropout(variant: str) -> nn.Module:
    """Doshi's network without its two dropout layers."""
    del variant
    return mnist_cnn(dropout=False)


def _timeless(epoch: dict[str, Any]) -> dict[str, Any]:
    """What an epoch gave, without the seconds that it took: the same seeds give the same result."""
    return {key: value for key, value in epoch.items() if key != "seconds"}


EXPERIMENTS: dict[str, Experiment] = {
    experiment.recipe.name: experiment
    for experiment in (
        Experiment(
            Recipe(
                name="flatten-order",
                title="Order of flattening",
                source=f"{HALBREICH}, question 2",
                build=flatten_order,
                epochs=3,
            ),
            variants=(*ORDERS, PER_IMAGE),
        ),
        # The other half of each comparison is the network of that name, trained alike with the same seeds, if on
        # another device perhaps: its arithmetic differs, and so does what is drawn at random on it.
        Experiment(
            replace(
                RECIPES["lenet5"],
                name="lenet5-average-pooling",
                title="Average pooling",
                build=averaging,
                watched=False,
            ),
            variants=(AVERAGE,),
            seeds=3,
        ),
        Experiment(
            replace(RECIPES["mnist-cnn"], name="mnist-cnn-without-dropout", title="No dropout", build=without_dropout),
            variants=(WITHOUT_DROPOUT,),
            seeds=3,
        ),
    )
}
