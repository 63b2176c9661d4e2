from itertools import product

import numpy as np
import pytest
from onnx import TensorProto

from invariance import UserError
from invariance.attribution import occlusion as module
from invariance.attribution.class_activation import class_activation
from invariance.attribution.occlusion import occlusion, patch_and_step
from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import case, linear_classifier
from tests.graphs import STRANGERS, circular, ending, node, opened, plain, random

IMAGE = np.random.default_rng(5).random((1, 8, 8), np.float32)
EXACT = 1e-5


@pytest.fixture
def one_pixel(tmp_path):
    """A classifier that looks at the pixel in row 2, column 5: it speaks against class 0 and for class 1."""
    weights = np.zeros((64, 2), np.float32)
    weights[2 * 8 + 5] = -2, 3
    return opened(tmp_path, [node("Flatten", "image", "flat"), node("MatMul", "flat w", "logits")], {"w": weights})


@pytest.mark.parametrize(("patch", "step"), [(1, 1), (3, 1), (3, 2), (4, 3)])
def test_only_patches_over_what_is_looked_at_matter(one_pixel, patch, step):
    image = IMAGE.copy()
    image[0, 2, 5] = 1
    found = occlusion(one_pixel, image, 1, patch=patch, step=step, grey=0)
    stops = sorted({*range(0, 8 - patch, step), 8 - patch})
    share, covers = np.zeros((2, 8, 8))
    for top in stops:
        for left in stops:
            part = np.s_[top : top + patch, left : left + patch]
            covers[part] += 1
            share[part] += top <= 2 < top + patch and left <= 5 < left + patch
    np.testing.assert_allclose(found, 3 * share / covers, atol=EXACT)
    assert (found[share == 0] == 0).all(), "what isn't looked at has no colour"
    assert found[2, 5] == pytest.approx(3, abs=EXACT)
    against = occlusion(one_pixel, image, 0, patch=patch, step=step, grey=0)
    np.testing.assert_allclose(against, -2 * share / covers, atol=EXACT)


def test_covering_with_what_is_there_changes_nothing(one_pixel):
    assert not occlusion(one_pixel, np.full_like(IMAGE, 0.25), 1, patch=5, step=1, grey=0.25).any()


def test_rounding_counts_as_no_drop(tmp_path):
    """Logits near 1000 in single precision are rounded to steps of 6e-5: what is far below 1e-5 of them is noise."""
    weights = np.zeros((64, 2), np.float32)
    weights[:32, 0], weights[32:, 0] = 100, 0.001
    nodes = [node("Flatten", "image", "flat"), node("Gemm", "flat w b", "logits")]
    inside = opened(tmp_path, nodes, {"w": weights, "b": np.array([1000, 0], np.float32)})
    image = np.full_like(IMAGE, 0.9)
    found = occlusion(inside, image, 0, patch=1, step=1)[:, 0]
    np.testing.assert_allclose(found[:4], 0.4 * 100, rtol=1e-3)
    assert not found[4:].any()
    assert (
        inside.model.logits(image[None])[0, 0]
        != inside.model.logits(np.concatenate([image[:, :4], image[:, 4:] / 2], 1)[None])[0, 0]
    )


def test_the_patch_grows_with_the_image():
    """5 pixels every 2 on digits and CIFAR-10's photos; a few hundred stops on any size, and never a patch too wide."""
    assert [patch_and_step((1, size, size)) for size in (28, 32, 224)] == [(5, 2), (5, 2), (37, 15)]
    for height, width in [(size, size) for size in range(1, 600)] + [(1, 40), (28, 280), (600, 20), (224, 299)]:
        with case(height, width):
            patch, step = patch_and_step((3, height, width))
            assert 1 <= step <= patch <= min(height, width)
            assert patch < 3 or 4 * patch < np.sqrt(height * width)
            stops = [len([*range(0, size - patch, step), size - patch]) for size in (height, width)]
            assert np.prod(stops) <= 400


def test_a_large_photo_is_covered_at_few_places_which_are_counted(tmp_path, monkeypatch):
    """Also where a batch holds a single image."""
    nodes, weights = ending("conv", 2, classes=3)
    nodes.insert(0, node("Conv", "image w", "conv", strides=[8, 8]))
    inside = opened(tmp_path, nodes, weights | {"w": random(2, 3, 8, 8)}, shape=(3, 224, 224), classes=3)
    runs, counts = [], []
    logits = inside.model.logits
    monkeypatch.setattr(inside.model, "logits", lambda images: runs.append(len(images)) or logits(images))
    patch, step = patch_and_step((3, 224, 224))
    image = np.random.default_rng(0).random((3, 224, 224), np.float32)
    found = occlusion(inside, image, 1, patch=patch, step=step, progress=lambda *each: counts.append(each))
    assert found.all()
    assert sum(runs) == 1 + 14 * 14
    assert counts == [("places", done, 14 * 14) for done in range(1, 14 * 14 + 1)]


def test_logits_without_a_number_are_refused_in_words(tmp_path):
    """Nothing is picked of grey: its largest number is -∞."""
    inside = STRANGERS["sizes worked out"](tmp_path)
    with pytest.raises(UserError, match="compares finite logits, but graph gives infinite ones"):
        occlusion(inside, np.full_like(IMAGE, 0.5), 1, patch=4, step=2)


@pytest.mark.parametrize("grey", [0.25, 0.0, 1.0])
def test_a_network_that_knows_no_places_finds_all_of_an_even_image_equally_important(tmp_path, grey):
    """Every covered copy is a circular shift of every other, and the logits don't change under those (stride 1)."""
    nodes, weights = circular("wrap")
    nodes = [each for each in nodes if each.op_type != "MaxPool"]
    nodes[-3].input[0] = "relu"
    even = np.full_like(IMAGE, 0.25)
    found = occlusion(opened(tmp_path, nodes, weights), even, 1, patch=3, step=1, grey=grey)
    assert np.ptp(found) < EXACT
    assert np.abs(found).max() == 0 if grey == 0.25 else np.abs(found).min() > 0.001
    zeros_outside = occlusion(opened(tmp_path, *plain()), even, 1, patch=3, step=1, grey=1)
    assert np.ptp(zeros_outside) > 0.01


@pytest.mark.parametrize("grey", [0.0, 0.5])
def test_the_drop_of_a_linear_network_is_worked_out(tmp_path, grey):
    """Covering place p by grey changes logit k by Σ_(p in patch) w_kp (grey - x_p)."""
    matrix, bias = random(3 * 6 * 7, 4), random(4, seed=1)
    nodes = [node("Flatten", "image", "flat"), node("Gemm", "flat w b", "logits")]
    inside = opened(tmp_path, nodes, {"w": matrix, "b": bias}, shape=(3, 6, 7), classes=4)
    image = np.random.default_rng(2).random((3, 6, 7), np.float32)
    w = matrix.astype(np.float64).reshape(3, 6, 7, 4)
    changes = np.einsum("cyxk,cyx->yxk", w, grey - image.astype(np.float64))
    for label in range(4):
        drops, covers = np.zeros((2, 6, 7))
        for top in range(5):
            for left in range(6):
                part = np.s_[top : top + 2, left : left + 2]
                drops[part] -= changes[part].sum((0, 1))[label]
                covers[part] += 1
        found = occlusion(inside, image, label, patch=2, step=1, grey=grey)
        np.testing.assert_allclose(found, drops / covers, atol=10 * EXACT)


def test_a_stranger_s_network_has_an_occlusion_map_and_activations_or_a_reason(tmp_path):
    for name in STRANGERS:
        with case(name):
            inside = STRANGERS[name](tmp_path)
            found = occlusion(inside, IMAGE, 1, patch=4, step=2)
            assert np.isfinite(found).all()
            try:
                assert np.isfinite(class_activation(inside, IMAGE, 1)).all()
            except UserError as error:
                assert "there is the result of " in str(error) or "there is the image itself" in str(error)  # noqa: PT017


def test_batches_change_nothing(lenet5, monkeypatch):
    image = np.random.default_rng(0).random((1, 28, 28), np.float32)
    whole = occlusion(Inside(lenet5), image, 3, patch=7, step=3)
    monkeypatch.setattr(module, "BATCH_VALUES", 5 * image.size)
    np.testing.assert_allclose(occlusion(Inside(lenet5), image, 3, patch=7, step=3), whole, atol=EXACT)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": 2}, "0 to 1, not 2"),
        ({"patch": 9}, "1 to 8 pixels wide, not 9"),
        ({"patch": 0}, "not 0"),
        ({"patch": 2, "step": 3}, "every pixel is covered, not 3"),
        ({"grey": 1.5}, "not 1.5"),
        ({"image": IMAGE[0]}, r"shape \(1, 8, 8\), not float32 of shape \(8, 8\)"),
    ],
)
def test_what_is_out_of_range_is_named(one_pixel, changes, message):
    with pytest.raises(UserError, match=message):
        occlusion(one_pixel, **({"image": IMAGE, "label": 0, "patch": 5, "step": 1} | changes))


POOLS = {  # the maps "conv" (1, 4, 6, 6) -> "pooled", as files write it
    "global": [node("GlobalAveragePool", "conv", "pooled")],
    "mean": [node("ReduceMean", "conv both", "pooled", keepdims=1)],
    "mean without axes of one place": [node("ReduceMean", "conv both", "pooled", keepdims=0)],
    "window": [node("AveragePool", "conv", "pooled", kernel_shape=[6, 6])],
    "one axis after the other": [
        node("ReduceMean", "conv last", "means", keepdims=0),
        node("ReduceMean", "means last", "pooled", keepdims=0),
    ],
    "one axis after the other, kept": [
        node("ReduceMean", "conv two", "means", keepdims=1),
        node("ReduceMean", "means last", "pooled", keepdims=1),
    ],
    "places in a row": [node("Reshape", "conv row", "rows"), node("ReduceMean", "rows last", "pooled", keepdims=0)],
    "behind a maximum of versions": [
        node("Reshape", "conv versions", "version"),
        node("Concat", "version version", "several", axis=2),
        node("ReduceMax", "several two", "largest", keepdims=0),
        node("GlobalAveragePool", "largest", "pooled"),
    ],
    "channels last": [
        node("Transpose", "conv", "moved", perm=[0, 2, 3, 1]),
        node("ReduceMean", "moved first_two", "pooled", keepdims=0),
    ],
}
LAYERS = {  # "pooled" -> "scores"; the bias is that of a node of its own where the layer has none
    "Gemm": [node("Flatten", "pooled", "flat"), node("Gemm", "flat rows_w bias", "scores", transB=1)],
    "scaled": [node("Reshape", "pooled flat_k", "flat"), node("Gemm", "flat half_w bias", "scores", alpha=2.0)],
    "MatMul, bias": [
        node("Reshape", "pooled flat_k", "flat"),
        node("MatMul", "flat columns_w", "product"),
        node("Add", "product bias", "scores"),
    ],
    "bias, MatMul": [
        node("Flatten", "pooled", "flat"),
        node("Identity", "flat", "same"),
        node("MatMul", "same columns_w", "product"),
        node("Add", "bias product", "scores"),
    ],
    "matrix first": [
        node("Reshape", "pooled column", "standing"),
        node("MatMul", "rows_w standing", "product"),
        node("Squeeze", "product last", "lying"),
        node("Add", "bias lying", "scores"),
    ],
    "matrix first, turned": [
        node("Flatten", "pooled", "flat"),
        node("Transpose", "flat", "standing", perm=[1, 0]),
        node("MatMul", "rows_w standing", "product"),
        node("Transpose", "product", "lying", perm=[1, 0]),
        node("Add", "lying bias", "scores"),
    ],
    "convolution": [
        node("Reshape", "pooled places", "place"),
        node("Conv", "place filters bias", "product"),
        node("Squeeze", "product both", "scores"),
    ],
}
AFTER = {  # "scores" -> "logits"
    "nothing": [node("Identity", "scores", "logits")],
    "softmax": [node("Softmax", "scores", "logits", axis=1)],
    "log-softmax": [node("LogSoftmax", "scores", "logits", axis=-1)],
    "logarithm": [node("Softmax", "scores", "shares"), node("Log", "shares", "logits")],
    "sigmoid": [node("Sigmoid", "scores", "logits")],
    "logarithm of what is above 0": [
        node("Softmax", "scores", "shares"),
        node("Add", "shares tiny", "above"),
        node("Log", "above", "logits"),
    ],
    "turned": [
        node("Transpose", "scores", "upright", perm=[1, 0]),
        node("Softmax", "upright", "shares", axis=0),
        node("Transpose", "shares", "logits", perm=[1, 0]),
    ],
    "passed on": [
        node("Cast", "scores", "exact", to=TensorProto.DOUBLE),
        node("Softmax", "exact", "shares"),
        node("Reshape", "shares classes", "again"),
        node("Cast", "again", "logits", to=TensorProto.FLOAT),
    ],
}
MATRIX, BIAS = random(2, 4, seed=1), random(2, seed=2)
ENDINGS = {
    **{"w": random(4, 1, 3, 3), "bias": BIAS, "rows_w": MATRIX, "columns_w": MATRIX.T, "half_w": MATRIX.T / 2},
    **{"filters": MATRIX[:, :, None, None], "both": np.array([-1, -2]), "two": np.array([2]), "last": np.array([-1])},
    **{
        "first_two": np.array([1, 2]),
        "row": np.array([0, 0, -1]),
        "versions": np.array([0, 4, 1, 6, 6]),
        "flat_k": np.array([-1, 4]),
    },
    **{"column": np.array([0, 4, 1]), "places": np.array([0, 4, 1, 1]), "classes": np.array([0, 2])},
    "tiny": np.float32(1e-30),
}


def test_the_last_maps_and_their_weights_are_found_however_a_file_writes_the_end(tmp_path):
    """Nor does it matter to how far the logit falls, which is that before any probabilities."""
    falls = []
    ends = {*product(POOLS, LAYERS, ["nothing"]), *product(["global"], ["Gemm", "bias, MatMul"], AFTER)}
    for pool, layer, after in sorted(ends):
        with case(pool, layer, after):
            nodes = [node("Conv", "image w", "conv"), *POOLS[pool], *LAYERS[layer], *AFTER[after]]
            used = {name for each in nodes for name in each.input}
            inside = opened(tmp_path, nodes, {name: numbers for name, numbers in ENDINGS.items() if name in used})
            maps = inside.values(["conv"], IMAGE[None])["conv"][0]
            for label in (0, 1):
                found = class_activation(inside, IMAGE, label)
                np.testing.assert_allclose(found, np.tensordot(MATRIX[label], maps, 1), atol=EXACT)
            logits = inside.values(["scores"], IMAGE[None])["scores"][0]
            assert found.mean() == pytest.approx(logits[1] - BIAS[1], abs=EXACT)
            falls.append(occlusion(inside, IMAGE, 1, patch=4, step=2))
    for other in falls[1:]:
        np.testing.assert_allclose(other, falls[0], atol=10 * EXACT)
    with pytest.raises(UserError, match="0 to 1, not 2"):
        class_activation(inside, IMAGE, 2)


def test_what_only_looks_like_pooling_is_refused(tmp_path):
    """As many numbers as maps, but each of another axis; and maps that have one place from the start."""
    wrong = {
        "each of a row": [node("ReduceMean", "conv wrong", "pooled", keepdims=0)],
        "each of a column": [
            node("ReduceMean", "conv last", "means", keepdims=0),
            node("ReduceMean", "means one", "pooled", keepdims=0),
        ],
        "one place": [node("Conv", "conv whole", "pooled")],
        "exchanged between": [
            node("ReduceMean", "conv last", "means", keepdims=0),
            node("Transpose", "means", "moved", perm=[0, 2, 1]),
            node("ReduceMean", "moved last", "pooled", keepdims=0),
        ],
        "parts of the image": [
            node("Reshape", "conv parts", "images"),
            node("GlobalAveragePool", "images", "means"),
            node("Reshape", "means together", "pooled"),
        ],
    }
    stored = {"wrong": np.array([1, 2]), "one": np.array([1]), "whole": random(4, 4, 4, 4)}
    stored |= {"parts": np.array([-1, 2, 4, 4]), "together": np.array([-1, 4])}
    for name, nodes in wrong.items():
        with case(name):
            nodes = [node("Conv", "image v", "conv"), *nodes, *LAYERS["Gemm"], *AFTER["nothing"]]
            used = {name for each in nodes for name in each.input}
            weights = {name: numbers for name, numbers in (ENDINGS | stored).items() if name in used}
            inside = opened(tmp_path, nodes, weights | {"v": random(4, 1, 5, 5)})  # 4 maps of 4 x 4
            with pytest.raises(UserError, match=r"one number of each map, there is .* \w+ \((Reduce|Conv|Global)"):
                class_activation(inside, IMAGE, 0)


def test_a_map_for_each_class_is_its_own_activation_map(tmp_path):
    inside = STRANGERS["squeezenet"](tmp_path)
    maps = inside.values(["maps"], IMAGE[None])["maps"][0]
    for label in (0, 1):
        found = class_activation(inside, IMAGE, label)
        np.testing.assert_array_equal(found, maps[label])
        assert found.mean() == pytest.approx(inside.model.logits(IMAGE[None])[0, label], abs=EXACT)
    with pytest.raises(UserError, match="0 to 1, not 2"):
        class_activation(inside, IMAGE, 2)


def test_a_linear_layer_of_each_row_by_itself_is_no_last_layer(tmp_path):
    nodes = [node("Conv", "image v", "conv"), node("ReduceMean", "conv last", "means", keepdims=0)]
    nodes += [node("MatMul", "means columns_w", "each"), node("Flatten", "each", "logits")]
    weights = {"v": random(4, 1, 5, 5), "last": ENDINGS["last"], "columns_w": ENDINGS["columns_w"]}
    with pytest.raises(UserError, match=r"one number of each map, there is the result of means \(ReduceMean\)"):
        class_activation(opened(tmp_path, nodes, weights, classes=8), IMAGE, 0)


def test_a_single_number_speaks_for_the_second_of_two_classes(tmp_path):
    """And its negative for the first; 0 z and z have the probabilities of z alone, as 1 - p and p do."""
    two = {
        "probabilities": [
            node("Sigmoid", "score", "second"),
            node("Sub", "one second", "first"),
            node("Concat", "first second", "logits", axis=1),
        ],
        "logits": [node("Mul", "score zero", "first"), node("Concat", "first score", "logits", axis=1)],
    }
    for name, nodes in two.items():
        with case(name):
            last, weights = ending("conv", 4, classes=1)
            last[-1].output[0] = "score"
            weights |= {"w": ENDINGS["w"], "one": np.float32(1), "zero": np.float32(0)}
            inside = opened(tmp_path, [node("Conv", "image w", "conv"), *last, *nodes], weights)
            score = inside.values(["score"], IMAGE[None])["score"][0, 0] - weights["fc_b"][0]
            assert class_activation(inside, IMAGE, 1).mean() == pytest.approx(score, abs=EXACT)
            assert class_activation(inside, IMAGE, 0).mean() == pytest.approx(-score, abs=EXACT)
            first, second = (occlusion(inside, IMAGE, label, patch=4, step=2) for label in (0, 1))
            assert second.any()
            np.testing.assert_array_equal(first, -second)
            covered = IMAGE.copy()
            covered[:, :4, :4] = 0.5  # the only patch over the corner
            fell = score - inside.values(["score"], covered[None])["score"][0, 0] + weights["fc_b"][0]
            assert second[0, 0] == pytest.approx(fell, abs=EXACT)


@pytest.mark.parametrize("first", [("Mul", "score five"), ("Sub", "five score"), ("Sub", "score one")])
def test_what_is_put_side_by_side_otherwise_is_no_single_number(first, tmp_path):
    last, weights = ending("conv", 4, classes=1)
    last[-1].output[0] = "score"
    nodes = [node("Conv", "image w", "conv"), *last, node(*first, "first")]
    nodes += [node("Concat", "first score", "logits", axis=1)]
    inside = opened(tmp_path, nodes, weights | {"w": ENDINGS["w"], "five": np.float32(5), "one": np.float32(1)})
    with pytest.raises(UserError, match=r"there is the result of logits \(Concat\)"):
        class_activation(inside, IMAGE, 0)


def test_logits_in_whole_numbers_are_no_logits(tmp_path):
    """Between quantised numbers and their softmax there is nothing to measure: the answer it is."""
    last, weights = ending("conv", 4)
    last[-1].output[0] = "scores"
    attributes = {"domain": "com.microsoft", "axis": 1, "opset": 13}
    nodes = [
        node("Conv", "image w", "conv"),
        *last,
        node("QuantizeLinear", "scores scale zero", "whole"),
        node("QLinearSoftmax", "whole scale zero share none", "parts", **attributes),
        node("DequantizeLinear", "parts share none", "logits"),
    ]
    weights |= {"w": ENDINGS["w"], "scale": np.float32(0.05), "zero": np.uint8(128)}
    inside = opened(tmp_path, nodes, weights | {"share": np.float32(1 / 256), "none": np.uint8(0)})
    covered = IMAGE.copy()
    covered[:, :4, :4] = 0.5
    whole, part = inside.model.logits(np.stack([IMAGE, covered]))[:, 1]
    assert occlusion(inside, IMAGE, 1, patch=4, step=2)[0, 0] == pytest.approx(whole - part, abs=EXACT)


def test_classes_in_another_order_keep_their_maps(tmp_path):
    nodes = [node("Conv", "image w", "conv"), *POOLS["global"], *LAYERS["Gemm"]]
    nodes += [node("Gather", "scores first", "picked", axis=1), node("Gather", "picked second", "logits", axis=-1)]
    first, second = np.array([2, 0, 1]), np.array([1, 0, 2])
    matrix = random(3, 4, seed=1)
    weights = {"w": ENDINGS["w"], "rows_w": matrix, "bias": random(3), "first": first, "second": second}
    inside = opened(tmp_path, nodes, weights, classes=3)
    maps = inside.values(["conv"], IMAGE[None])["conv"][0]
    for label in range(3):
        expected = np.tensordot(matrix[first][second][label], maps, 1)
        np.testing.assert_allclose(class_activation(inside, IMAGE, label), expected, atol=EXACT)


def test_the_activation_map_lies_as_the_image_does(tmp_path):
    """Whatever the network turns over before."""
    stored = {name: ENDINGS[name] for name in ("w", "rows_w", "bias")}
    ending_nodes = [*POOLS["global"], *LAYERS["Gemm"], *AFTER["nothing"]]
    straight = opened(tmp_path, [node("Conv", "image w", "conv"), *ending_nodes], stored)
    turned = [
        node("Transpose", "image", "exchanged", perm=[0, 1, 3, 2]),
        node("Slice", "exchanged minus end axis minus", "first"),
        node("Conv", "first w", "conv"),
    ]
    numbers = {"minus": np.array([-1]), "end": np.array([-99]), "axis": np.array([2])}
    found = class_activation(opened(tmp_path, [*turned, *ending_nodes], stored | numbers), IMAGE, 1)
    expected = class_activation(straight, IMAGE.swapaxes(1, 2)[:, ::-1].copy(), 1)
    np.testing.assert_allclose(found, expected[::-1].T, atol=EXACT)


def test_a_bias_may_be_subtracted(tmp_path):
    nodes = [node("Conv", "image w", "conv"), *POOLS["global"], *LAYERS["bias, MatMul"][:-1]]
    nodes += [node("Sub", "product bias", "logits")]
    used = {name for each in nodes for name in each.input}
    inside = opened(tmp_path, nodes, {name: numbers for name, numbers in ENDINGS.items() if name in used})
    logit = inside.model.logits(IMAGE[None])[0, 1] + BIAS[1]
    assert class_activation(inside, IMAGE, 1).mean() == pytest.approx(logit, abs=EXACT)


def test_a_linear_layer_that_is_taken_from_something_is_no_last_layer(tmp_path):
    last, weights = ending("conv", 4)
    last[-1].output[0] = "scores"
    nodes = [node("Conv", "image w", "conv"), *last, node("Sub", "fc_b scores", "logits")]
    with pytest.raises(UserError, match=r"there is the result of logits \(Sub\)"):
        class_activation(opened(tmp_path, nodes, weights | {"w": random(4, 1, 3, 3)}), IMAGE, 0)


def test_a_grouped_convolution_is_no_linear_layer(tmp_path):
    nodes = [
        node("Conv", "image w", "conv"),
        node("GlobalAveragePool", "conv", "pooled"),
        node("Conv", "pooled matrix", "classes", group=2),
        node("Flatten", "classes", "logits"),
    ]
    inside = opened(tmp_path, nodes, {"w": random(4, 1, 3, 3), "matrix": random(2, 2, 1, 1)})
    with pytest.raises(UserError, match=r"there is the result of classes \(Conv\)"):
        class_activation(inside, IMAGE, 0)


def test_networks_that_end_otherwise_say_how(lenet5, tmp_path):
    with pytest.raises(UserError, match=r"ends in global pooling .* there is the result of relu5 \(Relu\)"):
        class_activation(Inside(lenet5), np.zeros((1, 28, 28), np.float32), 0)
    inside = Inside(Model(linear_classifier(tmp_path / "linear.onnx")))
    with pytest.raises(UserError, match="there is the image itself"):
        class_activation(inside, np.zeros((1, 4, 4), np.float32), 0)
    with pytest.raises(UserError, match="one number of each map, there is the image itself"):
        class_activation(opened(tmp_path, *ending("image", 1)), IMAGE, 0)
