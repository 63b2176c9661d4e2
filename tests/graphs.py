"""Small classifiers written node by node, for cases that no exported file has."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

from invariance.inside.values import Inside
from invariance.model import Card, Model

Parts = tuple[list[onnx.NodeProto], dict[str, np.ndarray]]  # nodes, and the numbers that they use by name


def node(operator: str, inputs: str, output: str, **attributes) -> onnx.NodeProto:
    """inputs, output: names with spaces between."""
    return helper.make_node(operator, inputs.split(), output.split(), **attributes)


def _proto(
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    shape: tuple[int, ...],
    classes: int,
    functions: tuple[onnx.FunctionProto, ...] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in (("", 20), ("com.microsoft", 1), ("own", 1))]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=functions)
    onnx.checker.check_model(model)
    return model


def opened(
    path: Path,
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    shape=(1, 8, 8),
    classes=2,
    functions: tuple[onnx.FunctionProto, ...] = (),
    quantise: Callable[[Path, Path], None] | None = None,
):
    """Write a classifier of images of this shape that ends in the value logits, and look inside."""
    onnx.save(_proto(nodes, weights, shape, classes, functions), path / "graph.onnx")
    if quantise:
        logging.disable()  # it recommends steps before, which change nothing here
        quantise(path / "graph.onnx", path / "graph.onnx")
        logging.disable(logging.NOTSET)
    return Inside(Model(path / "graph.onnx"))


def with_card(folder: Path, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], card: Card) -> Path:
    """Write a classifier that ends in the value logits under its card's name; its path."""
    model = _proto(nodes, weights, card.shape, len(card.labels))
    helper.set_model_props(model, card.to_metadata())
    onnx.save(model, folder / f"{card.name}.onnx")
    return folder / f"{card.name}.onnx"


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """float32 numbers around 0."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def ending(maps: str, count: int, classes: int = 2) -> Parts:
    """Global average pooling of so many maps and a linear layer."""
    return [
        node("GlobalAveragePool", maps, "pooled"),
        node("Flatten", "pooled", "flat"),
        node("Gemm", "flat fc_w fc_b", "logits"),
    ], {"fc_w": random(count, classes, seed=8), "fc_b": random(classes, seed=9)}


def fire(given: str, name: str, inputs: int, squeezed: int, expanded: int) -> Parts:
    """A module of SqueezeNet: a 1×1 convolution to few maps, then 1×1 and 3×3 ones side by side.

    Source: F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters" (2016), figure 1.
    """
    nodes = [
        node("Conv", f"{given} {name}.s {name}.sb", f"{name}.squeeze"),
        node("Relu", f"{name}.squeeze", f"{name}.squeezed"),
        node("Conv", f"{name}.squeezed {name}.e1 {name}.e1b", f"{name}.expand1"),
        node("Relu", f"{name}.expand1", f"{name}.expanded1"),
        node("Conv", f"{name}.squeezed {name}.e3 {name}.e3b", f"{name}.expand3", pads=[1, 1, 1, 1]),
        node("Relu", f"{name}.expand3", f"{name}.expanded3"),
        node("Concat", f"{name}.expanded1 {name}.expanded3", name, axis=1),
    ]
    shapes = {"s": (squeezed, inputs, 1, 1), "e1": (expanded, squeezed, 1, 1), "e3": (expanded, squeezed, 3, 3)}
    weights = {f"{name}.{key}": random(*shape, seed=len(key)) for key, shape in shapes.items()}
    return nodes, weights | {f"{name}.{key}b": random(shape[0]) for key, shape in shapes.items()}


def squeezenet() -> Parts:
    """A small one, which ends in a map for each class and global average pooling."""
    first, first_weights = fire("pool", "fire1", 4, 3, 5)
    second, second_weights = fire("fire1", "fire2", 10, 4, 6)
    nodes = [
        node("Conv", "image w b", "conv", pads=[1, 1, 1, 1]),
        node("Relu", "conv", "relu"),
        node("MaxPool", "relu", "pool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        *first,
        *second,
        node("Dropout", "fire2", "dropped"),
        node("Conv", "dropped last lastb", "classes"),
        node("Relu", "classes", "maps"),
        node("GlobalAveragePool", "maps", "pooled"),
        node("Reshape", "pooled rows", "logits"),
    ]
    weights = {"w": random(4, 1, 3, 3), "b": random(4), "last": random(2, 12, 1, 1), "lastb": random(2)}
    return nodes, weights | first_weights | second_weights | {"rows": np.array([-1, 2])}


def _mlp() -> Parts:
    return [
        node("Flatten", "image", "flat"),
        node("Gemm", "flat w1", "fc1"),
        node("Relu", "fc1", "relu"),
        node("MatMul", "relu w2", "logits"),
    ], {"w1": random(64, 5), "w2": random(5, 2)}


def _one_axis() -> Parts:
    """The rows of the image as channels of a sequence."""
    return [
        node("Squeeze", "image one", "rows"),
        node("Conv", "rows w b", "conv", pads=[1, 1]),
        node("MaxPool", "conv", "pool", kernel_shape=[2], strides=[2]),
        node("GlobalAveragePool", "pool", "pooled"),
        node("Flatten", "pooled", "flat"),
        node("MatMul", "flat fc", "logits"),
    ], {"one": np.array([1]), "w": random(6, 8, 3), "b": random(6), "fc": random(6, 2)}


def _three_axes() -> Parts:
    return [
        node("Reshape", "image volume", "cube"),
        node("Conv", "cube w", "conv", strides=[1, 2, 1]),
        node("MaxPool", "conv", "pool", kernel_shape=[3, 1, 3]),
        node("Flatten", "pool", "flat"),
        node("MatMul", "flat fc", "logits"),
    ], {"volume": np.array([-1, 1, 4, 4, 4]), "w": random(3, 1, 2, 2, 2), "fc": random(6, 2)}


def _sizes_worked_out() -> Parts:
    """How the maps are laid out depends on the batch; how many numbers are picked depends on the image."""
    last, weights = ending("conv", 2)
    last[-1].output[0] = "scores"
    return [
        node("Shape", "image", "size"),
        node("Gather", "size zero", "n"),
        node("Concat", "n rest", "shape", axis=0),
        node("Reshape", "image shape", "same"),
        node("Conv", "same w", "conv"),
        *last,
        node("Greater", "conv bound", "large"),
        node("NonZero", "large", "where"),
        node("Transpose", "where", "places"),
        node("GatherND", "conv places", "picked"),
        node("ReduceMax", "picked", "largest", keepdims=0),
        node("Add", "scores largest", "logits"),
    ], weights | {
        "zero": np.array([0]),
        "rest": np.array([1, 8, 8]),
        "bound": np.float32(0.5),
        "w": random(2, 1, 3, 3),
    }


def _branch(name: str, given: str, weights: np.ndarray) -> onnx.GraphProto:
    nodes = [node("Conv", f"{given} {name}_w", f"{name}_out", pads=[1, 1, 1, 1])]
    result = helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, name, [], [result], [numpy_helper.from_array(weights, f"{name}_w")])


def _branches() -> Parts:
    """If the image is bright, one convolution, else another; it reads the image from outside."""
    last, weights = ending("relu", 3)
    branches = {
        f"{name}_branch": _branch(name, "image", random(3, 1, 3, 3, seed=seed))
        for seed, name in enumerate(("then", "else"))
    }
    return [node("If", "always", "chosen", **branches), node("Relu", "chosen", "relu"), *last], weights | {
        "always": np.array(True)
    }


def _loop() -> Parts:
    last, weights = ending("looped", 2)
    given = [("step", TensorProto.INT64, []), ("going", TensorProto.BOOL, []), ("state", TensorProto.FLOAT, None)]
    body = helper.make_graph(
        [
            node("Conv", "state w", "state_conv", pads=[1, 1, 1, 1]),
            node("Add", "state_conv conv", "next"),
            node("Identity", "going", "on"),
        ],
        "body",
        [helper.make_tensor_value_info(*each) for each in given],
        [helper.make_tensor_value_info(*each) for each in (("on", TensorProto.BOOL, []), ("next", 1, None))],
    )
    return [
        node("Conv", "image first", "conv", pads=[1, 1, 1, 1]),
        node("Loop", "times true conv", "looped", body=body),
        *last,
    ], weights | {"first": random(2, 1, 3, 3), "w": random(2, 2, 3, 3), "times": np.array(3), "true": np.array(True)}


def _scan() -> Parts:
    """A running sum over the rows."""
    row = [("sum", 1, ["n", 1, 8]), ("row", 1, ["n", 1, 8])]
    body = helper.make_graph(
        [node("Add", "sum row", "total"), node("Identity", "total", "given")],
        "body",
        [helper.make_tensor_value_info(*each) for each in row],
        [helper.make_tensor_value_info(name, 1, ["n", 1, 8]) for name in ("total", "given")],
    )
    return [
        node("ReduceSum", "image two", "start", keepdims=0),
        node(
            "Scan", "start image", "end sums", body=body, num_scan_inputs=1, scan_input_axes=[2], scan_output_axes=[2]
        ),
        node("Flatten", "sums", "flat"),
        node("MatMul", "flat w", "logits"),
    ], {"two": np.array([2]), "w": random(64, 2)}


def _transposed_convolution() -> Parts:
    last, weights = ending("up", 3)
    return [
        node("Conv", "image w", "conv", strides=[2, 2]),
        node("ConvTranspose", "conv t b", "up", strides=[2, 2]),
        *last,
    ], weights | {"w": random(2, 1, 2, 2), "t": random(2, 3, 3, 3), "b": random(3)}


def _half() -> Parts:
    return [
        node("Cast", "image", "small", to=TensorProto.FLOAT16),
        node("Conv", "small w b", "conv", pads=[1, 1, 1, 1]),
        node("Relu", "conv", "relu"),
        node("GlobalAveragePool", "relu", "pooled"),
        node("Flatten", "pooled", "flat"),
        node("MatMul", "flat fc", "scores"),
        node("Cast", "scores", "logits", to=TensorProto.FLOAT),
    ], {"w": random(4, 1, 3, 3).astype("f2"), "b": random(4).astype("f2"), "fc": random(4, 2).astype("f2")}


def _numbers_without_arrays() -> Parts:
    """bfloat16 and sequences can't be had from onnxruntime as arrays."""
    last, weights = ending("conv", 2)
    return [
        node("Cast", "image", "rounded", to=TensorProto.BFLOAT16),
        node("Reshape", "rounded shape", "reshaped"),
        node("Concat", "reshaped reshaped", "doubled", axis=1),
        node("Cast", "doubled", "both", to=TensorProto.FLOAT),
        node("Slice", "both zero one one", "back"),
        node("SplitToSequence", "back", "parts", axis=2),
        node("ConcatFromSequence", "parts", "whole", axis=2),
        node("Conv", "whole w", "conv"),
        *last,
    ], weights | {
        "w": random(2, 1, 3, 3),
        "shape": np.array([-1, 1, 8, 8]),
        "zero": np.array([0]),
        "one": np.array([1]),
    }


def _several_outputs() -> Parts:
    """Half of the maps through a convolution, then all of them mixed, as in ShuffleNet."""
    last, weights = ending("mixed", 4)
    return [
        node("Conv", "image w", "conv"),
        node("MaxPool", "conv", "pool places", kernel_shape=[2, 2], strides=[2, 2]),
        node("Split", "pool", "left right", axis=1, num_outputs=2),
        node("Conv", "right v", "changed", pads=[1, 1, 1, 1]),
        node("Concat", "left changed", "both", axis=1),
        node("Reshape", "both pairs", "paired"),
        node("Transpose", "paired", "swapped", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "swapped maps", "shuffled"),
        node("Relu", "shuffled", "mixed"),
        *last,
    ], weights | {
        "w": random(4, 1, 3, 3),
        "v": random(2, 2, 3, 3),
        "pairs": np.array([-1, 2, 2, 3, 3]),
        "maps": np.array([-1, 4, 3, 3]),
    }


ODD_NAMES = {"image": "image", "conv": "a b/c:0", "relu": "<b>&\"'*_`$x$`", "pooled": "größe 图", "flat": "{0}%s"}


def _odd_names() -> Parts:
    last, weights = ending("relu", 2)
    nodes = [node("Conv", "image w", "conv"), node("Relu", "conv", "relu"), *last]
    for each in nodes:
        each.input[:] = [ODD_NAMES.get(name, name) for name in each.input]
        each.output[:] = [ODD_NAMES.get(name, name) for name in each.output]
    return nodes, weights | {"w": random(2, 1, 3, 3)}


def _folded() -> Parts:
    """Filters at the end of a chain of constants."""
    last, weights = ending("conv", 3)
    return [
        node("Transpose", "stored", "turned", perm=[3, 2, 1, 0]),
        node("Mul", "turned scale", "scaled"),
        node("Cast", "scaled", "exact", to=TensorProto.DOUBLE),
        node("Cast", "exact", "filters", to=TensorProto.FLOAT),
        node("Shape", "filters", "size"),
        node("ConstantOfShape", "size", "zeros"),
        node("Add", "filters zeros", "same"),
        node("Conv", "image same", "conv"),
        *last,
    ], weights | {"stored": random(3, 3, 1, 3), "scale": np.float32(2)}


def _inception() -> Parts:
    last, weights = ending("mixed", 7)
    return [
        node("Conv", "image a", "one"),
        node("Conv", "image b", "three", pads=[1, 1, 1, 1]),
        node("Conv", "image c", "five", pads=[2, 2, 2, 2]),
        node("MaxPool", "image", "pool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("Concat", "one three five pool", "mixed", axis=1),
        *last,
    ], weights | {"a": random(2, 1, 1, 1), "b": random(2, 1, 3, 3), "c": random(2, 1, 5, 5)}


def _squeeze_and_excite() -> Parts:
    """Maps weighted by numbers that come from all of the image; J. Hu, L. Shen, G. Sun (2018)."""
    last, weights = ending("deep", 3)
    return [
        node("Conv", "image w", "conv", pads=[1, 1, 1, 1]),
        node("ReduceMean", "conv axes", "means", keepdims=0),
        node("Gemm", "means se", "raw"),
        node("Sigmoid", "raw", "gate"),
        node("Reshape", "gate shape", "gates"),
        node("Mul", "conv gates", "gated"),
        node("Conv", "gated v", "deep"),
        *last,
    ], weights | {
        "w": random(4, 1, 3, 3),
        "axes": np.array([2, 3]),
        "se": random(4, 4),
        "shape": np.array([-1, 4, 1, 1]),
        "v": random(3, 4, 3, 3),
    }


def _normalised() -> Parts:
    """Group normalisation as files before opset 21 write it, and instance normalisation."""
    last, weights = ending("other", 4)
    return [
        node("Conv", "image w", "conv"),
        node("Reshape", "conv groups", "grouped"),
        node("InstanceNormalization", "grouped ones zeros", "normed"),
        node("Reshape", "normed maps", "back"),
        node("Mul", "back scale", "scaled"),
        node("Add", "scaled shift", "norm"),
        node("InstanceNormalization", "norm s t", "other"),
        *last,
    ], weights | {
        "w": random(4, 1, 3, 3),
        "groups": np.array([-1, 2, 72]),
        "ones": np.ones(2, np.float32),
        "zeros": np.zeros(2, np.float32),
        "maps": np.array([-1, 4, 6, 6]),
        **{"scale": random(4, 1, 1), "shift": random(4, 1, 1), "s": random(4), "t": random(4)},
    }


def channels_last() -> Parts:
    """A block of ConvNeXt: the channels last between; Z. Liu et al., "A ConvNet for the 2020s" (2022)."""
    last, weights = ending("sum", 3)
    return [
        node("Conv", "image stem stem_b", "stemmed", strides=[2, 2]),
        node("Conv", "stemmed w", "deep", group=3, pads=[1, 1, 1, 1]),
        node("Transpose", "deep", "last", perm=[0, 2, 3, 1]),
        node("LayerNormalization", "last scale shift", "norm"),
        node("MatMul", "norm up", "wide"),
        node("Gelu", "wide", "gelu"),
        node("MatMul", "gelu down", "narrow"),
        node("Add", "narrow down_b", "biased"),
        node("Transpose", "biased", "first", perm=[0, 3, 1, 2]),
        node("Add", "first stemmed", "sum"),
        *last,
    ], weights | {
        "stem": random(3, 1, 2, 2),
        "stem_b": random(3),
        "w": random(3, 1, 3, 3),
        **{"scale": random(3), "shift": random(3), "up": random(3, 5), "down": random(5, 3), "down_b": random(3)},
    }


def _attention() -> Parts:
    """Patches as tokens that look at each other, with a class token; A. Dosovitskiy et al. (2021)."""
    return [
        node("Conv", "image w b", "patches", strides=[4, 4]),
        node("Reshape", "patches rows", "flat"),
        node("Transpose", "flat", "tokens", perm=[0, 2, 1]),
        node("Shape", "image", "n", end=1),
        node("Concat", "n rest", "size", axis=0),
        node("Expand", "class size", "classes"),
        node("Concat", "classes tokens", "all", axis=1),
        node("Add", "all places", "placed"),
        node("Transpose", "placed", "keys", perm=[0, 2, 1]),
        node("MatMul", "placed keys", "scores"),
        node("Softmax", "scores", "attention"),
        node("MatMul", "attention placed", "mixed"),
        node("Gather", "mixed zero", "answer", axis=1),
        node("Gemm", "answer fc", "logits"),
    ], {
        **{"w": random(6, 1, 4, 4), "b": random(6), "rows": np.array([0, 6, 4]), "rest": np.array([1, 6])},
        **{"class": random(1, 1, 6), "places": random(1, 5, 6), "zero": np.array(0), "fc": random(6, 2)},
    }


def _recurrent() -> Parts:
    """The rows of the image one after the other; only the last state is used."""
    return [
        node("Squeeze", "image one", "rows"),
        node("Transpose", "rows", "steps", perm=[1, 0, 2]),
        helper.make_node("LSTM", ["steps", "w", "r", "b"], ["", "state"], hidden_size=3),
        node("Squeeze", "state zero", "last"),
        node("MatMul", "last fc", "logits"),
    ], {
        **{"one": np.array([1]), "w": random(1, 12, 8), "r": random(1, 12, 3), "b": random(1, 24)},
        **{"zero": np.array([0]), "fc": random(3, 2)},
    }


def _windows() -> Parts:
    """Quarters of the image as images of their own in the batch."""
    return [
        node("Reshape", "image split", "parts"),
        node("Transpose", "parts", "sorted", perm=[0, 2, 4, 1, 3, 5]),
        node("Reshape", "sorted batch", "quarters"),
        node("Conv", "quarters w", "conv"),
        node("Reshape", "conv all", "flat"),
        node("MatMul", "flat fc", "logits"),
    ], {
        **{"split": np.array([-1, 1, 2, 4, 2, 4]), "batch": np.array([-1, 1, 4, 4]), "w": random(2, 1, 3, 3)},
        **{"all": np.array([-1, 32]), "fc": random(32, 2)},
    }


def _filters_from_the_image() -> Parts:
    """The mean image of the batch is what all images are compared with."""
    return [
        node("ReduceMean", "image axes", "mean", keepdims=1),
        node("Conv", "image mean", "conv", pads=[1, 1, 1, 1]),
        node("Flatten", "conv", "flat"),
        node("MatMul", "flat fc", "logits"),
    ], {"axes": np.array([0]), "fc": random(9, 2)}


def _others_operators() -> Parts:
    """onnxruntime's own operators, and sums that the file spells out."""
    last, weights = ending("conv", 2)
    last[-1].output[0] = "scores"
    return [
        helper.make_node("FusedConv", ["image", "w"], ["conv"], domain="com.microsoft", activation="Relu"),
        *last,
        node("Einsum", "scores m", "logits", equation="nc,cd->nd"),
    ], weights | {"w": random(2, 1, 3, 3), "m": random(2, 2)}


def _one_at_a_time() -> Parts:
    last, weights = ending("conv", 2)
    return [
        node("Squeeze", "image first", "bare"),
        node("Unsqueeze", "bare first", "same"),
        node("Conv", "same w", "conv"),
        *last,
    ], weights | {"first": np.array([0]), "w": random(2, 1, 3, 3)}


def circular(padding: str) -> Parts:
    """A convolution on an image that goes on beyond its edges with the other side; then pooling by 2."""
    pads = {"wrap": [node("Pad", "image pads", "padded", mode="wrap")]}
    pads["concat"] = [
        node("Slice", "image minus end axis", "first"),
        node("Slice", "image start one axis", "last"),
        node("Concat", "first image last", "wide", axis=3),
        node("Slice", "wide minus end down", "top"),
        node("Slice", "wide start one down", "bottom"),
        node("Concat", "top wide bottom", "padded", axis=2),
    ]
    last, weights = ending("pool", 4)
    numbers = {"minus": -1, "start": 0, "end": 99, "one": 1, "axis": 3, "down": 2}
    return [
        *pads[padding],
        node("Conv", "padded w b", "conv"),
        node("Relu", "conv", "relu"),
        node("MaxPool", "relu", "pool", kernel_shape=[2, 2], strides=[2, 2]),
        *last,
    ], weights | {
        "w": random(4, 1, 3, 3),
        "b": random(4),
        "pads": np.array([0, 0, 1, 1] * 2),
        **{name: np.array([number]) for name, number in numbers.items()},
    }


def _function() -> tuple[onnx.FunctionProto, ...]:
    nodes = [node("Conv", "x w", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "y")]
    return (helper.make_function("own", "Block", ["x", "w"], ["y"], nodes, [helper.make_opsetid("", 20)]),)


def _functions() -> Parts:
    last, weights = ending("block2", 2)
    return [
        helper.make_node("Block", ["image", "w1"], ["block1"], domain="own"),
        helper.make_node("Block", ["block1", "w2"], ["block2"], domain="own"),
        *last,
    ], weights | {"w1": random(2, 1, 3, 3), "w2": random(2, 2, 3, 3)}


def plain() -> Parts:
    """Two convolutions and a linear layer."""
    last, weights = ending("conv2", 3)
    return [
        node("Conv", "image w1 b1", "conv1", pads=[1, 1, 1, 1]),
        node("Relu", "conv1", "relu"),
        node("MaxPool", "relu", "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", "pool w2 b2", "conv2"),
        *last,
    ], weights | {"w1": random(4, 1, 3, 3), "b1": random(4), "w2": random(3, 4, 3, 3), "b2": random(3)}


class _Noise(quantization.CalibrationDataReader):
    def __init__(self):
        self.batches = iter([{"image": np.random.default_rng(0).random((50, 1, 8, 8), np.float32)}])

    def get_next(self):
        return next(self.batches, None)


def _quantised(form: quantization.QuantFormat) -> Callable[[Path, Path], None]:
    return lambda source, target: quantization.quantize_static(
        source, target, _Noise(), quant_format=form, per_channel=True
    )


STRANGERS: dict[str, Callable[[Path], Inside]] = {
    name: lambda path, parts=parts, more=more: opened(path, *parts, **more)
    for name, (parts, more) in {
        "squeezenet": (squeezenet(), {}),
        "no convolution": (_mlp(), {}),
        "one axis": (_one_axis(), {}),
        "three axes": (_three_axes(), {}),
        "sizes worked out": (_sizes_worked_out(), {}),
        "branches": (_branches(), {}),
        "loop": (_loop(), {}),
        "scan": (_scan(), {}),
        "functions": (_functions(), {"functions": _function()}),
        "transposed convolution": (_transposed_convolution(), {}),
        "float16": (_half(), {}),
        "no arrays": (_numbers_without_arrays(), {}),
        "several outputs": (_several_outputs(), {}),
        "odd names": (_odd_names(), {}),
        "folded": (_folded(), {}),
        "inception": (_inception(), {}),
        "squeeze and excite": (_squeeze_and_excite(), {}),
        "normalised": (_normalised(), {}),
        "channels last": (channels_last(), {}),
        "attention": (_attention(), {}),
        "recurrent": (_recurrent(), {}),
        "windows": (_windows(), {}),
        "filters from the image": (_filters_from_the_image(), {}),
        "others' operators": (_others_operators(), {}),
        "one at a time": (_one_at_a_time(), {}),
        "circular, wrapped": (circular("wrap"), {}),
        "circular, side by side": (circular("concat"), {}),
        "plain": (plain(), {}),
        "quantised between": (plain(), {"quantise": _quantised(quantization.QuantFormat.QDQ)}),
        "quantised": (plain(), {"quantise": _quantised(quantization.QuantFormat.QOperator)}),
        "quantised on the way": (plain(), {"quantise": quantization.quantize_dynamic}),
    }.items()
}


def chain(length: int) -> Parts:
    """So many convolutions with ReLU, one behind the other."""
    last, weights = ending(f"relu{length - 1}", 2)
    nodes, given = [], "image"
    for number in range(length):
        nodes.append(node("Conv", f"{given} w{number}", f"conv{number}", pads=[1, 1, 1, 1]))
        nodes.append(node("Relu", f"conv{number}", f"relu{number}"))
        given = f"relu{number}"
        weights[f"w{number}"] = random(2, 1 if number == 0 else 2, 3, 3, seed=number) / 3
    return [*nodes, *last], weights


def constant() -> Parts:
    """The same logits for every image; of the images it sees only how many they are."""
    nodes = [
        node("Shape", "image", "n", end=1),
        node("Concat", "n two", "size", axis=0),
        node("Expand", "bias size", "logits"),
    ]
    return nodes, {"two": np.array([2]), "bias": random(2)}


def small(opset: int, shape: tuple[int, int, int] = (1, 8, 8), batch: int | str = "n") -> onnx.ModelProto:
    """A convolution and a linear layer, in operators that every version has; images to the logits of three classes."""
    channels, rows, columns = shape
    weights = {
        "w": random(4, channels, 3, 3),
        "b": random(4),
        "fc_w": random(4 * (rows - 2) * (columns - 2), 3, seed=8) / 8,
        "fc_b": random(3, seed=9),
    }
    graph = helper.make_graph(
        [
            node("Conv", "image w b", "conv"),
            node("Relu", "conv", "relu"),
            node("Flatten", "relu", "flat"),
            node("Gemm", "flat fc_w fc_b", "logits"),
        ],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, 3])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def echo(path: Path, dims: list[int | str | None], dtype: str, count: int) -> Path:
    """Write a network that answers with the numbers that it gets, as float32 and in the order in which they lie.

    dims: of its input; count: numbers of an image.
    """
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        [node("Cast", "image", "numbers", to=TensorProto.FLOAT), node("Reshape", "numbers row", "logits")],
        "echo",
        [helper.make_tensor_value_info("image", kind, dims)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, count])],
        [numpy_helper.from_array(np.array([-1, count]), "row")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=8), path)
    return path
