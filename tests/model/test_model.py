from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from invariance.model import Card, Model, ModelError
from invariance.model import model as model_module
from tests.conftest import linear_classifier
from tests.graphs import STRANGERS, node, opened


@pytest.fixture
def tiny(tmp_path):
    return Model(linear_classifier(tmp_path / "tiny.onnx"))


def images(count, shape=(1, 4, 4), seed=0):
    return np.random.default_rng(seed).random((count, *shape), np.float32)


def test_a_file_without_a_card_gets_its_name_and_numbered_classes(tiny):
    assert tiny.card == Card(name="tiny", title="tiny", labels=("0", "1", "2"), shape=(1, 4, 4))


def test_probabilities_are_positive_and_sum_to_one(tiny):
    found = tiny.predict(images(20))
    assert found.shape == (20, 3)
    assert found.min() > 0
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-6)


def test_of_no_images_there_are_no_answers_whatever_the_graph_does_with_none(tmp_path):
    nodes = [node("Reshape", "image shape", "flat"), node("MatMul", "flat w", "logits")]
    reshaped = opened(tmp_path, nodes, {"shape": np.array([0, -1]), "w": np.ones((64, 2), np.float32)}).model
    assert reshaped.logits(np.empty((0, 1, 8, 8), np.float32)).shape == (0, 2)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64])
def test_any_number_of_images_in_one_go_equals_one_by_one(tiny, count):
    batch = images(count)
    expected = np.array([tiny.logits(image[None])[0] for image in batch]).reshape(count, 3)
    np.testing.assert_allclose(tiny.logits(batch), expected, rtol=1e-5)


def test_large_batches_are_cut_up(tiny, monkeypatch):
    batch, sizes = images(50), []
    whole = tiny.logits(batch)
    opened = tiny._session(50)

    class Spy:
        def run(self, outputs, given):
            sizes.append(len(given["image"]))
            return opened.run(outputs, given)

    monkeypatch.setattr(model_module, "BATCH_VALUES", 16 * 20)
    monkeypatch.setattr(tiny, "_session", lambda count: Spy())
    np.testing.assert_array_equal(tiny.logits(batch), whole)
    assert sizes == [20, 20, 10]


def test_several_threads_get_their_own_answers(lenet5):
    batches = [images(1 + seed % 12, (1, 28, 28), seed) for seed in range(40)]
    expected = [lenet5.logits(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        for found, right in zip(pool.map(lenet5.logits, batches), expected, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-4)


@pytest.mark.parametrize(
    "wrong", [images(1)[0], images(2, (3, 4, 4)), images(1, (1, 5, 4)), images(1).astype(np.float64), images(1)[:, 0]]
)
def test_images_of_another_shape_or_type_are_refused(tiny, wrong):
    with pytest.raises(ModelError, match=r"takes float32 images of shape \(N, 1, 4, 4\)"):
        tiny.predict(wrong)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": ["n", 2, 4, 2]}, r"images with 1 or 3 channels.* its input is of shape \(n, 2, 4, 2\)"),
        ({"image": ["n", 2, 2, 2, 2]}, r"laid into one row; its input is of shape \(n, 2, 2, 2, 2\)"),
        ({"image": ["n", 1, "h", "w"]}, r"can't be run on images, its input being of shape \(n, 1, h, w\): .*MatMul"),
        ({"kind": TensorProto.STRING}, "odd.onnx"),
    ],
)
def test_a_model_that_is_no_classifier_says_what_was_expected(tmp_path, changes, message):
    path = linear_classifier(tmp_path / "odd.onnx", **changes)
    with pytest.raises(ModelError, match=message) as raised:
        Model(path)
    assert "ONNXRuntimeError" not in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_an_output_that_is_no_row_a_image_is_refused(tmp_path):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 4, 4])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1, 4, 4])
    graph = helper.make_graph([helper.make_node("Identity", ["image"], ["logits"])], "same", [image], [logits])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "same.onnx"
    )
    with pytest.raises(ModelError, match=r"no classifier: expected one number a class.* logits \(3, 1, 4, 4\)"):
        Model(tmp_path / "same.onnx")


def test_files_that_are_no_models_are_named(tmp_path, lenet5):
    with pytest.raises(ModelError, match=r"none\.onnx can't be read"):
        Model(tmp_path / "none.onnx")
    for content in (b"", b"not a model", b"\x08\x0a" * 100):
        (tmp_path / "bad.onnx").write_bytes(content)
        with pytest.raises(ModelError, match=r"bad\.onnx"):
            Model(tmp_path / "bad.onnx")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"labels": '["a", "b"]'}, "name 2 classes, not 3"),
        ({"labels": "[1, [2], 3]"}, "labels in its metadata can't be read"),
        ({"parameters": "many"}, "The parameters in its metadata"),
        ({"parameters": "9" * 400}, "The parameters in its metadata"),
        ({"order": "-1"}, "The order in its metadata"),
        ({"recipe": "[1]"}, "The recipe in its metadata"),
    ],
)
def test_an_entry_of_a_card_that_makes_no_sense_is_left_out_and_said(tmp_path, metadata, message):
    model = Model(linear_classifier(tmp_path / "odd.onnx", metadata=metadata))
    assert model.card == Card(name="odd", title="odd", labels=("0", "1", "2"), shape=(1, 4, 4))
    assert message in " ".join(model.notes)


@pytest.mark.parametrize("parameters", [48, None])
def test_a_card_comes_back_from_the_file_as_it_was_written(tmp_path, parameters):
    recipe = {"epochs": 3, "lr": 0.1}
    words = ("me", "MIT", "plain", "A toy.")
    card = Card("tiny", "Tiny", ("a", "b", "ü"), (1, 4, 4), "strokes", recipe, parameters, *words, 4)
    assert Model(linear_classifier(tmp_path / "tiny.onnx", metadata=card.to_metadata())).card == card


def test_lenet5_carries_its_card(lenet5):
    card = lenet5.card
    assert (card.name, card.dataset, card.parameters, card.shape) == ("lenet5", "mnist", 767_426, (1, 28, 28))
    assert card.labels == tuple("0123456789")
    assert card.recipe["name"] == "lenet5"


def test_a_file_that_takes_one_image_only_gets_one_after_the_other(tmp_path):
    model = STRANGERS["one at a time"](tmp_path).model
    some = images(3, model.card.shape)
    assert model.batch == 1
    np.testing.assert_array_equal(model.logits(some), np.concatenate([model.logits(image[None]) for image in some]))
    assert model.logits(some[:0]).shape == (0, 2)
