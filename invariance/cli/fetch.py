"""invariance fetch NAME ...: download datasets."""

import argparse

from invariance.cli.progress import progress_bar
from invariance.datasets import DATASETS, data_dir


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("fetch", help="download a dataset")
    parser.add_argument("names", nargs="+", choices=DATASETS, metavar="NAME", help=", ".join(DATASETS))
    parser.set_defaults(run=lambda arguments: fetch(arguments.names))


def fetch(names: list[str]) -> None:
    """Download datasets into data_dir()."""
    root = data_dir()
    for name in names:
        dataset = DATASETS[name]
        if dataset.fetch is None:
            print(f"{dataset.title}: made by code, nothing to fetch")
            continue
        dataset.fetch(root, progress_bar("B", unit_scale=True))
        print(f"{dataset.title} is complete in {root / name}")
