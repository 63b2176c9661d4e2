import numpy as np
import pytest
from onnx import numpy_helper

from invariance import UserError
from invariance.inside import values
from invariance.inside.architecture import convolutions
from invariance.inside.values import Inside
from tests.conftest import case
from tests.graphs import ODD_NAMES, STRANGERS, chain, constant, ending, node, opened, random
from tests.tolerances import FLOAT

IMAGES = np.random.default_rng(1).random((3, 1, 8, 8), np.float32)
MIX = ("sizes worked out", "filters from the image", "quantised on the way")  # one image's values depend on the others
SMALL = {"float16": 1e-3, "quantised between": 0.11}  # a step between two logits, which rounding may take or not


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


def test_filters_may_be_worked_out_from_a_chain_of_constants(tmp_path):
    filters, _ = STRANGERS["folded"](tmp_path).kernels("conv")
    np.testing.assert_array_equal(filters, 2 * random(3, 3, 1, 3).transpose(3, 2, 1, 0))


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
    monkeypatch.setattr(constants.model, "open_session", lambda *given, **more: pytest.fail("opened again"))
    constants.values(["relu", "conv"], IMAGES[:1])


def test_all_maps_come_from_one_run(constants, monkeypatch):
    session, runs = constants._session, []
    assert constants.maps

    class Counted:
        def run(self, names, images):
            runs.append(names)
            return session.run(names, images)

    monkeypatch.setitem(constants.__dict__, "_session", Counted())
    assert constants.values(constants.maps, IMAGES[:1]).keys() == set(constants.maps)
    assert runs == [constants.maps[1:]]


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


def test_the_values_of_a_stranger_s_file_are_those_that_lead_to_its_answer(tmp_path):
    for name, stranger in STRANGERS.items():
        with case(name):
            inside = stranger(tmp_path)
            held = [name for name in inside.shapes if inside.model.batch is None or inside.images_axis(name) == 0]
            values = inside.values(held, IMAGES)
            assert inside.nodes
            assert set(inside.maps) <= set(inside.shapes)
            np.testing.assert_allclose(values["logits"], inside.model.logits(IMAGES), atol=SMALL.get(name, 1e-5))


def test_an_image_has_its_own_part_of_a_value_along_the_images_axis(tmp_path):
    for name in [name for name in STRANGERS if name not in (*MIX, "one at a time")]:
        with case(name):
            inside = STRANGERS[name](tmp_path)
            names = [each for each in inside.shapes if inside.images_axis(each) is not None and inside.real(each)]
            together, alone = inside.values(names, IMAGES), inside.values(names, IMAGES[1:2])
            assert len(names) > 1
            for each in names:
                axis, one = inside.images_axis(each), alone[each]
                assert one.shape == inside.shapes[each]
                assert together[each].shape[axis] == 3 * one.shape[axis]
                if one.shape[axis] == 1:
                    np.testing.assert_allclose(np.take(together[each], [1], axis), one, atol=SMALL.get(name, 1e-5))


@pytest.mark.parametrize(
    ("name", "value", "axis"), [("recurrent", "state", 1), ("attention", "tokens", 0), ("windows", "conv", 0)]
)
def test_the_images_may_follow_each_other_along_any_axis(name, value, axis, tmp_path):
    assert STRANGERS[name](tmp_path).images_axis(value) == axis


def test_what_is_not_there_for_each_image_has_no_images_axis(tmp_path):
    inside = STRANGERS["sizes worked out"](tmp_path)
    assert inside.images_axis("picked") is None  # as many as the images have bright places
    assert inside.shapes["largest"] == ()
    assert inside.images_axis("largest") is None
    assert not inside.real("where")


@pytest.mark.parametrize("together", [False, True])
def test_several_versions_of_an_image_stand_by_it_however_the_batch_holds_them(tmp_path, together):
    """Three versions: as one batch behind the other, or the three of each image one behind the other."""
    nodes = [
        node("Mul", "image two", "twice"),
        node("Neg", "image", "negative"),
        node("Concat", "image twice negative", "versions", axis=1 if together else 0),
        node("Reshape", "versions single", "batch"),
        node("ReduceMean", "image axes", "logits", keepdims=0),
    ]
    numbers = {"two": np.float32(2), "single": np.array([-1, 1, 8, 8]), "axes": np.array([2, 3])}
    inside = opened(tmp_path, nodes, numbers, classes=1)
    versions = inside.versions("batch", inside.values(["batch"], IMAGES)["batch"])
    np.testing.assert_array_equal(versions, [IMAGES, 2 * IMAGES, -IMAGES])


def test_versions_and_maps_where_images_follow_each_other_along_another_axis(tmp_path):
    nodes = [
        node("Transpose", "image", "swapped", perm=[1, 0, 2, 3]),
        node("ReduceMean", "image axes", "logits", keepdims=0),
    ]
    inside = opened(tmp_path, nodes, {"axes": np.array([2, 3])}, classes=1)
    values = inside.values(["swapped"], IMAGES)["swapped"]
    assert values.shape == (1, 3, 8, 8)
    np.testing.assert_array_equal(inside.versions("swapped", values), IMAGES[None])
    assert inside.maps == ["image"]


def test_what_has_no_part_for_each_image_has_no_versions(tmp_path):
    inside = STRANGERS["sizes worked out"](tmp_path)
    values = inside.values(["picked"], IMAGES)["picked"]
    with pytest.raises(UserError, match="picked doesn't hold something for each image"):
        inside.versions("picked", values)
    with pytest.raises(UserError, match="How much conv holds depends on what the images show"):
        inside.versions("conv", values)


def test_branches_and_loops_read_the_image_though_it_is_not_their_input(tmp_path):
    inside = STRANGERS["branches"](tmp_path)
    assert [each.op_type for each in inside.nodes][:2] == ["If", "Relu"]
    assert inside.constant("chosen") is None
    assert inside.changing(inside.maker("chosen")) == ["image", "image"]


def test_functions_of_the_file_are_written_out(tmp_path):
    inside = STRANGERS["functions"](tmp_path)
    assert [each.op_type for each in inside.nodes][:4] == ["Conv", "Relu"] * 2
    assert {"block1", "block2"} <= set(inside.maps)
    np.testing.assert_array_equal(inside.kernels(convolutions(inside)[1])[0], random(2, 2, 3, 3))


def test_values_that_are_no_arrays_are_left_out(tmp_path):
    inside = STRANGERS["no arrays"](tmp_path)
    assert not {"rounded", "reshaped", "doubled", "parts"} & set(inside.shapes)
    assert inside.images_axis("reshaped") is None
    with pytest.raises(UserError, match="no value parts"):
        inside.values(["parts"], IMAGES)


def test_any_name_is_a_name(tmp_path):
    inside = STRANGERS["odd names"](tmp_path)
    assert inside.maps == [ODD_NAMES[name] for name in ("image", "conv", "relu")]
    assert inside.kernels(ODD_NAMES["conv"])[0].shape == (2, 1, 3, 3)


@pytest.mark.parametrize(
    ("name", "layer", "message"),
    [
        ("one axis", "conv", "conv slides along 1 axis; only filters that slide along two, rows and columns"),
        ("three axes", "conv", "conv slides along 3 axes"),
        ("filters from the image", "conv", "it works them out from the image"),
        ("transposed convolution", "up", "no convolution up; it has: conv"),
        ("no convolution", "fc1", "no convolution fc1; it has: none"),
        ("branches", "chosen", "no convolution chosen"),
    ],
)
def test_why_a_layer_has_no_kernels_is_said(name, layer, message, tmp_path):
    with pytest.raises(UserError, match=message):
        STRANGERS[name](tmp_path).kernels(layer)


@pytest.mark.parametrize("shape", [(4, 6, 6), (6,), (6, 6)])
def test_what_differs_from_place_to_place_is_no_bias(tmp_path, shape):
    """Six maps of 6×6: (6,) is a number for each column."""
    last, weights = ending("sum", 6 if shape != (4, 6, 6) else 4)
    nodes = [node("Conv", "image w", "conv"), node("Add", "conv places", "sum"), *last]
    filters = random(4 if shape == (4, 6, 6) else 6, 1, 3, 3)
    inside = opened(tmp_path, nodes, weights | {"w": filters, "places": random(*shape)})
    with pytest.raises(UserError, match="no convolution sum; it has: conv"):
        inside.kernels("sum")
    assert convolutions(inside) == ["conv"]


@pytest.mark.parametrize("name", ["quantised", "quantised between", "quantised on the way"])
def test_a_quantised_network_s_kernels_are_those_it_was_made_of_but_for_half_a_step(name, tmp_path):
    quantised, plain = (STRANGERS[each](tmp_path) for each in (name, "plain"))
    for found, given in zip(convolutions(quantised), convolutions(plain), strict=True):
        (filters, biases), (expected, shift) = quantised.kernels(found), plain.kernels(given)
        together = None if name == "quantised on the way" else (1, 2, 3)
        step = (
            np.abs(expected).max(together, keepdims=True) / 127
        )  # the largest number, of each filter or of all: 7 bits
        assert (np.abs(filters - expected) <= 0.51 * step).all()
        assert filters.dtype == np.float32
        assert np.abs(biases - shift).max() < 1e-3
        assert np.abs(biases).min() > 0


def test_filters_in_whole_numbers_that_stand_for_nothing_are_no_kernels(tmp_path):
    last, weights = ending("real", 2)
    nodes = [
        node("DynamicQuantizeLinear", "image", "whole step zero"),
        node("ConvInteger", "whole w", "conv"),
        node("Cast", "conv", "cast", to=1),
        node("Mul", "cast step", "real"),
        *last,
    ]
    inside = opened(tmp_path, nodes, weights | {"w": np.ones((2, 1, 3, 3), np.uint8)})
    assert convolutions(inside) == []
    for layer in ("conv", "real"):
        with pytest.raises(UserError, match="are whole numbers, and the file doesn't say what they stand for"):
            inside.kernels(layer)


def test_long_lists_of_names_are_cut_short(tmp_path):
    inside = opened(tmp_path, *chain(30))
    with pytest.raises(UserError) as found:
        inside.values(["nothing"], IMAGES)
    assert str(found.value).endswith(" more.")
    assert len(str(found.value)) < 300
    with pytest.raises(UserError, match=r"it has: conv0, conv1, .* and 18 more"):
        inside.kernels("logits")


def test_a_network_that_is_the_same_for_all_images_can_be_looked_into(tmp_path):
    inside = opened(tmp_path, *constant())
    assert inside.nodes == []
    assert inside.maps == ["image"]
    np.testing.assert_array_equal(inside.constant("logits")[0], random(2))


def test_of_what_a_file_works_out_the_smallest_numbers_are_kept(tmp_path, monkeypatch):
    nodes, weights = constant()
    sizes = {"small": np.array([10]), "large": np.array([10_000])}
    made = [node("ConstantOfShape", name, f"{name}_zeros") for name in sizes]
    inside = opened(tmp_path, nodes + made, weights | sizes)
    monkeypatch.setattr(values, "WORKED_OUT_BYTES", 30_000)
    assert inside.constant("small_zeros").shape == (10,)
    assert inside.constant("large_zeros") is None
