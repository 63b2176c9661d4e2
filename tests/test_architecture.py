import math

import numpy as np
import pytest
import torch

from invariance import UserError, results
from invariance.architecture import Sharing, layers, sharing, summary
from invariance.inside import Inside
from invariance.model import Model
from invariance.receptive_field import grids
from tests.graphs import ending, node, opened, random
from training.models.lenet5 import lenet5 as torch_lenet5

EXPORTED = sorted(results.EXPORTED.glob("*.onnx"))
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


def test_multiply_adds_are_those_that_pytorch_s_layers_make(lenet5):
    counted = {}

    def count(name):
        def hook(module, given, result):
            inputs = module.in_features if isinstance(module, torch.nn.Linear) else module.weight[0].numel()
            counted[name] = result[0].numel() * inputs

        return hook

    network = torch_lenet5()
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
            module.register_forward_hook(count("logits" if name == "fc3" else name))
    network(torch.zeros(1, 1, 28, 28))
    assert {layer.name: layer.multiply_adds for layer in layers(Inside(lenet5)) if layer.multiply_adds} == counted
    assert summary(Inside(lenet5)).multiply_adds == sum(counted.values()) == 3_656_520


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: path.stem)
def test_parameters_are_those_on_the_card(path):
    """Where export writes weights in another form, by how many numbers that changes them."""
    inside = Inside(Model(path))
    found = [layer for layer in layers(inside) if layer.trainable]
    learned = summary(inside).trainable
    for layer in found:
        if layer.kind.startswith("Convolution") and path.stem.startswith("p4cnn"):
            filters, biases = inside.kernels(layer.name)
            # Four turned copies of the filters; a channel's scale and shift became the biases of its orientations.
            learned += filters.size // 4 - filters.size + 2 * len(biases) // 4 - len(biases)
        elif layer.kind.startswith("Convolution") and "norm" in layer.name:
            learned += layer.shape[0]  # a channel's scale went into its filters
    assert learned == inside.model.card.parameters


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: path.stem)
def test_every_layer_s_name_is_a_value_of_its_shape(path):
    inside = Inside(Model(path))
    found = layers(inside)
    values = inside.values([layer.name for layer in found], np.zeros((2, *inside.model.card.shape), np.float32))
    assert found[-1].name == inside.output
    for layer in found:
        assert values[layer.name].shape == (2 * layer.copies, *layer.shape)


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
    grid = grids(odd)[name]
    for axis, place, size in ((0, height // 2, seen.any(1)), (1, width // 2, seen.any(0))):
        first = grid[axis].first + place * grid[axis].step
        window = range(max(0, first), min(24, first + grid[axis].size))
        assert set(np.flatnonzero(size)) == set(window)
    assert by_name(odd)[name].receptive_field == grid.field


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
    columns, rows = grids(inside)["conv"]  # the map is transposed
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
    filters, _ = odd.kernels(name)
    _, channels, *size = odd.shapes[given]
    image = torch.ones(1, channels, *size)
    settings = {"conv1": {"stride": (2, 1)}, "deep": {"dilation": (2, 1), "groups": 4}}[name]
    around = {"conv1": (0, 1, 1, 0), "deep": (1, 1, 2, 2)}[name]  # left, right, top, bottom

    def convolve(x):
        return torch.nn.functional.conv2d(torch.nn.functional.pad(x, around), torch.ones(filters.shape), **settings)

    pairs = int(convolve(image).sum())  # ones times ones: as many as there are products
    found = sharing(odd, name)
    assert convolve(image).shape == odd.shapes[name]
    assert found.connections == pairs
    assert found.full_connections == image.numel() * convolve(image).numel()


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
