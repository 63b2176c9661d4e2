"""One form for every classifier: its graph between nodes that prepare its images and nodes that read its answer.

What stands behind it takes float32 images (N, C, H, W) in [0, 1] and gives logits (N, classes), whatever the file does.
Everything that looks at networks, from the inside too, sees that one graph.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from invariance.model import preparation
from invariance.model.card import ModelError
from invariance.model.exports import INPUT, OUTPUT
from invariance.model.preparation import Nodes, Preparation
from invariance.model.signature import Signature
from invariance.model.versions import OLDEST

WHERE_NONE = 13  # the version for graphs that use none of ONNX's own operators
# What there is to say of a graph that gated() made.
IN_ONE_FORM = {"range": (0, 1), "mean": 0, "std": 1, "invert": False, "transpose": False, "gives": "logits"}
TINY = 2e-38  # added to a probability, so that its logarithm is finite
ANSWER = "answer: "  # before the names of values that are made here of the answer


def version(proto: onnx.ModelProto) -> int:
    """Of ONNX's own operators in a graph."""
    return next((each.version for each in proto.opset_import if each.domain in ("", "ai.onnx")), WHERE_NONE)


def gated(
    proto: onnx.ModelProto,
    signature: Signature,
    taken: Preparation,
    given: tuple[int, int, int],
    order: Sequence[int] | None = None,
) -> onnx.ModelProto:
    """A graph from images to logits; as it is if it is one already.

    Args:
        proto: the file's graph.
        signature: of it.
        taken: what its images become.
        given: (C, H, W) of the images that come.
        order: for each class of the answer, which of the file's it is; None: as in the file.

    Raises:
        ModelError: the graph is older than what the nodes before and after it need.
    """
    start = _unused(proto, INPUT)
    before = preparation.nodes(taken, given, signature.dims, start, version(proto))
    after = _answer(signature, order, version(proto))
    alone = len(proto.graph.output) == 1 and proto.graph.output[0].name == signature.output
    if not before.nodes and not after.nodes and alone:
        return proto
    if version(proto) < OLDEST:
        raise ModelError(
            f"It is written for version {version(proto)} of ONNX's operators; expected {OLDEST} or newer. Convert it "
            "with onnx.version_converter, or export it anew."
        )
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    if not any(each.domain in ("", "ai.onnx") for each in made.opset_import):
        made.opset_import.append(helper.make_opsetid("", WHERE_NONE))
    graph = made.graph
    inner = list(graph.node)
    del graph.node[:]
    if before.nodes:
        graph.node.extend(before.ending_in(signature.input))
        axes = ["n" if taken.batch is None else taken.batch, *given]
        _only(graph.input, helper.make_tensor_value_info(start, TensorProto.FLOAT, axes))
    graph.node.extend(inner)
    end = signature.output
    if after.nodes:
        end = _unused(proto, OUTPUT)
        graph.node.extend(after.ending_in(end))
    rows = "n" if taken.batch is None else taken.batch
    _only(graph.output, helper.make_tensor_value_info(end, TensorProto.FLOAT, [rows, signature.classes]))
    graph.initializer.extend([*before.stored, *after.stored])
    return made


def prepares(
    signature: Signature, taken: Preparation, given: tuple[int, int, int], number: int
) -> onnx.ModelProto | None:
    """The nodes that prepare images as a graph of their own; None if there is nothing to do. number: their version."""
    before = preparation.nodes(taken, given, signature.dims, INPUT, number)
    if not before.nodes:
        return None
    end = signature.input if signature.input != INPUT else f"{INPUT} prepared"
    graph = helper.make_graph(
        before.ending_in(end),
        "preparation",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", *given])],
        [helper.make_empty_tensor_value_info(end)],
        before.stored,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", number)], ir_version=8)


def _answer(signature: Signature, order: Sequence[int] | None, number: int) -> Nodes:
    """The nodes from a file's answer to logits (N, classes)."""
    made = Nodes(signature.output, ANSWER, number)
    one = signature.gives in ("sigmoid", "logit")
    if signature.output_type != "tensor(float)":
        made.add("Cast", to=TensorProto.FLOAT)
    if not signature.rows:
        made.add("Reshape", made.number("row", [-1, 1 if one else signature.classes], np.int64))
    if signature.gives == "logit":  # softmax(0, z) = (1 - p, p) with p = 1 / (1 + exp(-z))
        right = made.value
        made.add("Mul", made.number("none", 0))
        made.add("Concat", right, axis=1)
    elif signature.gives == "sigmoid":
        right = made.value
        made.add("Sub", made.number("one", 1), first=False)
        made.add("Concat", right, axis=1)
    if signature.gives in ("probabilities", "sigmoid", "sigmoids"):  # softmax(log p) = p / sum(p)
        made.add("Add", made.number("tiny", TINY))
        made.add("Log")
    if order is not None and list(order) != list(range(signature.classes)):
        made.add("Gather", made.number("order", order, np.int64), axis=1)
    return made


def _unused(proto: onnx.ModelProto, name: str) -> str:
    """A name like this that the graph has no value of."""
    taken = {each for node in proto.graph.node for each in (*node.input, *node.output)}
    taken |= {tensor.name for tensor in proto.graph.initializer}
    while name in taken:
        name += "_"
    return name


def _only(field, value: onnx.ValueInfoProto) -> None:
    del field[:]
    field.append(value)
