"""invariance inspect MODEL.onnx: what a classifier file says of itself, what runs it, and its layers."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from invariance.inside.architecture import layers, summary
from invariance.inside.values import Inside
from invariance.model import Model

LABELS = 10  # that are written out
HEADER = ("layer", "type", "output shape", "parameters", "multiply-adds", "sees, pixels")
NUMBERS = (3, 4)  # columns that end under one another


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("inspect", help="say what an .onnx classifier is made of")
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="any classifier of images")
    parser.set_defaults(run=lambda arguments: print(inspect(arguments.model)))


def inspect(path: Path) -> str:
    """The card of a classifier file, its sha256, what runs it, its totals for one image, and its layers as a table.

    Raises:
        UserError: the file is missing, damaged or not an image classifier.
    """
    model = Model(path)
    inside, card = Inside(model), model.card
    total = summary(inside)
    facts = {
        "title": card.title,
        "labels": ", ".join(card.labels[:LABELS]) + f" … ({len(card.labels):,})" * (len(card.labels) > LABELS),
        "takes": " × ".join(map(str, card.shape)),
        "dataset": card.dataset,
        "source": card.source,
        "licence": card.licence,
        "sha256": model.sha256,
        "runs on": str(model.provider),
        "parameters": f"{total.parameters:,} ({total.trainable:,} trainable)",
        "multiply-adds": f"{total.multiply_adds:,} for one image",
        "can't be told": ", ".join(total.uncounted),
    }
    lines = _columns([(name, value) for name, value in facts.items() if value])
    rows = [
        (
            layer.name,
            layer.kind,
            " × ".join(map(str, layer.shape)),
            _counted(layer.parameters),
            _counted(layer.multiply_adds),
            " × ".join(map(str, layer.receptive_field or ())),
        )
        for layer in layers(inside)
    ]
    return "\n".join((*lines, "", *_columns([HEADER, *rows], NUMBERS)))


def _counted(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _columns(rows: list[tuple[str, ...]], numbers: Iterable[int] = ()) -> list[str]:
    """Lines with every column as wide as its widest cell. What a file says of itself can't command the terminal."""
    rows = [tuple("".join(sign if sign.isprintable() else " " for sign in cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
