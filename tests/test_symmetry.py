import numpy as np
import pytest

from invariance import UserError, results, symmetry
from invariance.inside import Inside
from invariance.measures import equivariance_error
from invariance.model import Model
from invariance.symmetry import layer_errors
from invariance.transforms import TRANSFORMS
from tests.graphs import ending, node, opened, random

ROUNDING = 1e-5  # relative, after a dozen layers in float32
RNG = np.random.default_rng(3)
DIGITS = RNG.random((5, 1, 28, 28), np.float32)
SMALL = RNG.random((6, 1, 8, 8), np.float32)


def errors(inside, images, transform, amount):
    return {found.layer: found for found in layer_errors(inside, images, TRANSFORMS[transform], amount)}


def values(found):
    return {name: each.error.value for name, each in found.items() if each.error}


@pytest.fixture
def simple(tmp_path):
    """A valid convolution, ReLU, 2×2 pooling with stride 2, a convolution with padding."""
    last, weights = ending("same", 3)
    nodes = [
        node("Conv", "image w1 b1", "valid"),
        node("Relu", "valid", "relu"),
        node("MaxPool", "relu", "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", "pool w2", "same", pads=[1, 1, 1, 1]),
        *last,
    ]
    weights |= {"w1": random(4, 1, 3, 3), "b1": random(4), "w2": random(3, 4, 3, 3, seed=1)}
    return opened(tmp_path, nodes, weights)


def test_the_formula():
    still = np.array([[3.0, 4.0], [0, 0], [0, 0], [1, 0]])
    moved = np.array([[4.0, 3.0], [0, 0], [0, 0], [0, 1]])
    changed = np.array([[4.0, 3.0], [0, 0], [1, 0], [0, 0]])
    np.testing.assert_array_equal(equivariance_error(changed, moved, still), [0, 0, np.inf, 1])


@pytest.mark.parametrize(("transform", "amount"), [("rotation", 90), ("rotation", 180), ("reflection", 2)])
def test_what_looks_at_one_pixel_follows_every_exchange_of_pixels(tmp_path, transform, amount):
    last, weights = ending("relu", 1)
    nodes = [node("Mul", "image two", "doubled"), node("Relu", "doubled", "relu"), *last]
    found = values(errors(opened(tmp_path, nodes, weights | {"two": np.float32(2)}), SMALL, transform, amount))
    assert len(found) == 6
    assert max(found.values()) < ROUNDING


@pytest.mark.parametrize("amount", [-3, -2, 1, 2])
def test_a_valid_convolution_follows_shifts_and_padding_does_not(simple, amount):
    found = errors(simple, SMALL, "translation", amount)
    assert found["valid"].error.value < ROUNDING
    assert found["relu"].error.value < ROUNDING
    assert found["valid"].measure == "equivariance"
    if amount % 2:
        assert found["pool"].error is None
        assert "2 px apart" in found["pool"].why
    else:
        assert found["pool"].error.value < ROUNDING
        assert found["same"].error.value > 0.01
    assert found["logits"].measure == "invariance"
    assert found["logits"].error.value > 0.01


def test_pooling_with_stride_2_follows_shifts_by_2_around_the_edges_and_a_shift_by_1_changes_it(tmp_path):
    last, weights = ending("pool", 1)
    pool = node("MaxPool", "image", "pool", kernel_shape=[2, 2], strides=[2, 2])
    inside = opened(tmp_path, [pool, *last], weights)
    assert errors(inside, SMALL, "circular", 2)["pool"].error.value == 0
    assert errors(inside, SMALL, "circular", 1)["pool"].error is None
    assert errors(inside, SMALL, "circular", 2)["logits"].error.value < ROUNDING
    assert errors(inside, SMALL, "circular", 1)["logits"].error.value > ROUNDING


def test_an_error_is_the_formula_on_each_image_and_its_mean(simple):
    found = errors(simple, SMALL, "rotation", 90)["same"].error
    still, changed = (simple.values(["same"], images)["same"] for images in (SMALL, np.rot90(SMALL, 1, (2, 3)).copy()))
    each = [
        np.linalg.norm(new - np.rot90(old, 1, (1, 2))) / np.linalg.norm(old)
        for new, old in zip(changed, still, strict=True)
    ]
    half = 1.959964 * np.std(each) / np.sqrt(6)
    np.testing.assert_allclose(found, (np.mean(each), np.mean(each) - half, np.mean(each) + half, 6), rtol=1e-5)


def test_batches_change_nothing(simple, monkeypatch):
    whole = errors(simple, SMALL, "rotation", 270)
    monkeypatch.setattr(symmetry, "BATCH_VALUES", 1)
    for name, error in values(errors(simple, SMALL, "rotation", 270)).items():
        assert error == pytest.approx(whole[name].error.value, abs=ROUNDING)


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("name", ["p4cnn", "p4cnn-rotated"])
def test_a_p4_network_follows_quarter_turns_to_the_end(name, degrees):
    inside = Inside(Model(results.EXPORTED / f"{name}.onnx"))
    found = errors(inside, DIGITS, "rotation", degrees)
    assert len(values(found)) == len(found)
    assert max(values(found).values()) < ROUNDING
    assert f"orientation {degrees}° on" in found["conv3"].why
    assert found["conv5"].measure == "equivariance"  # one place, but four orientations
    assert (found["logits"].measure, found["logits"].why) == ("invariance", "")


def test_a_p4_network_does_not_follow_mirror_images():
    found = errors(Inside(Model(results.EXPORTED / "p4cnn.onnx")), DIGITS, "reflection", 1)
    assert found["conv1"].error.value > 0.1
    assert found["conv1"].why == ""


def test_lenet5_breaks_at_its_first_convolution_and_no_orientations_are_seen_in_it(lenet5):
    found = errors(Inside(lenet5), DIGITS, "rotation", 90)
    assert found["normalise"].error.value == 0
    assert min(error for name, error in values(found).items() if name not in ("image", "normalise")) > 0.1
    assert not any(each.why for each in found.values())


def test_four_maps_whose_filters_are_no_turned_copies_have_no_orientations(tmp_path):
    last, weights = ending("conv", 4)
    inside = opened(tmp_path, [node("Conv", "image w", "conv"), *last], weights | {"w": random(4, 1, 3, 3)})
    found = errors(inside, SMALL, "rotation", 90)["conv"]
    still, changed = (inside.values(["conv"], x)["conv"] for x in (SMALL, np.rot90(SMALL, 1, (2, 3)).copy()))
    expected = equivariance_error(changed, np.rot90(still, 1, (2, 3)), still).mean()
    assert found.error.value == pytest.approx(expected)
    assert found.why == ""


def test_each_image_s_versions_are_counted_together():
    versions = np.arange(3)[:, None] * 10 + np.arange(2)  # 3 versions of 2 images
    np.testing.assert_array_equal(symmetry._by_image(versions.reshape(6, 1), 3)[..., 0], versions.T)


def test_averaging_over_turns_exchanges_the_versions():
    inside = Inside(Model(results.EXPORTED / "lenet5-orbit.onnx"))
    found = errors(inside, DIGITS, "rotation", 90)
    assert max(values(found).values()) < ROUNDING
    assert "versions" in found["network.conv1"].why
    found = errors(inside, DIGITS, "translation", 4)
    assert found["network.conv1"].error is None
    assert "4 versions" in found["network.conv1"].why
    assert found["logits"].error.value > 0.01


@pytest.mark.parametrize(
    ("transform", "amount", "layer", "why"),
    [
        ("rotation", 45, "valid", "between its places"),
        ("scale", 1.5, "valid", "between its places"),
        ("gain", 2, "valid", "changes the light"),
        ("circular", 2, "valid", "6 columns, 1 px apart, don't go once around 8 px"),
        ("translation", 6, "pool", "moves all of its 3 columns out"),
    ],
)
def test_why_there_is_no_error_is_said(simple, transform, amount, layer, why):
    found = errors(simple, SMALL, transform, amount)
    assert found[layer].error is None
    assert why in found[layer].why
    assert found["logits"].error is not None
    assert found["image"].error.value == 0


def test_a_map_that_is_not_square_has_no_quarter_turn(tmp_path):
    last, weights = ending("pool", 1)
    inside = opened(tmp_path, [node("MaxPool", "image", "pool", kernel_shape=[2, 1]), *last], weights)
    assert "7×8" in errors(inside, SMALL, "rotation", 90)["pool"].why
    assert errors(inside, SMALL, "rotation", 180)["pool"].error.value == 0


def test_nothing_changes_nothing(simple):
    assert set(values(errors(simple, SMALL, "gain", 1)).values()) == {0}


def test_no_images_and_dead_layers_get_a_sentence(simple, tmp_path):
    with pytest.raises(UserError, match="at least one"):
        layer_errors(simple, SMALL[:0], TRANSFORMS["rotation"], 90)
    last, weights = ending("relu", 1)
    dead = opened(
        tmp_path,
        [node("Sub", "image edge", "less"), node("Relu", "less", "relu"), *last],
        weights | {"edge": np.where(np.arange(8)[:, None] < 4, 0, 9).astype(np.float32)},
    )
    image = np.zeros((1, 1, 8, 8), np.float32)
    image[..., 6, 3] = 1
    found = errors(dead, image, "reflection", 2)["relu"]
    assert found.error is None
    assert found.why == "For 1 of 1 images all its values are 0."
