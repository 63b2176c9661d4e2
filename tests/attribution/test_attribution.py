import numpy as np
import pytest

from invariance import UserError
from invariance.attribution import occlusion as module
from invariance.attribution.class_activation import class_activation
from invariance.attribution.occlusion import occlusion
from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import case, linear_classifier
from tests.graphs import STRANGERS, circular, ending, node, opened, plain, random

IMAGE = np.random.default_rng(5).random((1, 8, 8), np.float32)
EXACT = 1e-5


@pytest.fixture
def one_pixel(tmp_path):
    """A classifier that looks at the pixel in row 2, column 5."""
    weights = np.zeros((64, 2), np.float32)
    weights[2 * 8 + 5, 1] = 3
    return opened(
        tmp_path, [node("Flatten", "image", "flat"), node("MatMul", "flat w", "logits")], {"w": weights}
    ).model


@pytest.mark.parametrize(("patch", "step"), [(1, 1), (3, 1), (3, 2), (4, 3)])
def test_only_patches_over_what_is_looked_at_matter(one_pixel, patch, step):
    image = IMAGE.copy()
    image[0, 2, 5] = 1
    found = occlusion(one_pixel, image, 1, patch=patch, step=step, grey=0)
    drop = 1 / (1 + np.exp(-3)) - 0.5
    stops = sorted({*range(0, 8 - patch, step), 8 - patch})
    expected, covers = np.zeros((2, 8, 8))
    for top in stops:
        for left in stops:
            part = np.s_[top : top + patch, left : left + patch]
            covers[part] += 1
            expected[part] += drop * (top <= 2 < top + patch and left <= 5 < left + patch)
    np.testing.assert_allclose(found, expected / covers, atol=EXACT)
    assert found[2, 5] == pytest.approx(drop, abs=EXACT)


def test_covering_with_what_is_there_changes_nothing(one_pixel):
    assert np.abs(occlusion(one_pixel, np.full_like(IMAGE, 0.25), 1, grey=0.25)).max() == 0


@pytest.mark.parametrize("grey", [0.25, 0.0, 1.0])
def test_a_network_that_knows_no_places_finds_all_of_an_even_image_equally_important(tmp_path, grey):
    """Every covered copy is a circular shift of every other, and the logits don't change under those (stride 1)."""
    nodes, weights = circular("wrap")
    nodes = [each for each in nodes if each.op_type != "MaxPool"]
    nodes[-3].input[0] = "relu"
    even = np.full_like(IMAGE, 0.25)
    found = occlusion(opened(tmp_path, nodes, weights).model, even, 1, patch=3, grey=grey)
    assert np.ptp(found) < EXACT
    assert np.abs(found).max() == 0 if grey == 0.25 else np.abs(found).min() > 0.001
    zeros_outside = occlusion(opened(tmp_path, *plain()).model, even, 1, patch=3, grey=1)
    assert np.ptp(zeros_outside) > 0.01


@pytest.mark.parametrize("grey", [0.0, 0.5])
def test_the_drop_of_a_linear_network_is_worked_out(tmp_path, grey):
    """Covering place p by grey changes logit k by Σ_(p in patch) w_kp (grey - x_p)."""
    matrix, bias = random(3 * 6 * 7, 4), random(4, seed=1)
    nodes = [node("Flatten", "image", "flat"), node("Gemm", "flat w b", "logits")]
    model = opened(tmp_path, nodes, {"w": matrix, "b": bias}, shape=(3, 6, 7), classes=4).model
    image = np.random.default_rng(2).random((3, 6, 7), np.float32)
    w = matrix.astype(np.float64).reshape(3, 6, 7, 4)
    logits = np.einsum("cyxk,cyx->k", w, image) + bias
    changes = np.einsum("cyxk,cyx->yxk", w, grey - image.astype(np.float64))

    def probability(logits, label):
        return np.exp(logits[label]) / np.exp(logits).sum()

    for label in range(4):
        drops, covers = np.zeros((2, 6, 7))
        for top in range(5):
            for left in range(6):
                part = np.s_[top : top + 2, left : left + 2]
                covered = logits + changes[part].sum((0, 1))
                drops[part] += probability(logits, label) - probability(covered, label)
                covers[part] += 1
        np.testing.assert_allclose(occlusion(model, image, label, patch=2, grey=grey), drops / covers, atol=EXACT)


def test_what_all_classes_lose_together_is_nothing(lenet5):
    image = np.random.default_rng(0).random((1, 28, 28), np.float32)
    assert np.abs(sum(occlusion(lenet5, image, label, patch=9, step=9) for label in range(10))).max() < EXACT


def test_a_stranger_s_network_has_an_occlusion_map_and_activations_or_a_reason(tmp_path):
    for name in [name for name in STRANGERS if name != "one at a time"]:
        with case(name):
            inside = STRANGERS[name](tmp_path)
            found = occlusion(inside.model, IMAGE, 1, patch=4, step=2)
            if name != "sizes worked out":  # nothing is picked of grey: its largest is -∞
                assert np.isfinite(found).all()
            try:
                assert np.isfinite(class_activation(inside, IMAGE, 1)).all()
            except UserError as error:
                assert "there is what " in str(error) or "there is the image itself" in str(error)  # noqa: PT017


def test_what_speaks_against_a_class_has_a_negative_drop(one_pixel):
    found = occlusion(one_pixel, IMAGE, 0, patch=1, grey=0)
    assert found[2, 5] < 0
    np.testing.assert_allclose(found, -occlusion(one_pixel, IMAGE, 1, patch=1, grey=0), atol=EXACT)


def test_batches_change_nothing(lenet5, monkeypatch):
    image = np.random.default_rng(0).random((1, 28, 28), np.float32)
    whole = occlusion(lenet5, image, 3, patch=7, step=3)
    monkeypatch.setattr(module, "BATCH_VALUES", 5 * image.size)
    np.testing.assert_allclose(occlusion(lenet5, image, 3, patch=7, step=3), whole, atol=EXACT)


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
        occlusion(one_pixel, **({"image": IMAGE, "label": 0} | changes))


POOLS = {
    "global": [node("GlobalAveragePool", "conv", "pooled")],
    "mean": [node("ReduceMean", "conv axes", "pooled", keepdims=1)],
    "window": [node("AveragePool", "conv", "pooled", kernel_shape=[6, 6])],
}


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("linear", ["Gemm", "MatMul"])
def test_the_mean_of_the_activation_map_is_the_logit_without_its_bias(tmp_path, pool, linear):
    matrix, bias = random(4, 2, seed=1), random(2, seed=2)
    nodes = [node("Conv", "image w", "conv"), *POOLS[pool], node("Flatten", "pooled", "flat")]
    if linear == "Gemm":
        nodes.append(node("Gemm", "flat matrix bias", "logits", transB=1))
        matrix = matrix.T.copy()
    else:
        nodes += [node("MatMul", "flat matrix", "product"), node("Add", "product bias", "logits")]
    weights = {"w": random(4, 1, 3, 3), "matrix": matrix, "bias": bias, "axes": np.array([-1, -2])}
    inside = opened(tmp_path, nodes, weights)
    for label in (0, 1):
        found = class_activation(inside, IMAGE, label)
        assert found.shape == (6, 6)
        logit = inside.model.logits(IMAGE[None])[0, label]
        assert found.mean() == pytest.approx(logit - bias[label], abs=EXACT)
    with pytest.raises(UserError, match="0 to 1, not 2"):
        class_activation(inside, IMAGE, 2)


def test_a_map_for_each_class_is_its_own_activation_map(tmp_path):
    inside = STRANGERS["squeezenet"](tmp_path)
    maps = inside.values(["maps"], IMAGE[None])["maps"][0]
    for label in (0, 1):
        found = class_activation(inside, IMAGE, label)
        np.testing.assert_array_equal(found, maps[label])
        assert found.mean() == pytest.approx(inside.model.logits(IMAGE[None])[0, label], abs=EXACT)
    with pytest.raises(UserError, match="0 to 1, not 2"):
        class_activation(inside, IMAGE, 2)


@pytest.mark.parametrize("behind", ["Conv", "Add", "Sub"])
def test_the_linear_layer_may_be_a_convolution_of_single_places(tmp_path, behind):
    """The bias: of the convolution, added or subtracted."""
    matrix, bias = random(2, 4, 1, 1, seed=1), random(2, seed=2)
    nodes = [
        node("Conv", "image w", "conv"),
        node("GlobalAveragePool", "conv", "pooled"),
        node("Conv", "pooled matrix bias" if behind == "Conv" else "pooled matrix", "classes"),
        node("Flatten", "classes", "logits" if behind == "Conv" else "flat"),
        *([node(behind, "flat bias", "logits")] if behind != "Conv" else []),
    ]
    inside = opened(tmp_path, nodes, {"w": random(4, 1, 3, 3), "matrix": matrix, "bias": bias})
    for label in (0, 1):
        logit = inside.model.logits(IMAGE[None])[0, label] - bias[label] * (-1 if behind == "Sub" else 1)
        assert class_activation(inside, IMAGE, label).mean() == pytest.approx(logit, abs=EXACT)


def test_a_linear_layer_that_is_taken_from_something_is_no_last_layer(tmp_path):
    last, weights = ending("conv", 4)
    last[-1].output[0] = "scores"
    nodes = [node("Conv", "image w", "conv"), *last, node("Sub", "fc_b scores", "logits")]
    with pytest.raises(UserError, match=r"there is what Sub \(logits\) gives"):
        class_activation(opened(tmp_path, nodes, weights | {"w": random(4, 1, 3, 3)}), IMAGE, 0)


def test_a_grouped_convolution_is_no_linear_layer(tmp_path):
    nodes = [
        node("Conv", "image w", "conv"),
        node("GlobalAveragePool", "conv", "pooled"),
        node("Conv", "pooled matrix", "classes", group=2),
        node("Flatten", "classes", "logits"),
    ]
    inside = opened(tmp_path, nodes, {"w": random(4, 1, 3, 3), "matrix": random(2, 2, 1, 1)})
    with pytest.raises(UserError, match=r"there is what Conv \(classes\) gives"):
        class_activation(inside, IMAGE, 0)


def test_networks_that_end_otherwise_say_how(lenet5, tmp_path):
    with pytest.raises(UserError, match=r"ends in global pooling .* there is what Relu \(relu5\) gives"):
        class_activation(Inside(lenet5), np.zeros((1, 28, 28), np.float32), 0)
    inside = Inside(Model(linear_classifier(tmp_path / "linear.onnx")))
    with pytest.raises(UserError, match="there is the image itself"):
        class_activation(inside, np.zeros((1, 4, 4), np.float32), 0)
    last, weights = ending("image", 1)
    last[-1].output[0] = "scores"
    nodes = [*last, node("Softmax", "scores", "logits")]
    with pytest.raises(UserError, match=r"logits should come from a linear layer, there is what Softmax \(logits\)"):
        class_activation(opened(tmp_path, nodes, weights), IMAGE, 0)
