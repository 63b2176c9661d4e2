"""Which pixels of the image each value of a map depends on, worked out from the graph alone."""

from typing import NamedTuple

import numpy as np
import onnx

from invariance.inside import Inside

WINDOWS = ("Conv", "MaxPool", "AveragePool", "LpPool")
GLOBAL = ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
SAME_PLACE = (  # each output sees its own place only (of all channels, maybe), so several of them side by side do too
    *("Abs", "Ceil", "Erf", "Exp", "Floor", "Log", "Neg", "Pow", "Reciprocal", "Round", "Sign", "Sqrt"),
    *("Add", "Concat", "Div", "Max", "Mean", "Min", "Mul", "Sub", "Sum", "Where"),
    *("Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu", "Selu"),
    *("Sigmoid", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu"),
    *("BatchNormalization", "Cast", "Dropout", "Identity", "LRN"),
)


class Axis(NamedTuple):
    """How one axis of a map lies on the image: unit i sees the pixels first + i step up to size further.

    first may lie before the image and the end behind it, in the padding; step is negative where the axis runs backward.
    """

    first: int
    size: int
    step: int

    def window(self, size: int, stride: int, before: int, dilation: int = 1) -> "Axis":
        """The axis of a window that slides over this one; before: the padding in front."""
        reach = (size - 1) * dilation
        start = -before if self.step > 0 else reach - before
        return Axis(self.first + start * self.step, self.size + reach * abs(self.step), self.step * stride)

    def join(self, other: "Axis") -> "Axis":
        """What units see that use this axis and another."""
        first = min(self.first, other.first)
        return Axis(first, max(self.first + self.size, other.first + other.size) - first, self.step)


class Grid(NamedTuple):
    """How a map lies on the image; the rows of a transposed map lie on the image's columns."""

    rows: Axis
    columns: Axis

    @property
    def field(self) -> tuple[int, int]:
        """Pixels that a unit sees along the map's rows and columns, those in the padding counted."""
        return self.rows.size, self.columns.size

    @property
    def stride(self) -> tuple[int, int]:
        """Pixels from a unit to the next one below, and to the next one on the right."""
        return abs(self.rows.step), abs(self.columns.step)


def grids(inside: Inside) -> dict[str, Grid]:
    """The grid of every value whose last two axes are places of the image; others are left out.

    A window of size k with stride s, over units that see r pixels and lie j apart, gives units that see r + (k - 1) j
    pixels and lie s j apart; a sum sees what its terms see.

    Source: A. Araujo, W. Norris, J. Sim, "Computing receptive fields of convolutional neural networks" (2019).
    """
    found = {inside.input: Grid(Axis(0, 1, 1), Axis(0, 1, 1))}
    for node in inside.nodes:
        names = inside.changing(node)
        name = node.output[0]
        if name in inside.shapes and all(each in found for each in names):
            grid = _grid(inside, node, [found[each] for each in names])
            if grid is not None:
                found[name] = grid
    return found


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
    count = len(inside.shapes[inside.changing(node)[0]])
    return set(range(count)) if not axes else {axis % count for axis in axes}


def pads(inside: Inside, node: onnx.NodeProto) -> list[int]:
    """A window's padding: top, left, bottom, right."""
    given = attributes(node)
    kind = given.get("auto_pad", b"NOTSET").decode()
    if not kind.startswith("SAME"):
        return [0] * 4 if kind == "VALID" else list(given.get("pads", [0] * 4))
    size, dilations, strides = window(inside, node), given.get("dilations", [1, 1]), given.get("strides", [1, 1])
    before, after = [], []
    for axis in (0, 1):
        had, has = (inside.shapes[name][2 + axis] for name in (node.input[0], node.output[0]))
        total = max(0, (has - 1) * strides[axis] + (size[axis] - 1) * dilations[axis] + 1 - had)
        less = total // 2
        before.append(less if kind == "SAME_UPPER" else total - less)
        after.append(total - before[-1])
    return before + after


def window(inside: Inside, node: onnx.NodeProto) -> list[int]:
    """Rows and columns of a window."""
    given = attributes(node)
    return list(given["kernel_shape"] if "kernel_shape" in given else inside.constant(node.input[1]).shape[2:])


def covers(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node sums each map up to one number, whatever it is called."""
    before, after = inside.shapes[inside.changing(node)[0]], inside.shapes[node.output[0]]
    if node.op_type.startswith("Reduce"):
        return len(before) == 4 and reduced(inside, node) == {2, 3}
    if node.op_type in WINDOWS[1:] and len(before) == 4:
        return tuple(window(inside, node)) == before[2:] and after[2:] == (1, 1) and not any(pads(inside, node))
    return node.op_type in GLOBAL


def _grid(inside: Inside, node: onnx.NodeProto, grids: list[Grid]) -> Grid | None:
    given, grid = attributes(node), grids[0]
    before, after = inside.shapes[inside.changing(node)[0]], inside.shapes[node.output[0]]
    if node.op_type in WINDOWS and len(before) == 4:
        sizes, start = window(inside, node), pads(inside, node)
        strides, dilations = given.get("strides", [1, 1]), given.get("dilations", [1, 1])
        return Grid(*(grid[i].window(sizes[i], strides[i], start[i], dilations[i]) for i in (0, 1)))
    if node.op_type in GLOBAL and len(before) == 4:
        return _whole(grid, before)
    if node.op_type.startswith("Reduce"):
        axes, last = reduced(inside, node), {len(before) - 2, len(before) - 1}
        if last <= axes:
            return _whole(grid, before) if given.get("keepdims", 1) else None
        return grid if not last & axes else None
    if node.op_type == "Pad":
        return _padded(inside, node, grid, len(before))
    if node.op_type == "Slice":
        return _sliced(inside, node, grid, before)
    if node.op_type == "Transpose":
        last = [axis - len(before) + 2 for axis in given.get("perm", range(len(before))[::-1])[-2:]]
        return {(0, 1): grid, (1, 0): Grid(*grid[::-1])}.get(tuple(last))
    if node.op_type in ("Reshape", "Squeeze", "Unsqueeze", "Flatten"):
        return grid if len(after) > 2 and len(before) > 2 and after[-2:] == before[-2:] else None
    if node.op_type in SAME_PLACE or (node.op_type == "Softmax" and given.get("axis", -1) == 1):
        return _joined(node, given, grids, [inside.shapes[name] for name in inside.changing(node)], len(after))
    return None


def _whole(grid: Grid, shape: tuple[int, ...]) -> Grid:
    return Grid(*(axis.window(size, size, 0) for axis, size in zip(grid, shape[-2:], strict=True)))


def _padded(inside: Inside, node: onnx.NodeProto, grid: Grid, count: int) -> Grid | None:
    pads, axes = argument(inside, node, "pads", 1), argument(inside, node, "axes", 3)
    if pads is None or attributes(node).get("mode", b"constant") != b"constant":
        return None  # reflected edges let a unit see pixels that its window doesn't cover
    axes = range(count) if axes is None else [axis % count for axis in axes]
    front = dict(zip(axes, pads, strict=False))
    return Grid(*(axis.window(1, 1, front.get(count - 2 + i, 0)) for i, axis in enumerate(grid)))


def _sliced(inside: Inside, node: onnx.NodeProto, grid: Grid, shape: tuple[int, ...]) -> Grid | None:
    starts = argument(inside, node, "starts", 1)
    if starts is None:
        return None
    axes = argument(inside, node, "axes", 3) or list(range(len(starts)))
    steps = argument(inside, node, "steps", 4) or [1] * len(starts)
    found = list(grid)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        place, size = axis % len(shape) - len(shape) + 2, shape[axis]
        if place >= 0:
            start = min(max(start + size * (start < 0), 0), size - (step < 0))
            old = found[place]
            found[place] = Axis(old.first + start * old.step, old.size, old.step * step)
    return Grid(*found)


def _joined(node: onnx.NodeProto, given: dict, grids: list[Grid], shapes: list, count: int) -> Grid | None:
    """The grid of several values side by side or summed."""
    if node.op_type == "Concat" and given["axis"] % count >= count - 2:
        return None
    if node.op_type == "Concat" and given["axis"] == 0:  # several images in one batch: that of the first stands for all
        return grids[0] if len({(grid.field, grid.stride) for grid in grids}) == 1 else None
    first = max(range(len(grids)), key=lambda index: shapes[index][-2] * shapes[index][-1])
    joined = grids[first]
    for grid, shape in zip(grids, shapes, strict=True):
        aligned = all(mine.step == its.step for mine, its in zip(joined, grid, strict=True))
        if shape[-2:] == shapes[first][-2:] and not aligned:
            return None
        joined = Grid(*(mine.join(its) for mine, its in zip(joined, grid, strict=True)))
    return joined
