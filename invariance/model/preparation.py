"""What becomes of an image before a file gets it: the record of it, and the nodes that do it."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from invariance.images.pixels import LUMA
from invariance.images.resizing import fit_weights
from invariance.model.card import ModelError

PREFIX = "prepared: "  # of the names of values that are made here
CHANNELS = {"grey": 1, "rgb": 3, "bgr": 3}
FITS = ("margin", "crop", "letterbox", "stretch")
LAYOUTS = {  # how a file lays out one batch of images: the order of its axes, and whether there is one for the images
    "NCHW": ("CHW", True),
    "NHWC": ("HWC", True),
    "NHW": ("HW", True),
    "CHW": ("CHW", False),
    "HWC": ("HWC", False),
    "HW": ("HW", False),
    "flat": ("CHW", True),
    "flat HWC": ("HWC", True),
    "one row": ("CHW", False),
}
LARGEST = float(np.finfo(np.float32).max)  # of what is calculated with
MOST_SHOWN = 60  # characters of a value that a message repeats
FLAT = ("flat", "flat HWC", "one row")
WHOLE = {  # input types that are whole numbers: what black and white are
    "uint8": (0.0, 255.0),
    "int8": (-128.0, 127.0),
    "int32": (0.0, 255.0),
    "int64": (0.0, 255.0),
}


@dataclass(frozen=True)
class Preparation:
    """What becomes of float32 (N, C, H, W) in [0, 1] before a file gets it, in the order of the fields."""

    size: tuple[int, int]  # (H, W) that the file takes
    fit: str = "crop"  # how images of another size come to it: one of FITS
    invert: bool = False  # 1 - x: black becomes white
    channels: str = "grey"  # that the file takes, a key of CHANNELS; grey is 0.299 R + 0.587 G + 0.114 B
    range: tuple[float, float] = (0.0, 1.0)  # what 0 and 1 become: low + (high - low) x ...
    mean: tuple[float, ...] = (0.0,)  # ... less this, one for all channels or one a channel in the file's order ...
    std: tuple[float, ...] = (1.0,)  # ... over this
    transpose: bool = False  # rows become columns, as in EMNIST's files
    layout: str = "NCHW"  # a key of LAYOUTS
    dtype: str = "float32"  # numpy's name of the file's input type
    batch: int | None = None  # how many images a run takes; None: any number

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of an image that needs no fitting."""
        return (CHANNELS[self.channels], *(self.size[::-1] if self.transpose else self.size))


def checked(choices: dict[str, Any]) -> dict[str, Any]:
    """Choices of a person or a file, by name of a field of Preparation, as its types.

    Raises:
        ModelError: a name is unknown or a value makes no sense; says what was expected.
    """
    known, result = {field.name for field in fields(Preparation)} - {"dtype", "batch"}, {}
    expected = {
        "size": "two whole numbers above 0, rows and columns",
        "fit": f"one of {', '.join(FITS)}",
        "channels": f"one of {', '.join(CHANNELS)}",
        "range": "two numbers, what black and white become",
        "mean": "one number, or one a channel",
        "std": "one number above 0, or one a channel",
        "layout": f"one of {', '.join(LAYOUTS)}",
        "invert": "true or false",
        "transpose": "true or false",
    }
    for name, value in choices.items():
        if name not in known:
            raise ModelError(f"A preparation has no {name}; it has: {', '.join(sorted(known))}.")
        try:
            result[name] = _as_typed(name, value)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise ModelError(f"{name} must be {expected[name]}, not {_short(value)}.") from error
    return result


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} …"


def _as_typed(name: str, value: Any) -> Any:
    if name in ("invert", "transpose"):
        if not isinstance(value, bool):
            raise ValueError
        return value
    if name in ("fit", "channels", "layout"):
        if value not in {"fit": FITS, "channels": CHANNELS, "layout": LAYOUTS}[name]:
            raise ValueError
        return value
    numbers = tuple(float(each) for each in (value if isinstance(value, list | tuple) else [value]))
    if not np.isfinite(numbers).all() or max(map(abs, numbers), default=0) > LARGEST:
        raise ValueError
    if name == "size":
        rows, columns = (int(each) for each in numbers * (1 if len(numbers) == 2 else 2))
        if (rows, columns) != (numbers[0], numbers[-1]) or min(rows, columns) < 1:
            raise ValueError
        return rows, columns
    if name == "range":
        low, high = numbers
        if low == high:
            raise ValueError
        return low, high
    if len(numbers) not in (1, 3) or (name == "std" and min(numbers) <= 0):
        raise ValueError
    return numbers


class Nodes:
    """ONNX nodes one behind the other, and the numbers that they use; version: of the operators."""

    def __init__(self, value: str, prefix: str, version: int):
        self.value, self.version, self._prefix = value, version, prefix
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []

    def number(self, name: str, array: Any, kind: type = np.float32) -> str:
        """Store numbers; the name under which a node reads them."""
        self.stored.append(numpy_helper.from_array(np.asarray(array, kind), self._prefix + name))
        return self._prefix + name

    def add(self, operator: str, *others: str, first: bool = True, **attributes: Any) -> None:
        """A node that reads the last value, as its first or last input, and others."""
        given = [self.value, *others] if first else [*others, self.value]
        self.value = f"{self._prefix}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, given, [self.value], **attributes))

    def ending_in(self, name: str) -> list[onnx.NodeProto]:
        """The nodes, the last value called name."""
        self.nodes[-1].output[0] = name
        return self.nodes


def nodes(taken: Preparation, given: tuple[int, int, int], dims: tuple[int | None, ...], start: str, version: int):
    """The nodes that prepare images.

    Args:
        taken: what they become.
        given: (C, H, W) of them.
        dims: the file's own axes, None for that of the images.
        start: the name of the value (N, C, H, W).
        version: of ONNX's operators; at least 7.

    Returns:
        Nodes; none if there is nothing to do.
    """
    made = Nodes(start, PREFIX, version)
    channels, *size = given
    if tuple(size) != taken.shape[1:]:
        _fit(made, taken, size)
    if taken.invert:
        made.add("Sub", made.number("one", 1), first=False)
    if channels == 1 and CHANNELS[taken.channels] == 3:
        made.add("Concat", made.value, made.value, axis=1)
    elif channels == 3 and taken.channels == "grey":
        made.add("Conv", made.number("luma", LUMA.reshape(1, 3, 1, 1)))
    elif taken.channels == "bgr":
        made.add("Gather", made.number("bgr", [2, 1, 0], np.int64), axis=1)
    low, high = taken.range
    mean, std = (np.array(each, np.float64) for each in (taken.mean, taken.std))
    factor, shift = (high - low) / std, (low - mean) / std  # (low + (high - low) x - mean) / std = factor x + shift
    for operator, numbers, neutral in (("Mul", factor, 1), ("Add", shift, 0)):
        if (numbers != neutral).any():
            made.add(
                operator, made.number(operator.lower(), numbers if numbers.size == 1 else numbers.reshape(-1, 1, 1))
            )
    order = LAYOUTS[taken.layout][0]
    axes = {"C": 1, "H": 3 if taken.transpose else 2, "W": 2 if taken.transpose else 3}
    turned = [0, *([1] if order == "HW" else []), *(axes[axis] for axis in order)]
    if turned != [0, 1, 2, 3]:
        made.add("Transpose", perm=turned)
    if taken.layout not in ("NCHW", "NHWC"):
        made.add("Reshape", made.number("dims", [-1 if size is None else size for size in dims], np.int64))
    kind = np.dtype(taken.dtype)
    if kind != np.float32:
        if taken.dtype in WHOLE:  # rounded; a cast would cut off
            made.add("Add", made.number("half", 0.5))
            made.add("Floor")
        made.add("Cast", to=helper.np_dtype_to_tensor_dtype(kind))
    return made


def _fit(made: Nodes, taken: Preparation, size: list[int]) -> None:
    """Images of one size as of another: in the middle of black, or resized."""
    if taken.fit == "margin":
        room = [new - old for new, old in zip(taken.shape[1:], size, strict=True)]
        pads = [0, 0, *(each // 2 for each in room), 0, 0, *(each - each // 2 for each in room)]
        if made.version < 11:
            made.add("Pad", pads=pads)
        else:
            made.add("Pad", made.number("pads", pads, np.int64))
        return
    rows, columns = fit_weights((size[0], size[1]), taken.shape[1:], taken.fit)
    made.add("MatMul", made.number("rows", rows), first=False)
    made.add("MatMul", made.number("columns", columns.T))
