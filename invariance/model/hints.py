"""What a file says of how its images are prepared: in its metadata, in files beside it, in its first nodes."""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper

from invariance.files import replacing
from invariance.model.card import ModelError
from invariance.model.preparation import checked
from invariance.model.reading import stored
from invariance.model.signature import MOST_CLASSES

CARD = "its card"  # where what a file of ours says of itself is from
SIDECAR = ".invariance.json"  # after the model's name
LABEL_KEYS = ("labels", "names", "classes", "class_names", "id2label")
LABEL_FILES = ("{name}.labels.txt", "{name}.txt", "labels.txt", "classes.txt")
PROCESSOR = "preprocessor_config.json"
RANGES = {  # of ONNX's metadata Image.NominalPixelRange
    "NominalRange_0_255": (0, 255),
    "Normalized_0_1": (0, 1),
    "Normalized_1_1": (-1, 1),
    "NominalRange_16_235": (16, 235),
}
FORMATS = {"Gray8": "grey", "Rgb8": "rgb", "Bgr8": "bgr", "Rgba8": "rgb", "Bgra8": "bgr"}  # Image.BitmapPixelFormat
AS_IT_IS = {"range": (0.0, 1.0), "mean": (0.0,), "std": (1.0,)}
SMALL_STEP = 1 / 60  # a graph that multiplies by less than this first takes whole numbers up to 255


class Hint(NamedTuple):
    """Parts of a preparation (or output, gives, labels, dataset) by name, and where they are from."""

    parts: dict[str, Any]
    origin: str


def sidecar(model: Path) -> Path:
    """Where what a person said of a model file is kept."""
    return model.with_name(model.stem + SIDECAR)


def save(model: Path, choices: Mapping[str, Any]) -> Path:
    """Write the sidecar; its path."""
    path = sidecar(model)
    with replacing(path) as partial:
        partial.write_text(json.dumps(dict(choices), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def hints(path: Path, proto: onnx.ModelProto, start: str) -> tuple[list[Hint], list[str]]:
    """What is known of a model file without asking it, the surest first, and notes on what was left out.

    start: the name of the graph's input.

    Raises:
        ModelError: the sidecar makes no sense.
    """
    metadata = {each.key: each.value for each in proto.metadata_props}
    found, notes = [], []
    if (parts := saved(path)) is not None:
        found.append(Hint(parts, f"{sidecar(path).name}"))
    if {"title", "recipe", "labels"} <= metadata.keys():  # one of ours
        found.append(Hint({"channels": "rgb", "invert": False, "transpose": False, **AS_IT_IS}, CARD))
    texts = [(metadata, "its metadata")]
    processor = path.with_name(PROCESSOR)
    if processor.is_file() and (config := _object(processor.read_text("utf-8", "replace"))) is not None:
        texts.append((config, PROCESSOR))
    for values, origin in texts:
        for parts, where in _entries(values, origin):
            try:
                found.append(Hint(checked(parts), where))
            except ModelError as error:
                notes.append(f"{where} was left out: {error}")
    if (first := _first_nodes(proto, start)) is not None:
        found.append(Hint(first, "the graph's first nodes"))
    return found, notes


def labels(
    path: Path, metadata: Mapping[str, str], held: tuple[str, ...], classes: int
) -> tuple[tuple[str, ...] | None, str, list[str]]:
    """The names of so many classes, where they are from, and notes.

    They are looked for in metadata, then in what the graph's operators hold, then in a text file beside the model.
    """
    notes = []
    for key in LABEL_KEYS:
        if key in metadata:
            names = _names(metadata[key])
            if names is not None and len(names) == classes:
                return names, f"its metadata ({key})", notes
            count = "can't be read" if names is None else f"name {len(names)} classes, not {classes}"
            notes.append(f"The {key} in its metadata {count}: left out.")
    if len(held) == classes and list(held) != [str(number) for number in range(classes)]:
        return held, "the graph's last operators", notes
    for pattern in LABEL_FILES:
        beside = path.with_name(pattern.format(name=path.stem))
        if beside.is_file():
            names = lines(beside)
            if len(names) == classes:
                return names, beside.name, notes
            notes.append(f"{beside.name} names {len(names)} classes, not {classes}: left out.")
    return None, "", notes


def lines(file: Path) -> tuple[str, ...]:
    """The lines of a text file that say something, without spaces around."""
    return tuple(line.strip() for line in file.read_text("utf-8-sig", "replace").splitlines() if line.strip())


def saved(path: Path) -> dict[str, Any] | None:
    """What the sidecar of a model file says; None if there is none.

    Raises:
        ModelError: it makes no sense.
    """
    file = sidecar(path)
    if not file.is_file():
        return None
    values = _object(file.read_text("utf-8", "replace"))
    if values is None:
        raise ModelError(f"{file.name} is damaged: expected one JSON object. Mend or delete it.")
    others = {name: values.pop(name) for name in ("output", "gives", "labels", "dataset") if name in values}
    if not isinstance(others.get("labels", []), list):
        raise ModelError(f"{file.name}: labels must be a list of names.")
    for name in ("output", "gives", "dataset"):
        if not isinstance(others.get(name), str | None):
            raise ModelError(f"{file.name}: {name} must be a text, not {json.dumps(others[name])[:40]}.")
    return checked(values) | others


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _names(text: str) -> tuple[str, ...] | None:
    """Names of classes as files write them: JSON, Python, or with commas or lines between."""
    value: Any = None
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
            break
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    if isinstance(value, Mapping):
        keys = list(value)
        if all(map(_place, keys)):  # number: name
            value = [value[key] for key in sorted(keys, key=int)]
        elif all(map(_place, value.values())):  # name: number
            value = sorted(keys, key=lambda key: int(value[key]))
    if isinstance(value, list | tuple) and value and all(map(_name, value)):
        return tuple(map(str, value))
    if value is None and (parts := [part.strip() for part in text.replace("\n", ",").split(",")]) and len(parts) > 1:
        return tuple(part for part in parts if part)
    return None


def _name(value: Any) -> bool:
    """Whether something names a class; numbers with thousands of digits can't be written out."""
    return isinstance(value, str) or (isinstance(value, int) and abs(value) <= sys.maxsize)


def _place(value: Any) -> bool:
    """Whether something is the number of a class."""
    if isinstance(value, int):
        return 0 <= value < MOST_CLASSES
    return isinstance(value, str) and value.isdecimal() and len(value) <= len(str(MOST_CLASSES))


def _entries(values: Mapping[str, Any], origin: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Parts of a preparation as they stand in metadata: ours, ONNX's, and those of common exporters."""
    if (own := _object(str(values.get("preparation", "")))) is not None:
        yield own, f"{origin} (preparation)"
    if (span := RANGES.get(str(values.get("Image.NominalPixelRange")))) is not None:
        yield {"range": span}, f"{origin} (Image.NominalPixelRange)"
    if (channels := FORMATS.get(str(values.get("Image.BitmapPixelFormat")))) is not None:
        yield {"channels": channels}, f"{origin} (Image.BitmapPixelFormat)"
    for key in ("preprocessor_config", "preprocessor", "pretrained_cfg"):
        if isinstance(values.get(key), str) and (config := _object(values[key])) is not None:
            yield from _entries(config, f"{origin} ({key})")
    parts: dict[str, Any] = {}
    mean, std = (_numbers(values.get(f"image_{name}", values.get(name))) for name in ("mean", "std"))
    if mean and std and values.get("do_normalize", True) not in (False, "false", "False"):
        parts |= {"mean": mean, "std": std}
        top = max(*mean, *std)
        parts["range"] = (0, 255) if top > 5 else (0, 1)
    factor = values.get("rescale_factor")
    if isinstance(factor, int | float) and "range" not in parts and values.get("do_rescale", True):
        parts["range"] = (0, 255 * factor)
    if parts:
        yield parts, f"{origin} (mean and std)" if mean and std else f"{origin} (rescale_factor)"
    size = values.get("imgsz", values.get("input_size", values.get("crop_size", values.get("size"))))
    if isinstance(size, str):
        size = _numbers(size)
    if isinstance(size, Mapping):
        size = [size[name] for name in ("height", "width") if name in size] or size.get("shortest_edge")
    if isinstance(size, int | float) or (isinstance(size, list) and len(size) in (1, 2, 3)):
        yield {"size": size[-2:] if isinstance(size, list) else size}, f"{origin} (size)"


def _numbers(value: Any) -> list[float] | None:
    """A list of numbers, or one, or such a text: with commas or spaces between, in whatever brackets."""
    if isinstance(value, str):
        value = re.split(r"[\s,;]+", value.strip(" ()[]"))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = [value]
    elif not (isinstance(value, list | tuple) and value and all(isinstance(each, int | float) for each in value)):
        return None
    try:
        return [float(each) for each in value]
    except (ValueError, OverflowError):  # an int of 400 digits is no float
        return None


def _first_nodes(proto: onnx.ModelProto, start: str) -> dict[str, Any] | None:
    """What numbers a graph expects, from those by which it multiplies and to which it adds its input first.

    A graph that scales its input itself was made for images as they were before: 0 to 255 where it divides by much or
    what it makes 0 is a grey of that range, 0 to 1 where it centres and stretches.
    """
    numbers = stored(proto)
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in proto.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    factor, shift, value, scaled = 1.0, 0.0, start, False
    while len(after := readers.get(value, [])) == 1:
        node = after[0]
        if node.op_type in ("Cast", "Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"):
            value = node.output[0]
            continue
        if node.op_type == "BatchNormalization" and not scaled:
            return _first_normalisation(node, numbers)
        if node.op_type not in ("Add", "Sub", "Mul", "Div"):
            break
        number = next((numbers[name] for name in node.input if name in numbers), None)
        if number is None:
            break
        mean = float(numpy_helper.to_array(number).astype(np.float64).mean())
        first = node.input[0] == value
        if node.op_type == "Add":
            shift += mean
        elif node.op_type == "Sub":
            factor, shift = (factor, shift - mean) if first else (-factor, mean - shift)
        elif node.op_type == "Mul":
            factor, shift = factor * mean, shift * mean
        elif first and mean:
            factor, shift = factor / mean, shift / mean
        else:
            break
        value, scaled = node.output[0], True
    if not scaled or factor == 0:
        return None
    zero = -shift / factor  # the shade that becomes 0
    if abs(factor) < SMALL_STEP or 5 < zero < 250:
        return AS_IT_IS | {"range": (0.0, 255.0)}
    if 0.02 < zero < 0.98:
        return AS_IT_IS
    return None


def _first_normalisation(node: onnx.NodeProto, stored: Mapping[str, onnx.TensorProto]) -> dict[str, Any] | None:
    """A batch normalisation that reads the image holds the mean and the spread of the images it was trained on."""
    if len(node.input) < 5 or any(name not in stored for name in node.input[3:5]):
        return None
    mean, variance = (numpy_helper.to_array(stored[name]).astype(np.float64) for name in node.input[3:5])
    epsilon = next((helper.get_attribute_value(each) for each in node.attribute if each.name == "epsilon"), 1e-5)
    spread = float(np.sqrt(np.abs(variance) + epsilon).mean())
    if spread > 5 and mean.min() >= 0:
        return AS_IT_IS | {"range": (0.0, 255.0)}
    if mean.min() > 0.02 and mean.max() < 1 and spread < 0.6:
        return AS_IT_IS
    return None


def as_text(value: Any) -> str:
    """A choice in words."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(f"{each:g}" if isinstance(each, float | int) else str(each) for each in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
