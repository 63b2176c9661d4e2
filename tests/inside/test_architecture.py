import math

import numpy as np
import onnx
import pytest

from invariance import UserError
from invariance.evaluation import records
from invariance.inside.architecture import Sharing, convolutions, layers, sharing, summary
from invariance.inside.receptive_field import placements
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.surgery.eight_bits import SUFFIX
from tests.conftest import case
from tests.graphs import STRANGERS, chain, constant, ending, node, opened, random

EXPORTED = sorted(records.EXPORTED.glob("*.onnx"))
JALOLI = [  # M. Jaloli, "Rotation invariance in CNN model" (2019), figure 3
    ("conv1", (6, 28, 28), 156),
    ("pool1", (6, 14, 14), 0),
    ("conv2", (16, 14, 14), 2_416),
    ("pool2", (16, 7, 7), 0),
    ("conv3", (120, 7, 7), 48_120),
    ("fc1", (120,), 705_720),
    ("fc2", (84,), 10_164),
    ("logits", (10,), 850),
]


def by_name(inside):
    return {layer.name: layer for layer in layers(inside)}


def test_lenet5_is_the_source_s_table_line_by_line(lenet5):
    kinds = ("Convolution", "Max pooling", "Fully connected")
    listed = [layer for layer in layers(Inside(lenet5)) if layer.kind.startswith(kinds)]
    assert [(layer.name, layer.shape, layer.parameters) for layer in listed] == JALOLI
    found = summary(Inside(lenet5))
    assert (found.parameters, found.trainable) == (767_426, 767_426)
    assert f"{found.parameters_mb:.2f}" == "2.93"
    assert f"{found.input_mb:.2f}" == "0.00"
    values = sum(math.prod(layer.shape) for layer in listed)
    assert f"{2 * values * 4 / 2**20:.2f}" == "0.12"  # forward and backward, as torchsummary counts these eight


def test_lenet5_in_words(lenet5):
    found = layers(Inside(lenet5))
    assert [layer.kind for layer in found] == [
        "Normalisation",
        *("Convolution 5×5", "ReLU", "Max pooling 2×2") * 2,
        *("Convolution 5×5", "ReLU", "Flattening"),
        *("Fully connected", "ReLU") * 2,
        "Fully connected",
    ]
    fields = {layer.name: layer.receptive_field for layer in found}
    assert [fields[name] for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "fc1")] == [
        *((size, size) for size in (5, 6, 14, 16, 32)),
        None,
    ]
    assert by_name(Inside(lenet5))["conv3"].total_stride == (4, 4)


def test_parameters_are_those_on_the_card():
    """Where export writes weights in another form, by how many numbers that changes them."""
    for path in EXPORTED:
        with case(path.stem):
            inside = Inside(Model(path))
            if (whole := path.with_name(path.name.replace(SUFFIX, ""))) != path:
                assert summary(inside).trainable == summary(Inside(Model(whole))).trainable
                continue
            found = [layer for layer in layers(inside) if layer.trainable]
            learned = summary(inside).trainable
            for layer in found:
                written_out = path.stem.startswith(("p4cnn", "mnist-invariant", "cifar-p4"))
                if layer.kind.startswith("Convolution") and written_out:
                    filters, biases = inside.kernels(layer.name)
                    # Four turned copies of the filters.
                    # A channel's scale and shift became the biases of its orientations.
                    learned += filters.size // 4 - filters.size + 2 * len(biases) // 4 - len(biases)
                elif layer.kind.startswith("Convolution") and "norm" in layer.name:
                    learned += layer.shape[0]  # a channel's scale went into its filters
            assert learned == inside.model.card.parameters


def test_every_layer_s_name_is_a_value_of_its_shape():
    for path in EXPORTED:
        with case(path.stem):
            inside = Inside(Model(path))
            found = layers(inside)
            values = inside.values([layer.name for layer in found], np.zeros((2, *inside.model.card.shape), np.float32))
            assert found[-1].name == inside.output
            for layer in found:
                shape = values[layer.name].shape
                if layer.kind == "GridSample":  # all images by one angle at once, as channels: see any_angle.py
                    shape = (shape[1], shape[0], *shape[2:])
                assert shape == (2 * layer.copies, *layer.shape)


@pytest.fixture
def odd(tmp_path):
    """Strides, dilation, one-sided padding, groups, running statistics, a residual sum, a stem that shares weights."""
    last, weights = ending("sum", 4)
    nodes = [
        node("Conv", "image w1", "c1", strides=[2, 1], pads=[1, 0, 0, 1]),
        node("Add", "c1 b1", "conv1"),
        node("BatchNormalization", "conv1 scale shift mean variance", "norm"),
        node("Clip", "norm zero six", "clipped"),
        node("MaxPool", "clipped", "pool", kernel_shape=[2, 3], strides=[1, 2], auto_pad="SAME_UPPER"),
        node("Conv", "pool w2", "deep", group=4, dilations=[2, 1], pads=[2, 1, 2, 1]),
        node("Conv", "deep w3 b3", "wide", auto_pad="SAME_LOWER"),
        node("Dropout", "wide", "dropped"),
        node("Conv", "dropped w3 b3", "twice", auto_pad="SAME_LOWER"),
        node("Add", "twice pool", "sum"),
        *last,
    ]
    weights |= {"w1": random(4, 3, 3, 3), "b1": random(4, 1, 1), "w2": random(4, 1, 3, 3), "w3": random(4, 4, 2, 2)}
    weights |= {"b3": random(4), "scale": random(4), "shift": random(4), "mean": random(4), "variance": random(4) ** 2}
    weights |= {"zero": np.float32(-99), "six": np.float32(99)}
    return opened(tmp_path, nodes, weights, shape=(3, 24, 24))


def test_a_stranger_s_file(odd):
    found = by_name(odd)
    assert [(layer.name, layer.kind, layer.parameters) for layer in found.values()] == [
        ("conv1", "Convolution 3×3, stride 2×1", 4 * 3 * 9 + 4),
        ("norm", "Batch normalisation", 16),
        ("clipped", "Clipping", 0),
        ("pool", "Max pooling 2×3, stride 1×2", 0),
        ("deep", "Depthwise convolution 3×3, dilation 2", 36),
        ("wide", "Convolution 2×2", 68),
        ("twice", "Convolution 2×2", 68),
        ("sum", "Sum", 0),
        ("pooled", "Global average pooling", 0),
        ("flat", "Flattening", 0),
        ("logits", "Fully connected", 10),
    ]
    total = summary(odd)
    assert total.parameters - total.trainable == 8  # running means and variances
    assert total.trainable == 112 + 8 + 36 + 68 + 10  # the two that share their weights count once
    assert found["deep"].multiply_adds == math.prod(found["deep"].shape) * 9


def test_a_layer_takes_what_the_layers_before_it_give(odd):
    takes = {name: layer.takes for name, layer in by_name(odd).items()}
    assert takes["conv1"] == ("image",)
    assert takes["deep"] == ("pool",)
    assert takes["twice"] == ("wide",)  # what is dropped out in training is only passed on
    assert takes["sum"] == ("twice", "pool")


@pytest.mark.parametrize("name", ["conv1", "pool", "deep", "sum"])
def test_receptive_fields_are_what_a_changed_pixel_changes(odd, name):
    """Every pixel is changed in turn: the unit in the middle changes for those in its window, and no others."""
    _, height, width = by_name(odd)[name].shape
    unit = np.s_[:, :, height // 2, width // 2]
    rng = np.random.default_rng(0)
    image = rng.random((1, 3, 24, 24), np.float32)
    still = odd.values([name], image)[name][unit]
    seen = np.zeros((24, 24), bool)
    for sign in (-50, 50):  # a maximum notices one of them
        changed = np.repeat(image, 24 * 24, 0)
        changed[np.arange(24 * 24), :, np.arange(24 * 24) // 24, np.arange(24 * 24) % 24] += np.float32(sign) * (
            rng.random(3, np.float32) + np.float32(0.5)
        )
        seen |= (odd.values([name], changed)[name][unit] != still).any(1).reshape(24, 24)
    placement = placements(odd)[name]
    for axis, place, size in ((0, height // 2, seen.any(1)), (1, width // 2, seen.any(0))):
        first = placement[axis].first + place * placement[axis].step
        window = range(max(0, first), min(24, first + placement[axis].size))
        assert set(np.flatnonzero(size)) == set(window)
    assert by_name(odd)[name].receptive_field == placement.field


def test_flipped_images_are_seen_backward(tmp_path):
    last, weights = ending("conv", 2)
    nodes = [
        node("Slice", "image from to axes steps", "flip"),
        node("Transpose", "flip", "turned", perm=[0, 1, 3, 2]),
        node("Conv", "turned w", "conv", strides=[3, 2]),
        *last,
    ]
    weights |= {name: np.array([value]) for name, value in (("from", -1), ("to", -(2**60)), ("axes", 3), ("steps", -1))}
    inside = opened(tmp_path, nodes, weights | {"w": random(2, 1, 2, 3)}, shape=(1, 8, 10))
    image = np.random.default_rng(0).random((1, 1, 8, 10), np.float32)
    still = inside.values(["conv"], image)["conv"]
    rows, columns, axes = placements(inside)["conv"]
    assert axes == (-1, -2)  # the map is transposed
    for i, j in np.ndindex(still.shape[2:]):
        seen = np.zeros((8, 10), bool)
        for y, x in np.ndindex(8, 10):
            changed = image.copy()
            changed[..., y, x] += 1
            seen[y, x] = (inside.values(["conv"], changed)["conv"] != still)[0, :, i, j].any()
        y, x = rows.first + j * rows.step, columns.first + i * columns.step
        expected = np.zeros((8, 10), bool)
        expected[y : y + rows.size, x : x + columns.size] = True
        np.testing.assert_array_equal(seen, expected)


def test_sharing_against_a_count_place_by_place(lenet5):
    taps = sum(0 <= y + v - 2 < 14 and 0 <= x + u - 2 < 14 for y, x, v, u in np.ndindex(14, 14, 5, 5))
    dense = 6 * 14 * 14 * 16 * 14 * 14
    assert sharing(Inside(lenet5), "conv2") == Sharing(taps * 6 * 16, 2_416, dense, dense + 16 * 14 * 14)
    with pytest.raises(UserError, match="no convolution pool1"):
        sharing(Inside(lenet5), "pool1")


@pytest.mark.parametrize(("name", "given"), [("conv1", "image"), ("deep", "pool")])
def test_connections_are_the_products_of_a_convolution_of_ones(odd, name, given):
    _, channels, *size = odd.shapes[given]
    settings = {"conv1": ((2, 1), (1, 1), 1, (1, 0, 0, 1)), "deep": ((1, 1), (2, 1), 4, (2, 1, 2, 1))}[name]
    strides, dilations, groups, (top, left, bottom, right) = settings
    seen = np.pad(np.ones(size), ((top, bottom), (left, right)))  # ones times ones: as many as there are products
    windows = np.lib.stride_tricks.sliding_window_view(seen, [2 * dilation + 1 for dilation in dilations])
    taps = windows[:: strides[0], :: strides[1], :: dilations[0], :: dilations[1]]
    assert taps.shape[:2] == odd.shapes[name][2:]
    outputs = odd.shapes[name][1]
    found = sharing(odd, name)
    assert found.connections == int(taps.sum()) * channels // groups * outputs
    assert found.full_connections == math.prod(odd.shapes[given]) * math.prod(odd.shapes[name])
    assert found.full_parameters - found.full_connections == (math.prod(odd.shapes[name]) if name == "conv1" else 0)
    assert found.parameters == by_name(odd)[name].parameters


def test_linear_layers_as_matrix_and_bias_and_a_renamed_output(tmp_path):
    nodes = [
        node("Sub", "image mean", "centred"),
        node("Mul", "centred scale", "scaled"),
        node("ReduceMax", "scaled axes", "largest", keepdims=0),
        node("MatMul", "largest w", "product"),
        node("Add", "product b", "sum"),
        node("Identity", "sum", "logits"),
    ]
    weights = {"mean": random(3, 1, 1), "scale": random(3, 1, 1), "axes": np.array([2, 3]), "w": random(3, 2)}
    found = layers(opened(tmp_path, nodes, weights | {"b": random(2)}, shape=(3, 8, 8)))
    assert [(layer.name, layer.kind, layer.shape, layer.parameters) for layer in found] == [
        ("scaled", "Normalisation", (3, 8, 8), 0),
        ("largest", "Global max pooling", (3,), 0),
        ("logits", "Fully connected", (2,), 8),
    ]


def test_numbers_that_scale_maps_are_parameters_and_single_numbers_are_not(tmp_path):
    last, weights = ending("shifted", 3)
    nodes = [
        node("Conv", "image w b", "conv"),
        node("Mul", "conv two", "doubled"),
        node("Relu", "doubled", "relu"),
        node("Mul", "relu scale", "scaled"),
        node("Add", "scaled shift", "shifted"),
        *last,
    ]
    weights |= {"w": random(3, 1, 3, 3), "b": random(3), "two": np.float32(2)}
    weights |= {"scale": random(3, 1, 1), "shift": random(3, 1, 1, seed=1)}
    found = by_name(opened(tmp_path, nodes, weights))
    assert [(found[name].kind, found[name].parameters) for name in ("conv", "doubled", "shifted")] == [
        ("Convolution 3×3", 30),
        ("Scale and shift", 0),
        ("Scale and shift", 6),
    ]


PLAIN = 4 * 9 + 4 + 3 * 4 * 9 + 3 + 3 * 2 + 2, 64 * 4 * 9 + 4 * 3 * 4 * 9 + 3 * 2  # parameters, multiply-adds
COUNTS = {  # parameters and multiply-adds written out, and which layers they leave out
    "no convolution": (64 * 5 + 5 * 2, 64 * 5 + 5 * 2),
    "one axis": (6 * 8 * 3 + 6 + 6 * 2, 8 * 6 * 8 * 3 + 6 * 2),
    "three axes": (3 * 8 + 6 * 2, 3 * 2 * 3 * 3 * 8 + 6 * 2),
    "branches": (3 * 2 + 2, 3 * 2, "chosen"),
    "loop": (2 * 9 + 2 * 2 + 2, 64 * 2 * 9 + 2 * 2, "looped"),
    "scan": (64 * 2, 64 * 2, "end"),
    "functions": (2 * 9 + 2 * 2 * 9 + 2 * 2 + 2, 64 * 2 * 9 + 64 * 2 * 2 * 9 + 2 * 2),
    "transposed convolution": (2 * 4 + 2 * 3 * 9 + 3 + 3 * 2 + 2, 16 * 2 * 4 + 16 * 2 * 3 * 9 + 3 * 2),
    "float16": (4 * 9 + 4 + 4 * 2, 64 * 4 * 9 + 4 * 2),
    "several outputs": (4 * 9 + 2 * 2 * 9 + 4 * 2 + 2, 36 * 4 * 9 + 9 * 2 * 2 * 9 + 4 * 2),
    "folded": (3 * 9 + 3 * 2 + 2, 36 * 3 * 9 + 3 * 2),
    "inception": (2 * (1 + 9 + 25) + 7 * 2 + 2, 64 * 2 * (1 + 9 + 25) + 7 * 2),
    "squeeze and excite": (4 * 9 + 16 + 3 * 4 * 9 + 3 * 2 + 2, 64 * 4 * 9 + 16 + 36 * 3 * 4 * 9 + 3 * 2),
    "normalised": (4 * 9 + 4 + 4 + 4 + 4 + 4 * 2 + 2, 36 * 4 * 9 + 4 * 2),  # not the ones and zeros between
    "channels last": (12 + 3 + 27 + 6 + 15 + 15 + 3 + 8, 16 * (12 + 27 + 15 + 15) + 6),
    "attention": (6 * 16 + 6 + 6 + 5 * 6 + 6 * 2, 4 * 6 * 16 + 2 * 5 * 5 * 6 + 6 * 2),
    "recurrent": (12 * (8 + 3) + 24 + 3 * 2, 8 * 12 * (8 + 3) + 3 * 2),
    "windows": (2 * 9 + 32 * 2, 4 * 2 * 2 * 2 * 9 + 32 * 2),
    "others' operators": (2 * 2 + 2, 2 * 2, "conv", "logits"),
    **dict.fromkeys(("plain", "quantised", "quantised between", "quantised on the way"), PLAIN),
}


def test_the_costs_of_a_stranger_s_file(tmp_path):
    for name, (parameters, products, *left_out) in COUNTS.items():
        with case(name):
            inside = STRANGERS[name](tmp_path)
            found = summary(inside)
            assert (found.trainable, found.parameters, found.multiply_adds) == (parameters, parameters, products)
            assert found.uncounted == tuple(left_out)
            for layer in layers(inside):
                assert (layer.parameters is None) == (layer.trainable is None) == (layer.name in left_out)
                assert (layer.multiply_adds is None) == (layer.name in left_out)


@pytest.mark.parametrize(
    ("name", "layer", "kind"),
    [
        ("one axis", "conv", "1-D convolution 3"),
        ("one axis", "pool", "1-D max pooling 2"),
        ("three axes", "conv", "3-D convolution 2×2×2, stride 1×2×1"),
        ("branches", "chosen", "Branches"),
        ("transposed convolution", "up", "Transposed convolution 3×3, stride 2"),
        ("quantised", "conv1_quantized", "Convolution 3×3, whole numbers"),
        ("quantised between", "relu", "Convolution 3×3"),
        ("channels last", "wide", "Fully connected"),
        ("attention", "scores", "Matrix product"),
        ("recurrent", "state", "LSTM"),
        ("quantised on the way", "logits", "Fully connected, whole numbers"),
        ("others' operators", "conv", "FusedConv (com.microsoft)"),
        ("sizes worked out", "logits", "Sum"),
    ],
)
def test_a_stranger_s_layers_in_words(name, layer, kind, tmp_path):
    assert by_name(STRANGERS[name](tmp_path))[layer].kind == kind


def test_what_follows_an_operator_that_is_not_known_is_no_normalisation_of_the_image(tmp_path):
    last, weights = ending("scaled", 2)
    conv = onnx.helper.make_node("FusedConv", ["image", "w"], ["conv"], domain="com.microsoft", activation="Relu")
    inside = opened(
        tmp_path,
        [conv, node("Mul", "conv scale", "scaled"), *last],
        weights | {"w": random(2, 1, 3, 3), "scale": random(2, 1, 1)},
    )
    found = by_name(inside)["scaled"]
    assert (found.kind, found.parameters) == ("Scale and shift", 2)


def test_the_layers_of_a_stranger_s_file_are_values_that_lead_to_its_answer(tmp_path):
    for name, stranger in STRANGERS.items():
        with case(name):
            inside = stranger(tmp_path)
            found = layers(inside)
            values = inside.values([layer.name for layer in found], np.zeros((1, *inside.model.card.shape), np.float32))
            assert found[-1].name == inside.output
            assert len({layer.name for layer in found}) == len(found)
            for layer in found:
                assert layer.shape  # a number for the whole batch is no layer
                axis = inside.images_axis(layer.name)
                if axis is not None:
                    assert np.moveaxis(values[layer.name], axis, 0).shape == (layer.copies, *layer.shape)
                assert (layer.places is None) == (layer.receptive_field is None) == (layer.total_stride is None)
            for convolution in convolutions(inside):
                filters, biases = inside.kernels(convolution)
                assert sharing(inside, convolution).parameters == filters.size + (len(biases) if biases.any() else 0)


@pytest.mark.parametrize("name", [name for name in STRANGERS if not name.startswith("circular")])
def test_units_see_nothing_outside_their_receptive_fields(name, tmp_path):
    """Each pixel is changed in turn; a unit that changes has it in its window."""
    inside = STRANGERS[name](tmp_path)
    image = np.random.default_rng(0).random((1, 1, 8, 8), np.float32)
    values = [inside.values(list(inside.shapes), image)]
    for pixel in range(64):
        changed = image.copy()
        changed[0, 0, pixel // 8, pixel % 8] += 9
        values.append(inside.values(list(inside.shapes), changed))
    checked = 0
    for value, placement in placements(inside).items():
        axes = [len(inside.shapes[value]) + at for at in placement.axes]
        one, *others = (np.moveaxis(each[value], axes, (0, 1)) for each in values)
        for pixel, other in enumerate(others):
            differing = (other != one).reshape(*one.shape[:2], -1).any(2)
            for axis, units, place in (
                (placement.rows, differing.any(1), pixel // 8),
                (placement.columns, differing.any(0), pixel % 8),
            ):
                if axis.size < 8:  # what sees everything has no window
                    firsts = axis.first + np.flatnonzero(units) * axis.step
                    assert ((firsts <= place) & (place < firsts + axis.size)).all()
                    checked += 1
    assert checked >= 64 or name in ("no convolution", "scan")


@pytest.mark.parametrize(
    ("name", "value", "axes", "field", "stride"),
    [
        ("squeezenet", "fire2", (-2, -1), (13, 13), (2, 2)),
        ("several outputs", "mixed", (-2, -1), (8, 8), (2, 2)),  # through a shuffle of the channels
        ("channels last", "wide", (-3, -2), (6, 6), (2, 2)),
        ("channels last", "sum", (-2, -1), (6, 6), (2, 2)),
        ("squeeze and excite", "gated", (-2, -1), (9, 9), (1, 1)),
        ("normalised", "norm", (-2, -1), (8, 8), (1, 1)),
        ("circular, wrapped", "pool", (-2, -1), (4, 4), (2, 2)),
        ("circular, side by side", "pool", (-2, -1), (4, 4), (2, 2)),
        ("quantised", "pool_quantized", (-2, -1), (4, 4), (2, 2)),
    ],
)
def test_places_are_followed_through_all_ways_to_lay_out_maps(name, value, axes, field, stride, tmp_path):
    placement = placements(STRANGERS[name](tmp_path))[value]
    assert (placement.axes, placement.field, placement.stride) == (axes, field, stride)


TO_LAST = node("Transpose", "conv", "last", perm=[0, 2, 3, 1])
ACROSS = node("Transpose", "conv", "across", perm=[0, 1, 3, 2])


@pytest.mark.parametrize(
    ("nodes", "axes", "field"),
    [
        ([node("LayerNormalization", "conv all", "value", axis=1)], (-2, -1), (8, 8)),
        ([TO_LAST, node("LayerNormalization", "last four", "value")], (-3, -2), (3, 3)),
        ([node("MatMul", "conv square", "value")], None, None),  # mixes the columns
        ([TO_LAST, node("MatMul", "last mixing", "value")], (-3, -2), (3, 3)),
        ([node("Softmax", "conv", "value")], None, None),
        ([node("Softmax", "conv", "value", axis=1)], (-2, -1), (3, 3)),
        ([node("Reshape", "conv other", "value")], None, None),  # as wide and as high, but other numbers side by side
        ([node("Reshape", "conv split", "value")], (-2, -1), (3, 3)),
        ([ACROSS, node("Add", "conv across", "value")], None, None),
        ([ACROSS, node("Add", "across across", "value")], (-1, -2), (3, 3)),
        ([TO_LAST, node("ReduceMax", "last axis", "value", keepdims=0)], (-2, -1), (3, 3)),
        ([node("ReduceMax", "conv axis", "value", keepdims=0)], None, None),
        ([node("Gather", "conv one", "value", axis=1)], (-2, -1), (3, 3)),
        ([node("Gather", "conv one", "value", axis=2)], None, None),
        ([node("Split", "conv", "above value", axis=2, num_outputs=2)], (-2, -1), (3, 3)),
        ([node("Expand", "conv wide", "value")], (-2, -1), (3, 3)),
        ([node("Concat", "conv across", "value", axis=3), ACROSS][::-1], None, None),
    ],
)
def test_where_rows_and_columns_go(nodes, axes, field, tmp_path):
    numbers = {"w": random(4, 1, 3, 3), "all": random(4, 6, 6), "four": random(4), "square": random(6, 6)}
    numbers |= {"mixing": random(4, 5), "axis": np.array([-1]), "one": np.array(1), "wide": np.array([1, 4, 6, 6])}
    numbers |= {"other": np.array([-1, 6, 4, 6]), "split": np.array([-1, 2, 2, 6, 6]), "zero": np.array([0])}
    end = [
        node("Shape", "value", "size"),
        node("Reshape", "value rows", "flat"),
        node("ReduceMean", "flat axis", "logits"),
    ]
    inside = opened(
        tmp_path, [node("Conv", "image w", "conv"), *nodes, *end], numbers | {"rows": np.array([0, -1])}, classes=1
    )
    placement = placements(inside).get("value")
    assert (placement and placement.axes, placement and placement.field) == (axes, field)
    if nodes[-1].op_type == "Split":
        assert [axis.first for axis in placement[:2]] == [3, 0]
    if placement and max(field) < 8:  # a changed pixel changes those only that have it in their window
        image = np.random.default_rng(0).random((1, 1, 8, 8), np.float32)
        still = inside.values(["value"], image)["value"]
        image[0, 0, 5, 2] += 9
        changed = np.moveaxis(inside.values(["value"], image)["value"] != still, placement.axes, (0, 1))
        places = np.argwhere(changed.reshape(*changed.shape[:2], -1).any(2))
        assert len(places) > 0
        for axis, units, pixel in zip(placement[:2], places.T, (5, 2), strict=True):
            assert ((axis.first + units <= pixel) & (pixel < axis.first + units + axis.size)).all()


def test_padding_by_repetition_lies_around_the_image(tmp_path):
    for name in ("circular, wrapped", "circular, side by side"):
        assert [axis.first for axis in placements(STRANGERS[name](tmp_path))["padded"][:2]] == [-1, -1]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("one axis", ("conv", "pool")),
        ("three axes", ("cube", "conv")),
        ("attention", ("tokens", "scores", "mixed")),
        ("transposed convolution", ("up",)),
        ("windows", ("quarters", "conv")),
        ("branches", ("chosen", "relu")),
    ],
)
def test_where_places_cannot_be_told_none_are_made_up(name, values, tmp_path):
    assert not set(values) & set(placements(STRANGERS[name](tmp_path)))


def test_a_network_of_500_layers_takes_twice_the_steps_of_one_of_250(tmp_path, monkeypatch):
    steps = []
    changing = Inside.changing
    monkeypatch.setattr(Inside, "changing", lambda inside, node: steps.append(node) or changing(inside, node))
    counts = []
    for length in (125, 250):
        inside = opened(tmp_path, *chain(length))
        steps.clear()
        assert len(layers(inside)) == 2 * length + 3
        summary(inside)
        for name in convolutions(inside):
            inside.kernels(name)
            sharing(inside, name)
        counts.append(len(steps))
    assert counts[1] < 2.1 * counts[0]


def test_layers_of_a_constant_network(tmp_path):
    inside = opened(tmp_path, *constant())
    assert layers(inside) == []
    assert summary(inside)[:4] == (0, 0, 0, 0)
    assert convolutions(inside) == []
