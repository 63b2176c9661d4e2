"""invariance inspect MODEL.onnx: what a classifier file takes and gives, how that was learned, and its layers."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from invariance import UserError
from invariance.cli import choices as said
from invariance.cli.columns import columns
from invariance.cli.progress import progress_bar
from invariance.datasets import Progress, data_dir
from invariance.datasets.layout import left_out
from invariance.datasets.stream import Images, batches
from invariance.evaluation.tries import BEST, understand
from invariance.images.pixels import to_float
from invariance.inside.architecture import layers, summary
from invariance.inside.values import Inside
from invariance.measures import Share, accuracy, answered
from invariance.model import Model, Preparation, hints
from invariance.model.gate import version
from invariance.model.opening import PARTS, TRIED
from invariance.model.reading import read
from invariance.model.signature import GIVES
from invariance.number_words import percent, with_interval_and_n
from invariance.report.measure import chunk_size
from invariance.report.subject import Data

LABELS = 10  # that are written out
HEADER = ("layer", "type", "output shape", "parameters", "multiply-adds", "sees, pixels")
LAYER = ("name", "kind", "shape", "parameters", "multiply_adds", "receptive_field")


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "inspect",
        help="say what an .onnx classifier takes, gives and is made of",
        usage="%(prog)s MODEL.onnx [options]",
    )
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="any classifier of images; name it first")
    parser.add_argument(
        "--data",
        default=None,
        metavar="IMAGES",
        help=f"to try it on some and to measure its accuracy on others: {said.IMAGES}",
    )
    parser.add_argument("--json", action="store_true", default=False, help="print one JSON object, shares in 0..1")
    parser.add_argument(
        "--save",
        action="store_true",
        default=False,
        help=f"keep what you say and what was tried beside the file, in MODEL{hints.SIDECAR}, for the next time",
    )
    said.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print what inspect() tells of the file, as text or as JSON."""
    told = inspect(arguments.model, said.choices(arguments), arguments.data, save=arguments.save)
    print(json.dumps(told, indent=1, allow_nan=False) if arguments.json else as_text(told))


def inspect(path: Path, choices: Mapping[str, Any], data: str | None = None, *, save: bool = False) -> dict[str, Any]:
    """What can be told of a classifier file, ready for JSON.

    Args:
        path: the .onnx file.
        choices: what a person says of it; see opened().
        data: a name in DATASETS, or the path of a folder, an archive or a list of labelled images; None: understand()
            decides what it is tried on, and no accuracy is told.
        save: whether to write the sidecar.

    Returns:
        By name: "file", "dataset" (whose kind of image it knows, as far as that is known), "signature", "preparation"
        (each part's "value" and where it is "from"), "tried_on" and "tries", the best first, "labels", "parameters",
        "trainable", "multiply_adds" and "uncounted" (see Summary), "layers" (see Layer), "runs_on" and "notes"; with
        data "accuracy" (a Share of all images to measure on) and "measured_on"; with save "saved", a path or null.

    Raises:
        UserError: the file is missing, damaged or no image classifier, a choice makes no sense, there is no such data.
    """
    file = read(path)
    tried = progress_bar("preparation")
    measured: dict[str, Any] = {}
    if data is None:
        found, notes = understand(path, data_dir(), tried, choices), []
    else:
        with _temporary() as home:  # of the images' index
            images = Data(data, Path(home), progress_bar("", unit_scale=True))
            found, test = images.understood(path.absolute(), choices, None, tried)
            share, notes = _accuracy(found.model, test, progress_bar("image"))
        measured = {"accuracy": share._asdict(), "measured_on": test.title}
    model = found.model
    inside = Inside(model)
    total = summary(inside)
    told = {
        "file": {
            "name": path.name,
            "sha256": model.sha256,
            "bytes": file.bytes_in_all,
            "opset": version(file.proto),
            "producer": " ".join(filter(None, (file.proto.producer_name, file.proto.producer_version))),
            **{part: getattr(model.card, part) for part in ("title", "source", "licence")},
        },
        "dataset": model.card.dataset,
        "signature": asdict(model.signature),
        "preparation": {
            field.name: {"value": getattr(model.preparation, field.name), "from": model.origins[field.name]}
            for field in fields(Preparation)
        },
        "tried_on": found.tried_on,
        "tries": [
            {
                "name": each.name,
                "parts": each.parts,
                "right": each.right,
                "n": each.n,
                "half_with_noise": each.noisy,
                "accuracy": each.right / each.n,
            }
            for each in found.tries
        ],
        "labels": list(model.card.labels),
        "parameters": total.parameters,
        "trainable": total.trainable,
        "multiply_adds": total.multiply_adds,
        "uncounted": total.uncounted,
        "layers": [{part: getattr(layer, part) for part in LAYER} for layer in layers(inside)],
        "runs_on": str(model.provider),
        "notes": [*model.notes, *found.notes, *notes],
        **measured,
    }
    if save:
        told["saved"] = _save(path, choices, model)
    return told


def _temporary() -> TemporaryDirectory:
    try:
        return TemporaryDirectory()
    except OSError as error:
        raise UserError(
            f"No temporary folder can be made ({error.strerror}). Make room, or set TMPDIR to a folder that can be "
            "written."
        ) from error


def _accuracy(model: Model, images: Images, progress: Progress) -> tuple[Share, list[str]]:
    """The share of images that are answered right, and what a person should know of them."""
    answers, labels, problems, done = [], [], [], 0
    for batch in batches(images, chunk_size(model.batch_size, model.card.shape)):
        answers.append(answered(model.logits(to_float(batch.images))))
        labels.append(batch.labels)
        problems += batch.problems
        done += len(batch.labels) + len(batch.problems)
        progress(model.card.title, done, images.count)
    notes = [*images.notes, *filter(None, [left_out(len(problems), next(iter(problems), ""))])]
    found = np.concatenate(answers)
    if none := int((found < 0).sum()):
        notes.append(f"To {none:,} of {len(found):,} images the network gives no number: they count as wrong.")
    return accuracy(found, np.concatenate(labels)), notes


def _save(path: Path, choices: Mapping[str, Any], model: Model) -> str | None:
    """Write what was said before, tried and said now into the sidecar; its path, or None if there is nothing."""
    tried = {part: getattr(model.preparation, part) for part in PARTS if model.origins[part] == TRIED}
    kept = {**(hints.saved(path) or {}), **tried, **choices}
    try:
        return str(hints.save(path, kept)) if kept else None
    except OSError as error:
        raise UserError(f"{hints.sidecar(path)} can't be written ({error.strerror}).") from error


def as_text(told: dict[str, Any]) -> str:
    """What inspect() returns, in tables for a terminal."""
    file, signature, prepared = told["file"], told["signature"], told["preparation"]
    labels = told["labels"]
    shape = ", ".join("n" if size is None else str(size) for size in signature["dims"])
    facts = {
        "title": file["title"],
        "labels": ", ".join(labels[:LABELS]) + f" … ({len(labels):,})" * (len(labels) > LABELS),
        "takes": f"{signature['input']}: {signature['dtype']} ({shape})",
        "gives": f"{signature['output']}: {GIVES[signature['gives']]}",
        "dataset": told["dataset"],
        "source": file["source"],
        "licence": file["licence"],
        "written by": file["producer"],
        "operators": f"ONNX {file['opset']}",
        "bytes": f"{file['bytes']:,}",
        "sha256": file["sha256"],
        "runs on": told["runs_on"],
        "parameters": f"{told['parameters']:,} ({told['trainable']:,} trainable)",
        "multiply-adds": f"{told['multiply_adds']:,} for one image",
        "can't be told": ", ".join(told["uncounted"]),
    }
    if "accuracy" in told:
        facts["accuracy"] = f"{with_interval_and_n(told['accuracy'])}, {told['measured_on']}"
    if "saved" in told:
        facts["saved"] = told["saved"] or "nothing: you said nothing of the file, and nothing was found by trying"
    parts = [("images become", "", "known from")]
    parts += [(part, _words(part, each["value"]), each["from"]) for part, each in prepared.items()]
    tables = [columns([(name, value) for name, value in facts.items() if value]), columns(parts)]
    if told["tries"]:
        best = [
            (
                each["name"],
                f"{each['right']:,}",
                f"{each['n']:,}",
                percent(each["accuracy"]),
                "half of them with noise" if each["half_with_noise"] else "",
            )
            for each in told["tries"][:BEST]
        ]
        tables.append(columns([(f"tried on {told['tried_on']}", "right", "of", "", ""), *best], (1, 2, 3)))
    if told["notes"]:
        tables.append(columns([(note,) for note in told["notes"]]))
    rows = [
        (
            layer["name"],
            layer["kind"],
            " × ".join(map(str, layer["shape"])),
            _counted(layer["parameters"]),
            _counted(layer["multiply_adds"]),
            " × ".join(map(str, layer["receptive_field"] or ())),
        )
        for layer in told["layers"]
    ]
    tables.append(columns([HEADER, *rows], (3, 4)))
    return "\n\n".join("\n".join(table) for table in tables)


def _words(part: str, value: Any) -> str:
    """A part of a preparation, as it would be given as an option."""
    if part == "batch":
        return "any number of images" if value is None else f"{value} at a time"
    return hints.as_text(value)


def _counted(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"
