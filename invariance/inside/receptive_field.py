"""Which pixels of the image each value of a map depends on, worked out from the graph alone."""

import math
from typing import NamedTuple

import onnx

from invariance.inside.nodes import GLOBAL, SLIDING, argument, attributes, operator, reduced, window
from invariance.inside.values import Inside

SAME_PLACE = (  # each output sees its own place only (of all channels, maybe), so several of them side by side do too
    *("Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Log", "Neg", "Pow", "Reciprocal", "Round", "Sign", "Sin", "Sqrt"),
    *("Add", "Div", "Max", "Mean", "Min", "Mod", "Mul", "Sub", "Sum", "Where"),
    *("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor"),
    *("Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu", "Selu"),
    *("Sigmoid", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu"),
    *("BatchNormalization", "Cast", "Dropout", "Identity", "LRN", "QuantizeLinear", "DequantizeLinear"),
)
RESHAPES = ("Reshape", "Flatten", "Squeeze", "Unsqueeze")
WHOLE_MAPS = ("InstanceNormalization", "GroupNormalization")  # bring in the mean over all places
FROM_AXIS_ON = ("LayerNormalization", "RMSNormalization")
ALONG_AXIS = ("Softmax", "LogSoftmax", "Hardmax")


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
    """How a map lies on the image's rows and columns; axes: the value's axes that do, counted from the end.

    (-2, -1) in maps (N, C, H, W), (-3, -2) in (N, H, W, C), (-1, -2) in transposed maps.
    """

    rows: Axis
    columns: Axis
    axes: tuple[int, int] = (-2, -1)

    @property
    def field(self) -> tuple[int, int]:
        """Rows and columns of the image that a unit sees, those in the padding counted."""
        return self.rows.size, self.columns.size

    @property
    def stride(self) -> tuple[int, int]:
        """Pixels from a unit to the next, down and to the right; negative if the next lies above or on the left."""
        return self.rows.step, self.columns.step


def grids(inside: Inside) -> dict[str, Grid]:
    """The grid of every value that has two axes of places of the image; others are left out.

    A window of size k with stride s, over units that see r pixels and lie j apart, gives units that see r + (k - 1) j
    pixels and lie s j apart; a sum sees what its terms see. Padding is padding, whatever it is filled with: where it
    repeats pixels of the image, units at the border see those too, wherever they lie.

    Source: A. Araujo, W. Norris, J. Sim, "Computing receptive fields of convolutional neural networks" (2019).
    """
    found = {inside.input: Grid(Axis(0, 1, 1), Axis(0, 1, 1))}
    folded: dict[str, tuple[Grid, tuple[int, ...]]] = {}  # maps laid out as rows of numbers, and their shape as maps
    for node in inside.nodes:
        names = inside.changing(node)
        if operator(node) in (*RESHAPES, *WHOLE_MAPS) and names[0] in folded:
            grid, shape = folded[names[0]]
            if operator(node) in WHOLE_MAPS:
                folded[node.output[0]] = _everywhere(grid, shape), shape
            elif inside.shape(node.output[0]) == shape:
                found[node.output[0]] = grid
        elif all(name in found for name in names):
            for name in node.output:
                grid = _grid(inside, node, [found[each] for each in names], name) if name in inside.shapes else None
                if grid is not None:
                    found[name] = grid
            if operator(node) in RESHAPES and node.output[0] not in found:
                folded[node.output[0]] = found[names[0]], inside.shape(names[0])
        elif operator(node) in SAME_PLACE and (grid := _weighted(inside, names, found)) is not None:
            found[node.output[0]] = grid
    return found


def _grid(inside: Inside, node: onnx.NodeProto, grids: list[Grid], name: str) -> Grid | None:
    """The grid of a node's output called name; grids: of what changes among its inputs."""
    made, given, grid = operator(node), attributes(node), grids[0]
    changing = inside.changing(node)
    before, after = inside.shape(changing[0]), inside.shape(name)
    if made in SAME_PLACE:
        return _joined(grids, [inside.shape(each) for each in changing])
    if made == "Concat":
        return _concatenated(inside, node, grids, name)
    if len(grids) > 1:
        return None
    channels_first = len(before) == 4 and sorted(grid.axes) == [-2, -1]
    if made in ("Conv", *SLIDING) and channels_first and changing[0] == node.input[0]:
        return _slid(inside, node, grid)
    if made in GLOBAL and channels_first:
        return _whole(grid, before)
    if made.startswith("Reduce"):
        return _reduced(grid, {axis - len(before) for axis in reduced(inside, node)}, before, given.get("keepdims", 1))
    if made == "Pad":
        return _padded(inside, node, grid, len(before))
    if made == "Slice":
        return _sliced(inside, node, grid, before)
    if made == "Split":
        axis = given.get("axis", 0) % len(before) - len(before)
        ahead = (inside.shape(each)[axis] for each in node.output[: list(node.output).index(name)])
        return _moved(grid, axis, sum(ahead)) if axis in grid.axes else grid
    if made == "Gather":
        return grid if given.get("axis", 0) % len(before) - len(before) < min(grid.axes) else None
    if made == "Expand":
        return grid if all(before[at] == after[at] for at in grid.axes) else None
    if made == "Transpose":
        order = list(given.get("perm", range(len(before))[::-1]))
        rows, columns = (order.index(axis + len(before)) - len(before) for axis in grid.axes)
        return grid._replace(axes=(rows, columns))
    if made in RESHAPES:
        return _reshaped(grid, before, after, inside.images_axis(name))
    if made in WHOLE_MAPS and channels_first:
        return _everywhere(grid, before)
    if made in (*FROM_AXIS_ON, *ALONG_AXIS):
        axis = given.get("axis", -1) % len(before) - len(before)
        if made in ALONG_AXIS:
            return None if axis in grid.axes else grid
        return grid if axis > max(grid.axes) else _everywhere(grid, before)
    if made == "MatMul":  # each place's channels times a matrix
        return grid if changing[0] == node.input[0] and len(before) == len(after) and -1 not in grid.axes else None
    return None


def _slid(inside: Inside, node: onnx.NodeProto, grid: Grid) -> Grid:
    slid = window(inside, node)
    rows, columns = (
        axis.window(slid.size[at], slid.strides[at], slid.before[at], slid.dilations[at])
        for axis, at in zip(grid[:2], grid.axes, strict=True)
    )
    return Grid(rows, columns, grid.axes)


def _whole(grid: Grid, shape: tuple[int, ...]) -> Grid:
    rows, columns = (axis.window(shape[at], shape[at], 0) for axis, at in zip(grid[:2], grid.axes, strict=True))
    return Grid(rows, columns, grid.axes)


def _everywhere(grid: Grid, shape: tuple[int, ...]) -> Grid:
    """The same places, each of which sees what all see."""
    whole = _whole(grid, shape)
    return Grid(grid.rows.join(whole.rows), grid.columns.join(whole.columns), grid.axes)


def _reduced(grid: Grid, axes: set[int], shape: tuple[int, ...], kept: bool) -> Grid | None:
    if axes.issuperset(grid.axes):
        return _whole(grid, shape) if kept else None
    if axes.intersection(grid.axes):
        return None
    rows, columns = (at + (0 if kept else sum(axis > at for axis in axes)) for at in grid.axes)
    return grid._replace(axes=(rows, columns))


def _moved(grid: Grid, axis: int, ahead: int, step: int = 1) -> Grid:
    """The grid of what an axis, counted from the end, gives from place ahead on, every step-th; others stay."""
    rows, columns = (
        Axis(old.first + ahead * old.step, old.size, old.step * step) if at == axis else old
        for old, at in zip(grid[:2], grid.axes, strict=True)
    )
    return Grid(rows, columns, grid.axes)


def _padded(inside: Inside, node: onnx.NodeProto, grid: Grid, count: int) -> Grid | None:
    pads, axes = argument(inside, node, "pads", 1), argument(inside, node, "axes", 3)
    if pads is None:
        return None
    axes = list(range(count)) if axes is None else axes
    for axis, front in zip(axes, pads, strict=False):
        grid = _moved(grid, axis % count - count, -front)
    return grid


def _sliced(inside: Inside, node: onnx.NodeProto, grid: Grid, shape: tuple[int, ...]) -> Grid | None:
    starts = argument(inside, node, "starts", 1)
    if starts is None:
        return None
    axes = argument(inside, node, "axes", 3) or list(range(len(starts)))
    steps = argument(inside, node, "steps", 4) or [1] * len(starts)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        size = shape[axis]
        start = min(max(start + size * (start < 0), 0), size - (step < 0))
        grid = _moved(grid, axis % len(shape) - len(shape), start, step)
    return grid


def _reshaped(grid: Grid, before: tuple[int, ...], after: tuple[int, ...], images: int | None) -> Grid | None:
    """An axis is still there if it is as long as it was, behind as many numbers as before. images: not this one."""
    axes: list[int] = []
    free = [at for at in range(-len(after), 0) if at + len(after) != images]
    for axis in grid.axes:
        ahead = math.prod(before[:axis])
        fits = [at for at in free if after[at] == before[axis] and math.prod(after[:at]) == ahead]
        if not fits:
            return None
        axes.append(axis if axis in fits else fits[-1])
        free.remove(axes[-1])
    return grid._replace(axes=(axes[0], axes[1]))


def _joined(grids: list[Grid], shapes: list[tuple[int, ...]]) -> Grid | None:
    """The grid of several values side by side or summed; a value with fewer places counts for all that it meets."""
    sizes = [
        tuple(shape[at] if len(shape) >= -at else 1 for at in grid.axes)
        for grid, shape in zip(grids, shapes, strict=True)
    ]
    first = max(range(len(grids)), key=lambda index: math.prod(sizes[index]))
    joined = grids[first]
    for grid, size in zip(grids, sizes, strict=True):
        if grid.axes != joined.axes or (size == sizes[first] and grid.stride != joined.stride):
            return None
        joined = Grid(joined.rows.join(grid.rows), joined.columns.join(grid.columns), joined.axes)
    return joined


def _weighted(inside: Inside, names: list[str], found: dict[str, Grid]) -> Grid | None:
    """The grid of maps and of numbers, one for all places, that may depend on all of the image."""
    maps = [name for name in names if name in found]
    joined = _joined([found[name] for name in maps], [inside.shape(name) for name in maps]) if maps else None
    shapes = [inside.shape(name) for name in names if name not in found]
    if joined is None or any(len(shape) >= -at and shape[at] != 1 for shape in shapes for at in joined.axes):
        return None
    _, height, width = inside.model.card.shape
    return Grid(joined.rows.join(Axis(0, height, 1)), joined.columns.join(Axis(0, width, 1)), joined.axes)


def _concatenated(inside: Inside, node: onnx.NodeProto, grids: list[Grid], name: str) -> Grid | None:
    names, count = inside.changing(node), len(inside.shape(name))
    axis = attributes(node)["axis"] % count
    alike = len({(grid.field, grid.stride, grid.axes) for grid in grids}) == 1
    if axis == inside.images_axis(name):  # several images in one batch: that of the first stands for all
        return grids[0] if alike else None
    if axis - count not in grids[0].axes:
        return _joined(grids, [inside.shape(each) for each in names])
    if not alike or node.op_type != "Concat":
        return None
    # One behind the other: the longest is the map, and what stands before and behind it is its padding.
    longest = max(range(len(names)), key=lambda index: inside.shape(names[index])[axis])
    ahead = list(node.input)[: list(node.input).index(names[longest])]
    return _moved(grids[longest], axis - count, -sum(inside.shape(each)[axis] for each in ahead))
