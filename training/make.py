"""A recipe or an experiment -> its files in exported/, going on from what is done of it."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn
from tqdm import tqdm

from invariance.datasets import DATASETS, Dataset, Split, hold_out
from invariance.evaluation import records
from invariance.files import try_writing
from invariance.model import Card, Model
from training.checkpoint import Checkpoint, alone, identity
from training.experiments import Experiment, run
from training.export import export
from training.recipe import Recipe
from training.recipes import RECIPES
from training.state import Done
from training.train import Progress, Trained, train

NOISE_IMAGES = 1000


def make(recipe: Recipe, data: Split, device: torch.device, path: Path, states: Path) -> list[Checkpoint]:
    """Train a recipe, export it to path and write down beside it how it was made.

    Args:
        recipe: what to train.
        data: a training split; uint8 (N, C, H, W).
        device: where to train.
        path: of the .onnx file.
        states: the folder where what is done is kept; a training that was interrupted goes on from there.

    Returns:
        What is kept there, of its teachers too, to be removed when nothing more is to be made by the same command.

    Raises:
        UserError: a folder can't be written, or another process makes the same, before training; or a file can't be
            written, after it.
    """
    _try_writing(path.parent, states)
    with alone(path, states):
        return _made(recipe, _images(recipe, data), device, path, states)


def _images(recipe: Recipe, data: Split) -> Split:
    """What is learned from, of the dataset's training split."""
    return recipe.images(data) if recipe.images else data


def is_made(recipe: Recipe, path: Path) -> bool:
    """Whether a network of this very recipe lies at path, or at least what was measured of it."""
    record = records.read(path)
    return record.get("recipe") == recipe.settings() and (path.exists() or "evaluation" in record)


def _trained(
    recipe: Recipe, data: Split, device: torch.device, states: Path, teachers: Sequence[nn.Module] = ()
) -> tuple[Trained, Checkpoint]:
    """A recipe's network, going on from what is done of it, and the file in which that is kept."""
    checkpoint = Checkpoint(states / f"{recipe.name}-seed{recipe.seed}.pt", identity(recipe, data, device))
    state = checkpoint.read().state
    if state:
        print(f"{recipe.title}: {len(state.history)} of {recipe.epochs} epochs are done")
    bar, progress = progress_bar(recipe)
    with bar:
        trained = train(recipe, data, device, progress, state, lambda state: checkpoint.write(Done(state)), teachers)
    return trained, checkpoint


def _teacher(recipe: Recipe, data: Split, device: torch.device, states: Path) -> tuple[Trained, Checkpoint]:
    with alone(states / f"{recipe.name}-seed{recipe.seed}.pt", states):
        return _trained(recipe, data, device, states)


def _made(recipe: Recipe, data: Split, device: torch.device, path: Path, states: Path) -> list[Checkpoint]:
    teachers = [_teacher(teacher, data, device, states) for teacher in recipe.taught_by()]
    trained, checkpoint = _trained(recipe, data, device, states, [teacher.model for teacher, _ in teachers])
    parameters = sum(parameter.numel() for parameter in trained.model.parameters())
    with checkpoint.keeping():
        finished = recipe.finish(trained.model) if recipe.finish else trained.model
        difference = export(finished, make_card(recipe, DATASETS[recipe.dataset], parameters), path)
        made = record(recipe, trained, data, device, Model(path))
        if records.is_repeat(path):
            del made["training"]["first_filters"]  # which are for the page on which it isn't shown
        records.write(path, made)
    best = trained.history[trained.best_epoch - 1]
    print(
        f"{recipe.title}: {best['validation_accuracy']:.2%} of the held-out images right after epoch "
        f"{trained.best_epoch} of {recipe.epochs}; {parameters:,} parameters; "
        f"exported logits differ from PyTorch's by at most {difference:.1e}"
    )
    return [checkpoint, *(kept for _, kept in teachers)]


def answer(
    experiment: Experiment, data: Split, test: Split, device: torch.device, path: Path, states: Path
) -> Checkpoint:
    """Run an experiment and write its results to path; test: a test split; all else as in make()."""
    _try_writing(path.parent, states)
    with alone(path, states):
        return _answered(experiment, _images(experiment.recipe, data), test, device, path, states)


def _answered(
    experiment: Experiment, data: Split, test: Split, device: torch.device, path: Path, states: Path
) -> Checkpoint:
    recipe = experiment.recipe
    checkpoint = Checkpoint(
        states / f"{recipe.name}-seed{recipe.seed}.pt",
        {
            **identity(experiment.trainings()[0][1], data, device),
            **recipe.settings(),
            "test": test.fingerprint(),
            "variants": list(experiment.variants),
            "trainings": len(experiment.trainings()),
        },
    )
    done = checkpoint.read()
    if done.runs or done.state:
        print(f"{recipe.title}: {len(done.runs)} of {len(experiment.trainings())} trainings are done")
    with tqdm(unit="batch", dynamic_ncols=True) as bar:

        def progress(label: str, done: int, total: int) -> None:
            bar.set_description_str(label, refresh=False)
            _move(bar, done, total)

        runs = run(experiment, data, test, device, progress, done, checkpoint.write)
    result = {
        "recipe": recipe.settings(),
        "training": stamp(data, device),
        "test": {"dataset_title": test.title or DATASETS[recipe.dataset].title, "fingerprint": test.fingerprint()},
        "runs": runs,
    }
    with checkpoint.keeping():
        records.write(path, result)
    for variant in experiment.variants:
        right = [one["accuracy"]["value"] for one in runs if one["variant"] == variant]
        print(f"{variant}: {np.mean(right):.2%} of the test images right, from {min(right):.2%} to {max(right):.2%}")
    return checkpoint


def _try_writing(exported: Path, states: Path) -> None:
    try_writing(exported, "What is trained goes there: make that possible, then start again.")
    try_writing(
        states, "What is done of a training is kept there: set INVARIANCE_STATE to a folder that can be written."
    )


def progress_bar(recipe: Recipe) -> tuple[tqdm, Progress]:
    """One bar over all epochs' batches, and the function that moves it."""
    bar = tqdm(desc=f"{recipe.name}, seed {recipe.seed}", unit="batch", dynamic_ncols=True)

    def show(epoch: int, step: int, steps: int) -> None:
        bar.set_postfix_str(f"epoch {epoch} of {recipe.epochs}", refresh=False)
        _move(bar, (epoch - 1) * steps + step, steps * recipe.epochs)

    return bar, show


def _move(bar: tqdm, done: int, total: int) -> None:
    """Show that so many batches are done; those done before the first that is shown don't count for the speed."""
    if bar.total is None:
        bar.total = total
        bar.initial = bar.n = bar.last_print_n = done - 1
    bar.update(done - bar.n)


def make_card(recipe: Recipe, dataset: Dataset, parameters: int) -> Card:
    """The card of a recipe's model; parameters: how many numbers were learned."""
    return Card(
        name=recipe.name,
        title=recipe.title,
        labels=dataset.labels,
        shape=dataset.shape,
        dataset=dataset.name,
        recipe=recipe.settings(),
        parameters=parameters,
        source=recipe.source,
        licence=recipe.licence,
        idea=recipe.idea,
        about=recipe.about,
        order=list(RECIPES).index(recipe.name),
    )


def record(recipe: Recipe, trained: Trained, data: Split, device: torch.device, exported: Model) -> dict[str, Any]:
    """What exported/NAME.json says of the training; figures on test images are added by evaluation."""
    return {
        "sha256": exported.sha256,  # of the .onnx file that all this is about
        "recipe": recipe.settings(),
        "training": {
            "history": trained.history,  # a dict an epoch; see train()
            "best_epoch": trained.best_epoch,  # from 1; the exported one
            "images": len(hold_out(len(data.images))[0]),  # that it was trained on
            "first_filters": trained.first_filters,
            **({"watched": trained.watched} if trained.watched else {}),  # before the first epoch
            **stamp(data, device),
        },
    }


def stamp(data: Split, device: torch.device) -> dict[str, Any]:
    """What identifies a training: its images, what it ran on, and when."""
    return {
        "fingerprint": data.fingerprint(),  # of the training split, images held out included
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine() + " CPU",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnx": onnx.__version__,
        },
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),  # when this was written
    }


def noise(dataset: Dataset) -> Split:
    """Images of a dataset's shape that show nothing, to see whether training runs at all."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (NOISE_IMAGES, *dataset.shape), np.uint8)
    return Split(images, rng.integers(0, len(dataset.labels), NOISE_IMAGES))
