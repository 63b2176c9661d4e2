"""What a file says of its images and its classes, in whatever words, and what it says wrongly."""

import json

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from invariance.inside.architecture import layers
from invariance.inside.values import Inside
from invariance.measures import softmax
from invariance.model import Model, ModelError, hints
from invariance.model.signature import ASSUMED
from tests.conftest import case
from tests.graphs import node, random, small
from tests.tolerances import FLOAT
from tests.wrapped import wrapped

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def file(path, channels=3, nodes=(), numbers=None, **metadata):
    """Write small() with these nodes between its input and its first layer."""
    proto = small(17, (channels, 8, 8))
    for place, each in enumerate(nodes):
        proto.graph.node.insert(place, each)
        proto.graph.node[place + 1].input[0] = each.output[0]
    proto.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(array, np.float32), name) for name, array in (numbers or {}).items()
    )
    helper.set_model_props(proto, metadata)
    onnx.save(proto, path)
    return path


def told(model):
    """Range, mean, std and channels."""
    taken = model.preparation
    return taken.range, taken.mean, taken.std, taken.channels


PLAIN = ((0, 1), (0.0,), (1.0,))
HF = {
    "image_mean": list(IMAGENET[0]),
    "image_std": list(IMAGENET[1]),
    "rescale_factor": 1 / 255,
    "size": {"height": 8, "width": 8},
}
METADATA = {  # what it says: range, mean, std and channels
    '{"Image.NominalPixelRange": "NominalRange_0_255", "Image.BitmapPixelFormat": "Bgr8"}': (
        (0, 255),
        (0,),
        (1,),
        "bgr",
    ),
    '{"Image.NominalPixelRange": "Normalized_1_1", "Image.BitmapPixelFormat": "Rgb8"}': ((-1, 1), (0,), (1,), "rgb"),
    '{"Image.NominalPixelRange": "Normalized_0_1"}': (*PLAIN, "rgb"),
    '{"mean": "0.485, 0.456, 0.406", "std": "[0.229 0.224 0.225]"}': ((0, 1), *IMAGENET, "rgb"),
    '{"mean": "(123.675, 116.28, 103.53)", "std": "(58.395, 57.12, 57.375)"}': (
        (0, 255),
        (123.675, 116.28, 103.53),
        (58.395, 57.12, 57.375),
        "rgb",
    ),
    '{"mean": "0.5", "std": "0.5"}': ((0, 1), (0.5,), (0.5,), "rgb"),
    json.dumps({"preprocessor_config": json.dumps(HF)}): ((0, 1), *IMAGENET, "rgb"),
    json.dumps({"preprocessor_config": json.dumps(HF | {"do_normalize": False})}): (*PLAIN, "rgb"),
    json.dumps({"pretrained_cfg": json.dumps({"input_size": [3, 8, 8], "mean": IMAGENET[0], "std": IMAGENET[1]})}): (
        (0, 1),
        *IMAGENET,
        "rgb",
    ),
    json.dumps({"preparation": json.dumps({"range": [0, 255], "channels": "bgr"})}): ((0, 255), (0,), (1,), "bgr"),
}


def test_metadata_say_how_images_are_prepared(tmp_path):
    for metadata, expected in METADATA.items():
        with case(metadata):
            model = Model(file(tmp_path / "x.onnx", **json.loads(metadata)))
            np.testing.assert_array_equal(told(model)[0], expected[0])
            assert told(model)[1:] == expected[1:]
            assert model.origins["range"].startswith("its metadata (")
            assert model.notes == ()


def test_a_processor_s_file_beside_the_model_counts_after_its_metadata(tmp_path):
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(HF))
    model = Model(file(tmp_path / "x.onnx"))
    assert told(model) == ((0, 1), *IMAGENET, "rgb")
    assert model.origins["mean"] == "preprocessor_config.json (mean and std)"
    own = Model(file(tmp_path / "x.onnx", **{"Image.NominalPixelRange": "NominalRange_0_255"}))
    assert own.preparation.range == (0, 255)
    (tmp_path / "preprocessor_config.json").write_text("{damaged")
    assert Model(file(tmp_path / "x.onnx")).origins["range"] == ASSUMED


def test_metadata_that_make_no_sense_are_left_out(tmp_path):
    for metadata, note in [
        ({"mean": "0.1 0.2", "std": "1 1"}, "mean must be one number, or one a channel"),
        ({"mean": "0.5", "std": "0"}, "std must be one number above 0"),
        ({"preparation": '{"colour": 1}'}, "has no colour"),
        ({"preparation": '{"range": "wide"}'}, "range must be two numbers"),
        ({"mean": "nothing", "std": "new"}, ""),
        ({"imgsz": "[640, 640]"}, ""),
        ({"size": "12 MB"}, ""),
        ({"Image.NominalPixelRange": "?", "preprocessor_config": "[1]"}, ""),
        ({"Image.BitmapPixelFormat": "Gray8"}, ""),
    ]:
        with case(metadata):
            model = Model(file(tmp_path / "x.onnx", **metadata))
            assert told(model) == (*PLAIN, "rgb")
            assert model.origins["range"] == ASSUMED
            assert note in " ".join(model.notes)
    grey = Model(file(tmp_path / "x.onnx", channels=1, mean=str(IMAGENET[0]), std=str(IMAGENET[1])))
    assert grey.preparation.mean == (0.0,)


def test_a_graph_that_scales_its_images_itself_takes_them_as_they_were(tmp_path):
    colours = np.reshape([123.68, 116.779, 103.939], (3, 1, 1))
    for nodes, numbers, expected in [
        ([node("Div", "image n", "a")], {"n": 255}, (0, 255)),
        ([node("Mul", "image n", "a")], {"n": 1 / 255}, (0, 255)),
        ([node("Mul", "image n", "a"), node("Sub", "a one", "y")], {"n": 1 / 127.5, "one": 1}, (0, 255)),
        ([node("Sub", "image n", "a"), node("Div", "a s", "y")], {"n": colours, "s": 58.4}, (0, 255)),
        ([node("Sub", "image n", "a")], {"n": colours}, (0, 255)),
        ([node("Sub", "image n", "a"), node("Div", "a s", "y")], {"n": 0.5, "s": 0.25}, (0, 1)),
        ([node("Mul", "image two", "a"), node("Sub", "a one", "y")], {"two": 2, "one": 1}, (0, 1)),
        ([node("Sub", "n image", "a"), node("Div", "a n", "y")], {"n": 255}, (0, 255)),
        (
            [node("BatchNormalization", "image s z m v", "a")],
            {"s": np.ones(3), "z": np.zeros(3), "m": np.full(3, 120), "v": np.full(3, 3600)},
            (0, 255),
        ),
        ([node("Mul", "image n", "a")], {"n": 3}, None),
        ([node("Relu", "image", "a")], {}, None),
    ]:
        with case(nodes, expected):
            model = Model(file(tmp_path / "x.onnx", nodes=nodes, numbers=numbers))
            assert model.preparation.range == (expected or (0, 1))
            assert model.origins["range"] == ("the graph's first nodes" if expected else ASSUMED)


NAMED = [  # key and text of metadata that name three classes
    ("labels", '["cat", "dog", "owl"]'),
    ("names", "{0: 'cat', 1: 'dog', 2: 'owl'}"),
    ("names", "{2: 'owl', 0: 'cat', 1: 'dog'}"),
    ("id2label", '{"0": "cat", "1": "dog", "2": "owl"}'),
    ("classes", "cat,dog, owl"),
    ("classes", "cat\ndog\nowl\n"),
    ("class_names", "('cat', 'dog', 'owl')"),
    ("labels", '{"cat": 0, "owl": 2, "dog": 1}'),
]


def test_the_names_of_classes_are_found_however_they_are_written(tmp_path):
    for key, text in NAMED:
        with case(key, text):
            model = Model(file(tmp_path / "x.onnx", **{key: text}))
            assert model.card.labels == ("cat", "dog", "owl")
            assert model.origins["labels"] == f"its metadata ({key})"
    for name in ("x.labels.txt", "x.txt", "labels.txt", "classes.txt"):
        with case(name):
            (tmp_path / name).write_text("cat\n\n dog\nowl\n", "utf-8-sig")  # with a mark at its start, as by Windows
            model = Model(file(tmp_path / "x.onnx", names='["too", "few"]'))
            assert (model.card.labels, model.origins["labels"]) == (("cat", "dog", "owl"), name)
            assert model.notes == ("The names in its metadata name 2 classes, not 3: left out.",)
            (tmp_path / name).unlink()
    for text in ("{0: open('x')}", "[" * 5000, "__import__('os').getcwd()", "{'a': {'b': 1}}", "[1.5, None, 2]"):
        with case(text[:20]):
            model = Model(file(tmp_path / "x.onnx", names=text))
            assert model.card.labels == ("0", "1", "2")
            assert model.origins["labels"] == ASSUMED


@pytest.mark.parametrize("named", ["strings", "int64s"])
def test_a_classifier_of_scikit_learn_brings_the_names_of_its_classes(tmp_path, named):
    """As skl2onnx converts LogisticRegression on digits: a label, and scores by name, of operators that ONNX-ML has."""
    names = ["cat", "dog", "owl"] if named == "strings" else [3, 5, 8]
    weights, shifts = random(3, 64) / 16, random(3, seed=1)
    ml = {"domain": "ai.onnx.ml"}
    proto = small(17, batch="n")
    proto.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    del proto.graph.node[:], proto.graph.initializer[:], proto.graph.input[:], proto.graph.output[:]
    proto.graph.node.extend(
        [
            helper.make_node(
                "LinearClassifier",
                ["X"],
                ["label", "scores"],
                coefficients=weights.ravel().tolist(),
                intercepts=shifts.tolist(),
                multi_class=1,
                post_transform="SOFTMAX",
                **{f"classlabels_{named.replace('64', '')}": names},
                **ml,
            ),
            helper.make_node("Normalizer", ["scores"], ["probabilities"], norm="L1", **ml),
            helper.make_node("ZipMap", ["probabilities"], ["named"], **{f"classlabels_{named}": names}, **ml),
        ]
    )
    label = onnx.TensorProto.STRING if named == "strings" else onnx.TensorProto.INT64
    proto.graph.input.append(helper.make_tensor_value_info("X", onnx.TensorProto.FLOAT, [None, 64]))
    proto.graph.output.append(helper.make_tensor_value_info("label", label, [None]))
    proto.graph.output.append(helper.make_empty_tensor_value_info("named"))
    onnx.save(proto, tmp_path / "x.onnx")
    model = Model(tmp_path / "x.onnx", {"range": [0, 16]})
    assert (model.card.labels, model.origins["labels"]) == (tuple(map(str, names)), "the graph's last operators")
    assert (model.signature.output, model.signature.gives) == ("probabilities", "probabilities")
    images = np.random.default_rng(0).random((4, 1, 8, 8), np.float32)
    expected = softmax(16 * images.reshape(4, 64) @ weights.T + shifts)
    np.testing.assert_allclose(model.predict(images), expected, atol=FLOAT)
    found = {layer.name: layer.kind for layer in layers(Inside(model))}
    assert found["scores"] == "LinearClassifier (ai.onnx.ml)"


def test_what_is_kept_beside_a_file_comes_back_and_wins(tmp_path):
    path = wrapped(tmp_path / "x.onnx", small(17), span=(0, 255), hidden=False, metadata={"names": '["a", "b", "c"]'})
    assert Model(path).preparation.range == (0, 255)
    said = {
        "range": (-1.0, 1.0),
        "mean": (0.5,),
        "std": (0.25,),
        "invert": True,
        "transpose": True,
        "fit": "stretch",
        "labels": ("é", "f", "g"),
        "gives": "sigmoids",
        "output": "answer",
        "dataset": "mine",
    }
    assert hints.save(path, said) == tmp_path / "x.invariance.json"
    kept, now = Model(path), Model(path, said)
    assert (kept.preparation, kept.signature, kept.card) == (now.preparation, now.signature, now.card)
    assert (kept.card.labels, kept.card.dataset) == (("é", "f", "g"), "mine")
    assert {kept.origins[part] for part in said} == {"x.invariance.json"}
    assert {now.origins[part] for part in said} == {"you"}
    images = np.random.default_rng(0).random((2, 1, 8, 8), np.float32)
    np.testing.assert_allclose(kept.logits(images), now.logits(images), atol=FLOAT)
    assert Model(path, {"invert": False}).preparation.invert is False  # who speaks now is heard first


def test_what_is_kept_and_makes_no_sense_is_an_error(tmp_path):
    path = file(tmp_path / "x.onnx")
    for text, words in [
        ("{", "x.invariance.json is damaged: expected one JSON object. Mend or delete it"),
        ("[1, 2]", "expected one JSON object"),
        ("", "expected one JSON object"),
        ('{"range": "wide"}', "range must be two numbers"),
        ('{"colour": 1}', "has no colour"),
        ('{"labels": "cat"}', "labels must be a list of names"),
        ('{"labels": ["cat"]}', r"answers with 3 numbers, but 1 labels were given \(x.invariance.json\)"),
        ('{"output": "other"}', "has no output other"),
        ('{"output": ["logits"]}', r'output must be a text, not \["logits"\]'),
        ('{"dataset": ["mnist"]}', r'dataset must be a text, not \["mnist"\]'),
        ('{"size": [9, 9]}', "takes images of 8 × 8 pixels and no others"),
        ('{"mean": [1, 2, 3]}', "The mean has 3 numbers"),
    ]:
        hints.sidecar(path).write_text(text, "utf-8")
        file(path, channels=1 if "mean" in text else 3)
        with case(text), pytest.raises(ModelError, match=words) as raised:
            Model(path)
        assert str(tmp_path) not in str(raised.value)
