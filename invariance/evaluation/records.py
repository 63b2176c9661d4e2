"""exported/NAME.json: how exported/NAME.onnx was made, and what was measured of that very file."""

import json
import os
import threading
from pathlib import Path
from typing import Any, NamedTuple

from cachetools import LRUCache

from invariance import UserError
from invariance.evaluation import record_form
from invariance.files import ROOT, replacing

EXPORTED = ROOT / "exported"
REPEATS = "repeats"  # the folder in it with what was measured of the same networks trained with other seeds
LARGEST = 10_000_000  # bytes of a record's file; ours have up to 300,000
DIGITS = 6  # of each number with a fraction: a share of up to a million images has no more
MOST_BYTES = 60_000_000  # of all records that are kept as they were read, as estimated from their files
PARSED = 6  # bytes that a record takes for each byte of its file


class _Kept(NamedTuple):
    """A record as it was read."""

    size: int  # bytes of its file
    record: dict[str, Any]
    problem: str  # what is wrong with it, "" if nothing is


_kept: LRUCache = LRUCache(MOST_BYTES, getsizeof=lambda kept: min(PARSED * kept.size, MOST_BYTES))
_guard = threading.Lock()


def models() -> list[Path]:
    """The .onnx files in EXPORTED, by name."""
    return sorted(EXPORTED.glob("*.onnx"))


def repeat(model: Path, seed: int) -> Path:
    """Where the same network trained with another seed lies."""
    return model.parent / REPEATS / f"{model.stem}-seed{seed}.onnx"


def is_repeat(model: Path) -> bool:
    """Whether a file is of a network trained with another seed than the recipe's, which is measured but not shown."""
    return model.parent.name == REPEATS


def repeats(model: Path) -> list[Path]:
    """Where the same network trained with other seeds lies: those that have a record, whose files need not be there.

    The records are kept and the files made again when they are asked for, as they would take much room.
    """
    return sorted(path.with_suffix(".onnx") for path in repeat(model, 0).parent.glob(f"{model.stem}-seed*.json"))


def read(model: Path) -> dict[str, Any]:
    """What is recorded of a model file; {} if nothing is. Everyone gets the same: it is not to be changed.

    Raises:
        UserError: the record beside it can't be read, or is not what record_form.network() expects.
    """
    name = model.stem.rpartition("-seed")[0] if is_repeat(model) else model.stem
    form = record_form.repeat if is_repeat(model) else record_form.network
    return _read(model.with_suffix(".json"), form, f"python -m invariance evaluate {name}")


def experiment(name: str) -> dict[str, Any]:
    """The result of an experiment; {} if there is none. Everyone gets the same: it is not to be changed.

    Raises:
        UserError: it can't be read, or is not what record_form.experiment() expects.
    """
    return _read(EXPORTED / f"{name}.json", record_form.experiment, f"python -m training {name}")


def _read(path: Path, check: record_form.Check, again: str) -> dict[str, Any]:
    """A record that check finds whole, {} if there is none; again: the command that makes it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            key = (path, check, status.st_ino, status.st_mtime_ns, status.st_size)
            with _guard:
                kept = _kept.get(key)
            if kept is None:
                kept = _checked(file.read(LARGEST + 1), check)
                with _guard:
                    _kept[key] = kept
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path.name} can't be read ({error.strerror}). Make it a file that can be.") from error
    if kept.problem:
        raise UserError(f"{path.name} is damaged: {kept.problem}. Put it back as it was, or delete it and run: {again}")
    return kept.record


def _checked(content: bytes, check: record_form.Check) -> _Kept:
    """A record from the bytes of its file, or what is wrong with it."""
    record, problem = {}, ""
    if len(content) > LARGEST:
        problem = f"it has more than {LARGEST:,} bytes"
    else:
        try:
            record = json.loads(content)
            check(record)
        except record_form.WrongPartError as error:
            problem = str(error)
        except (ValueError, RecursionError):  # not even text, or lists in lists without end
            problem = "it is no JSON"
    return _Kept(len(content), record, problem)


def _text(value: Any, indent: str = "") -> str:
    """JSON with one line for each list of numbers or matrix of them, so that changes of a record can be read.

    So has each object that holds numbers only, as of one epoch; a list of matrices, as of one confusion for each
    amount, has a line for each matrix. Numbers have DIGITS digits.
    """
    inner = indent + " "
    if isinstance(value, dict) and not all(isinstance(item, int | float) for item in value.values()):
        lines = [f"{inner}{json.dumps(str(key))}: {_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(map(_is_long, value)):
        return "[\n" + ",\n".join(inner + _text(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(_shortened(value), separators=(",", ":"))


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _is_long(item: Any) -> bool:
    """Whether the list that an item stands in has a line for each of its items: it is an object or a matrix."""
    return isinstance(item, dict) or (isinstance(item, list) and any(isinstance(one, list | dict) for one in item))


def write(model: Path, record: dict[str, Any]) -> None:
    """Replace the record of a model file.

    Raises:
        UserError: it can't be written; the earlier one is whole.
    """
    path = model.with_suffix(".json")
    try:
        with replacing(path) as partial:
            partial.write_text(_text(record) + "\n")
    except OSError as error:
        raise UserError(
            f"{path.name} can't be written ({error.strerror}); the one before is whole. Make room in {path.parent}, or "
            "let this program write there, and start the same command again."
        ) from error


def write_evaluation(model: Path, dataset: str, measurement: dict[str, Any]) -> None:
    """Record what was measured of a model file on a dataset."""
    record = read(model)
    write(model, record | {"evaluation": record.get("evaluation", {}) | {dataset: measurement}})


def evaluation(model: Path, sha256: str, dataset: str) -> tuple[dict[str, Any] | None, str]:
    """What was measured of a model on a dataset, and what a person must know of it.

    Args:
        model: the .onnx file.
        sha256: of that file as it is now.
        dataset: a key of DATASETS.

    Returns:
        The measurement, or None if there is none, and one sentence that says what is amiss ("" if nothing is).
    """
    command = f"python -m invariance evaluate {model.stem}"
    measurement = read(model).get("evaluation", {}).get(dataset)
    if measurement is None:
        return None, f"This model was not measured yet. Run: {command}"
    if measurement["sha256"] != sha256:
        return measurement, f"These figures were measured on another file of this name. Measure again: {command}"
    return measurement, ""


def training_loss(model: Path) -> float | None:
    """The loss in nats on the training images during the epoch that was kept; None if it wasn't recorded.

    It is what was learned from: cross-entropy, of smoothed labels where the recipe smooths them.
    """
    training = read(model).get("training")
    return training["history"][training["best_epoch"] - 1]["train_loss"] if training else None
