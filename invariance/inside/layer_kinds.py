"""What the layers of a network are called: from what their nodes do."""

import math

import onnx

from invariance.inside.nodes import attributes, covers, reduced, window
from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside


def kind(inside: Inside, node: onnx.NodeProto, normalises: bool = False) -> str:
    """What the layer that a node makes is, in words.

    normalises: whether it comes before all that is learned.
    """
    words = _words(inside, node, normalises)
    return f"{words}, whole numbers" if about(node).whole_numbers else words


def _words(inside: Inside, node: onnx.NodeProto, normalises: bool) -> str:
    operator, changing = about(node), inside.changing(node)
    before, after = inside.shape(changing[0]), inside.shape(node.output[0])
    if operator.rearranges:
        return "Flattening" if flattens(inside, node) else "Rearranging"
    if operator.pooling and covers(inside, node):
        return f"Global {operator.pooling}"
    if operator.places is Places.REDUCED:
        return f"{operator.layer} over {math.prod(before[axis] for axis in reduced(inside, node))}"
    if operator.places in (Places.WINDOW, Places.SPREAD, Places.POOLED):
        return _window_words(inside, node)
    if operator.places is Places.MULTIPLIED and all(name in changing for name in node.input[:2]):
        return "Matrix product"
    if operator.arithmetic and len(changing) == 1:
        return "Normalisation" if normalises else "Scale and shift"
    if operator.places is Places.JOINED and inside.images_axis(node.output[0]) == 0 and after[0] > before[0]:
        return f"{after[0]} versions in one batch"
    return operator.layer or node.op_type


def _window_words(inside: Inside, node: onnx.NodeProto) -> str:
    """Of convolution and of pooling: by which window, and how it moves where that is not usual."""
    operator, slid = about(node), window(inside, node)
    channels = inside.shape(inside.changing(node)[0])[1]
    depthwise = operator.places is Places.WINDOW and attributes(node).get("group", 1) == channels > 1
    name = f"depthwise {operator.layer.lower()}" if depthwise else operator.layer.lower()
    size, strides = ("×".join(map(str, each)) for each in (slid.size, slid.strides))
    if len(set(slid.strides)) == 1:
        strides = str(slid.strides[0])
    usual = slid.size if operator.places is Places.POOLED else [1] * len(slid.size)
    words = "" if len(slid.size) == 2 else f"{len(slid.size)}-D "
    words += f"{name} {size}" + ("" if slid.strides == usual else f", stride {strides}")
    words += f", dilation {max(slid.dilations)}" if max(slid.dilations) > 1 else ""
    return words[0].upper() + words[1:]


def flattens(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node makes maps, or whatever has several axes, one row of numbers for each image."""
    before, after = inside.shape(node.input[0]), inside.shape(node.output[0])
    return len(before) > 2 and len(after) == 2 and before[0] == after[0]
