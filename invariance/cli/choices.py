"""What a person may say of a classifier file on the command line, instead of what is guessed or tried."""

import argparse
from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.datasets import DATASETS
from invariance.datasets.layout import LAYOUT
from invariance.model import hints
from invariance.model.opening import OF_THE_FILE, PARTS
from invariance.model.preparation import CHANNELS, FITS, LAYOUTS
from invariance.model.signature import GIVES

IMAGES = (  # what --data takes
    f"labelled images: {', '.join(DATASETS)}, a folder or an archive with {LAYOUT}, or a list.csv with the path and "
    "the class of an image a line"
)
CHOICES = {*PARTS, *OF_THE_FILE, "labels"}


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("what you know of the file, instead of what is guessed or tried")
    group.add_argument("--layout", choices=LAYOUTS, help="the order of its input's axes")
    group.add_argument("--size", type=int, nargs="+", metavar=("H", "W"), help="rows and columns; one number: a square")
    group.add_argument("--fit", choices=FITS, help="how images of another size come to that size")
    group.add_argument("--channels", choices=CHANNELS, help="colours, in the file's order")
    group.add_argument("--invert", action=argparse.BooleanOptionalAction, help="black becomes white")
    group.add_argument("--transpose", action=argparse.BooleanOptionalAction, help="rows become columns")
    group.add_argument("--range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="what black and white become")
    group.add_argument(
        "--mean", type=float, nargs="+", metavar=("A", "B C"), help="is subtracted, in units of the range"
    )
    group.add_argument("--std", type=float, nargs="+", metavar=("A", "B C"), help="is divided by then")
    group.add_argument("--answer", dest="output", metavar="NAME", help="which of its outputs holds the answer")
    group.add_argument("--gives", choices=GIVES, help="what the numbers of that output are")
    group.add_argument(
        "--labels", type=Path, metavar="FILE", help="a text file with the names of its classes, one a line"
    )


def choices(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was said, as opened() takes it.

    Raises:
        UserError: the file with the names of the classes can't be read.
    """
    given = {name: value for name, value in vars(arguments).items() if name in CHOICES and value is not None}
    if "labels" in given:
        given["labels"] = _names(given["labels"])
    return given


def _names(file: Path) -> tuple[str, ...]:
    try:
        return hints.lines(file)
    except OSError as error:
        raise UserError(f"{file} can't be read ({error.strerror}). Expected names of classes, one a line.") from error
