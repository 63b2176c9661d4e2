"""Freeing the axis of the images never changes an answer."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import case
from tests.graphs import STRANGERS, node, random, small
from tests.tolerances import EXPORT

WEIGHTS = {"fc": random(64, 3)}


def given(count):
    rng = np.random.default_rng(1)
    return (rng.random((count, 1, 8, 8)) * rng.random((count, 1, 1, 1))).astype(np.float32)


def graph(path, nodes, numbers, batch):
    """Write a network for images (batch, 1, 8, 8) that ends in the value logits."""
    made = small(14, batch=batch)
    del made.graph.node[:], made.graph.initializer[:]
    made.graph.node.extend(nodes)
    made.graph.initializer.extend(numpy_helper.from_array(np.asarray(array), name) for name, array in numbers.items())
    onnx.save(made, path)
    return path


def alone(path, batch):
    """(12, classes): what the file itself gives for each image, in a run of nothing else."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.stack([session.run(["logits"], {name: np.repeat(image[None], batch, 0)})[0][0] for image in given(12)])


def shaped(rows, constant=False, **attributes):
    """A linear layer on images that a stored shape lays into rows."""
    stored = np.array(rows)
    first = [node("Constant", "", "rows", value=numpy_helper.from_array(stored))] if constant else []
    reshape = [node("Reshape", "image rows", "flat", **attributes), node("MatMul", "flat fc", "logits")]
    return [*first, *reshape], WEIGHTS | ({} if constant else {"rows": stored})


def test_a_fixed_axis_is_freed_where_that_changes_nothing(tmp_path):
    """However the graph writes the number: nowhere, in a stored shape, in a Constant node; and where it said any."""
    for batch in (1, 10, 128):
        forms = [
            shaped([batch, 64]),
            shaped([batch, 64], constant=True),
            shaped([batch, -1], allowzero=1),
            shaped([-1, 64]),
        ]
        for number, (nodes, numbers) in enumerate(forms):
            for said in {batch, "n"} if batch == 1 else {batch}:
                with case(batch, number, said):
                    path = graph(tmp_path / "x.onnx", nodes, numbers, said)
                    model = Model(path)
                    assert model.batch is None
                    assert model.notes == ()
                    np.testing.assert_allclose(model.logits(given(12)), alone(path, batch), atol=EXPORT)


def mixed(operator):
    """Less what all images of a run have in common."""
    nodes = [node(operator, "image", "common", axes=[0], keepdims=1), node("Sub", "image common", "rest")]
    return [*nodes, node("Flatten", "rest", "flat"), node("MatMul", "flat fc", "logits")], WEIGHTS


def test_a_graph_that_mixes_its_images_is_run_as_it_is(tmp_path):
    for operator in ("ReduceMean", "ReduceMax"):
        for batch in (4, "n"):
            with case(operator, batch):
                path = graph(tmp_path / "x.onnx", *mixed(operator), batch)
                model = Model(path)
                assert model.batch == (4 if batch == 4 else 1)
                assert "other" in " ".join(model.notes)
                session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
                runs = np.split(given(12), 12 // model.batch)
                right = np.concatenate([session.run(["logits"], {"image": run})[0] for run in runs])
                np.testing.assert_allclose(model.logits(given(12)), right, atol=EXPORT)


def test_a_graph_of_one_image_is_not_freed_where_that_would_mix_images(tmp_path):
    """Half of what all images of a run have in common: of one image it is half of the image."""
    nodes = [
        node("ReduceMean", "image", "common", axes=[0], keepdims=1),
        node("Mul", "common half", "some"),
        node("Sub", "image some", "rest"),
        node("Flatten", "rest", "flat"),
        node("MatMul", "flat fc", "logits"),
    ]
    path = graph(tmp_path / "x.onnx", nodes, WEIGHTS | {"half": np.float32(0.5)}, 1)
    assert Model(path).batch == 1
    np.testing.assert_allclose(Model(path).logits(given(12)), alone(path, 1), atol=EXPORT)


def test_answers_that_show_nothing_free_nothing(tmp_path):
    """The freed graph would give an image another's answer; to noise, all answers are alike."""
    nodes = [
        node("Reshape", "image rows", "flat"),
        node("Reshape", "flat columns", "swapped"),
        node("Transpose", "swapped", "other", perm=[1, 0]),
        node("Sub", "other much", "less"),
        node("Relu", "less", "dark"),
        node("MatMul", "dark fc", "logits"),
    ]
    numbers = WEIGHTS | {"rows": np.array([4, 64]), "columns": np.array([64, -1]), "much": np.float32(1e9)}
    model = Model(graph(tmp_path / "x.onnx", nodes, numbers, 4))
    assert model.batch == 4


def test_any_number_of_images_whatever_a_run_takes(tmp_path):
    """A graph that can't be freed: what does not depend on the others must not depend on the rest that fills a run."""
    nodes = [
        node("Split", "image", " ".join(f"part{i}" for i in range(4)), axis=0),
        node("Concat", " ".join(f"part{i}" for i in range(4)), "all", axis=0),
        node("Flatten", "all", "flat"),
        node("MatMul", "flat fc", "logits"),
    ]
    path = graph(tmp_path / "x.onnx", nodes, WEIGHTS, 4)
    model, right = Model(path), alone(path, 4)
    assert model.batch == 4
    assert model.notes == ("It takes 4 images at a time, no more and no fewer.",)
    inside = Inside(model)
    for count in (0, 1, 3, 4, 5, 12):
        assert model.logits(given(count)).shape == (count, 3)
        np.testing.assert_allclose(model.logits(given(12)[:count]), right[:count], atol=EXPORT)
        if count:
            values = inside.values(["flat", "logits"], given(12)[:count])
            np.testing.assert_allclose(values["logits"], right[:count], atol=EXPORT)
            np.testing.assert_array_equal(values["flat"], given(12)[:count].reshape(count, 64))


@pytest.mark.parametrize("name", ["one at a time", "quantised on the way"])
def test_why_images_are_run_one_by_one_is_said(tmp_path, name):
    model = STRANGERS[name](tmp_path).model
    words = {"one at a time": "It takes one image at a time", "quantised on the way": "its scales are worked out"}
    assert model.batch == 1
    assert words[name] in model.notes[0]
    images = given(5)
    one_by_one = np.concatenate([model.logits(image[None]) for image in images])
    np.testing.assert_array_equal(model.logits(images), one_by_one)


@pytest.mark.parametrize("half", [False, True])
def test_numbers_of_16_bits_may_differ_by_more(tmp_path, half):
    """By a thousandth, as they do where another number of images takes another way to sum: here it is written out."""
    nodes = [
        node("ReduceMean", "image", "common", axes=[0], keepdims=1),
        node("Mul", "common little", "some"),
        node("Sub", "image some", "rest"),
        node("Cast", "rest", "rounded", to=onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT),
        node("Cast", "rounded", "real", to=onnx.TensorProto.FLOAT),
        node("Flatten", "real", "flat"),
        node("MatMul", "flat fc", "logits"),
    ]
    path = graph(tmp_path / "x.onnx", nodes, {"fc": np.abs(random(64, 3)), "little": np.float32(1e-5)}, "n")
    assert Model(path).batch == (None if half else 1)


@pytest.mark.parametrize(("opset", "outputs", "attributes"), [(15, 3, {"training_mode": 1}), (9, 5, {})])
def test_a_network_in_training_mode_opens_and_says_so(tmp_path, opset, outputs, attributes):
    names = " ".join(f"norm{number}" for number in range(outputs))
    proto = small(opset)
    del proto.graph.node[1:]
    proto.graph.node.extend(
        [
            node("BatchNormalization", "conv s z z s", names, **attributes),
            node("Dropout", "norm0 half yes" if opset > 11 else "norm0", "relu"),
            node("Flatten", "relu", "flat"),
            node("Gemm", "flat fc_w fc_b", "logits"),
        ]
    )
    numbers = {
        "s": np.ones(4, np.float32),
        "z": np.zeros(4, np.float32),
        "half": np.float32(0.5),
        "yes": np.array(True),
    }
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in numbers.items())
    onnx.save(proto, tmp_path / "x.onnx")
    model = Model(tmp_path / "x.onnx")
    (note,) = model.notes
    assert note.startswith("It was exported in training mode")
    images = given(4)
    first = model.logits(images)
    values = Inside(model).values(["conv", "norm0", "relu"], images)
    np.testing.assert_allclose(values["norm0"], values["conv"], atol=1e-4)  # what is stored: mean 0, variance 1
    np.testing.assert_array_equal(values["relu"], values["norm0"])
    np.testing.assert_array_equal(model.logits(images), first)
    np.testing.assert_allclose(first[1:2], model.logits(images[1:2]), atol=EXPORT)
