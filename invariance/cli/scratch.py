"""invariance scratch: train a network in numpy alone."""

import argparse
from pathlib import Path

from invariance.cli.progress import progress_bar
from invariance.datasets import DATASETS, data_dir
from invariance.evaluation import records
from invariance.number_words import percent
from invariance.scratch.export import make
from invariance.scratch.training import ScratchSettings


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("scratch", help="train a network in numpy alone on MNIST and export it")
    parser.set_defaults(run=lambda arguments: train_scratch(data_dir()))


def train_scratch(root: Path) -> None:
    """Train the network in numpy alone and export it."""
    recipe = ScratchSettings()
    path = records.EXPORTED / f"{recipe.name}.onnx"
    trained = make(recipe, DATASETS[recipe.dataset].load("train", root), path, progress_bar("batch"))
    best = trained.history[trained.best_epoch - 1]
    print(
        f"{recipe.title}: {percent(best['validation_accuracy'])} of the held-out images right after epoch "
        f"{trained.best_epoch} of {recipe.epochs}\nNext: python -m invariance evaluate {recipe.name}"
    )
