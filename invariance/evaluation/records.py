"""exported/NAME.json: how exported/NAME.onnx was made, and what was measured of that very file."""

import json
import os
import threading
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from invariance import UserError
from invariance.files import ROOT, replacing

EXPORTED = ROOT / "exported"
MOST_BYTES = 40_000_000  # of all records that are kept as they were read, as estimated from their files
PARSED = 4  # bytes that a record takes for each byte of its file

_kept: LRUCache = LRUCache(MOST_BYTES, getsizeof=lambda kept: min(PARSED * kept[0], MOST_BYTES))  # bytes, record
_guard = threading.Lock()


def models() -> list[Path]:
    """The .onnx files in EXPORTED, by name."""
    return sorted(EXPORTED.glob("*.onnx"))


def repeat(model: Path, seed: int) -> Path:
    """Where the same network trained with another seed lies."""
    return model.parent / "repeats" / f"{model.stem}-seed{seed}.onnx"


def repeats(model: Path) -> list[Path]:
    """The files of the same network trained with other seeds, if there are any."""
    return sorted(repeat(model, 0).parent.glob(f"{model.stem}-seed*.onnx"))


def read(model: Path) -> dict[str, Any]:
    """What is recorded of a model file; {} if nothing is. Everyone gets the same: it is not to be changed.

    Raises:
        UserError: the record beside it is damaged.
    """
    path = model.with_suffix(".json")
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            key = (path, status.st_ino, status.st_mtime_ns, status.st_size)
            with _guard:
                if key in _kept:
                    return _kept[key][1]
            content = file.read()
    except FileNotFoundError:
        return {}
    record = _parsed(path, content)
    with _guard:
        _kept[key] = len(content), record
    return record


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except ValueError as error:
        record = error
    if not isinstance(record, dict):
        raise UserError(
            f"{path.name} is damaged: expected one JSON object. Delete it, then run: "
            f"python -m invariance evaluate {path.stem}"
        )
    return record


def _text(value: Any, indent: str = "") -> str:
    """JSON with one line for each list of numbers, so that a record is readable and its changes are too."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(str(key))}: {_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, list | dict) for item in value):
        return "[\n" + ",\n".join(inner + _text(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value)


def write(model: Path, record: dict[str, Any]) -> None:
    """Replace the record of a model file."""
    with replacing(model.with_suffix(".json")) as partial:
        partial.write_text(_text(record) + "\n")


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
    """Mean cross-entropy in nats on the training images during the epoch that was kept; None if it wasn't recorded."""
    training = read(model).get("training")
    return training["history"][training["best_epoch"] - 1]["train_loss"] if training else None
