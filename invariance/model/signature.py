"""What a file's graph takes and gives, told from its shapes and from what it gives for noise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort

from invariance.measures import softmax
from invariance.model.card import ModelError
from invariance.model.preparation import CHANNELS, FLAT, LAYOUTS, WHOLE
from invariance.model.providers import ORT_ERRORS, said

DTYPES = {  # onnxruntime's names of the input types that are cast to: numpy's
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}
GIVES = {  # what the numbers of an answer are
    "logits": "logits",
    "log-probabilities": "logarithms of probabilities",
    "probabilities": "probabilities, which sum to 1",
    "sigmoids": "a probability for each class by itself",
    "sigmoid": "one number, the probability of the second of two classes",
    "logit": "one number, the logit of the second of two classes",
}
SEVERAL = ("logits", "log-probabilities", "probabilities", "sigmoids")  # of one number a class
SIDES = {  # of images by their channels, tried in this order where a file leaves the size free
    1: (28, 32, 64, 224),
    3: (32, 224, 28, 64, 96, 128, 256, 299),
}
MANY, PHOTO = 100, 224  # networks with so many classes are for photos of this side, where they take any
NAMES = ("logit", "prob", "score", "class", "pred", "softmax", "output")  # of outputs that are the answer
NOISE = 3  # images
MOST_VALUES = 50_000_000  # that a run takes: 128 photos with 299 rows and columns are fewer
IMAGE_VALUES = 1_500_000  # that one image has: a photo of 640 rows and columns has fewer; pages turn one 72 times
MOST_CLASSES = 100_000
SUM = 2e-3  # how far from 1 probabilities of a float16 file may sum


@dataclass(frozen=True)
class Signature:
    """What a file's graph takes and gives."""

    input: str  # its name
    dims: tuple[int | None, ...]  # the axes of the input, None for that of the images
    dtype: str  # numpy's name of its type
    batch: int | None  # images that a run takes; None: any number, as far as the file says
    output: str  # that holds the answer
    output_type: str  # onnxruntime's name of its type
    rows: bool  # whether it is (N, classes), and not of another shape with as many numbers
    gives: str  # a key of GIVES
    classes: int
    outputs: tuple[str, ...]  # all that could be the answer


class Taken(NamedTuple):
    """What is told from an input's shape."""

    layout: str  # a key of LAYOUTS
    shape: tuple[int, int, int]  # (C, H, W)
    dims: tuple[int | None, ...]  # see Signature
    batch: int | None
    origins: dict[str, str]  # "layout" and "size": where each is from


SHAPE, RUN, ASSUMED = "the file's shape", "the first that runs", "assumed"


class Told(NamedTuple):
    """A signature, and how images are laid out for it."""

    signature: Signature
    layout: str
    shape: tuple[int, int, int]  # (C, H, W)
    origins: dict[str, str]  # by "layout", "size", "output" and "gives": where each is from


def told(proto: onnx.ModelProto, name: str, session: ort.InferenceSession, choices: Mapping[str, Any]) -> Told:
    """Tell what a graph takes and gives.

    Args:
        proto: the graph.
        name: of the file, for messages.
        session: of the graph.
        choices: of "layout", "size", "channels", "output" and "gives", where a person or the file says so.

    Raises:
        ModelError: it takes no images, or gives no classes.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(f"{each.name} {each.shape}" for each in inputs) or "none"
        raise ModelError(f"{name} has {len(inputs)} inputs ({names}): expected one, images.")
    given = inputs[0]
    if given.type not in DTYPES:
        kind = "text" if given.type == "tensor(string)" else given.type
        raise ModelError(f"{name} takes {kind}: expected images as numbers. Export the network without what is before.")
    dtype, failure = DTYPES[given.type], ""
    takings, small = _takings(given.shape, name, choices), None
    while takings:
        taken = takings.pop(0)
        one = math.prod(taken.shape)
        if one > IMAGE_VALUES:
            failure = failure or f"an image of it has {one:,} numbers; at most {IMAGE_VALUES:,} are taken"
            continue
        if (taken.batch or 1) * one > MOST_VALUES:
            many = f"{taken.batch:,} images at a time have {taken.batch * one:,} numbers"
            failure = failure or f"{many}; at most {MOST_VALUES:,} are taken"
            continue
        try:
            answers = _run(session, given.name, taken, dtype)
        except ORT_ERRORS as error:
            failure = failure or said(error)
            continue
        outputs = _classifying(answers, taken)
        output, why = _chosen(outputs, answers, choices.get("output"), name)
        gives, told_by = _gives(proto, output, outputs[output], choices.get("gives"))
        classes = outputs[output].shape[1]
        if classes > MOST_CLASSES:
            raise ModelError(f"{name} answers with {classes:,} numbers an image; at most {MOST_CLASSES:,} are taken.")
        photos = [
            each for each in takings if each.layout == taken.layout and each.shape == (taken.shape[0], PHOTO, PHOTO)
        ]
        signature = Signature(
            input=given.name,
            dims=taken.dims,
            dtype=dtype,
            batch=taken.batch,
            output=output,
            output_type=next(each.type for each in session.get_outputs() if each.name == output),
            rows=answers[output].ndim == 2 and taken.dims[0] is None,
            gives=gives,
            classes=2 if gives in ("sigmoid", "logit") else classes,
            outputs=tuple(outputs),
        )
        found = Told(signature, taken.layout, taken.shape, taken.origins | {"output": why, "gives": told_by})
        if not (photos and classes >= MANY and taken.origins["size"] == RUN):
            return found
        small = found
        takings = photos  # so many classes are rather those of photos, if it can be run on them
    if small is not None:
        return small
    raise ModelError(f"{name} can't be run on images, its input being {_shape_words(given.shape)}: {failure}")


def _shape_words(shape: list | None) -> str:
    return f"of shape ({', '.join(map(str, shape))})" if shape else "of a shape that the file doesn't say"


def noise(dims: tuple[int | None, ...], dtype: str, count: int) -> np.ndarray:
    """Random images, count of them along the axis that is None, as a file takes them: 0 to 1, or see WHOLE."""
    numbers = np.random.default_rng(0).random([count if size is None else size for size in dims], np.float32)
    low, high = WHOLE.get(dtype, (0, 1))
    return (low + (high - low) * numbers).astype(dtype)


def _run(session: ort.InferenceSession, name: str, taken: Taken, dtype: str) -> dict[str, np.ndarray]:
    """Every output that is numbers, for noise; of files that take one image at a time, what they give for each."""
    names = [output.name for output in session.get_outputs() if output.type in (*DTYPES, "tensor(bool)")]
    images = noise(taken.dims, dtype, taken.batch or NOISE)
    try:
        return dict(zip(names, session.run(names, {name: images}), strict=True))
    except ORT_ERRORS:
        if taken.batch is not None:
            raise
        each = [session.run(names, {name: image[None]}) for image in images]
        return {name: np.concatenate(parts) for name, *parts in zip(names, *each, strict=True) if parts[0].ndim}


def _takings(shape: list | None, name: str, choices: Mapping[str, Any]) -> list[Taken]:
    """How images may be laid out for an input, the likeliest first."""
    sizes = [_size(each) for each in shape] if shape else None  # no axes: the file doesn't say how many
    channels = CHANNELS.get(choices.get("channels"))
    wanted = choices.get("size")
    layouts = [choices["layout"]] if "layout" in choices else list(LAYOUTS)
    found = []
    for layout, count in product(layouts, (1, 3)):
        if channels not in (None, count):
            continue
        sides = [wanted] if wanted else [(side, side) for side in SIDES[count]]
        found += [
            taken
            for rows, columns in _sides(sizes, layout, count, sides)
            if (taken := _taken(sizes, layout, (count, rows, columns), wanted is not None)) is not None
        ]
    found = _likeliest(found, sizes)
    if not found:
        expected = "Expected images with 1 or 3 channels, rows and columns, in any order, or laid into one row"
        raise ModelError(f"{name}: {expected}; its input is {_shape_words(shape)}.")
    return found


def _size(axis: int | str | None) -> int | None:
    return axis if isinstance(axis, int) and axis > 0 else None


def _sides(sizes: list[int | None] | None, layout: str, channels: int, sides: list) -> list[tuple[int, int]]:
    """The sizes of images that an input's shape allows, beside those given."""
    order, several = LAYOUTS[layout]
    if sizes is None:
        return sides
    if layout in FLAT:
        laid = sizes[1 if several else 0 :]
        side = 0 if None in laid else math.isqrt(math.prod(laid) // channels)
        return [*([(side, side)] if side else []), *sides]
    own = dict(zip(("N" if several else "") + order, sizes, strict=False))
    rows, columns = own.get("H"), own.get("W")
    return list(dict.fromkeys((rows or each[0], columns or each[1]) for each in sides))


def _taken(sizes: list[int | None] | None, layout: str, shape: tuple[int, int, int], asked: bool) -> Taken | None:
    """An image's shape under a layout, if the input's axes allow it."""
    order, several = LAYOUTS[layout]
    channels, rows, columns = shape
    if order == "HW" and channels != 1:
        return None
    if layout in FLAT:
        axes: tuple[int | None, ...] = (math.prod(shape),)
        if sizes and len(sizes) == (3 if several else 2) and sizes[-2] == 1:  # (N, 1, 784)
            axes = (1, *axes)
    else:
        axes = tuple({"C": channels, "H": rows, "W": columns}[axis] for axis in order)
    dims = (None, *axes) if several else axes
    batch = None if several else 1
    if sizes is not None:
        differ = (has not in (None, wants) for has, wants in zip(sizes, dims, strict=False) if wants)
        if len(sizes) != len(dims) or any(differ) or (not several and None in sizes):
            return None
        batch = sizes[0] if several else 1
    free = sizes is None or any(size is None for size in sizes[1 if several else 0 :])
    origins = {"layout": SHAPE if sizes is not None else RUN, "size": SHAPE if not free else "you" if asked else RUN}
    return Taken(layout, shape, dims, batch, origins)


def _likeliest(found: list[Taken], sizes: list[int | None] | None) -> list[Taken]:
    """In the order in which they are tried: three channels where nothing else is said."""

    def rank(taken: Taken) -> tuple:
        channels, rows, columns = taken.shape
        free = sizes is None or None in sizes[1:]
        return (
            max(rows, columns) > 3 * min(rows, columns),  # one or three rows are channels, ten are images
            taken.layout == "NHW" and taken.batch == 3,  # and so are three images
            taken.layout == "flat" and taken.batch == columns,
            free and sizes is not None and len(sizes) == 4 and channels == 1 and sizes[1] is None and sizes[3] is None,
            list(LAYOUTS).index(taken.layout),
        )

    return sorted(found, key=rank)


def _classifying(answers: dict[str, np.ndarray], taken: Taken) -> dict[str, np.ndarray]:
    """The outputs that hold one number a class for each image, as (N, classes)."""
    count = taken.batch or NOISE
    found = {}
    for name, values in answers.items():
        axes = values.shape[1:] if values.shape[:1] == (count,) else values.shape
        if values.size == count * math.prod(axes) and values.size and sum(size > 1 for size in axes) < 2:
            rows = values.reshape(count, -1)
            if values.dtype.kind == "f" or (
                values.dtype.kind in "iu" and rows.shape[1] > 1
            ):  # one whole number: a label
                found[name] = rows.astype(np.float32)
    return found


def _chosen(
    outputs: dict[str, np.ndarray], answers: dict[str, np.ndarray], asked: str | None, name: str
) -> tuple[str, str]:
    """Which output is the answer, and how that is known."""
    if asked is not None:
        if asked not in outputs:
            raise ModelError(f"{name} has no output {asked} with a number a class; it has: {_listed(outputs)}.")
        return asked, "you"
    if not outputs:
        shapes = ", ".join(f"{key} {values.shape}" for key, values in answers.items())
        raise ModelError(
            f"{name} is no classifier: expected one number a class for each image; for {NOISE} images it gives "
            f"{shapes or 'nothing'}. Export the part of it that classifies."
        )
    names = list(outputs)
    widest = [each for each in names if outputs[each].shape[1] > 1] or names
    different: list[str] = []
    for each in widest:  # the same twice, and probabilities beside the logits that they are made from, are one answer
        if not any(_same_answer(outputs[each], outputs[other]) for other in different):
            different.append(each)
    if len(different) > 1:
        return min(different, key=lambda each: not any(word in each.lower() for word in NAMES)), ASSUMED
    alike = [each for each in widest if _looks_like(outputs[each]) == "logits"]
    return (alike or different)[0], "the only one" if len(names) == 1 else "what the outputs hold"


def _same_answer(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    if one.shape[1] == 1:
        return bool(np.allclose(one, other, atol=1e-4))
    pair = [values if _looks_like(values) == "probabilities" else softmax(values) for values in (one, other)]
    return bool(np.allclose(one, other, atol=1e-4) or np.allclose(*pair, atol=1e-3))


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names) or "none"


def _looks_like(values: np.ndarray) -> str:
    """What numbers (N, classes) are by themselves."""
    if values.shape[1] > 1 and np.isfinite(values).all():
        if values.min() >= 0 and np.abs(values.sum(1) - 1).max() < SUM:
            return "probabilities"
        if values.max() <= SUM and np.abs(np.exp(values.astype(np.float64)).sum(1) - 1).max() < SUM:
            return "log-probabilities"
    return "logits"


def _gives(proto: onnx.ModelProto, output: str, values: np.ndarray, asked: str | None) -> tuple[str, str]:
    """What the numbers of the answer are, and how that is known."""
    one = values.shape[1] == 1
    if asked is not None:
        allowed = ("sigmoid", "logit") if one else SEVERAL
        if asked not in allowed:
            raise ModelError(f"What the output gives must be one of {', '.join(allowed)}, not {asked!r}.")
        return asked, "you"
    last = _last_operator(proto, output)
    if one:
        return ("sigmoid", f"it ends in {last}") if last in ("Sigmoid", "HardSigmoid") else ("logit", ASSUMED)
    if (looks := _looks_like(values)) != "logits":
        named = {"probabilities": "Softmax", "log-probabilities": "LogSoftmax"}[looks]
        return looks, f"it ends in {last}" if last == named else f"its numbers for {len(values)} images of noise"
    if last == "Softmax" and values.min() >= 0:  # rounded, so that they don't sum to 1
        return "probabilities", f"it ends in {last}"
    if last in ("Sigmoid", "HardSigmoid"):
        return "sigmoids", f"it ends in {last}"
    return "logits", f"it ends in {last}"


def _last_operator(proto: onnx.ModelProto, output: str) -> str:
    """The operator that makes a value, but for those that only pass numbers on."""
    maker = {name: node for node in proto.graph.node for name in node.output}
    while (node := maker.get(output)) is not None and node.op_type in PASS_ON:
        output = node.input[0]
    return node.op_type.removeprefix("QLinear") if node is not None else ""


PASS_ON = ("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout", "Transpose")
PASS_ON += ("QuantizeLinear", "DequantizeLinear")
