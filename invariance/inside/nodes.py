"""What one node of a graph does: its attributes, its window, what it sums over."""

from typing import NamedTuple

import numpy as np
import onnx

from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside


class Window(NamedTuple):
    """How a window slides; each a number an axis, rows before columns."""

    size: list[int]  # numbers that it covers
    strides: list[int]  # from one stop to the next
    dilations: list[int]  # between numbers that it covers
    before: list[int]  # the padding in front
    after: list[int]  # and at the other end


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
    filters = about(node).filters
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
    operator = about(node)
    if len(before) != 4:
        return False
    if operator.places is Places.REDUCED:
        return reduced(inside, node) == {2, 3}
    if operator.places is Places.POOLED:
        slid = window(inside, node)
        return tuple(slid.size) == before[2:] and after[2:] == (1, 1) and not any(slid.before + slid.after)
    return operator.places is Places.ONE
