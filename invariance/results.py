"""exported/NAME.json: how exported/NAME.onnx was made, and what was measured of that very file."""

import json
from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.files import replacing
from invariance.model import Model

ROOT = Path(__file__).parents[1]
EXPORTED = ROOT / "exported"
README_BEGIN, README_END = "<!-- results: written by make results -->", "<!-- end of results -->"


def models() -> list[Path]:
    """The .onnx files in EXPORTED, by name."""
    return sorted(EXPORTED.glob("*.onnx"))


def read(model: Path) -> dict[str, Any]:
    """What is recorded of a model file; {} if nothing is.

    Raises:
        UserError: the record beside it is damaged.
    """
    path = model.with_suffix(".json")
    try:
        record = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        record = error
    if not isinstance(record, dict):
        raise UserError(
            f"{path.name} is damaged: expected one JSON object. Delete it, then run: "
            f"python -m invariance evaluate {model.stem}"
        )
    return record


def write(model: Path, record: dict[str, Any]) -> None:
    """Replace the record of a model file."""
    with replacing(model.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(record, indent=1) + "\n")


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
    found = read(model).get("evaluation", {}).get(dataset)
    if found is None:
        return None, f"This model was not measured yet. Run: {command}"
    if found["sha256"] != sha256:
        return found, f"These figures were measured on another file of this name. Measure again: {command}"
    return found, ""


def table() -> str:
    """Every measured model as a Markdown table, ready for the README."""
    lines = [
        "| network | parameters | measured on | right (95 % interval) | cross-entropy, nats |",
        "|---|---|---|---|---|",
    ]
    for path in models():
        card = Model(path).card
        for found in read(path).get("evaluation", {}).values():
            share = found["accuracy"]
            lines.append(
                f"| {card.title} | {card.parameters:,} "
                f"| {found['n']:,} test images of {found['dataset_title']} "
                f"| {100 * share['value']:.2f} % ({100 * share['low']:.2f} to {100 * share['high']:.2f} %) "
                f"| {found['loss']:.4f} |"
            )
    return "\n".join(lines)


def with_table(readme: str) -> str:
    """The README's text with table() between its two marks.

    Raises:
        UserError: the marks are not there.
    """
    before, begin, rest = readme.partition(README_BEGIN)
    _, end, after = rest.partition(README_END)
    if not begin or not end:
        raise UserError(f"README.md has lost its marks {README_BEGIN} and {README_END}; put them back.")
    return f"{before}{begin}\n{table()}\n{end}{after}"
