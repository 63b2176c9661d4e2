"""What the layers of a network are called: from what their nodes do."""

import math

import onnx

from invariance.inside.nodes import SLIDING, attributes, covers, operator, reduced, window
from invariance.inside.values import Inside

REARRANGE = ("Flatten", "Reshape", "Transpose", "Slice", "Squeeze", "Unsqueeze", "Gather", "Expand", "Split")
ARITHMETIC = ("Add", "Sub", "Mul", "Div")
NAMES = {
    "Relu": "ReLU",
    "PRelu": "PReLU",
    "Gelu": "GELU",
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
    "Sub": "Difference",
    "Mul": "Product",
    "Div": "Quotient",
    "If": "Branches",
    "Scan": "Loop",
}
POOLS = {"MaxPool": "max pooling", "AveragePool": "average pooling", "ReduceMax": "max pooling"}
POOLS |= {"LpPool": "norm pooling", "GlobalLpPool": "norm pooling"}
POOLS |= {"ReduceMean": "average pooling", "GlobalAveragePool": "average pooling", "GlobalMaxPool": "max pooling"}


def kind(inside: Inside, node: onnx.NodeProto, normalises: bool = False) -> str:
    """What the layer that a node makes is, in words.

    normalises: whether it comes before all that is learned.
    """
    name = operator(node)
    words = _words(inside, node, name, normalises)
    return words if name in (node.op_type, f"{node.op_type} ({node.domain})") else f"{words}, whole numbers"


def _words(inside: Inside, node: onnx.NodeProto, name: str, normalises: bool) -> str:
    given = attributes(node)
    before, after = inside.shape(inside.changing(node)[0]), inside.shape(node.output[0])
    if name in REARRANGE:
        return "Flattening" if flattens(inside, node) else "Rearranging"
    if name in POOLS and covers(inside, node):
        return f"Global {POOLS[name]}"
    if name.startswith("Reduce"):
        counted = math.prod(before[axis] for axis in reduced(inside, node))
        return f"{name.removeprefix('Reduce').replace('Max', 'Maximum')} over {counted}"
    if name in ("Conv", "ConvTranspose") or name in SLIDING:
        slid = window(inside, node)
        depthwise = name == "Conv" and given.get("group", 1) == before[1] > 1
        names = {
            "Conv": "depthwise convolution" if depthwise else "convolution",
            "ConvTranspose": "transposed convolution",
        }
        size, strides = ("×".join(map(str, each)) for each in (slid.size, slid.strides))
        if len(set(slid.strides)) == 1:
            strides = str(slid.strides[0])
        usual = [1] * len(slid.size) if name in names else slid.size
        words = "" if len(slid.size) == 2 else f"{len(slid.size)}-D "
        words += f"{(names | POOLS)[name]} {size}" + ("" if slid.strides == usual else f", stride {strides}")
        words += f", dilation {max(slid.dilations)}" if max(slid.dilations) > 1 else ""
        return words[0].upper() + words[1:]
    if name == "MatMul":
        both = all(each in inside.changing(node) for each in node.input[:2])
        return "Matrix product" if both else "Fully connected"
    if name in ARITHMETIC and len(inside.changing(node)) == 1:
        return "Normalisation" if normalises else "Scale and shift"
    if name == "Concat" and inside.images_axis(node.output[0]) == 0 and after[0] > before[0]:
        return f"{after[0]} versions in one batch"
    return NAMES.get(name, name)


def flattens(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node makes maps, or whatever has several axes, one row of numbers for each image."""
    before, after = inside.shape(node.input[0]), inside.shape(node.output[0])
    return len(before) > 2 and len(after) == 2 and before[0] == after[0]
