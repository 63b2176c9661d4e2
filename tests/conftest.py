"""Fixtures shared by all tests: real MNIST if it is there, the exported LeNet-5, a tiny ONNX model."""

import functools
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from invariance.datasets import MNIST, Split, data_dir
from invariance.evaluation import records
from invariance.model import Model

if TYPE_CHECKING:
    from tests.untrained import Untrained


@pytest.fixture(scope="session")
def mnist_test() -> Split:
    if MNIST.missing(data_dir()):
        pytest.skip("needs real MNIST; run: make data")
    return MNIST.load("test", data_dir())


@pytest.fixture(scope="session")
def lenet5() -> Model:
    return Model(records.EXPORTED / "lenet5.onnx")


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """An empty folder in place of exported/."""
    folder = tmp_path / "exported"
    folder.mkdir()
    monkeypatch.setattr(records, "EXPORTED", folder)
    return folder


@pytest.fixture(scope="session")
def untrained(tmp_path_factory) -> "Callable[[str], Untrained]":
    """A function: name of a recipe -> its network with random weights and the file, made once for all tests."""
    from tests.untrained import exported  # late: it imports PyTorch

    folder = tmp_path_factory.mktemp("untrained")
    return functools.cache(lambda name: exported(name, folder))


def hear_ctrl_c() -> None:
    """For a child process, before it starts: tests that run in the background ignore Ctrl-C, and so would it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def linear_classifier(path: Path, classes: int = 3, metadata: dict[str, str] | None = None, **shapes) -> Path:
    """Write a classifier that flattens images and multiplies them by a fixed matrix.

    shapes: image (default ["n", 1, 4, 4]), logits (default ["n", classes]), element type kind.
    """
    image = shapes.get("image", ["n", 1, 4, 4])
    kind = shapes.get("kind", TensorProto.FLOAT)
    weights = np.arange(16 * classes, dtype=np.float32).reshape(16, classes) / 16
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "linear",
        [helper.make_tensor_value_info("image", kind, image)],
        [helper.make_tensor_value_info("logits", kind, shapes.get("logits", ["n", classes]))],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path
