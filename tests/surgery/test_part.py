import itertools
import re

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from invariance import UserError
from invariance.bench.impulse import compare, impulse_response
from invariance.bench.systems import without_constant
from invariance.bench.verdicts import examine, is_lti, noise
from invariance.evaluation import records
from invariance.inside.architecture import layers
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.providers import open_session
from invariance.surgery.part import as_maps, cut, stack
from tests.graphs import ending, node, opened, random
from tests.tolerances import FLOAT

RNG = np.random.default_rng(6)
IMAGES = RNG.random((3, 1, 8, 8), np.float32)


def named(inside):
    return [inside.input, *(layer.name for layer in layers(inside))]


@pytest.mark.parametrize("name", ["lenet5", "cifar-linear", "cifar-mlp"])
def test_every_part_of_a_network_makes_what_the_network_makes(name):
    inside = Inside(Model(records.EXPORTED / f"{name}.onnx"))
    images = RNG.random((3, *inside.model.card.shape), np.float32)
    values = inside.values(named(inside), images)
    pairs = [*itertools.pairwise(values), (inside.input, inside.output), *((start, inside.output) for start in values)]
    for start, end in pairs:
        if start != end:
            found = cut(inside, start, end)(values[start])
            np.testing.assert_allclose(found, values[end], atol=10 * FLOAT * np.abs(values[end]).max(), rtol=0)


def test_a_part_takes_any_numbers_of_its_shape(lenet5):
    inside = Inside(lenet5)
    filters, biases = inside.kernels("conv2")
    run = cut(inside, "pool1", "conv2")
    np.testing.assert_allclose(run(np.zeros((2, 6, 14, 14), np.float32))[:, :, 3, 3], [biases, biases], atol=FLOAT)
    impulse = np.zeros((1, 6, 14, 14), np.float32)
    impulse[0, 4, 7, 7] = 1
    answer = run(impulse)[0, :, 5:10, 5:10] - biases[:, None, None]
    np.testing.assert_allclose(answer, filters[:, 4, ::-1, ::-1], atol=FLOAT)


def test_a_network_s_convolution_is_linear_and_follows_shifts_but_for_its_bias_and_its_border(lenet5):
    inside = Inside(lenet5)
    found = examine(stack(inside, "normalise", "conv1"), noise(2, (1, 28, 28)).astype(np.float32), most=8)
    assert {law: verdict.holds for law, verdict in found.items()} == {
        "additive": False,
        "homogeneous": False,
        "shift": False,
        "stride": False,
        "positive": False,
        "affine": True,
        "invariant": False,
    }
    valid = Inside(Model(records.EXPORTED / "cifar-linear.onnx"))
    system = without_constant(stack(valid, "normalise", "conv1"))
    images = noise(2, (3, 32, 32)).astype(np.float32)
    assert is_lti(examine(system, images, most=8))
    assert compare(system, images[0], 5).deviation < 1e-5
    filters, _ = valid.kernels("conv1")
    response = np.roll(impulse_response(system, (3, 32, 32), np.float32), (4, 4), (-2, -1))[..., :5, :5]
    np.testing.assert_allclose(response, filters[..., ::-1, ::-1], atol=FLOAT)


def test_strides_are_counted_from_where_the_part_begins(lenet5):
    inside = Inside(lenet5)
    assert stack(inside, "image", "conv1").stride == (1, 1)
    assert stack(inside, "conv1", "conv3").stride == (4, 4)
    assert stack(inside, "pool1", "pool2").stride == (2, 2)
    assert stack(inside, "relu3", "fc1").stride is stack(inside, "fc1", "relu4").stride is None
    pooled = examine(stack(inside, "relu1", "pool1"), noise(1, (6, 28, 28)).astype(np.float32), most=6)
    assert (pooled["stride"].holds, pooled["shift"].holds, pooled["shift"].grid.kind) == (True, False, "coarser")


def test_after_enlarging_there_is_no_stride(tmp_path):
    last, weights = ending("large", 1)
    pool = node("MaxPool", "image", "pool", kernel_shape=[2, 2], strides=[2, 2])
    enlarge = node("Resize", "pool", "large", mode="nearest")
    enlarge.input.extend(["", "scales"])
    inside = opened(tmp_path, [pool, enlarge, *last], weights | {"scales": np.float32([1, 1, 2, 2])})
    system = stack(inside, "pool", "large")
    assert system.stride is None
    assert examine(system, noise(1, (1, 4, 4)).astype(np.float32))["shift"].holds is None


def test_rows_of_numbers_are_maps_of_one_place(lenet5):
    system = stack(Inside(lenet5), "flatten", "fc1")
    assert system.apply(np.zeros((2, 5880, 1, 1), np.float32)).shape == (2, 120, 1, 1)
    assert as_maps(np.zeros((2, 7))).shape == (2, 7, 1, 1)
    assert as_maps(np.zeros((2, 7, 3, 3))).shape == (2, 7, 3, 3)
    assert "LeNet-5 from flatten to fc1" in system.title


def test_what_goes_around_the_start_is_refused(tmp_path):
    last, weights = ending("sum", 1)
    nodes = [node("Relu", "image", "relu"), node("Add", "image relu", "sum"), *last]
    inside = opened(tmp_path, nodes, weights)
    with pytest.raises(UserError, match="sum is not made from relu alone"):
        cut(inside, "relu", "sum")
    np.testing.assert_allclose(cut(inside, "image", "sum")(IMAGES), IMAGES + np.maximum(IMAGES, 0))
    np.testing.assert_array_equal(cut(inside, "image", "relu")(-IMAGES), 0 * IMAGES)


@pytest.mark.parametrize(("start", "end"), [("conv1", "conv1"), ("image", "image")])
def test_nothing_to_cut_is_refused(lenet5, start, end):
    with pytest.raises(UserError, match=f"nothing between {start} and {end}"):
        cut(Inside(lenet5), start, end)


def test_backwards_is_refused(lenet5):
    with pytest.raises(UserError, match="conv1 is not made from conv2 alone"):
        cut(Inside(lenet5), "conv2", "conv1")


def test_what_a_part_cannot_take_gets_a_sentence(lenet5):
    run = cut(Inside(lenet5), "relu1", "conv2")
    for wrong in (np.zeros((1, 5, 28, 28), np.float32), np.zeros((1, 6, 28, 28))):
        with pytest.raises(UserError, match=r"takes float32 \(N, 6, 28, 28\), not float.. of shape") as refused:
            run(wrong)
        assert not re.search(r"ONNXRuntime|\n", str(refused.value))


def test_versions_of_the_image_must_stay_as_many():
    inside = Inside(Model(records.EXPORTED / "lenet5-orbit.onnx"))
    with pytest.raises(UserError, match=r"cat of shape \(4, 1, 28, 28\)"):
        stack(inside, "image", "cat")
    assert stack(inside, "cat", "network.conv1").apply(np.zeros((4, 1, 28, 28), np.float32)).shape == (4, 6, 28, 28)


def test_other_than_maps_and_rows_is_refused(tmp_path):
    last, weights = ending("back", 1)
    nodes = [node("Reshape", "image five", "five_axes"), node("Reshape", "five_axes four", "back"), *last]
    weights |= {"five": np.array([0, 1, 2, 4, 8]), "four": np.array([0, 1, 8, 8])}
    inside = opened(tmp_path, nodes, weights)
    for end in ("five_axes", "five", "nothing"):
        with pytest.raises(UserError, match="maps or rows"):
            stack(inside, "image", end)
    np.testing.assert_array_equal(stack(inside, "image", "back").apply(IMAGES), IMAGES)


def test_constants_and_shapes_are_taken_along(tmp_path):
    """Filters that a Constant node holds and an Identity passes on; a size that is read from a value on the way."""
    nodes = [
        node("Constant", "", "stored", value=numpy_helper.from_array(random(4, 1, 3, 3))),
        node("Identity", "stored", "filters"),
        node("Relu", "image", "before"),
        node("Conv", "before filters", "conv"),
        node("Split", "conv", "left", axis=1, num_outputs=2),
        node("Concat", "left right", "joined", axis=1),
        node("Shape", "joined", "size", end=1),
        node("Concat", "size rest", "shape", axis=0),
        node("Reshape", "joined shape", "flat"),
        node("MatMul", "flat w", "logits"),
    ]
    nodes[4].output.append("right")
    inside = opened(tmp_path, nodes, {"rest": np.array([-1]), "w": random(144, 2, seed=3)})
    values = inside.values(["before", "left", "joined", "flat", "logits"], IMAGES)
    for start, end in (("before", "joined"), ("before", "flat"), ("joined", "logits"), ("image", "logits")):
        given = IMAGES if start == "image" else values[start]
        np.testing.assert_allclose(cut(inside, start, end)(given), values[end], atol=10 * FLOAT)


def test_nodes_stand_in_an_order_in_which_they_can_run(lenet5, monkeypatch):
    written = []
    for inside in (Inside(lenet5), Inside(Model(records.EXPORTED / "cifar-best.onnx"))):
        inside.shapes  # noqa: B018 (its own session is open by then)
        monkeypatch.setattr(inside.model, "open_session", lambda data: written.append(data) or open_session(data)[0])
        cut(inside, inside.input, inside.output)
        graph = onnx.load_from_string(written.pop()).graph
        known = {"", inside.input, *(tensor.name for tensor in graph.initializer)}
        for each in graph.node:
            assert known.issuperset(each.input), each.name
            known.update(each.output)


def test_a_part_that_cannot_be_opened_gets_a_sentence(lenet5, monkeypatch):
    inside = Inside(lenet5)
    inside.values(["relu1"], np.zeros((1, 1, 28, 28), np.float32))  # its own session is open by then

    def broken(data):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(inside.model, "open_session", broken)
    with pytest.raises(UserError, match="from relu1 to conv2 can't be opened: out of memory"):
        cut(inside, "relu1", "conv2")
