"""Where in an image the evidence for a class lies, for networks that end in global pooling and at most one layer."""

import numpy as np
import onnx

from invariance import UserError
from invariance.inside.nodes import attributes, covers
from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside


def class_activation(inside: Inside, image: np.ndarray, label: int) -> np.ndarray:
    """The class activation map M(y, x) = Σ_k w_k f_k(y, x), f the last maps and w the class's weights for them.

    After global average pooling, the mean of M over all places is the class's logit without its bias: the map says
    where it comes from. After global max pooling it is no sum, but each map's share still appears where it is largest.

    Args:
        inside: the model.
        image: float32 (C, H, W) in [0, 1].
        label: the class's number.

    Returns:
        (H', W'), at the size of the last maps.

    Raises:
        UserError: the network doesn't end so, and says how it ends; or there is no such class.

    Source: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning deep features for discriminative
    localization" (2016), section 2.
    """
    maps, weights = last_maps(inside)
    if not 0 <= label < len(weights):
        raise UserError(f"The class is a number from 0 to {len(weights) - 1}, not {label}.")
    return np.tensordot(weights[label], inside.values([maps], image[None])[maps][0], 1)


def last_maps(inside: Inside) -> tuple[str, np.ndarray]:
    """The name of the maps that are pooled, and the weights (classes, maps) of the linear layer behind them.

    Where there is none, and each class has a map of its own, the weights are 1 for that map and 0 for the others.

    Raises:
        UserError: the network doesn't end in global pooling and at most one linear layer.
    """
    node = _behind(inside, inside.output)
    if node is not None and node.op_type in ("Add", "Sub") and inside.changing(node) == [node.input[0]]:  # the bias
        node = _behind(inside, node.input[0])
    if node is not None and covers(inside, node):
        weights = np.eye(len(inside.model.card.labels), dtype=np.float32)
    else:
        weights = _weights(inside, node)
        if weights is None:
            raise _refused(inside, node, "its logits should come from a linear layer")
        node = _behind(inside, node.input[0])
    maps = inside.changing(node)[0] if node is not None and covers(inside, node) else inside.input
    if inside.shapes[maps][:2] != (1, weights.shape[1]) or maps == inside.input:
        raise _refused(inside, node, "its last linear layer should get one number of each map")
    return maps, weights


def _behind(inside: Inside, name: str) -> onnx.NodeProto | None:
    """The node that made a value of the image, those left out that only pass it on."""
    node = inside.maker(name)
    while node is not None and inside.changing(node):
        if not about(node).passes_on and about(node).places is not Places.RESHAPED:
            return node
        node = inside.maker(inside.changing(node)[0])
    return None


def _weights(inside: Inside, node: onnx.NodeProto | None) -> np.ndarray | None:
    """(classes, inputs) of a linear layer; None if it is none."""
    if node is None or inside.changing(node) != [node.input[0]]:
        return None
    given = attributes(node)
    if node.op_type == "Conv" and inside.shape(node.input[0])[2:] == (1, 1) and given.get("group", 1) == 1:
        filters, _ = inside.kernels(node.output[0])
        return filters[:, :, 0, 0] if filters.shape[2:] == (1, 1) else None
    weights = inside.constant(node.input[1]) if node.op_type in ("Gemm", "MatMul") else None
    if weights is None or weights.ndim != 2 or given.get("transA", 0):
        return None
    return (weights if given.get("transB", 0) else weights.T) * np.float32(given.get("alpha", 1))


def _refused(inside: Inside, node: onnx.NodeProto | None, wanted: str) -> UserError:
    there = f"what {node.op_type} ({node.output[0]}) gives" if node is not None else "the image itself"
    return UserError(
        "A class activation map needs a network that ends in global pooling and at most one linear layer. "
        f"{inside.model.card.title} doesn't: where {wanted}, there is {there}."
    )
