"""A network as a list of layers, and what they cost: from the graph of any .onnx classifier."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import onnx

from invariance import UserError
from invariance.inside import Inside
from invariance.receptive_field import Grid, attributes, covers, grids, pads, reduced, window

MEGABYTE, FLOAT_BYTES = 2**20, 4
SAME = ("Identity", "Dropout", "Cast")  # give back what they get
REARRANGE = ("Flatten", "Reshape", "Transpose", "Slice", "Squeeze", "Unsqueeze", "Gather", "Expand", "Split")
ARITHMETIC = ("Add", "Sub", "Mul", "Div")
LINEAR = ("Conv", "ConvTranspose", "Gemm", "MatMul")
LEARNED = {  # operator: which of its inputs hold numbers that are learned
    **dict.fromkeys(("Conv", "ConvTranspose", "Gemm", "PRelu"), slice(1, None)),
    **dict.fromkeys(("BatchNormalization", "InstanceNormalization", "LayerNormalization"), slice(1, 3)),
    **dict.fromkeys(("GroupNormalization", "RMSNormalization"), slice(1, 3)),
    **dict.fromkeys(("MatMul", *ARITHMETIC), slice(None)),
}
STATISTICS = {"BatchNormalization": slice(3, 5)}  # stored, but averaged in training and not learned
NAMES = {
    "Relu": "ReLU",
    "PRelu": "PReLU",
    "LeakyRelu": "Leaky ReLU",
    "Clip": "Clipping",
    "BatchNormalization": "Batch normalisation",
    "InstanceNormalization": "Instance normalisation",
    "LayerNormalization": "Layer normalisation",
    "GroupNormalization": "Group normalisation",
    "LRN": "Local response normalisation",
    "GlobalAveragePool": "Global average pooling",
    "GlobalMaxPool": "Global max pooling",
    "Gemm": "Fully connected",
    "Pad": "Padding",
    "Concat": "Side by side",
    "Add": "Sum",
    "Mul": "Product",
}
POOLS = {"MaxPool": "max pooling", "AveragePool": "average pooling", "ReduceMax": "max pooling"}
POOLS |= {"ReduceMean": "average pooling", "GlobalAveragePool": "average pooling", "GlobalMaxPool": "max pooling"}


class Layer(NamedTuple):
    """One layer, as a person would count them.

    name: of its result, which Inside.values() takes; kind: in plain words; shape: of its result for one image;
    parameters: numbers that it stores, trainable: those of them that are learned; multiply_adds: of the products with
    weights, those with the zeros of the padding too, for one image; what biases, pooling, normalisation and activations
    cost is left out; receptive_field: (rows, columns) of the image that one unit sees, those in the padding counted,
    and total_stride: pixels from one unit to the next, (down, right), both None where units have no place; copies: how
    many versions of the image it is run on.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    trainable: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None
    total_stride: tuple[int, int] | None
    copies: int


class Summary(NamedTuple):
    """A network in a few numbers. 1 MB is 2^20 bytes; every number takes 4, whatever the file stores.

    parameters: numbers stored in the layers, those that several of them share counted once; trainable: those of them
    that are learned, so not the running means and variances of batch normalisation; values: results of all layers
    listed, for one image, which is what a forward pass gives; multiply_adds: see Layer. The table of torchsummary
    doubles the forward pass, a gradient beside each value, and lists only what was written as a module.
    """

    parameters: int
    trainable: int
    values: int
    multiply_adds: int
    input_mb: float
    forward_mb: float
    parameters_mb: float


class Sharing(NamedTuple):
    """A convolution against a fully connected layer with the same inputs and outputs.

    connections: pairs of an input and an output value with a weight between them (the padding is no input);
    parameters: weights and biases; full_connections, full_parameters: those of the fully connected layer.
    """

    connections: int
    parameters: int
    full_connections: int
    full_parameters: int


@dataclass
class _Group:
    """Nodes that make one layer; the first of them says which."""

    nodes: list[onnx.NodeProto]
    name: str
    normalises: bool = False  # comes before all that is learned
    trained: dict[str, int] = field(default_factory=dict)  # the name of a constant: how many numbers
    averaged: dict[str, int] = field(default_factory=dict)


def layers(inside: Inside) -> list[Layer]:
    """The layers of a network in the order in which they run.

    Nodes that only pass on or rearrange values are no layers, but for flattening; arithmetic with constants counts as
    one layer together, and as part of the convolution or the fully connected layer whose bias it adds. Numbers that
    scale or shift the image before all that is learned are normalisation and no parameters, nor are single numbers.
    """
    found = grids(inside)
    return [_layer(inside, group, found.get(group.name)) for group in _groups(inside)]


def summary(inside: Inside) -> Summary:
    """The whole network in a few numbers."""
    groups, found = _groups(inside), layers(inside)
    trainable = sum({name: size for group in groups for name, size in group.trained.items()}.values())
    averaged = sum({name: size for group in groups for name, size in group.averaged.items()}.values())
    values = sum(math.prod(layer.shape) * layer.copies for layer in found)
    return Summary(
        parameters=trainable + averaged,
        trainable=trainable,
        values=values,
        multiply_adds=sum(layer.multiply_adds for layer in found),
        input_mb=math.prod(inside.model.card.shape) * FLOAT_BYTES / MEGABYTE,
        forward_mb=values * FLOAT_BYTES / MEGABYTE,
        parameters_mb=(trainable + averaged) * FLOAT_BYTES / MEGABYTE,
    )


def sharing(inside: Inside, layer: str) -> Sharing:
    """What the convolution whose result is called layer saves by looking at few places with the same weights at all.

    Raises:
        UserError: there is no such convolution.

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep learning" (2016), section 9.2.
    """
    filters, biases = inside.kernels(layer)
    group = next((each for each in _groups(inside) if layer in (each.name, *each.nodes[0].output)), None)
    if group is None or len(inside.shapes[layer]) != 4:
        raise UserError(f"{layer} is not one of the convolutions of images in {inside.model.card.title}.")
    node = group.nodes[0]
    _, channels, *places = inside.shapes[inside.changing(node)[0]]
    _, outputs, *sizes = inside.shapes[layer]
    given, start, size = attributes(node), pads(inside, node), window(inside, node)
    strides, dilations = given.get("strides", [1, 1]), given.get("dilations", [1, 1])
    taps = 1
    for axis in (0, 1):  # pairs of an output place and a place of the input that its window covers
        seen = np.arange(sizes[axis])[:, None] * strides[axis] - start[axis] + np.arange(size[axis]) * dilations[axis]
        taps *= int(((seen >= 0) & (seen < places[axis])).sum())
    inputs, results = channels * math.prod(places), outputs * math.prod(sizes)
    return Sharing(
        connections=taps * filters.shape[1] * outputs,
        parameters=sum(group.trained.values()),
        full_connections=inputs * results,
        full_parameters=inputs * results + (results if biases.any() or len(node.input) > 2 else 0),
    )


def _groups(inside: Inside) -> list[_Group]:
    """The nodes of the graph, sorted into layers."""
    uses: dict[str, int] = {}
    for node in inside.nodes:
        for name in inside.changing(node):
            uses[name] = uses.get(name, 0) + 1
    groups: list[_Group] = []
    made: dict[str, _Group] = {}  # value: the layer whose result it is
    learning = False
    for node in inside.nodes:
        name, *_ = node.output
        if name not in inside.shapes:
            continue  # whole numbers and truth values
        names = inside.changing(node)
        before = made.get(names[0])
        if node.op_type in SAME or (node.op_type in REARRANGE and not _flattens(inside, node)):
            if node.op_type in SAME and before is not None:
                made[name] = before
            if name == inside.output:
                groups.append(_Group([node], name))
            continue
        fixed = node.op_type in ARITHMETIC and len(names) == 1
        if fixed and before is not None and uses[names[0]] == 1 and _continues(inside, before, node):
            before.nodes.append(node)
            before.name, group = name, before
        else:
            group = _Group([node], name, normalises=fixed and not learning)
            groups.append(group)
        made[name] = group
        if not group.normalises:
            _count(inside, group, node)
            learning = learning or bool(group.trained)
    if len(groups) > 1 and groups[-1].name == inside.output and groups[-1].nodes[0].op_type in SAME:
        last = made.get(inside.changing(groups[-1].nodes[0])[0])
        if last is groups[-2]:  # the same numbers under the name of the model's output
            groups.pop()
            last.name = inside.output
    return groups


def _flattens(inside: Inside, node: onnx.NodeProto) -> bool:
    before, after = inside.shapes.get(node.input[0], ()), inside.shapes[node.output[0]]
    return len(before) > 2 and len(after) == 2 and before[0] == after[0]


def _continues(inside: Inside, group: _Group, node: onnx.NodeProto) -> bool:
    """Whether arithmetic with constants belongs to the layer before it."""
    first = group.nodes[0]
    if first.op_type in ARITHMETIC:
        return len(inside.changing(first)) == 1
    bare = len(group.nodes) == 1 and (first.op_type == "MatMul" or (first.op_type == "Conv" and len(first.input) < 3))
    return bare and node.op_type == "Add"


def _count(inside: Inside, group: _Group, node: onnx.NodeProto) -> None:
    """Add a node's numbers to its layer's."""
    for table, kept in ((LEARNED, group.trained), (STATISTICS, group.averaged)):
        for name in node.input[table.get(node.op_type, slice(0, 0))]:
            value = inside.constant(name)
            if value is not None and (value.size > 1 or node.op_type not in ARITHMETIC):
                kept[name] = value.size


def _layer(inside: Inside, group: _Group, grid: Grid | None) -> Layer:
    shape = inside.shapes[group.name]
    trainable = sum(group.trained.values())
    return Layer(
        name=group.name,
        kind=_kind(inside, group),
        shape=shape[1:],
        parameters=trainable + sum(group.averaged.values()),
        trainable=trainable,
        multiply_adds=_multiply_adds(inside, group.nodes[0]),
        receptive_field=grid.field if grid and len(shape) == 4 else None,
        total_stride=grid.stride if grid and len(shape) == 4 else None,
        copies=shape[0],
    )


def _multiply_adds(inside: Inside, node: onnx.NodeProto) -> int:
    if node.op_type not in LINEAR:
        return 0
    inputs, outputs = (math.prod(inside.shapes[name]) for name in (inside.changing(node)[0], node.output[0]))
    if node.op_type == "Gemm":
        axis = 0 if attributes(node).get("transA", 0) else -1
        return outputs * inside.shapes[node.input[0]][axis]
    if node.op_type == "MatMul":
        first = inside.shapes.get(node.input[0])
        return outputs * (inside.constant(node.input[0]).shape if first is None else first)[-1]
    filters = inside.constant(node.input[1])
    per_value = 0 if filters is None else math.prod(filters.shape[1:])
    return (outputs if node.op_type == "Conv" else inputs) * per_value


def _kind(inside: Inside, group: _Group) -> str:
    """What a layer is, for a person."""
    node, given = group.nodes[0], attributes(group.nodes[0])
    before, after = inside.shapes[inside.changing(node)[0]], inside.shapes[node.output[0]]
    operator = node.op_type
    if operator in REARRANGE:
        return "Flattening" if _flattens(inside, node) else "Rearranging"
    if operator in POOLS and covers(inside, node):
        return f"Global {POOLS[operator]}"
    if operator.startswith("Reduce"):
        counted = math.prod(before[axis] for axis in reduced(inside, node))
        return f"{operator.removeprefix('Reduce').replace('Max', 'Maximum')} over {counted}"
    if operator in ("Conv", "ConvTranspose", *POOLS) and len(before) == 4:
        size, strides = window(inside, node), list(given.get("strides", [1, 1]))
        depthwise = operator == "Conv" and given.get("group", 1) == before[1] > 1
        names = {
            "Conv": "depthwise convolution" if depthwise else "convolution",
            "ConvTranspose": "transposed convolution",
        }
        usual = [1, 1] if operator in names else size
        stride = "" if strides == usual else f", stride {strides[0]}"
        if stride and strides[0] != strides[1]:
            stride = f", stride {strides[0]}×{strides[1]}"
        spread = max(given.get("dilations", [1]))
        stride += f", dilation {spread}" if spread > 1 else ""
        return f"{(names | POOLS)[operator]} {size[0]}×{size[1]}{stride}".capitalize()
    if operator == "MatMul":
        return "Fully connected" if len(inside.changing(node)) == 1 else "Matrix product"
    if operator in ARITHMETIC and len(inside.changing(node)) == 1:
        return "Normalisation" if group.normalises else "Scale and shift"
    if operator == "Concat" and after[0] > before[0]:
        return f"{after[0]} versions in one batch"
    return NAMES.get(operator, operator)
