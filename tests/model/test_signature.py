"""What a graph takes and gives, told from its shapes and its answers to noise."""

import itertools
import math

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from invariance.measures import softmax
from invariance.model import Kind, Model, ModelError
from invariance.model.preparation import WHOLE
from invariance.model.signature import ASSUMED, RUN, SHAPE
from tests.conftest import case, linear_classifier
from tests.graphs import echo, node, random, small
from tests.tolerances import EXPORT, FLOAT
from tests.wrapped import wrapped


def save(path, proto):
    onnx.save(proto, path)
    return path


def pooled(path, dims, perm=None, classes=3, channels=3, between=()):
    """Write a network that takes images of any size in some layout: a convolution and global average pooling."""
    nodes = [node("Transpose", "image", "sorted", perm=perm)] if perm else [node("Identity", "image", "sorted")]
    nodes += [
        node("Conv", "sorted w", "conv"),
        node("GlobalAveragePool", "conv", "pool"),
        node("Flatten", "pool", "logits"),
    ]
    graph = helper.make_graph(
        nodes,
        "pooled",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(random(classes, channels, 3, 3), "w")],
    )
    return save(path, helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))


SHAPES = {  # an input's axes: the layout and an image's shape that they mean
    ("n", 1, 28, 28): ("NCHW", (1, 28, 28)),
    (1, 1, 28, 28): ("NCHW", (1, 28, 28)),
    ("n", 28, 28, 1): ("NHWC", (1, 28, 28)),
    (None, 32, 32, 3): ("NHWC", (3, 32, 32)),
    ("n", 28, 28): ("NHW", (1, 28, 28)),
    (10, 28, 28): ("NHW", (1, 28, 28)),
    (1, 28, 28): ("NHW", (1, 28, 28)),
    (3, 32, 32): ("CHW", (3, 32, 32)),
    (32, 32, 3): ("HWC", (3, 32, 32)),
    (28, 28): ("HW", (1, 28, 28)),
    ("n", 784): ("flat", (1, 28, 28)),
    (1, 784): ("flat", (1, 28, 28)),
    ("n", 1, 784): ("flat", (1, 28, 28)),
    ("n", 64): ("flat", (1, 8, 8)),
    ("n", 3072): ("flat", (3, 32, 32)),
    (784,): ("one row", (1, 28, 28)),
    ("n", 3, 20, 30): ("NCHW", (3, 20, 30)),
    (-1, 1, 28, 28): ("NCHW", (1, 28, 28)),
}


def test_how_images_lie_is_read_from_the_shape(tmp_path):
    for dims, (layout, shape) in SHAPES.items():
        with case(dims):
            model = Model(echo(tmp_path / "x.onnx", list(dims), "float32", math.prod(shape)), {"gives": "logits"})
            assert (model.preparation.layout, model.preparation.shape, model.card.shape) == (layout, shape, shape)
            assert (model.origins["layout"], model.origins["size"]) == (SHAPE, SHAPE)
            assert model.origins["range"] == ASSUMED
            assert model.logits(np.zeros((3, *shape), np.float32)).shape == (3, math.prod(shape))


def test_what_a_shape_leaves_free_is_the_first_that_runs_or_what_a_person_says(tmp_path):
    last = [0, 3, 1, 2]
    for dims, perm, channels, expected in [
        (["n", 3, "h", "w"], None, 3, ("NCHW", (3, 32, 32))),
        (["n", "h", "w", 3], last, 3, ("NHWC", (3, 32, 32))),
        (["n", 1, "h", "w"], None, 1, ("NCHW", (1, 28, 28))),
        ([None] * 4, None, 3, ("NCHW", (3, 32, 32))),
        ([None] * 4, last, 3, ("NHWC", (3, 32, 32))),
        (None, last, 3, ("NHWC", (3, 32, 32))),
        (None, None, 1, ("NCHW", (1, 28, 28))),
    ]:
        with case(dims, perm, channels):
            path = pooled(tmp_path / "x.onnx", dims, perm, channels=channels)
            model = Model(path)
            assert (model.preparation.layout, model.preparation.shape) == expected
            assert model.origins["size"] == RUN
            assert model.origins["layout"] == (SHAPE if dims else RUN)
            other = Model(path, {"size": [40, 50]})
            assert (other.preparation.shape, other.origins["size"]) == ((channels, 40, 50), "you")
    photos = Model(pooled(tmp_path / "x.onnx", ["n", 3, "h", "w"], classes=100))
    assert photos.preparation.size == (224, 224)
    weights = random(3 * 32 * 32, 100)  # of CIFAR-100: nothing but 32 x 32 can be run
    model = Model(linear_classifier(tmp_path / "x.onnx", 100, image=["n", 3, "h", "w"], weights=weights))
    assert (model.preparation.size, model.origins["size"], len(model.card.labels)) == ((32, 32), RUN, 100)


@pytest.mark.parametrize("dtype", [*WHOLE, "float16", "float64"])
def test_images_come_in_the_file_s_type(tmp_path, dtype):
    """Whole numbers from black to white, rounded; the range of others is assumed."""
    model = Model(echo(tmp_path / "x.onnx", ["n", 1, 2, 3], dtype, 6), {"gives": "logits"})
    black, white = WHOLE.get(dtype, (0, 1))
    assert model.preparation.range == (black, white)
    assert model.origins["range"] == ("its input's type" if dtype in WHOLE else ASSUMED)
    images = np.float32([0, 1, 0.3, 0.6, 0.0059, 0.998]).reshape(1, 1, 2, 3)
    exact = black + (white - black) * images.astype(np.float64).ravel()
    expected = np.floor(exact + 0.5) if dtype in WHOLE else exact
    np.testing.assert_allclose(model.logits(images)[0], expected, atol=1e-3)


def ending(path, nodes, outputs, classes=3):
    """Write small() with more nodes behind its logits, and these outputs: name and type."""
    proto = small(17)
    proto.graph.node.extend(nodes)
    del proto.graph.output[:]
    proto.graph.output.extend(helper.make_tensor_value_info(name, kind, None) for name, kind in outputs)
    return save(path, proto)


FLOATS, COUNTS = TensorProto.FLOAT, TensorProto.INT64
PROBABILITIES = node("Softmax", "logits", "p", axis=1)
FEATURES = node("GlobalMaxPool", "conv", "tall"), node("Flatten", "tall", "features")
OUTPUTS = {  # nodes, outputs: the output that is the answer, what it gives, and whether that is assumed
    "logits and probabilities": ([PROBABILITIES], [("p", FLOATS), ("logits", FLOATS)], "logits", "logits", False),
    "twice": ([node("Identity", "logits", "again")], [("again", FLOATS), ("logits", FLOATS)], "again", "logits", False),
    "label and probabilities": (
        [PROBABILITIES, node("ArgMax", "p", "label", axis=1, keepdims=0)],
        [("label", COUNTS), ("p", FLOATS)],
        "p",
        "probabilities",
        False,
    ),
    "features beside": ([*FEATURES], [("features", FLOATS), ("logits", FLOATS)], "logits", "logits", True),
    "a column a class": (
        [node("Split", "logits", "first second third", axis=1)],
        [("first", FLOATS), ("second", FLOATS), ("third", FLOATS)],
        "first",
        "logit",
        True,
    ),
    "maps beside": ([], [("conv", FLOATS), ("logits", FLOATS)], "logits", "logits", False),
    "softmax in half": (
        [PROBABILITIES, node("Cast", "p", "half", to=TensorProto.FLOAT16)],
        [("half", TensorProto.FLOAT16)],
        "half",
        "probabilities",
        False,
    ),
    "double": ([node("Cast", "logits", "d", to=TensorProto.DOUBLE)], [("d", TensorProto.DOUBLE)], "d", "logits", False),
    "softmax by hand": (
        [
            node("Exp", "logits", "e"),
            node("ReduceSum", "e", "sum"),
            node("ReduceSum", "e one", "row"),
            node("Div", "e row", "p"),
        ],
        [("p", FLOATS)],
        "p",
        "probabilities",
        False,
    ),
    "softmax in whole numbers": (
        [PROBABILITIES, node("QuantizeLinear", "p step", "q"), node("DequantizeLinear", "q step", "d")],
        [("d", FLOATS)],
        "d",
        "probabilities",
        False,
    ),
}


def test_the_classifying_output_is_found_among_several(tmp_path):
    images = np.random.default_rng(0).random((4, 1, 8, 8), np.float32)
    right = softmax(Model(save(tmp_path / "bare.onnx", small(17))).logits(images))
    for name, (nodes, outputs, answer, gives, assumed) in OUTPUTS.items():
        with case(name):
            proto = onnx.load(ending(tmp_path / "x.onnx", nodes, outputs))
            proto.graph.initializer.extend(
                [numpy_helper.from_array(np.array([1]), "one"), numpy_helper.from_array(np.float32(0.03), "step")]
            )
            model = Model(save(tmp_path / "x.onnx", proto))
            assert (model.signature.output, model.signature.gives) == (answer, gives)
            assert (model.origins["output"] == ASSUMED) == assumed
            if gives == "logit":
                continue
            near = {"softmax in half": 1e-3, "softmax in whole numbers": 0.03}.get(name, FLOAT)
            np.testing.assert_allclose(model.predict(images), right, atol=near)


def test_one_number_is_the_second_of_two_classes(tmp_path):
    images = np.random.default_rng(0).random((4, 1, 8, 8), np.float32)
    logits = Model(save(tmp_path / "bare.onnx", small(17))).logits(images)
    p = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    path = wrapped(tmp_path / "x.onnx", small(17), ends="one sigmoid")
    model = Model(path)
    assert (model.signature.gives, model.signature.classes, model.card.labels) == ("sigmoid", 2, ("0", "1"))
    assert model.notes == ()
    np.testing.assert_allclose(model.predict(images), np.stack([1 - p, p], 1), atol=FLOAT)
    proto = onnx.load(path)
    proto.graph.node.pop()
    proto.graph.node[-1].output[0] = "answer"
    bare = Model(save(path, proto))
    assert (bare.signature.gives, bare.origins["gives"]) == ("logit", ASSUMED)
    assert "taken for the logit of the second of two classes" in bare.notes[0]
    np.testing.assert_allclose(bare.predict(images), np.stack([1 - p, p], 1), atol=FLOAT)


def test_certain_answers_stay_certain_and_finite(tmp_path):
    """Probabilities of 0 and 1, as float32 rounds them."""
    images = np.float32([[[[0, 1]]], [[[1, 0]]]])
    softened = Model(echo(tmp_path / "x.onnx", ["n", 1, 1, 2], "float32", 2), {"gives": "probabilities"})
    assert np.isfinite(softened.logits(images)).all()
    np.testing.assert_allclose(softened.predict(images), images.reshape(2, 2), atol=1e-30)


def test_what_a_person_says_of_the_answer_counts_or_is_refused(tmp_path):
    path = ending(tmp_path / "x.onnx", FEATURES, [("features", FLOATS), ("logits", FLOATS)])
    model = Model(path, {"output": "features", "gives": "sigmoids"})
    assert (model.signature.output, model.signature.gives, model.signature.classes) == ("features", "sigmoids", 4)
    assert (model.origins["output"], model.origins["gives"]) == ("you", "you")
    for choices, words in [
        ({"output": "conv"}, "has no output conv with a number a class; it has: features, logits"),
        ({"gives": "sigmoid"}, "must be one of logits, log-probabilities, probabilities, sigmoids"),
        ({"size": [9, 9]}, "takes images of 8 × 8 pixels and no others"),
        ({"channels": "rgb"}, "Expected images"),
        ({"mean": [1, 2, 3]}, "The mean has 3 numbers"),
        ({"mean": [1, 2]}, "mean must be one number, or one a channel"),
        ({"range": [1, 1]}, "range must be two numbers"),
        ({"std": 0}, "std must be one number above 0"),
        ({"std": 10**400}, "std must be one number above 0, or one a channel, not 1000"),
        ({"mean": 1e300}, "mean must be one number"),
        ({"size": [1e300, 1]}, "size must be two whole numbers above 0"),
        ({"colour": "red"}, "has no colour; it has: channels"),
        ({"labels": ["a", "b"]}, "answers with 3 numbers, but 2 labels were given"),
    ]:
        with case(choices), pytest.raises(ModelError, match=words):
            Model(path, choices)


def test_classes_come_in_the_order_of_the_kind(tmp_path):
    images = np.random.default_rng(0).random((4, 1, 8, 8), np.float32)
    path = save(tmp_path / "x.onnx", small(17))
    plain = Model(path).logits(images)
    for names in itertools.permutations(("cat", "dog", "owl")):
        model = Model(path, {"labels": names}, Kind("pets", (1, 8, 8), ("cat", "dog", "owl")))
        assert model.card.labels == ("cat", "dog", "owl")
        for place, name in enumerate(names):
            np.testing.assert_allclose(
                model.logits(images)[:, model.card.labels.index(name)], plain[:, place], atol=EXPORT
            )
    with pytest.raises(ModelError, match=r"names other classes \(cat, dog, emu …\) than cat, dog, owl"):
        Model(path, {"labels": ["cat", "dog", "emu"]}, Kind("pets", (1, 8, 8), ("cat", "dog", "owl")))
