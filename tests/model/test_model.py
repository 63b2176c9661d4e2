from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from invariance.model import Card, Model, ModelError
from invariance.model import model as model_module
from tests.conftest import linear_classifier
from tests.graphs import STRANGERS


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
        ({"image": [1, 1, 4, 4]}, "N free"),
        ({"image": ["n", 2, 4, 2]}, "C 1 or 3"),
        ({"image": ["n", 16]}, "float32 input"),
        ({"image": ["n", 1, "h", "w"]}, "float32 input"),
        ({"kind": TensorProto.DOUBLE}, r"tensor\(double\)"),
    ],
)
def test_a_model_that_is_no_classifier_says_what_was_expected(tmp_path, changes, message):
    path = linear_classifier(tmp_path / "odd.onnx", **changes)
    with pytest.raises(ModelError, match=message):
        Model(path)


def test_an_output_that_is_no_row_a_image_is_refused(tmp_path):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 4, 4])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1, 4, 4])
    graph = helper.make_graph([helper.make_node("Identity", ["image"], ["logits"])], "same", [image], [logits])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "same.onnx"
    )
    with pytest.raises(ModelError, match="its output logits is"):
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
        ({"labels": '["a", "b"]'}, "2 labels, but it answers with 3"),
        ({"labels": "cat, dog"}, "can't be read as a card"),
        ({"parameters": "many"}, "can't be read as a card"),
        ({"recipe": "[1]"}, "can't be read as a card"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(tmp_path, metadata, message):
    with pytest.raises(ModelError, match=message):
        Model(linear_classifier(tmp_path / "odd.onnx", metadata=metadata))


@pytest.mark.parametrize("parameters", [48, None])
def test_a_card_comes_back_from_the_file_as_it_was_written(tmp_path, parameters):
    recipe = {"epochs": 3, "lr": 0.1}
    card = Card("tiny", "Tiny", ("a", "b", "ü"), (1, 4, 4), "strokes", recipe, parameters, "me", "MIT", 4)
    assert Model(linear_classifier(tmp_path / "tiny.onnx", metadata=card.to_metadata())).card == card


def test_lenet5_carries_its_card(lenet5):
    card = lenet5.card
    assert (card.name, card.dataset, card.parameters, card.shape) == ("lenet5", "mnist", 767_426, (1, 28, 28))
    assert card.labels == tuple("0123456789")
    assert card.recipe["name"] == "lenet5"


def test_a_file_that_takes_one_image_only_says_so(tmp_path):
    model = STRANGERS["one at a time"](tmp_path).model
    images = np.zeros((2, *model.card.shape), np.float32)
    assert model.logits(images[:1]).shape == (1, 2)
    with pytest.raises(ModelError, match="can't be run on 2 images at a time"):
        model.logits(images)
