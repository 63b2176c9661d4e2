import numpy as np
import pytest
from onnx import numpy_helper

from invariance import UserError
from invariance import inside as inside_module
from invariance.inside import Inside
from tests.graphs import ending, node, opened, random
from tests.tolerances import FLOAT

IMAGES = np.random.default_rng(1).random((3, 1, 8, 8), np.float32)


@pytest.fixture
def constants(tmp_path):
    """A convolution whose filters are a Constant node behind an Identity, and whose bias is added after it."""
    last, weights = ending("relu", 4)
    return opened(
        tmp_path,
        [
            node("Constant", "", "stored", value=numpy_helper.from_array(random(4, 1, 3, 3))),
            node("Identity", "stored", "filters"),
            node("Conv", "image filters", "conv"),
            node("Identity", "conv", "same"),
            node("Add", "same bias", "biased"),
            node("Relu", "biased", "relu"),
            *last,
        ],
        weights | {"bias": random(4, 1, 1, seed=2)},
    )


def test_filters_are_found_wherever_the_file_keeps_them(constants):
    filters, biases = constants.kernels("biased")
    np.testing.assert_array_equal(filters, random(4, 1, 3, 3))
    np.testing.assert_array_equal(biases, random(4, 1, 1, seed=2).ravel())
    assert not constants.kernels("conv")[1].any()
    np.testing.assert_array_equal(constants.weights["stored"], filters)


def test_values_and_their_shapes_come_from_a_run(constants):
    values = constants.values(["image", "conv", "biased", "logits"], IMAGES)
    np.testing.assert_array_equal(values["image"], IMAGES)
    expected = values["conv"] + constants.kernels("biased")[1][:, None, None]
    np.testing.assert_allclose(values["biased"], expected, atol=FLOAT)
    np.testing.assert_allclose(values["logits"], constants.model.logits(IMAGES), atol=FLOAT)
    assert constants.shapes["biased"] == (1, 4, 6, 6)
    assert constants.maps == ["image", "conv", "same", "biased", "relu"]


def test_the_copy_is_opened_once(constants, monkeypatch):
    constants.values(["conv"], IMAGES)
    monkeypatch.setattr(inside_module, "open_session", lambda data: pytest.fail("opened again"))
    constants.values(["relu", "conv"], IMAGES[:1])


def test_what_only_the_image_s_shape_decides_is_constant(tmp_path):
    nodes = [
        node("Shape", "image", "size", end=1),
        node("Concat", "size rest", "shape", axis=0),
        node("Reshape", "image shape", "flat"),
        node("MatMul", "flat w", "logits"),
    ]
    inside = opened(tmp_path, nodes, {"rest": np.array([-1]), "w": random(64, 2)})
    assert [each.op_type for each in inside.nodes] == ["Reshape", "MatMul"]
    assert inside.constant("shape").tolist() == [1, -1]
    assert inside.constant("flat") is None


@pytest.mark.parametrize("wrong", [IMAGES[:, :, :7], IMAGES.astype(np.float64), IMAGES[0]])
def test_images_that_the_model_cannot_take_get_a_sentence(constants, wrong):
    with pytest.raises(UserError, match=r"takes float32 images of shape \(N, 1, 8, 8\), not "):
        constants.values(["conv"], wrong)


def test_a_value_that_is_not_there_is_named(constants):
    with pytest.raises(UserError, match=r"no value nothing; it has: .*biased"):
        constants.values(["nothing"], IMAGES)
    with pytest.raises(UserError, match="no convolution relu; it has: conv"):
        constants.kernels("relu")


def test_several_outputs_of_one_node_and_outputs_left_out(tmp_path):
    last, weights = ending("pool", 1)
    pool = node("MaxPool", "image", "pool", kernel_shape=[2, 2])
    pool.output.append("")
    inside = opened(tmp_path, [pool, *last], weights)
    assert inside.values(["pool"], IMAGES)["pool"].shape == (3, 1, 7, 7)


def test_lenet5_has_its_maps_in_order(lenet5):
    inside = Inside(lenet5)
    assert inside.maps[-3:] == ["pool2", "conv3", "relu3"]
    assert inside.shapes["logits"] == (1, 10)
