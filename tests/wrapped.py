"""A network of ours as strangers' files hold theirs: other layouts, ranges, types, batches and outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from invariance.files import ROOT

EXPORTED = ROOT / "exported"
AXES = {  # layouts: the file's axes for (C, H, W), and how they become (N, C, H, W)
    "NCHW": ("nchw", None),
    "NHWC": ("nhwc", [0, 3, 1, 2]),
    "NHW": ("nhw", None),
    "CHW": ("chw", None),
    "HWC": ("hwc", [0, 3, 1, 2]),
    "HW": ("hw", None),
    "flat": ("nf", None),
    "flat HWC": ("nf", [0, 3, 1, 2]),
    "one row": ("f", None),
}
TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE}
TYPES |= {"uint8": TensorProto.UINT8}


def wrapped(
    path: Path,
    base: str | onnx.ModelProto = "lenet5",
    layout: str = "NCHW",
    span: tuple[float, float] = (0, 1),
    mean: float | tuple[float, ...] = 0,
    std: float | tuple[float, ...] = 1,
    *,
    invert: bool = False,
    bgr: bool = False,
    transpose: bool = False,
    dtype: str = "float32",
    batch: int | None = None,
    ends: str = "logits",
    hidden: bool = True,
    metadata: dict[str, str] | None = None,
    dims: list[Any] | None = None,
    output_type: str = "float32",
) -> Path:
    """Write a network that takes images prepared so, and answers as base does to images in [0, 1].

    Args:
        path: of the file.
        base: a name in exported/, or a graph from "image" to "logits".
        layout: a key of AXES.
        span, mean, std, invert, bgr, transpose: what becomes of images before; see Preparation.
        dtype: of the input.
        batch: None for any number of images.
        ends: "logits", "softmax", "logsoftmax", "sigmoids", "maps" (N, classes, 1, 1), "twice", "both" (probabilities
            beside the logits), "label" (the class and probabilities), "zipmap", "one sigmoid" (of class 1).
        hidden: undo the preparation by a convolution, which says nothing, and not by arithmetic.
        metadata: of the file; base's own is left out.
        dims: the input's axes as the file says them; None: all numbers but that of the images.
        output_type: of the answer.
    """
    proto = (
        onnx.load(EXPORTED / f"{base}.onnx")
        if isinstance(base, str)
        else onnx.ModelProto.FromString(base.SerializeToString())
    )
    graph = proto.graph
    channels, rows, columns = (each.dim_value for each in graph.input[0].type.tensor_type.shape.dim[1:])
    sizes = {"n": batch or "n", "c": channels, "h": rows, "w": columns, "f": channels * rows * columns}
    names, back = AXES[layout]
    nodes, numbers, value = [], {}, "given"

    def add(operator: str, *others: str, **attributes: Any) -> None:
        nonlocal value
        nodes.append(helper.make_node(operator, [value, *others], [f"undone{len(nodes)}"], **attributes))
        value = nodes[-1].output[0]

    def number(name: str, array: Any) -> str:
        numbers[name] = np.asarray(array)
        return name

    if dtype != "float32":
        add("Cast", to=TensorProto.FLOAT)
    inner = [0, channels, rows, columns] if back is None else [0, rows, columns, channels]
    if "n" not in names:
        inner[0] = 1
    if names not in ("nchw", "nhwc"):
        inner[0] = -1
        add("Reshape", number("inner", np.array(inner)))
    if back:
        add("Transpose", perm=back)
    if transpose:
        add("Transpose", perm=[0, 1, 3, 2])
    if bgr:
        add("Gather", number("colours", [2, 1, 0]), axis=1)
    low, high = span
    factor = np.broadcast_to(np.float64(std) / (high - low), channels)
    shift = np.broadcast_to((np.float64(mean) - low) / (high - low), channels)
    if bgr:
        factor, shift = factor[::-1], shift[::-1]
    if invert:
        factor, shift = -factor, 1 - shift
    if (factor != 1).any() or shift.any():
        if hidden:
            add(
                "Conv",
                number("factor", np.diag(factor).astype(np.float32).reshape(channels, channels, 1, 1)),
                number("shift", shift.astype(np.float32)),
            )
        else:
            add("Mul", number("factor", factor.astype(np.float32).reshape(-1, 1, 1)))
            add("Add", number("shift", shift.astype(np.float32).reshape(-1, 1, 1)))
    add("Identity")
    nodes[-1].output[0] = graph.input[0].name
    classes = graph.output[0].type.tensor_type.shape.dim[1].dim_value
    after, outputs = _ends(ends, classes)
    if output_type != "float32":
        last = outputs[-1]
        after.append(helper.make_node("Cast", [last[0]], ["cast"], to=TYPES[output_type]))
        outputs[-1] = ("cast", TYPES[output_type], last[2])
    shape = [sizes[name] for name in names] if dims is None else dims
    made = helper.make_graph(
        [*nodes, *graph.node, *after],
        "wrapped",
        [helper.make_tensor_value_info("given", TYPES[dtype], shape)],
        [
            helper.make_tensor_value_info(name, kind, None if rest is None else [batch or "n", *rest])
            if kind
            else helper.make_empty_tensor_value_info(name)
            for name, kind, rest in outputs
        ],
        [*graph.initializer, *(numpy_helper.from_array(array, name) for name, array in numbers.items())],
    )
    opsets = [*proto.opset_import, helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=proto.ir_version)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path


def _ends(ends: str, classes: int):
    """Nodes after the logits, and the outputs: name, type (None: not a tensor), axes behind that of the images."""
    node, float_ = helper.make_node, TensorProto.FLOAT
    row = [classes]
    softmax = node("Softmax", ["logits"], ["probabilities"], axis=1)
    label = node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0)
    if ends == "logits":
        return [node("Identity", ["logits"], ["answer"])], [("answer", float_, row)]
    if ends == "softmax":
        return [softmax], [("probabilities", float_, row)]
    if ends == "logsoftmax":
        return [node("LogSoftmax", ["logits"], ["answer"], axis=1)], [("answer", float_, row)]
    if ends == "sigmoids":
        return [node("Sigmoid", ["logits"], ["answer"])], [("answer", float_, row)]
    if ends == "maps":
        shape = node("Constant", [], ["four"], value=numpy_helper.from_array(np.array([-1, classes, 1, 1])))
        return [shape, node("Reshape", ["logits", "four"], ["answer"])], [("answer", float_, [classes, 1, 1])]
    if ends == "twice":
        twice = [node("Identity", ["logits"], [name]) for name in ("first", "second")]
        return twice, [("first", float_, row), ("second", float_, row)]
    if ends == "both":
        return [softmax], [("probabilities", float_, row), ("logits", float_, row)]
    if ends == "label":
        return [label, softmax], [("label", TensorProto.INT64, []), ("probabilities", float_, row)]
    if ends == "zipmap":
        named = node(
            "ZipMap", ["probabilities"], ["named"], domain="ai.onnx.ml", classlabels_int64s=list(range(classes))
        )
        return [label, softmax, named], [("label", TensorProto.INT64, []), ("named", None, None)]
    if ends == "one sigmoid":  # of class 1 against class 0: the difference of their logits
        weights = np.zeros((classes, 1), np.float32)
        weights[1], weights[0] = 1, -1
        made = node("Constant", [], ["difference"], value=numpy_helper.from_array(weights))
        return [made, node("MatMul", ["logits", "difference"], ["z"]), node("Sigmoid", ["z"], ["answer"])], [
            ("answer", float_, [1])
        ]
    raise ValueError(ends)
