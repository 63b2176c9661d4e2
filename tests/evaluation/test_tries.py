"""A stranger's file is understood: the preparation that it was wrapped in is the one that is found."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from invariance.datasets import CIFAR10, MNIST, Split, data_dir
from invariance.evaluation import records, tries
from invariance.evaluation.tries import Try, understand, understand_with
from invariance.model import Kind, Model, hints
from invariance.model.opening import TRIED
from tests.conftest import case, quiet
from tests.tolerances import EXPORT
from tests.wrapped import wrapped

MEAN, STD = 0.1307, 0.3081
DIGITS = [  # how digits are wrapped
    {},
    {"span": (-1, 1), "layout": "one row"},
    {"span": (0, 16), "layout": "flat"},
    {"mean": MEAN, "std": STD, "batch": 4, "ends": "softmax", "transpose": True},
    {"invert": True, "layout": "NHW", "ends": "both"},
    {"span": (0, 255), "invert": True, "transpose": True, "dtype": "float16"},
    {"span": (0, 255), "invert": True, "dtype": "uint8", "layout": "NHWC"},
    {"mean": MEAN, "std": STD, "invert": True, "dtype": "float64", "ends": "label"},
]
COLOURS = [
    {},
    {"span": (0, 255), "bgr": True},
    {"span": (-1, 1), "layout": "NHWC", "batch": 1},
    {"mean": (0.4914, 0.4822, 0.4465), "std": (0.2470, 0.2435, 0.2616), "ends": "zipmap"},
    {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "layout": "flat"},
    {"span": (0, 255), "mean": (103.939, 116.779, 123.68), "bgr": True},
    {"span": (0, 255), "layout": "flat HWC"},
]


@pytest.fixture(scope="module")
def digits() -> Split:
    """Real ones where they are, else those written by code: the network knows both."""
    return tries.labelled(MNIST, data_dir())


@pytest.fixture
def read_once(digits, monkeypatch):
    monkeypatch.setattr(tries, "labelled", lambda dataset, root: digits if dataset is MNIST else None)


def wanted(how):
    """The parts of a Preparation that a wrapping asks for."""
    span, mean, std = how.get("span", (0, 1)), how.get("mean", 0), how.get("std", 1)
    return {
        "range": tuple(map(float, span)),
        "mean": tuple(map(float, np.atleast_1d(mean))),
        "std": tuple(map(float, np.atleast_1d(std))),
        "invert": how.get("invert", False),
        "transpose": how.get("transpose", False),
        "layout": how.get("layout", "NCHW"),
    }


def found(understood):
    return {part: getattr(understood.model.preparation, part) for part in wanted({})}


def bare(name):
    return Model(records.EXPORTED / f"{name}.onnx")


def test_digits_are_prepared_as_the_file_was_wrapped(tmp_path, digits, read_once):
    images = (digits.images[:50] / 255).astype(np.float32)
    right = bare("mnist-mlp").predict(images)
    for how in DIGITS:
        with case(how):
            path = wrapped(tmp_path / "x.onnx", "mnist-mlp", **how)
            understood = understand(path, data_dir(), quiet)
            assert found(understood) == wanted(how)
            assert understood.dataset is MNIST
            assert understood.model.origins["invert"] == TRIED
            assert understood.tries[0].right > 0.9 * understood.tries[0].n
            near = {"float16": 0.02, "uint8": 1e-3}.get(how.get("dtype"), EXPORT)
            np.testing.assert_allclose(understood.model.predict(images), right, atol=near)


def test_colours_are_prepared_as_the_file_was_wrapped(tmp_path, monkeypatch):
    if (images := tries.labelled(CIFAR10, data_dir())) is None:
        pytest.skip("needs real CIFAR-10; run: make data")
    monkeypatch.setattr(tries, "labelled", lambda dataset, root: images if dataset is CIFAR10 else None)
    some = (images.images[:50] / 255).astype(np.float32)
    right = bare("cifar-mlp").predict(some)
    for how in COLOURS:
        with case(how):
            path = wrapped(tmp_path / "x.onnx", "cifar-mlp", **how)
            understood = understand(path, data_dir(), quiet)
            assert found(understood) == wanted(how)
            assert understood.model.preparation.channels == ("bgr" if how.get("bgr") else "rgb")
            assert understood.dataset is CIFAR10
            assert "taken in the order airplane, automobile" in understood.notes[0]
            np.testing.assert_allclose(understood.model.predict(some), right, atol=EXPORT)


def other_size(path, fit):
    """Write the network of digits for 32×32 pixels: with 2 around those it looks at, or of digits drawn larger."""
    proto = onnx.load(records.EXPORTED / "mnist-mlp.onnx")
    if fit == "margin":
        nodes = [helper.make_node("Slice", ["large", "start", "end", "axes"], ["image"])]
        numbers = {"start": np.array([2, 2]), "end": np.array([30, 30]), "axes": np.array([2, 3])}
    else:
        places = (np.arange(28) + 0.5) * 32 / 28 - 0.5
        rows = np.clip(1 - np.abs(np.arange(32) - places[:, None]), 0, 1).astype(np.float32)
        nodes = [
            helper.make_node("MatMul", ["rows", "large"], ["fewer"]),
            helper.make_node("MatMul", ["fewer", "columns"], ["image"]),
        ]
        numbers = {"rows": rows, "columns": np.ascontiguousarray(rows.T)}
    inner = list(proto.graph.node)
    del proto.graph.node[:], proto.graph.input[:], proto.metadata_props[:]
    proto.graph.node.extend([*nodes, *inner])
    proto.graph.input.append(helper.make_tensor_value_info("large", TensorProto.FLOAT, ["n", 1, 32, 32]))
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in numbers.items())
    onnx.save(proto, path)
    return path


@pytest.mark.parametrize("fit", ["margin", "crop"])
@pytest.mark.usefixtures("mnist_test", "read_once")  # digits written by code are of too many sizes to tell
def test_digits_come_to_another_size_as_the_file_saw_them(tmp_path, fit):
    understood = understand(other_size(tmp_path / "x.onnx", fit), data_dir(), quiet)
    assert (understood.model.preparation.fit, understood.model.origins["fit"]) == (fit, TRIED)
    assert understood.tries[0].right > 0.9 * understood.tries[0].n


def test_only_what_nobody_says_is_tried(tmp_path, read_once):
    path = wrapped(
        tmp_path / "x.onnx", "mnist-mlp", span=(0, 255), metadata={"Image.NominalPixelRange": "NominalRange_0_255"}
    )
    understood = understand(path, data_dir(), quiet, {"invert": False})
    origins = understood.model.origins
    assert {each.name for each in understood.tries} == {"as the file says", "transposed"}
    assert (origins["invert"], origins["transpose"]) == ("you", TRIED)
    assert origins["range"] == "its metadata (Image.NominalPixelRange)"
    wrong = understand(path, data_dir(), quiet, {"range": [0, 1], "invert": False})  # a person is believed
    assert (wrong.model.preparation.range, wrong.model.origins["range"]) == ((0, 1), "you")


def test_which_images_it_knows_is_kept_beside_the_file_too(tmp_path, read_once):
    path = wrapped(tmp_path / "x.onnx", "mnist-mlp")
    assert understand(path, data_dir(), quiet).dataset is MNIST
    hints.save(path, {"dataset": "letters"})
    assert understand(path, data_dir(), quiet).dataset is None
    hints.save(path, {"dataset": "mnist"})
    assert understand(path, data_dir(), quiet).dataset is MNIST


def test_what_was_kept_beside_the_file_wins_over_what_trying_would_find(tmp_path, read_once):
    path = wrapped(tmp_path / "x.onnx", "mnist-mlp", span=(0, 255))
    hints.save(path, {"range": [0.0, 1.0], "mean": [0.0], "std": [1.0], "dataset": "mnist"})
    understood = understand(path, data_dir(), quiet)
    assert understood.model.preparation.range == (0, 1)
    assert understood.model.origins["range"] == "x.invariance.json"
    hints.save(path, {"dataset": ""})
    other = understand(path, data_dir(), quiet)
    assert (other.dataset, other.tries) == (None, [])


def test_a_file_that_knows_something_else_says_so(tmp_path, read_once):
    proto = onnx.load(records.EXPORTED / "mnist-mlp.onnx")
    last = next(tensor for tensor in proto.graph.initializer if list(tensor.dims) in ([10], [1, 10]))
    last.CopyFrom(numpy_helper.from_array(np.arange(10, dtype=np.float32).reshape(last.dims) * 1e4, last.name))
    path = wrapped(tmp_path / "x.onnx", proto)
    understood = understand(path, data_dir(), quiet)
    assert understood.dataset is None
    assert understood.model.origins["range"] != TRIED
    assert any(note.startswith("Of MNIST no preparation gets more than") for note in understood.notes)
    sure = understand(path, data_dir(), quiet, dataset="mnist")
    assert sure.dataset is MNIST
    assert any("nothing is concluded" in note for note in sure.notes)
    assert TRIED not in sure.model.origins.values()


def test_classes_of_a_folder_in_another_order_are_found_by_name(tmp_path, digits):
    """The kind lists them backward: the file names them, and so is right as often."""
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    path = wrapped(tmp_path / "x.onnx", "mnist-mlp", invert=True, metadata={"names": json.dumps(words)})
    backward = digits._replace(labels=9 - digits.labels)
    understood = understand_with(path, Kind("mine", (1, 28, 28), words[::-1]), backward, quiet)
    assert understood.model.preparation.invert
    assert understood.tries[0].right > 0.9 * understood.tries[0].n
    assert understood.tried_on.endswith(digits.title)


def test_images_that_are_not_there_are_said_and_nothing_is_tried(tmp_path):
    path = wrapped(tmp_path / "x.onnx", "cifar-mlp")
    understood = understand(path, tmp_path / "nothing", quiet)
    assert (understood.dataset, understood.tries) == (CIFAR10, [])
    assert "python -m invariance fetch cifar10" in understood.notes[0]


def test_digits_written_by_code_stand_in_for_absent_ones(tmp_path):
    assert tries.labelled(CIFAR10, tmp_path) is None
    written = tries.labelled(MNIST, tmp_path)
    assert written.images.shape == (tries.IMAGES, 1, 28, 28)
    assert "MNIST" not in written.title


def test_of_tries_that_chance_may_part_the_surer_answers_come_first():
    one, other, bad = Try("a", {}, 1994, 2000, 0.03), Try("b", {}, 1990, 2000, 0.02), Try("c", {}, 1900, 2000, 0.01)
    assert [each.name for each in tries._ranked([bad, one, other])] == ["b", "a", "c"]
    endless = Try("d", {}, 1999, 2000, float("inf"))
    assert tries._ranked([endless, one])[0] is one


def test_large_images_are_fewer_and_every_step_is_told(tmp_path, monkeypatch):
    images = Split(np.zeros((60, 1, 28, 28), np.uint8), np.arange(60) % 10)
    monkeypatch.setattr(tries, "SMALL", 14 * 28)
    monkeypatch.setattr(tries, "FEW", 40)
    monkeypatch.setattr(tries, "IMAGES", 60)
    monkeypatch.setattr(tries, "FEWEST", 10)
    told = []
    path = wrapped(tmp_path / "x.onnx", "mnist-mlp", span=(0, 255))
    kind = Kind("mnist", MNIST.shape, MNIST.labels)
    found = tries.tries(path, Model(path, None, kind), kind, images, lambda *step: told.append(step))
    assert {each.n for each in found[: tries.BEST]} == {30}
    assert {each.n for each in found[tries.BEST :]} == {20}
    assert told[-1] == ("Trying the best on more images", tries.BEST, tries.BEST)
    assert told[len(found) - 1] == ("Trying preparations", len(found), len(found))


def test_a_grey_network_that_knows_no_digits_is_not_taken_for_one_of_colour_photos(tmp_path, read_once):
    proto = onnx.load(records.EXPORTED / "mnist-mlp.onnx")
    for tensor in proto.graph.initializer:
        if tensor.name == proto.graph.node[-1].input[1]:  # it names another class than it sees
            tensor.CopyFrom(numpy_helper.from_array(np.roll(numpy_helper.to_array(tensor), 1, 0), tensor.name))
    understood = understand(wrapped(tmp_path / "x.onnx", proto), data_dir(), quiet)
    assert understood.dataset is None
    assert [note.split(" no ")[0] for note in understood.notes] == ["Of MNIST"]
    assert understood.tries  # to be looked at
    assert understood.model.origins["invert"] == "assumed"  # and nothing follows from them
