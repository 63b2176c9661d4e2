"""What all tests share: real MNIST if it is there, networks, shifts, and what a page says."""

import functools
import io
import itertools
import os
import signal
import time
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
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

ROOT = Path(__file__).parents[1]  # the project's folder


@pytest.fixture(scope="session")
def mnist_test() -> Split:
    if MNIST.missing("test", data_dir()):
        pytest.skip("needs real MNIST; run: make data")
    return MNIST.load("test", data_dir())


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread or process."""
    for _ in range(2000):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


def memory_peak(limit: int, call: Callable[[], object]) -> int:
    """The bytes that a call allocates at most, which must be below the limit.

    What other threads of this process happen to allocate meanwhile counts too, so that a call gets three tries.
    """
    peaks = []
    for _ in range(3):
        tracemalloc.start()
        try:
            call()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        if peaks[-1] < limit:
            return peaks[-1]
    raise AssertionError(f"at most {limit:,} bytes expected, in three tries {peaks}")


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
    """A function: name of a recipe -> its network with random weights and the file, made once for all tests.

    Also once for those that run beside in other processes: an export takes seconds.
    """
    from tests.untrained import exported  # late: it imports PyTorch

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "untrained"
    return functools.cache(lambda name: exported(name, folder))


@contextmanager
def case(*what):
    """Name the case that a loop is at, in whatever fails inside."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"case: {', '.join(map(repr, what))}")
        raise


def quiet(*step):
    """Progress that nobody looks at."""


def all_rolls(image):
    """(..., H, W) -> (H W, ..., H, W): the image at every circular shift."""
    return np.stack([np.roll(image, shift, (-2, -1)) for shift in itertools.product(*map(range, image.shape[-2:]))])


def some_rolls(image):
    """(..., H, W) -> (80, ..., H, W): every small circular shift, for strides up to 8, and others drawn by chance."""
    small = itertools.product(range(8), repeat=2)
    large = np.random.default_rng(0).integers(8, image.shape[-2:], (16, 2))
    return np.stack([np.roll(image, shift, (-2, -1)) for shift in (*small, *large)])


def is_a_roll(a, b):
    return bool((all_rolls(a) == b).all(axis=tuple(range(1, a.ndim + 1))).any())


def encoded(image, kind="PNG", **options):
    """The bytes of a Pillow image's file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def texts(app):
    """All that a page and its sidebar say, in one string."""
    said = [
        element.value
        for place in (app, app.sidebar)
        for kind in (place.markdown, place.info, place.warning, place.error, place.caption)
        for element in kind
    ]
    return "\n".join(said + [frame.value.to_csv() for frame in (*app.dataframe, *app.table)])


def hear_ctrl_c() -> None:
    """For a child process, before it starts: tests that run in the background ignore Ctrl-C, and so would it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def linear_classifier(path: Path, classes: int = 3, metadata: dict[str, str] | None = None, **shapes) -> Path:
    """Write a classifier that flattens images and multiplies them by a fixed matrix.

    shapes: image (default ["n", 1, 4, 4]), logits (default ["n", classes]), element type kind, weights.
    """
    image = shapes.get("image", ["n", 1, 4, 4])
    kind = shapes.get("kind", TensorProto.FLOAT)
    weights = shapes.get("weights", np.arange(16 * classes, dtype=np.float32).reshape(16, classes) / 16)
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
