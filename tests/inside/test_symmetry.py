from functools import cache
from itertools import product

import numpy as np
import pytest

from invariance import UserError
from invariance.evaluation import records
from invariance.inside import symmetry
from invariance.inside.symmetry import LayerError, layer_errors, lost_at
from invariance.inside.values import Inside
from invariance.measures import Mean, equivariance_error
from invariance.model import Model
from invariance.transforms import TRANSFORMS
from tests.conftest import case
from tests.graphs import STRANGERS, circular, ending, node, opened, random

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
    inside = Inside(Model(records.EXPORTED / f"{name}.onnx"))
    found = errors(inside, DIGITS, "rotation", degrees)
    assert len(values(found)) == len(found)
    assert set(values(found).values()) == {0}, "rounding counts as no error"
    assert f"orientation {degrees}° on" in found["conv3"].why
    assert found["conv5"].measure == "equivariance"  # one place, but four orientations
    assert (found["logits"].measure, found["logits"].why) == ("invariance", "")


def test_mirrored_twice_a_network_with_orientations_says_what_it_says_of_a_half_turn():
    inside = Inside(Model(records.EXPORTED / "p4cnn.onnx"))
    turned, mirrored = (errors(inside, DIGITS, *change) for change in (("rotation", 180), ("reflection", 3)))
    assert turned == mirrored
    assert max(each.error.value for each in mirrored.values() if each.error) < 1e-4


def test_a_p4_network_does_not_follow_mirror_images():
    found = errors(Inside(Model(records.EXPORTED / "p4cnn.onnx")), DIGITS, "reflection", 1)
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


def test_averaging_over_turns_exchanges_the_versions():
    inside = Inside(Model(records.EXPORTED / "lenet5-orbit.onnx"))
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
        ("gain", 2, "valid", "moves nothing"),
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


@pytest.mark.parametrize("padding", ["wrap", "concat"])
@pytest.mark.parametrize("amount", [-5, -4, 1, 2])
def test_a_convolution_that_goes_on_at_the_other_edge_follows_every_circular_shift(tmp_path, padding, amount):
    found = errors(opened(tmp_path, *circular(padding)), SMALL, "circular", amount)
    assert found["conv"].error.value < ROUNDING
    assert found["relu"].error.value < ROUNDING
    assert "10 columns, 1 px apart, don't go once around 8 px" in found["padded"].why
    if amount % 2:
        assert "2 px apart" in found["pool"].why
        assert found["logits"].error.value > 0.01
    else:
        assert found["pool"].error.value < ROUNDING
        assert found["logits"].error.value < ROUNDING


def test_padding_with_zeros_follows_circular_shifts_away_from_the_border_only(simple, tmp_path):
    last, weights = ending("conv", 3)
    inside = opened(
        tmp_path, [node("Conv", "image w", "conv", pads=[1, 1, 1, 1]), *last], weights | {"w": random(3, 1, 3, 3)}
    )
    assert errors(inside, SMALL, "circular", 1)["conv"].error.value > 0.05
    still, moved = (inside.values(["conv"], x)["conv"] for x in (SMALL, np.roll(SMALL, 1, 3)))
    np.testing.assert_allclose(moved[..., 2:-1], still[..., 1:-2], atol=ROUNDING)


def turned(weight):
    """Filters (out, in, orientations, k, k) as those of a network on p4; see training/layers/group_conv.py."""
    outs, ins, orientations, *size = weight.shape
    moved = [np.rot90(np.roll(weight, s, 2) if orientations > 1 else weight, s, (3, 4)) for s in range(4)]
    return np.stack(moved).transpose(0, 1, 3, 2, 4, 5).reshape(4 * outs, orientations * ins, *size)


def blur(channels):
    """The same filter for each channel, which a turn doesn't change."""
    return np.tile(np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16, (channels, 1, 1, 1))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_orientations_are_followed_through_all_that_keeps_them(tmp_path, degrees):
    last, weights = ending("deep", 8)
    nodes = [
        node("Conv", "image lift b2", "lifted"),
        node("Pad", "lifted pads", "padded", mode="wrap"),
        node("Conv", "padded group b2", "grouped"),
        node("Mul", "grouped scale", "scaled"),
        node("InstanceNormalization", "scaled s t", "norm"),
        node("Relu", "norm", "relu"),
        node("Conv", "relu blur", "blurred", group=8, pads=[1, 1, 1, 1]),
        node("Conv", "blurred each", "deep", group=8),
        *last,
    ]
    weights |= {
        "lift": turned(random(2, 1, 1, 3, 3)),
        "group": turned(random(2, 2, 4, 3, 3)),
        "b2": np.tile(random(2), 4),
    }
    weights |= {"pads": np.array([0, 0, 1, 1] * 2), "scale": np.tile(random(2, 1, 1), (4, 1, 1)), "blur": blur(8)}
    weights |= {"each": turned(random(2, 1, 1, 3, 3)), "s": np.ones(8, np.float32), "t": np.tile(random(2), 4)}
    found = errors(opened(tmp_path, nodes, weights), SMALL, "rotation", degrees)
    for name in ("lifted", "padded", "grouped", "scaled", "norm", "relu", "blurred", "deep", "pooled"):
        assert found[name].error.value < ROUNDING, name
        assert f"orientation {degrees}° on" in found[name].why
    assert found["logits"].error.value > 0.01  # no invariant over the orientations was taken
    assert found["logits"].why == ""


def test_equal_filters_for_maps_without_orientations_make_none(tmp_path):
    last, weights = ending("blurred", 4)
    nodes = [node("Conv", "image w", "conv"), node("Conv", "conv blur", "blurred", group=4, pads=[1, 1, 1, 1]), *last]
    inside = opened(tmp_path, nodes, weights | {"w": random(4, 1, 1, 1), "blur": blur(4)})
    found = errors(inside, SMALL, "rotation", 90)
    assert found["blurred"].error.value < ROUNDING
    assert found["blurred"].why == ""


@pytest.fixture
def rearranged(tmp_path):
    """Each place by itself, with the channels last, rows and columns exchanged, and left and right exchanged."""
    last, weights = ending("flipped", 3)
    nodes = [
        node("Conv", "image w b", "conv"),
        node("Transpose", "conv", "behind", perm=[0, 2, 3, 1]),
        node("LayerNormalization", "behind scale", "norm"),
        node("MatMul", "norm m", "mixed"),
        node("Transpose", "mixed", "front", perm=[0, 3, 2, 1]),
        node("Relu", "front", "turned"),
        node("Slice", "turned start end axis start", "mirrored"),
        node("Sigmoid", "mirrored", "flipped"),
        *last,
    ]
    weights |= {"w": random(3, 1, 1, 1), "b": random(3, seed=3), "scale": random(3), "m": random(3, 3)}
    weights |= {"start": np.array([-1]), "end": np.array([-99]), "axis": np.array([2])}
    return opened(tmp_path, nodes, weights)


def test_maps_are_followed_however_they_are_laid_out(rearranged):
    changes = [
        *product(["rotation"], (90, 180, 270)),
        *product(["reflection"], (1, 2, 3)),
        *product(["circular", "translation"], (-3, 1)),
    ]
    for transform, amount in changes:
        with case(transform, amount):
            found = errors(rearranged, SMALL, transform, amount)
            for name in ("conv", "norm", "mixed", "turned", "flipped"):
                assert found[name].error.value < ROUNDING, name
                assert found[name].measure == "equivariance"
                assert found[name].why == ""


def test_a_map_that_is_not_laid_out_as_the_image_is_moved_as_the_image(rearranged):
    """A vertical gradient: a shift to the right changes nothing, but along the map's own columns it would."""
    images = np.tile(np.linspace(0.1, 1, 8, dtype=np.float32)[:, None], (1, 1, 1, 8))
    found = errors(rearranged, images, "reflection", 1)
    assert found["turned"].error.value < ROUNDING
    values = rearranged.values(["turned"], images)["turned"]
    assert np.abs(values - values[..., ::-1]).max() > 0.1


BETWEEN = {"rotation": [37, 90], "translation": [1, 0.5], "circular": [2, -0.25], "reflection": [1, 2]}
CHANGES = [
    (each, amount)
    for name, each in TRANSFORMS.items()
    for amount in (each.low, each.high, each.neutral, *BETWEEN.get(name, []))
]


def test_every_change_of_a_stranger_s_network_has_an_error_or_a_reason(tmp_path):
    made = cache(lambda name: STRANGERS[name](tmp_path))
    for name, (transform, amount) in product(STRANGERS, CHANGES):
        with case(name, transform.name, amount):
            inside, images = made(name), SMALL[:3]
            found = layer_errors(inside, images, transform, amount)
            assert found[0].layer == "image"
            assert found[-1].layer == "logits"
            assert found[-1].error is not None or name == "sizes worked out"  # nothing is picked: its largest is -∞
            for each in found:
                assert each.error is not None or each.why.endswith("."), each
                assert each.error is None or (np.isfinite(each.error).all() and each.error.n == len(images)), each
                if amount == transform.neutral and each.error is not None:
                    assert each.error.value == 0


@pytest.mark.parametrize(
    ("name", "layer", "why"),
    [
        ("one axis", "conv", "can't be told from the file"),
        ("attention", "attention", "can't be told from the file"),
        ("branches", "relu", "can't be told from the file"),
        ("quantised", "conv1_quantized", "whole numbers, and not what they stand for"),
        ("sizes worked out", "picked", "doesn't hold something for each image"),
    ],
)
def test_a_layer_without_an_error_says_why(name, layer, why, tmp_path):
    found = errors(STRANGERS[name](tmp_path), SMALL, "rotation", 90)[layer]
    assert found.error is None
    assert why in found.why


def test_parts_of_the_image_in_one_batch_may_change_places(tmp_path):
    inside = STRANGERS["windows"](tmp_path)
    found = errors(inside, SMALL, "circular", 4)
    assert found["conv"].error.value < ROUNDING
    assert found["conv"].error.n == 6
    assert "change places" in found["conv"].why
    assert found["logits"].error.value > 0.01
    assert "4 versions or parts" in errors(inside, SMALL, "circular", 1)["conv"].why


def test_numbers_that_are_none_are_no_error(tmp_path, monkeypatch):
    last, weights = ending("image", 1)
    nodes = [node("Sub", "image half", "less"), node("Log", "less", "log"), *last]
    inside = opened(tmp_path, nodes, weights | {"half": np.float32(0.5)})
    light, dark = np.full((2, 1, 1, 8, 8), 0.75, np.float32)
    dark = dark - np.float32(0.5)
    assert errors(inside, light, "rotation", 90)["log"].error.value == 0
    monkeypatch.setattr(symmetry, "BATCH_VALUES", 1)  # each image in a batch of its own
    for images in (np.concatenate([light, dark]), np.concatenate([dark, light])):
        found = errors(inside, images, "rotation", 90)["log"]
        assert found.error is None
        assert "infinite or no numbers" in found.why


def test_the_order_of_many_versions_is_found_by_few_comparisons():
    rng = np.random.default_rng(0)
    still = rng.random((3000, 5), np.float32)
    order = rng.permutation(3000)
    assert symmetry._order(still, still[order]) == order.tolist()
    assert symmetry._order(still, np.roll(still, 1, 1)) is None
    assert symmetry._order(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)) == [0, 0, 0]


def line(*errors):
    """Layers from the image on, with their errors: None where there is none; a text where a layer has no places."""
    return [
        LayerError(f"layer{place}", "invariance" if isinstance(error, str) else "equivariance", known, "")
        for place, error in enumerate(errors)
        for known in [None if error is None else Mean(float(error), 0.0, 0.0, 1)]
    ]


@pytest.mark.parametrize(
    ("errors", "lost"),
    [
        ((0, 0, 0.5, 0.4, "0.3"), ("layer2", 0.5, 0, True)),
        ((0, 0, 0.5, 0, 0.2, "0.3"), ("layer4", 0.2, 0, True)),  # a map that was padded at one side, and then at both
        ((0, 0, 0.5, "0", "0.3"), ("layer2", 0.5, 0, True)),  # one without places that happens to be the same
        ((0, 0, None, None, 0.5, "0.3"), ("layer4", 0.5, 2, True)),
        ((0, None, None, "0.3"), ("layer3", 0.3, 2, False)),
        ((0, 0.5, "0"), None),
        ((0, None, None), None),
    ],
)
def test_a_symmetry_is_lost_where_no_later_layer_follows(errors, lost):
    assert lost_at(line(*errors)) == lost
