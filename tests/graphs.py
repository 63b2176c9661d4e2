"""Small classifiers written node by node, for cases that no exported file has."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from invariance.inside import Inside
from invariance.model import Model


def node(operator: str, inputs: str, output: str, **attributes) -> onnx.NodeProto:
    """inputs: names with spaces between."""
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def opened(path: Path, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], shape=(1, 8, 8), classes=2):
    """Write a classifier of images of this shape that ends in the value logits, and look inside."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, path / "graph.onnx")
    return Inside(Model(path / "graph.onnx"))


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """float32 numbers around 0."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def ending(maps: str, count: int, classes: int = 2) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """Global average pooling of so many maps and a linear layer."""
    return [
        node("GlobalAveragePool", maps, "pooled"),
        node("Flatten", "pooled", "flat"),
        node("Gemm", "flat fc_w fc_b", "logits"),
    ], {"fc_w": random(count, classes, seed=8), "fc_b": random(classes, seed=9)}
