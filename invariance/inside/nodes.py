"""What one node of a graph does: its operator, its window, what it sums over."""

from typing import NamedTuple

import numpy as np
import onnx

from invariance.inside.values import FILTERS, Inside

SLIDING = ("MaxPool", "AveragePool", "LpPool")
GLOBAL = ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")


class Window(NamedTuple):
    """How a window slides; each a number an axis, rows before columns.

    size: numbers it covers; strides: from one stop to the next; dilations: between numbers that it covers; before,
    after: the padding at the two ends.
    """

    size: list[int]
    strides: list[int]
    dilations: list[int]
    before: list[int]
    after: list[int]


def operator(node: onnx.NodeProto) -> str:
    """The operator's name; of one that calculates with whole numbers, its name without that.

    Operators that are not ONNX's own bear the name of their domain too.
    """
    name = node.op_type
    if node.domain in ("", "ai.onnx") or (node.domain == "com.microsoft" and name.startswith(("QLinear", "QGemm"))):
        return "Gemm" if name == "QGemm" else name.removeprefix("QLinear").removesuffix("Integer")
    return f"{name} ({node.domain})"


def attributes(node: onnx.NodeProto) -> dict:
    """A node's attributes by name."""
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def argument(inside: Inside, node: onnx.NodeProto, name: str, place: int) -> list[int] | None:
    """Whole numbers that older versions of an operator take as an attribute and newer ones as an input."""
    if name in (given := attributes(node)):
        return list(given[name])
    value = inside.constant(node.input[place]) if len(node.input) > place else None
    return None if value is None else [int(each) for each in np.atleast_1d(value)]


def reduced(inside: Inside, node: onnx.NodeProto) -> set[int]:
    """The axes that a Reduce… node sums up, counted from the front."""
    axes = argument(inside, node, "axes", 1)
    count = len(inside.shape(inside.changing(node)[0]))
    return set(range(count)) if not axes else {axis % count for axis in axes}


def window(inside: Inside, node: onnx.NodeProto) -> Window:
    """The window of a convolution or of pooling, over one axis or several."""
    given = attributes(node)
    filters = FILTERS.get(node.op_type)
    size = list(given["kernel_shape"] if "kernel_shape" in given else inside.shape(node.input[filters])[2:])
    ones, zeros = [1] * len(size), [0] * len(size)
    strides, dilations = list(given.get("strides", ones)), list(given.get("dilations", ones))
    kind = given.get("auto_pad", b"NOTSET").decode()
    pads = list(given.get("pads", zeros * 2)) if kind == "NOTSET" else zeros * 2
    before, after = pads[: len(size)], pads[len(size) :]
    if kind.startswith("SAME"):
        sides = (inside.shape(name)[2:] for name in (node.input[0], node.output[0]))
        for axis, (had, has) in enumerate(zip(*sides, strict=True)):
            total = max(0, (has - 1) * strides[axis] + (size[axis] - 1) * dilations[axis] + 1 - had)
            before[axis] = total // 2 if kind == "SAME_UPPER" else total - total // 2
            after[axis] = total - before[axis]
    return Window(size, strides, dilations, before, after)


def covers(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node makes one number of each map, whatever it is called."""
    before, after = inside.shape(inside.changing(node)[0]), inside.shape(node.output[0])
    name = operator(node)
    if len(before) != 4:
        return False
    if name.startswith("Reduce"):
        return reduced(inside, node) == {2, 3}
    if name in SLIDING:
        slid = window(inside, node)
        return tuple(slid.size) == before[2:] and after[2:] == (1, 1) and not any(slid.before + slid.after)
    return name in GLOBAL
