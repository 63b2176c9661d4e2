"""Where in an image the evidence for a class lies, for networks that end in global pooling and at most one layer."""

import math
from typing import NamedTuple

import numpy as np
import onnx

from invariance import UserError
from invariance.attribution.logits import before_bias, behind, passes_on
from invariance.inside.nodes import attributes, covers, reduced
from invariance.inside.onnx_operators import Places, about
from invariance.inside.receptive_field import placements
from invariance.inside.values import Inside


class LastMaps(NamedTuple):
    """How a network ends: maps, each of which pooling makes one number, and a linear layer of these numbers."""

    name: str  # of the maps
    channels: int  # the axis along which they follow each other: 1 in (1, K, H, W), 3 in (1, H, W, K)
    weights: np.ndarray  # float32 (classes, K) of the linear layer


def class_activation(inside: Inside, image: np.ndarray, label: int) -> np.ndarray:
    """The class activation map M(y, x) = Σ_k w_k f_k(y, x), f the last maps and w the class's weights for them.

    After global average pooling, the mean of M over all places is the class's logit without its bias: the map says
    where it comes from. After global max pooling it is no sum, but each map's share still appears where it is largest.
    Where the file makes probabilities of the logits, the logit is meant all the same.

    Args:
        inside: the model.
        image: float32 (C, H, W) in [0, 1].
        label: the class's number.

    Returns:
        float32 (H', W'), at the size of the last maps, and lying as the image does.

    Raises:
        UserError: the network doesn't end so, and says how it ends; or there is no such class.

    Source: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning deep features for discriminative
    localization" (2016), section 2.
    """
    name, channels, weights = last_maps(inside)
    if not 0 <= label < len(weights):
        raise UserError(f"The class is a number from 0 to {len(weights) - 1}, not {label}.")
    maps = inside.values([name], image[None])[name].astype(np.float32)
    summed = np.tensordot(weights[label], maps, (0, channels))[0]
    placement = placements(inside).get(name)
    if placement is None:
        return summed
    down, right = (int(math.copysign(1, step)) for step in placement.stride)
    rows, columns = placement.axes
    return (summed if rows < columns else summed.T)[::down, ::right]


def last_maps(inside: Inside) -> LastMaps:
    """The maps that are pooled, and the linear layer behind them.

    Where there is none, and each class has a map of its own, the weights are 1 for that map and 0 for the others. What
    adds a bias, makes probabilities of the logits or brings them into another order may follow, and what passes numbers
    on may stand anywhere.

    Raises:
        UserError: the network doesn't end in global pooling and at most one linear layer.
    """
    logits = before_bias(inside)
    numbers = logits.name
    node = behind(inside, numbers)
    weights = np.eye(math.prod(inside.shape(numbers)), dtype=np.float32)
    name, channels = _maps_behind(inside, numbers, len(weights))
    if not name:
        weights = _weights(inside, node)
        if weights is None:
            raise _refused(inside, node, "its logits should come from a linear layer")
        numbers = inside.changing(node)[0]
        name, channels = _maps_behind(inside, numbers, weights.shape[1])
    if name in ("", inside.input):
        node = None if name else behind(inside, numbers)
        raise _refused(inside, node, "its last linear layer should get one number of each map")
    return LastMaps(name, channels, logits.by_class(weights.astype(np.float32)))


def _weights(inside: Inside, node: onnx.NodeProto | None) -> np.ndarray | None:
    """(classes, inputs) of a linear layer; None if it is none."""
    if node is None or node.op_type not in ("Conv", "Gemm", "MatMul") or len(inside.changing(node)) != 1:
        return None
    given, (numbers,) = attributes(node), inside.changing(node)
    first = numbers == node.input[0]
    if node.op_type == "Conv":
        if not first or inside.shape(numbers)[2:] != (1, 1) or given.get("group", 1) != 1:
            return None
        filters, _ = inside.kernels(node.output[0])
        return filters[:, :, 0, 0] if filters.shape[2:] == (1, 1) else None
    weights = inside.constant(node.input[1 if first else 0])
    if weights is None or weights.ndim != 2:
        return None
    if not first:  # a matrix times a column
        return weights if node.op_type == "MatMul" else None
    if given.get("transA", 0):
        return None
    return (weights if given.get("transB", 0) else weights.T) * np.float32(given.get("alpha", 1))


def _pooled(inside: Inside, node: onnx.NodeProto) -> set[int]:
    """The axes along each of which a node makes one number of all that it gets; none: it isn't pooling."""
    if about(node).places is Places.REDUCED:
        return reduced(inside, node) if inside.shape(inside.changing(node)[0]) else set()
    return {2, 3} if covers(inside, node) else set()


def _maps_behind(inside: Inside, numbers: str, count: int) -> tuple[str, int]:
    """The name of the maps each of which pooling makes one of count numbers, "" if there are none, and their axis.

    Pooling may go over both axes in one node or in one after the other, or over all places in a row.
    """
    pooled, maps = numbers, ""
    node = behind(inside, numbers) if math.prod(inside.shape(numbers)) == count else None
    while node is not None and (axes := _pooled(inside, node)):
        given = inside.changing(node)[0]
        shape = inside.shape(given)
        if not maps and axes == {1, 2} and len(shape) == 4 and (shape[0], shape[3]) == (1, count):
            placement = placements(inside).get(given)
            return (given, 3) if placement and {*placement.axes} == {-3, -2} else ("", 1)
        if shape[:2] != (1, count) or min(axes) < 2 or (maps and len(shape) != 4):
            break
        pooled, maps = given, given if len(shape) == 4 else ""
        node = behind(inside, given)
    while not maps and pooled != numbers:  # all places in a row
        node = inside.maker(pooled)
        if node is None or not passes_on(inside, node):
            break
        pooled = inside.changing(node)[0]
        shape = inside.shape(pooled)
        maps = pooled if len(shape) == 4 and shape[:2] == (1, count) else ""
    return maps, 1


def _refused(inside: Inside, node: onnx.NodeProto | None, wanted: str) -> UserError:
    there = f"the result of {node.output[0]} ({node.op_type})" if node is not None else "the image itself"
    return UserError(
        "A class activation map needs a network that ends in global pooling and at most one linear layer. "
        f"{inside.model.card.title} doesn't: where {wanted}, there is {there}."
    )
