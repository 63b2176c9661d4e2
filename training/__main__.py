"""Train recipes and export them, or run an experiment: python -m training NAME… | all."""

import argparse
import dataclasses
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tqdm import tqdm

from invariance import UserError
from invariance.datasets import DATASETS, Dataset, Split, data_dir
from invariance.evaluation import records
from invariance.model import Card, Model
from training.experiments import EXPERIMENTS, Experiment, run
from training.export import export
from training.initial import first_filters
from training.recipes import RECIPES, Recipe
from training.train import Progress, Trained, train

NOISE_IMAGES = 1000
NAMES = [*RECIPES, *EXPERIMENTS]


def progress_bar(recipe: Recipe) -> tuple[tqdm, Progress]:
    """One bar over all epochs' batches, and the function that moves it."""
    bar = tqdm(desc=f"{recipe.name}, seed {recipe.seed}", unit="batch", dynamic_ncols=True)

    def show(epoch: int, step: int, steps: int) -> None:
        bar.total = steps * recipe.epochs
        bar.set_postfix_str(f"epoch {epoch} of {recipe.epochs}", refresh=False)
        bar.update((epoch - 1) * steps + step - bar.n)

    return bar, show


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
        order=list(RECIPES).index(recipe.name),
    )


def make(recipe: Recipe, data: Split, device: torch.device, path: Path) -> None:
    """Train a recipe, export it to path and write down beside it how it was made."""
    bar, progress = progress_bar(recipe)
    with bar:
        trained = train(recipe, data, device, progress)
    parameters = sum(parameter.numel() for parameter in trained.model.parameters())
    finished = recipe.finish(trained.model) if recipe.finish else trained.model
    card = make_card(recipe, DATASETS[recipe.dataset], parameters)
    difference = export(finished, card, path)
    records.write(path, record(recipe, trained, data, device, Model(path).sha256, first_filters(recipe, card)))
    best = trained.history[trained.best_epoch - 1]
    print(
        f"{recipe.title}: {best['validation_accuracy']:.2%} of the held-out images right after epoch "
        f"{trained.best_epoch} of {recipe.epochs}; {parameters:,} parameters; "
        f"exported logits differ from PyTorch's by at most {difference:.1e}"
    )


def record(
    recipe: Recipe, trained: Trained, data: Split, device: torch.device, sha256: str, first: dict[str, Any] | None
) -> dict[str, Any]:
    """What exported/NAME.json says of the training; figures on test images are added by evaluation.

    first: see first_filters().
    """
    return {
        "sha256": sha256,
        "recipe": recipe.settings(),
        "training": {
            "history": trained.history,
            "best_epoch": trained.best_epoch,
            "first_filters": first,
            **stamp(data, device),
        },
    }


def stamp(data: Split, device: torch.device) -> dict[str, Any]:
    """What identifies a training: its images, what it ran on, and when."""
    return {
        "fingerprint": data.fingerprint(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine() + " CPU",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnx": onnx.__version__,
        },
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def answer(experiment: Experiment, data: Split, test: Split, device: torch.device, path: Path) -> None:
    """Run an experiment and write its results to path."""
    with tqdm(unit="batch", dynamic_ncols=True) as bar:

        def progress(label: str, done: int, total: int) -> None:
            bar.total = total
            bar.set_description_str(label, refresh=False)
            bar.update(done - bar.n)

        runs = run(experiment, data, test, device, progress)
    dataset = DATASETS[experiment.recipe.dataset]
    record = {
        "recipe": experiment.recipe.settings(),
        "training": stamp(data, device),
        "test": {"dataset_title": test.title or dataset.title, "fingerprint": test.fingerprint()},
        "runs": runs,
    }
    records.write(path, record)
    for variant in experiment.variants:
        right = [one["accuracy"]["value"] for one in runs if one["variant"] == variant]
        print(f"{variant}: {np.mean(right):.2%} of the test images right, from {min(right):.2%} to {max(right):.2%}")


def noise(dataset: Dataset) -> Split:
    """Images of a dataset's shape that show nothing, to see whether training runs at all."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (NOISE_IMAGES, *dataset.shape), np.uint8)
    return Split(images, rng.integers(0, len(dataset.labels), NOISE_IMAGES))


def load(dataset: Dataset, split: str, arguments: argparse.Namespace) -> Split:
    """The images that were asked for, or noise in their place."""
    return noise(dataset) if arguments.dry_run else dataset.load(split, arguments.data_dir or data_dir())


def pick_device(name: str) -> torch.device:
    """auto, cpu or cuda -> a device that is there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda, but PyTorch sees no GPU. Use --device cpu, or install PyTorch built for CUDA.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"{', '.join(NAMES)}, or: all")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's; of an experiment: its first")
    parser.add_argument("--data-dir", type=Path, help="instead of $INVARIANCE_DATA or data/")
    parser.add_argument("--dry-run", action="store_true", help="one epoch on noise; exports nothing")
    arguments = parser.parse_args()
    names = NAMES if arguments.names == ["all"] else arguments.names
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no recipe {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    if arguments.epochs is not None and arguments.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {arguments.epochs}")
    arguments.names = names
    return arguments


def main() -> None:
    arguments = parse()
    asked = {"epochs": arguments.epochs, "seed": arguments.seed}
    # Learning noise fast makes logits so large that rounding alone exceeds what the export allows.
    changes = {"epochs": 1, "learning_rate": 1e-5} if arguments.dry_run else {}
    changes |= {key: value for key, value in asked.items() if value is not None}
    try:
        device = pick_device(arguments.device)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) if arguments.dry_run else records.EXPORTED
            for name in arguments.names:
                if name in EXPERIMENTS:
                    experiment = EXPERIMENTS[name].changed(changes)
                    dataset = DATASETS[experiment.recipe.dataset]
                    data, test = (load(dataset, split, arguments) for split in ("train", "test"))
                    answer(experiment, data, test, device, folder / f"{name}.json")
                    continue
                recipe = dataclasses.replace(RECIPES[name], **changes)
                data = load(DATASETS[recipe.dataset], "train", arguments)
                path = folder / f"{name}.onnx"
                make(recipe, data, device, path)
                if arguments.dry_run:
                    continue
                for seed in range(recipe.seed + 1, recipe.seed + 1 + (recipe.repeats or 0)):
                    repeat = records.repeat(path, seed)
                    repeat.parent.mkdir(exist_ok=True)
                    make(dataclasses.replace(recipe, seed=seed), data, device, repeat)
                print(f"Next: python -m invariance evaluate {name}")
    except UserError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; the earlier export, if there was one, is whole")


if __name__ == "__main__":
    main()
