import numpy as np
import pytest

from invariance import UserError
from invariance import occlusion as module
from invariance.activation_map import class_activation
from invariance.inside import Inside
from invariance.model import Model
from invariance.occlusion import occlusion
from tests.conftest import linear_classifier
from tests.graphs import ending, node, opened, random

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
