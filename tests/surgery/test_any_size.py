"""Networks on images of another size than their files say: against PyTorch, and the refusals."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from invariance.evaluation import records
from invariance.model import Model, ModelError
from invariance.surgery.any_size import with_size
from tests.conftest import linear_classifier, some_rolls
from tests.tolerances import EXPORT
from tests.training.conftest import pictures

NAMES = ("mnist-shift-plain", "mnist-shift-polyphase", "mnist-invariant")


@pytest.fixture
def networks(untrained):
    """By name: an untrained network of PyTorch, and its file."""
    made = {name: untrained(name) for name in NAMES}
    return {name: (each.network, Model(each.path)) for name, each in made.items()}


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (36, 64)])
@pytest.mark.parametrize("name", NAMES)
def test_another_size_gives_what_pytorch_gives(name, size, networks):
    network, model = networks[name]
    images = np.random.default_rng(0).random((7, 1, *size), np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(with_size(model, *size).logits(images), expected, atol=EXPORT)


@pytest.mark.parametrize("picture", range(3), ids=["digit", "square", "noise"])
def test_no_shift_and_no_quarter_turn_on_the_larger_canvas_changes_the_answer(picture, networks):
    larger = with_size(networks["mnist-invariant"][1], 32, 32)
    image = pictures((1, 32, 32))[picture]
    still = larger.logits(image[None])
    for quarters in range(4):
        moved = larger.logits(some_rolls(np.rot90(image, quarters, (1, 2))))
        np.testing.assert_allclose(moved, np.broadcast_to(still, moved.shape), atol=EXPORT)
        assert set(moved.argmax(1)) == {still.argmax()}


def test_nor_of_the_trained_network(mnist_test):
    path = records.EXPORTED / "mnist-invariant.onnx"
    if not path.exists():
        pytest.skip(f"needs {path.name}; run: python -m training mnist-invariant")
    larger = with_size(Model(path), 32, 32)
    for image in np.pad(mnist_test.images[:3].astype(np.float32) / 255, ((0, 0), (0, 0), (2, 2), (2, 2))):
        still = larger.logits(image[None])
        for quarters in range(4):
            moved = larger.logits(some_rolls(np.rot90(image, quarters, (1, 2))))
            np.testing.assert_allclose(moved, np.broadcast_to(still, moved.shape), atol=EXPORT)
            assert set(moved.argmax(1)) == {still.argmax()}


def test_the_card_is_kept_but_for_the_shape(networks):
    model = networks["mnist-shift-plain"][1]
    larger = with_size(model, 32, 36)
    assert larger.card.shape == (1, 32, 36)
    assert model.card.shape == (1, 28, 28)
    assert larger.card.name == model.card.name == "mnist-shift-plain"
    assert {**vars(larger.card), "shape": None} == {**vars(model.card), "shape": None}
    assert larger.sha256 != model.sha256
    assert not onnx.load_from_string(larger.data).graph.value_info  # none of the old sizes


def test_a_file_without_a_name_of_its_own_keeps_that_of_the_file(tmp_path):
    model = Model(linear_classifier(tmp_path / "nameless.onnx"))
    assert with_size(model, 2, 8).card.name == "nameless"


@pytest.mark.parametrize(("name", "size"), [("lenet5", (32, 32)), ("lenet5", (0, 28)), ("lenet5", (28, -1))])
def test_a_network_for_its_own_size_alone_is_refused(name, size):
    model = Model(records.EXPORTED / f"{name}.onnx")
    message = f"LeNet-5 was made for images of 28 × 28 pixels and can't take {size[0]} × {size[1]}. .*mean over all"
    with pytest.raises(ModelError, match=message):
        with_size(model, *size)


def test_a_size_that_can_t_be_halved_twice_is_refused(networks):
    with pytest.raises(ModelError, match=r"can't take 30 × 30.* choose multiples of 4"):
        with_size(networks["mnist-shift-polyphase"][1], 30, 30)


def test_a_network_that_would_give_an_image_several_answers_is_refused(tmp_path):
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["image", "sixteen"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "linear",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 4, 4])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["m", 3])],
        [
            numpy_helper.from_array(np.array([-1, 16]), "sixteen"),
            numpy_helper.from_array(np.ones((16, 3), np.float32), "weights"),
        ],
    )
    path = tmp_path / "cut.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    with pytest.raises(ModelError, match="cut was made for images of 4 × 4 pixels and can't take 8 × 8"):
        with_size(Model(path), 8, 8)
