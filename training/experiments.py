"""An experiment is several trainings that answer one question; its result is one file of figures, no network."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from invariance.datasets import Progress, Split
from invariance.measures import share
from invariance.operators.flatten import ORDERS, PER_IMAGE
from training.models.flatten_order import flatten_order
from training.recipes import HALBREICH, Recipe
from training.train import evaluate, train


@dataclass(frozen=True)
class Experiment:
    """Every variant trained with every seed, and all else alike."""

    recipe: Recipe  # of all trainings; its build takes a variant's name, its seed is the first of several
    variants: tuple[str, ...]
    seeds: int = 5

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
    experiment: Experiment, data: Split, test: Split, device: torch.device, progress: Progress
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

    Returns:
        A dict for each training: variant, seed, parameters, epochs, best_epoch, the test images' loss (mean
        cross-entropy, nats) and accuracy (value, low, high, n; the interval is Wilson's at 95 %).
    """
    images, labels = torch.tensor(test.images), torch.tensor(test.labels)
    trainings, found, done = experiment.trainings(), [], 0

    def count(label: str, epoch: int, step: int, steps: int) -> None:
        nonlocal done
        done += 1
        progress(label, done, len(trainings) * experiment.recipe.epochs * steps)

    for variant, recipe in trainings:
        trained = train(recipe, data, device, partial(count, f"{variant}, seed {recipe.seed}"))
        loss, accuracy = evaluate(trained.model, images, labels)
        found.append(
            {
                "variant": variant,
                "seed": recipe.seed,
                "parameters": sum(parameter.numel() for parameter in trained.model.parameters()),
                "epochs": recipe.epochs,
                "best_epoch": trained.best_epoch,
                "loss": loss,
                "accuracy": share(round(accuracy * len(labels)), len(labels))._asdict(),
            }
        )
    return found


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
    )
}
