"""Train recipes and export them, or run an experiment: python -m training NAME… | all | status | cards.

What was interrupted goes on when the same command is started again; status lists what is under way. cards writes anew
what exported files say about themselves, after a title or another word of a recipe changed.
"""

import argparse
import dataclasses
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from invariance import UserError
from invariance.datasets import DATASETS, Dataset, Split, data_dir
from invariance.evaluation import records
from training import checkpoint
from training.cards import rewrite_all
from training.experiments import EXPERIMENTS
from training.make import answer, is_made, make, noise
from training.recipes import RECIPES

NAMES = [*RECIPES, *EXPERIMENTS]
STATUS, CARDS = "status", "cards"


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
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help=f"{', '.join(NAMES)}, or: all, or: {STATUS}, or: {CARDS}"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's; of an experiment: its first")
    parser.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help="train N networks, with the seeds that follow the recipe's, to see how much is chance; those that were "
        "made so already are kept",
    )
    parser.add_argument("--data-dir", type=Path, help="instead of $INVARIANCE_DATA or data/")
    parser.add_argument("--dry-run", action="store_true", help="one epoch on noise; exports nothing")
    arguments = parser.parse_args()
    if arguments.names in ([STATUS], [CARDS]):
        return arguments
    names = NAMES if arguments.names == ["all"] else arguments.names
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no recipe {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    if arguments.epochs is not None and arguments.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {arguments.epochs}")
    if arguments.seeds is not None and arguments.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {arguments.seeds}")
    arguments.names = names
    return arguments


def train_all(arguments: argparse.Namespace, exported: Path, states: Path) -> None:
    """Make what was asked for, into the folder exported; states: the folder where what is done is kept until then."""
    asked = {"epochs": arguments.epochs, "seed": arguments.seed}
    # Learning noise fast makes logits so large that rounding alone exceeds what the export allows.
    changes: dict[str, Any] = {"epochs": 1, "learning_rate": 1e-5} if arguments.dry_run else {}
    changes |= {key: value for key, value in asked.items() if value is not None}
    device = pick_device(arguments.device)
    checkpoints = []
    for name in arguments.names:
        if name in EXPERIMENTS:
            experiment = EXPERIMENTS[name].changed(changes)
            if arguments.seeds and records.experiment(name).get("recipe") == experiment.recipe.settings():
                print(f"{name} is there")
                continue
            dataset = DATASETS[experiment.recipe.dataset]
            data, test = (load(dataset, split, arguments) for split in ("train", "test"))
            checkpoints.append(answer(experiment, data, test, device, exported / f"{name}.json", states))
            continue
        recipe = RECIPES[name].changed(changes)
        data = load(DATASETS[recipe.dataset], "train", arguments)
        path = exported / f"{name}.onnx"
        for seed in range(recipe.seed, recipe.seed + (arguments.seeds or 1)):
            of_seed = dataclasses.replace(recipe, seed=seed, watched=recipe.watched and seed == recipe.seed)
            place = path if seed == recipe.seed else records.repeat(path, seed)
            if arguments.seeds and is_made(of_seed, place):
                print(f"{name}, seed {seed}, is there")
                continue
            checkpoints += make(of_seed, data, device, place, states)
        if arguments.dry_run:
            continue
        print(f"Next: python -m invariance evaluate {name}")
    # Only now, so that a command that makes several files and is interrupted trains none of them twice.
    for each in checkpoints:
        each.remove()


def main() -> None:
    arguments = parse()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    states = checkpoint.folder()
    if arguments.names == [STATUS]:
        print("\n".join(checkpoint.status(states) or [f"no training is under way in {states}"]))
        return
    try:
        if arguments.names == [CARDS]:
            changed = rewrite_all()
            print(f"{len(changed)} files say something new about themselves. Next: python -m invariance results")
        elif arguments.dry_run:
            with tempfile.TemporaryDirectory() as scratch:
                train_all(arguments, Path(scratch, "exported"), Path(scratch, "states"))
        else:
            train_all(arguments, records.EXPORTED, states)
    except UserError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        goes_on = "" if arguments.dry_run else "; the same command goes on after the last finished epoch"
        sys.exit(f"stopped; the earlier export, if there was one, is whole{goes_on}")


if __name__ == "__main__":
    main()
