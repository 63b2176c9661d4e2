"""A classifier as one large convolution: against the network itself, on every window of a canvas."""

import numpy as np
import onnx
import pytest

from invariance import UserError
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.strokes import Stroke, rasterise
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.providers import open_session
from invariance.surgery.sliding import Peak, as_one_convolution, peaks
from invariance.transforms.translation import shift
from tests.graphs import node, opened, random
from tests.tolerances import EXPORT, FLOAT


def exported(name):
    return Inside(Model(records.EXPORTED / f"{name}.onnx"))


def slides(path):
    try:
        return as_one_convolution(Inside(Model(path)))
    except UserError:
        return None


SLIDING = {path.stem: sliding for path in records.models() if (sliding := slides(path)) is not None}


@pytest.fixture(scope="module")
def canvas():
    """Three digits, and grey noise so that no place is like another."""
    drawn = [
        Stroke(stroke.points * 0.6 + (x, y), stroke.width * 0.6)
        for digit, x, y in ((3, 0, 0), (7, 0.4, 0.35), (0, 0.9, 0.1))
        for stroke in strokes.write(digit, np.random.default_rng(digit))
    ]
    noise = np.random.default_rng(0).random((1, 41, 62), np.float32)
    return np.maximum(rasterise(drawn, 41, 62), 0.2 * noise)


def unpadded(inside):
    """The network with the padding of its convolutions left out and its input as much larger: any batch of windows.

    Made from the file on another way than as_one_convolution(): the fully connected layers stay what they are.
    """
    model = onnx.load_from_string(inside.model.data)
    size = [dimension.dim_value for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]]
    for each in model.graph.node:
        for attribute in each.attribute:
            if attribute.name == "pads":
                size = [size[0] + sum(attribute.ints[::2]), size[1] + sum(attribute.ints[1::2])]
                attribute.ints[:] = [0, 0, 0, 0]
    for dimension, side in zip(model.graph.input[0].type.tensor_type.shape.dim[2:], size, strict=True):
        dimension.dim_value = side
    del model.graph.value_info[:]
    session = open_session(model.SerializeToString())[0]
    return lambda windows: session.run(None, {inside.input: windows})[0]


def windows(canvas, size):
    """Every window, (H', W', C, h, w)."""
    found = np.lib.stride_tricks.sliding_window_view(canvas, size, (1, 2))
    return np.ascontiguousarray(found.transpose(1, 2, 0, 3, 4))


def on_each(network, canvas, size):
    """(classes, H', W'): what a network says of every window, asked one by one."""
    cut = windows(canvas, size)
    return network(cut.reshape(-1, *cut.shape[2:])).reshape(*cut.shape[:2], -1).transpose(2, 0, 1)


def test_what_slides_and_by_how_much():
    assert {"scratch", "mnist-cnn", "cifar-linear"} <= set(SLIDING)
    assert SLIDING["scratch"][1:] == (1, (28, 28), (4, 4))
    assert SLIDING["mnist-cnn"][1:] == (1, (29, 29), (4, 4))


@pytest.mark.parametrize("name", SLIDING)
def test_on_one_window_it_is_the_network(name):
    sliding, inside = SLIDING[name], exported(name)
    images = random(3, sliding.channels, *sliding.window) ** 2
    expected = unpadded(inside)(images)
    for image, logits in zip(images, expected, strict=True):
        found = sliding.maps(image)
        assert found.shape == (len(logits), 1, 1)
        np.testing.assert_allclose(found[:, 0, 0], logits, rtol=EXPORT, atol=EXPORT)


def test_every_place_is_the_network_on_the_window_there(canvas):
    sliding, inside = SLIDING["scratch"], exported("scratch")
    every = on_each(inside.model.logits, canvas, sliding.window)
    assert every.shape == (10, 14, 35)
    np.testing.assert_allclose(sliding.maps(canvas), every[:, ::4, ::4], atol=EXPORT)
    np.testing.assert_allclose(sliding.everywhere(canvas), every, atol=EXPORT)


def test_padding_around_the_image_becomes_part_of_the_window(canvas):
    sliding, inside = SLIDING["mnist-cnn"], exported("mnist-cnn")
    every = on_each(unpadded(inside), canvas, sliding.window)
    assert every.shape == (10, 13, 34)
    np.testing.assert_allclose(sliding.everywhere(canvas), every, atol=EXPORT)
    # With black where the network itself would have put its zeros, below and to the right, it is the file's own answer.
    framed = np.pad(canvas[:, :28, :28], ((0, 0), (0, 1), (0, 1)))
    np.testing.assert_allclose(
        sliding.maps(framed)[:, 0, 0], inside.model.logits(framed[None, :, :28, :28])[0], atol=EXPORT
    )


@pytest.mark.parametrize("name", ["scratch", "mnist-cnn"])
def test_moving_the_canvas_by_a_stride_moves_the_maps_by_a_place(name, canvas):
    sliding = SLIDING[name]
    wide = np.pad(canvas, ((0, 0), (12, 12), (12, 12)))
    still, moved = sliding.maps(wide), sliding.maps(shift(wide[None], 8, 4)[0])
    np.testing.assert_allclose(moved[:, 1:, 2:], still[:, :-1, :-2], atol=EXPORT)
    assert np.abs(moved - still).max() > 1


def test_moving_the_canvas_moves_the_evidence_pixel_by_pixel_and_its_peaks_stay(canvas):
    sliding = SLIDING["scratch"]
    wide = np.pad(canvas, ((0, 0), (20, 20), (20, 20)))
    still, moved = (sliding.evidence(each) for each in (wide, shift(wide[None], 7, -3)[0]))
    assert still.shape == (10, *wide.shape[1:])
    np.testing.assert_allclose(moved[:, :-3, 7:], still[:, 3:, :-7], atol=EXPORT)
    for before, after in zip(peaks(still, 14), peaks(moved, 14), strict=True):
        assert (after.row, after.column, after.ahead) == (before.row - 3, before.column + 7, before.ahead)
        assert after.value == pytest.approx(before.value, abs=EXPORT)


@pytest.mark.parametrize("name", ["scratch", "mnist-cnn"])
def test_evidence_is_that_of_the_window_about_a_pixel_less_that_of_black(name, canvas):
    sliding, network = SLIDING[name], unpadded(exported(name))
    found = sliding.evidence(canvas)
    side = sliding.window[0]
    black = network(np.zeros((1, 1, side, side), np.float32))[0]
    framed = np.pad(canvas, ((0, 0), (side, side), (side, side)))
    for row, column in ((0, 0), (20, 30), (40, 61), (5, 50)):
        top, left = row + side - side // 2, column + side - side // 2
        window = framed[:, top : top + side, left : left + side]
        np.testing.assert_allclose(found[:, row, column], network(window[None])[0] - black, atol=EXPORT)


@pytest.mark.parametrize("name", SLIDING)
def test_a_black_canvas_is_no_evidence(name):
    sliding = SLIDING[name]
    assert np.abs(sliding.evidence(np.zeros((sliding.channels, 9, 11), np.float32))).max() < EXPORT


def gemm(scale=1, offset=1, by=1, flat="Flatten", **weights):
    """A classifier with unequal strides, a pooling that leaves out a row and a column, two dense layers."""
    numbers = {
        "kernels": random(3, 1, 2, 3),
        "half": np.float32(0.5),
        "first": random(5, 18),
        "bias": random(5, seed=1),
        "second": random(5, 2, seed=2),
        "shape": np.array([-1, 18]),
    } | weights
    nodes = [
        node("Sub", "image half", "centred"),
        node("Conv", "centred kernels", "conv", strides=[1, 2]),
        node("Abs", "conv", "size"),
        node("MaxPool", "size", "pool", kernel_shape=[3, 1], strides=[3, 1]),
        node("Flatten", "pool", "flat") if flat == "Flatten" else node("Reshape", "pool shape", "flat"),
        node("Gemm", "flat first bias", "dense", transB=1, alpha=scale, beta=offset),
        node("Relu", "dense", "rest"),
        node("Gemm", "rest second", "logits", alpha=by),
    ]
    return nodes, numbers


@pytest.mark.parametrize("flat", ["Flatten", "Reshape"])
@pytest.mark.parametrize("bias", [random(5, seed=1), random(1, 5, seed=1), np.float32([0.7])])
def test_unequal_strides_factors_and_left_over_pixels(tmp_path, flat, bias):
    inside = opened(tmp_path, *gemm(0.5, 2.0, 3.0, flat, bias=bias), shape=(1, 9, 7))
    sliding = as_one_convolution(inside)
    assert (sliding.window, sliding.stride) == ((9, 7), (3, 2))
    canvas = np.random.default_rng(0).random((1, 20, 23), np.float32)
    every = on_each(inside.model.logits, canvas, (9, 7))
    np.testing.assert_allclose(sliding.maps(canvas), every[:, ::3, ::2], atol=EXPORT)
    np.testing.assert_allclose(sliding.everywhere(canvas), every, atol=EXPORT)


def ended(nodes, numbers, maps, count):
    """A classifier that ends in one dense layer over so many numbers."""
    more = [node("Flatten", maps, "flat"), node("Gemm", "flat weights", "logits")]
    return nodes + more, numbers | {"weights": random(count, 2)}


KERNELS = {"kernels": random(1, 1, 3, 3)}
CONV = node("Conv", "image kernels", "conv")
REFUSED = {
    "conv2 .*puts zeros around its maps": ended(
        [CONV, node("Conv", "conv kernels", "conv2", pads=[1, 1, 1, 1])], KERNELS, "conv2", 36
    ),
    "conv3 .*puts zeros around its maps": ended(
        [CONV, node("Conv", "conv kernels", "conv3", auto_pad="SAME_UPPER")], KERNELS, "conv3", 36
    ),
    "pool .*puts zeros around": ended(
        [node("MaxPool", "image", "pool", kernel_shape=[3, 3], pads=[1, 1, 1, 1])], {}, "pool", 64
    ),
    "roof .*reach beyond": ended(
        [node("MaxPool", "image", "roof", kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1)], {}, "roof", 9
    ),
    r"turned \(rearranging\) is not among": ended(
        [node("Transpose", "image", "turned", perm=[0, 1, 3, 2])], {}, "turned", 64
    ),
    "mean .*is not among": ended([node("GlobalAveragePool", "image", "mean")], {}, "mean", 1),
    "centred .*is not among": ended(
        [node("Sub", "image average", "centred")], {"average": random(1, 8, 8)}, "centred", 64
    ),
    "sum .*brings several values together": ended(
        [CONV, node("Relu", "conv", "relu"), node("Add", "relu conv", "sum")], KERNELS, "sum", 36
    ),
    "bend .*is not among": (
        [node("Flatten", "image", "flat"), node("PRelu", "flat slope", "bend"), node("Gemm", "bend weights", "logits")],
        {"slope": random(64), "weights": random(64, 2)},
    ),
    "no fully connected layer": ([node("Flatten", "image", "logits")], {}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_can_t_slide_is_refused_by_name_and_reason(tmp_path, reason):
    classes = 64 if reason.startswith("no ") else 2
    with pytest.raises(UserError, match=f"graph can't slide: .*{reason}"):
        as_one_convolution(opened(tmp_path, *REFUSED[reason], classes=classes))


def test_padding_that_is_worked_out_around_the_image_is_left_out_too(tmp_path):
    nodes, numbers = ended([node("Conv", "image kernels", "conv", auto_pad="SAME_LOWER")], KERNELS, "conv", 64)
    sliding = as_one_convolution(opened(tmp_path, nodes, numbers))
    assert sliding.window == (10, 10)
    canvas = np.random.default_rng(0).random((1, 12, 13), np.float32)
    tail = np.pad(canvas[:, 1:9, 2:10], ((0, 0), (1, 1), (1, 1)))
    network = opened(tmp_path, nodes, numbers).model
    np.testing.assert_allclose(sliding.maps(tail)[:, 0, 0], network.logits(canvas[None, :, 1:9, 2:10])[0], atol=EXPORT)


@pytest.mark.parametrize("name", ["lenet5", "lenet5-rotated"])
def test_lenet5_is_refused_for_its_second_convolution(name):
    with pytest.raises(UserError, match=r"conv2 \(convolution 5×5\) puts zeros around its maps"):
        as_one_convolution(exported(name))


@pytest.mark.parametrize(
    "canvas",
    [
        np.zeros((1, 27, 28), np.float32),
        np.zeros((1, 28, 27), np.float32),
        np.zeros((3, 40, 40), np.float32),
        np.zeros((1, 40, 40), np.float64),
        np.zeros((40, 40), np.float32),
    ],
)
def test_a_canvas_that_does_not_fit_is_refused(canvas):
    sliding = SLIDING["scratch"]
    for asked in (sliding.maps, sliding.everywhere):
        with pytest.raises(UserError, match=r"at least 28 x 28, not over float\d\d of shape"):
            asked(canvas)
    if canvas.shape[0] != 1 or canvas.dtype != np.float32:
        with pytest.raises(UserError, match="slides over a float32 canvas"):
            sliding.evidence(canvas)


def test_peaks_are_the_largest_values_and_ahead_where_no_other_class_has_more():
    maps = np.zeros((5, 10, 30), np.float32)
    maps[0, 3, 5] = 4
    maps[1, 4, 7] = 5  # near the first, and more
    maps[2, 3, 20] = 2  # alone
    maps[3, 9, 29] = -1  # its largest value is nothing
    maps[4, 5, 25] = 3
    maps[2, 5, 28] = 1.5
    assert peaks(maps, 3) == [
        Peak(4, 3, 5, False),
        Peak(5, 4, 7, True),
        Peak(2, 3, 20, True),
        Peak(0, 0, 0, False),
        Peak(3, 5, 25, True),
    ]
    assert not peaks(maps, 5)[2].ahead
    np.testing.assert_allclose(peaks(maps * FLOAT, 3)[1].value, 5 * FLOAT, rtol=FLOAT)
