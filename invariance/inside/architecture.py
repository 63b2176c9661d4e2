"""A network as a list of layers, and what they cost: from the graph of any .onnx classifier."""

import contextlib
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import onnx

from invariance import UserError
from invariance.inside.layer_kinds import flattens, kind
from invariance.inside.map_placement import MapPlacement
from invariance.inside.nodes import Window, attributes, window
from invariance.inside.onnx_operators import Places, Products, about, biases_of
from invariance.inside.receptive_field import placements
from invariance.inside.values import Inside, one_a_map

MEGABYTE, FLOAT_BYTES = 2**20, 4
IMAGE = "Image"  # the layer before all others
PREPARES, ANSWERS = "Preparation", "Answer as logits"  # layers that a file gets from here


class Sliding(NamedTuple):
    """How a layer's window slides over what it gets; see sizes.size_sum()."""

    window: Window
    given: tuple[int, ...]  # places that it slides over, rows before columns, without the padding
    gives: tuple[int, ...]  # places of its result
    backwards: bool = False  # a transposed convolution, whose stride lies between the places of its result


class Layer(NamedTuple):
    """One layer, as a person would count them. What is None can't be told.

    That happens to what branches, loops and operators that ONNX doesn't define store and multiply, and to the places of
    what has none on the image.
    """

    name: str  # of its result, which Inside.values() takes
    kind: str  # in plain words
    shape: tuple[int, ...]  # of its result for one image
    parameters: int | None  # numbers that it stores
    trainable: int | None  # those of them that are learned
    # For one image: of the products with weights, those with the zeros of the padding too. What biases, pooling,
    # normalisation and activations cost is left out.
    multiply_adds: int | None
    receptive_field: tuple[int, int] | None  # rows and columns of the image that one unit sees, padding counted
    total_stride: tuple[int, int] | None  # pixels to the next unit, (down, right); negative where the map runs backward
    copies: int  # rows that it adds to the batch for each image, as many as it sees versions or parts of it
    places: tuple[int, int] | None  # the axes of shape that lie on the image's rows and columns: (1, 2) in (C, H, W)
    sliding: Sliding | None = None  # of convolution and pooling with a window; None of others, or if it can't be told
    takes: tuple[str, ...] = ()  # names of the layers whose results it reads, of the model's input among them


class Summary(NamedTuple):
    """A network in a few numbers. 1 MB is 2^20 bytes; every number takes 4, whatever the file stores.

    The table of torchsummary doubles the forward pass, a gradient beside each value, and lists only what was written as
    a module.
    """

    parameters: int  # numbers stored in the layers, those that several of them share counted once
    trainable: int  # those that are learned, so not the running means and variances of batch normalisation
    values: int  # results of all layers listed, for one image: what a forward pass gives
    multiply_adds: int  # see Layer
    input_mb: float
    forward_mb: float
    parameters_mb: float
    uncounted: tuple[str, ...]  # layers whose parameters and multiply_adds can't be told, and are left out of both


class Sharing(NamedTuple):
    """A convolution against a fully connected layer with the same inputs and outputs."""

    connections: int  # pairs of an input and an output value with a weight between them; the padding is no input
    parameters: int  # weights and biases
    full_connections: int  # of the fully connected layer
    full_parameters: int


@dataclass
class _Group:
    """Nodes that make one layer."""

    nodes: list[onnx.NodeProto]  # the first of them says which
    name: str
    normalises: bool = False  # comes before all that is learned
    around: str = ""  # what it is called if it is not the file's own, but comes before or after it
    counted: bool = True  # whether all its numbers and products are known
    trained: dict[str, int] = field(default_factory=dict)  # the name of a constant: how many numbers
    averaged: dict[str, int] = field(default_factory=dict)


def layers(inside: Inside) -> list[Layer]:
    """The layers of a network in the order in which they run.

    Nodes that only pass on or rearrange values are no layers, but for flattening; arithmetic with constants counts as
    one layer together, and as part of the convolution or the fully connected layer whose bias it adds. Numbers that
    scale or shift the image before all that is learned are normalisation and no parameters, nor are single numbers.
    """
    placed, groups = placements(inside), _groups(inside)
    taken = _taken(inside, groups)
    return [
        _layer(inside, group, placed.get(group.name))._replace(sliding=_sliding(inside, group), takes=takes)
        for group, takes in zip(groups, taken, strict=True)
    ]


def from_the_image_on(inside: Inside) -> list[Layer]:
    """The layers of a network, the image it is given as the first."""
    image = Layer(inside.input, IMAGE, inside.model.card.shape, 0, 0, 0, (1, 1), (1, 1), 1, (1, 2))
    return [image, *layers(inside)]


def summary(inside: Inside) -> Summary:
    """The whole network in a few numbers."""
    groups = _groups(inside)
    counted = [_layer(inside, group, None) for group in groups]
    trainable = sum({name: size for group in groups for name, size in group.trained.items()}.values())
    averaged = sum({name: size for group in groups for name, size in group.averaged.items()}.values())
    values = sum(math.prod(layer.shape) * layer.copies for layer in counted)
    return Summary(
        parameters=trainable + averaged,
        trainable=trainable,
        values=values,
        multiply_adds=sum(layer.multiply_adds or 0 for layer in counted),
        input_mb=math.prod(inside.model.card.shape) * FLOAT_BYTES / MEGABYTE,
        forward_mb=values * FLOAT_BYTES / MEGABYTE,
        parameters_mb=(trainable + averaged) * FLOAT_BYTES / MEGABYTE,
        uncounted=tuple(group.name for group in groups if not group.counted),
    )


def convolutions(inside: Inside) -> list[str]:
    """The layers that sharing() and Inside.kernels() take: convolutions whose filters are pictures, by name."""
    names = []
    for group in _groups(inside):
        if about(group.nodes[0]).has_kernels:
            with contextlib.suppress(UserError):
                inside.convolution(group.name)
                names.append(group.name)
    return names


def sharing(inside: Inside, layer: str) -> Sharing:
    """What the convolution whose result is called layer saves by looking at few places with the same weights at all.

    Raises:
        UserError: there is no such convolution; see Inside.kernels().

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep learning" (2016), section 9.2.
    """
    node, added = inside.convolution(layer)
    outputs, group_inputs, *_ = inside.shape(node.input[about(node).filters])
    _, channels, *places = inside.shape(node.input[0])
    _, _, *sizes = inside.shape(node.output[0])
    slid = window(inside, node)
    taps = 1
    for axis in (0, 1):  # pairs of an output place and a place of the input that its window covers
        start = np.arange(sizes[axis])[:, None] * slid.strides[axis] - slid.before[axis]
        seen = start + np.arange(slid.size[axis]) * slid.dilations[axis]
        taps *= int(((seen >= 0) & (seen < places[axis])).sum())
    inputs, results = channels * math.prod(places), outputs * math.prod(sizes)
    biased = bool(added or biases_of(node))
    return Sharing(
        connections=taps * group_inputs * outputs,
        parameters=outputs * (group_inputs * math.prod(slid.size) + biased),
        full_connections=inputs * results,
        full_parameters=inputs * results + results * biased,
    )


def _groups(inside: Inside) -> list[_Group]:
    """The nodes of the graph, sorted into layers."""
    uses = Counter(name for node in inside.nodes for name in inside.changing(node))
    groups: list[_Group] = []
    made: dict[str, _Group] = {}  # value: the layer whose result it is
    learning = False
    for node in inside.nodes:
        given = [name for name in node.output if name]
        numbers = [name for name in given if inside.real(name) or inside.quantised(name)]  # and not a label
        name = inside.output if inside.output in given else [*numbers, *given][0]
        names, operator = inside.changing(node), about(node)
        before = made.get(names[0])
        if around := PREPARES if inside.prepares(node) else ANSWERS if inside.reads_answer(node) else "":
            if groups and groups[-1].around == around:
                groups[-1].nodes.append(node)
                groups[-1].name = name
            else:
                groups.append(_Group([node], name, around=around))
            made[name] = groups[-1]
            continue
        if operator.passes_on or (operator.rearranges and not flattens(inside, node)):
            if operator.passes_on and before is not None:
                made[name] = before
            if name == inside.output:
                groups.append(_Group([node], name))
            continue
        if not (inside.real(name) or inside.quantised(name)):
            continue  # truth values, and whole numbers that count or point at something
        if inside.images_axis(name) is None and math.prod(inside.shape(name)) == 1:
            continue  # one number for all images together, as scales are that suit a whole batch
        fixed = operator.arithmetic and len(names) == 1
        own = before is not None and not before.around
        scaled = inside.whole_numbers_behind(node)
        if scaled is not None or (fixed and own and uses[names[0]] == 1 and _continues(inside, before, node)):
            group = before if scaled is None else made[scaled.output[0]]
            group.nodes.append(node)
            group.name = name
        else:
            group = _Group([node], name, normalises=fixed and not learning)
            groups.append(group)
        made[name] = group
        if not group.normalises:
            _count(inside, group, node)
            learning = learning or bool(group.trained) or not group.counted
    if len(groups) > 1 and groups[-1].name == inside.output and about(groups[-1].nodes[0]).passes_on:
        last = made.get(inside.changing(groups[-1].nodes[0])[0])
        if last is groups[-2]:  # the same numbers under the name of the model's output
            groups.pop()
            last.name = inside.output
    return groups


def _continues(inside: Inside, group: _Group, node: onnx.NodeProto) -> bool:
    """Whether arithmetic with constants belongs to the layer before it."""
    first = group.nodes[0]
    if about(first).arithmetic:
        return len(inside.changing(first)) == 1
    alone = len(group.nodes) == 1 or (len(group.nodes) == 2 and inside.whole_numbers_behind(group.nodes[1]) is not None)
    if not alone or node.op_type != "Add":
        return False
    bare = first.op_type == "ConvInteger" or (first.op_type == "Conv" and len(first.input) < 3)
    numbers = (inside.constant(name) for name in node.input if name not in inside.changing(node))
    return first.op_type in ("MatMul", "MatMulInteger") or (bare and all(map(one_a_map, numbers)))


def _count(inside: Inside, group: _Group, node: onnx.NodeProto) -> None:
    """Add a node's numbers to its layer's."""
    operator = about(node)
    if operator.products is Products.UNCOUNTED:
        group.counted = False
    for inputs, sizes in ((operator.learned, group.trained), (operator.statistics, group.averaged)):
        numbers = {name: inside.constant(name) for place, name in enumerate(node.input) if place in inputs}
        if node.op_type == "InstanceNormalization" and _does_nothing(*numbers.values()):
            continue  # it has to be given a scale and a shift, but nobody learned them
        for name, value in numbers.items():
            if value is not None and (value.size > 1 or not operator.arithmetic):
                sizes[name] = value.size


def _taken(inside: Inside, groups: list[_Group]) -> list[tuple[str, ...]]:
    """For each layer: those that it reads from, what is only passed on or rearranged in between skipped."""
    owners = {id(node): group for group in groups for node in group.nodes}
    behind: dict[str, list[str]] = {inside.input: [inside.input]}  # a value: the layers that it comes from
    taken: dict[int, dict[str, None]] = {id(group): {} for group in groups}
    for node in inside.nodes:
        sources = dict.fromkeys(source for name in inside.changing(node) for source in behind.get(name, ()))
        owner = owners.get(id(node))
        if owner is not None:
            taken[id(owner)] |= {source: None for source in sources if source != owner.name}
        for name in node.output:
            behind[name] = list(sources) if owner is None else [owner.name]
    return [tuple(taken[id(group)]) for group in groups]


def _sliding(inside: Inside, group: _Group) -> Sliding | None:
    node = group.nodes[0]
    operator = about(node)
    if group.around or operator.places not in (Places.WINDOW, Places.POOLED, Places.SPREAD):
        return None
    backwards = operator.places is Places.SPREAD
    if backwards and ("output_shape" in attributes(node) or attributes(node).get("auto_pad", b"NOTSET") != b"NOTSET"):
        return None  # its padding follows from the size that is wanted
    given, gives = (tuple(inside.shape(name)[2:]) for name in (inside.changing(node)[0], node.output[0]))
    return Sliding(window(inside, node), given, gives, backwards)


def _does_nothing(scale: np.ndarray | None = None, shift: np.ndarray | None = None) -> bool:
    return scale is not None and shift is not None and bool((scale == 1).all() and not shift.any())


def _layer(inside: Inside, group: _Group, placement: MapPlacement | None) -> Layer:
    shape, axis = inside.shape(group.name), inside.images_axis(group.name)
    trainable = sum(group.trained.values())
    if axis is not None and placement is not None:
        at = [len(shape) + place for place in placement.axes]
        places = (at[0] - (at[0] > axis), at[1] - (at[1] > axis))
    else:
        places = None
    return Layer(
        name=group.name,
        kind=group.around or kind(inside, group.nodes[0], group.normalises),
        shape=shape if axis is None else (*shape[:axis], *shape[axis + 1 :]),
        parameters=trainable + sum(group.averaged.values()) if group.counted else None,
        trainable=trainable if group.counted else None,
        multiply_adds=_multiply_adds(inside, group) if group.counted else None,
        receptive_field=placement.field if placement and places else None,
        total_stride=placement.stride if placement and places else None,
        copies=1 if axis is None else shape[axis],
        places=places,
    )


def _multiply_adds(inside: Inside, group: _Group) -> int:
    node = group.nodes[0]
    operator = about(node)
    if operator.products is Products.NONE or group.around:
        return 0
    before, after = inside.shape(node.input[0]), inside.shape(node.output[0])
    if operator.products is Products.MATRIX:
        return math.prod(after) * before[0 if attributes(node).get("transA", 0) else -1]
    if operator.products is Products.STEPS:
        return math.prod(before[:2]) * sum(math.prod(inside.shape(weights)) for weights in node.input[1:3])
    filters = inside.shape(node.input[operator.filters])
    return math.prod(after if operator.products is Products.WINDOW else before) * math.prod(filters[1:])
