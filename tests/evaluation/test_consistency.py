"""Measures of shifts against loops over single images, and against classifiers whose answers are known."""

import json
from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.ndimage import map_coordinates

import invariance.evaluation.consistency as measured
from invariance import UserError
from invariance.datasets import Split, sample
from invariance.evaluation.consistency import SHIFTS, consistency, evaluate_consistency, flips, is_tried, shift_map
from invariance.measures import share_of
from invariance.model import Model, ModelError
from invariance.transforms.translation import shift
from tests.conftest import linear_classifier, quiet
from tests.tolerances import FLOAT

CIRCULAR, ZEROS, CROPS = SHIFTS.values()


def random(*shape):
    return np.random.default_rng(3).random(shape, np.float32)


def classifier(path, shape, weights, biases):
    """A classifier that is one linear layer on flattened images (N, *shape)."""
    numbers = ((weights, "weights"), (biases, "biases"))
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "biases"], ["logits"]),
        ],
        "linear",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", weights.shape[1]])],
        [numpy_helper.from_array(np.array(each, np.float32), name) for each, name in numbers],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return Model(path)


@pytest.fixture
def column(tmp_path):
    """Answers with the column (0 to 3) of a 4 x 4 image that is brightest in sum; black is 0."""
    return classifier(tmp_path / "column.onnx", (1, 4, 4), np.tile(np.eye(4), (4, 1)), np.zeros(4))


@pytest.fixture
def noisy(tmp_path):
    """Random weights on small colour images that are not square; dark images are of the first class."""
    weights = np.random.default_rng(0).standard_normal((3 * 6 * 7, 4))
    return classifier(tmp_path / "noisy.onnx", (3, 6, 7), weights, [8, 0, 0, 0])


@pytest.fixture
def constant(tmp_path):
    return Model(linear_classifier(tmp_path / "constant.onnx"))  # the last class wins for all but black images


def dot(row, col, count):
    images = np.zeros((count, 1, 4, 4), np.float32)
    images[:, :, row, col] = 1
    return images


def moved(name, image, down, right, reach):
    """The definition of every kind, for one image (C, H, W)."""
    if name == "circular":
        return np.roll(image, (down, right), (1, 2))
    if name == "zeros":
        return shift(image[None], right, down)[0]
    _, height, width = image.shape
    window = min(height, width) - 2 * reach  # pixels from one corner to the other; the longer side keeps more
    factor = (window - 1) / (min(height, width) - 1)
    rows, columns = (
        (size - 1) / 2 + (np.arange(size) - (size - 1) / 2) * factor - amount
        for size, amount in ((height, down), (width, right))
    )
    return np.stack([map_coordinates(plane, np.meshgrid(rows, columns, indexing="ij"), order=1) for plane in image])


def test_answers_that_are_no_numbers_are_the_same_as_none(tmp_path):
    nothing = classifier(tmp_path / "nothing.onnx", (1, 6, 7), np.full((42, 3), np.nan), np.zeros(3))
    images = random(5, 1, 6, 7)
    for kind in SHIFTS.values():
        assert consistency(nothing, images, kind, 2, quiet).value == 0
        assert [share.value for share in flips(nothing, images, kind, 2, quiet)] == [1, 1, 1]


@pytest.mark.parametrize("name", SHIFTS)
def test_every_image_is_shifted_by_its_own_amounts(name):
    images = random(25, 3, 6, 7)
    down, right = (each.ravel() for each in np.mgrid[-2:3, -2:3])
    found = SHIFTS[name].apply(images, down, right, 2)
    assert found.dtype == np.float32
    for index, image in enumerate(images):
        expected = moved(name, image, down[index], right[index], 2)
        np.testing.assert_allclose(found[index], expected, atol=FLOAT)


@pytest.mark.parametrize("right", [-3, 0, 2])
@pytest.mark.parametrize("name", [name for name, kind in SHIFTS.items() if kind.transform])
def test_the_transform_of_a_kind_does_the_same(name, right):
    images = random(5, 3, 6, 7)
    found = SHIFTS[name].apply(images, np.zeros(5, int), np.full(5, right), 3)
    np.testing.assert_array_equal(found, SHIFTS[name].transform.apply(images, right))


@pytest.mark.parametrize("name", SHIFTS)
def test_what_wraps_loses_nothing(name):
    images = random(5, 3, 6, 7)
    found = SHIFTS[name].apply(images, np.full(5, 1), np.full(5, -2), 2)
    kept = np.array_equal(np.sort(found, axis=None), np.sort(images, axis=None))
    assert kept == SHIFTS[name].wraps


def test_a_crop_is_the_window_itself_from_corner_to_corner():
    image = random(1, 1, 8, 8)
    found = CROPS.apply(image, np.array([2]), np.array([-1]), 2)[0, 0]
    window = image[0, 0, 0:4, 3:7]
    np.testing.assert_allclose(
        found[[0, 0, -1, -1], [0, -1, 0, -1]], window[[0, 0, -1, -1], [0, -1, 0, -1]], atol=FLOAT
    )
    assert found.min() >= window.min() - FLOAT  # black never comes in


def test_a_classifier_that_always_answers_the_same_is_consistent(constant):
    images = random(40, 1, 4, 4)
    assert consistency(constant, images, CIRCULAR, 3, quiet) == share_of(40, 40)
    assert flips(constant, images, CIRCULAR, 3, quiet) == [share_of(0, 40)] * 4


@pytest.mark.parametrize(("kind", "reach"), [("circular", 1), ("circular", 4), ("zeros", 1), ("zeros", 2)])
@pytest.mark.parametrize("place", [0, 1])
def test_consistency_is_the_chance_that_two_shifts_get_the_same_answer(column, kind, reach, place):
    """Of a dot that moves by -r to r columns, each as likely, the answers and so their squared shares are known."""
    steps = range(-reach, reach + 1)
    if kind == "circular":
        answers = Counter((place + right) % 4 for down in steps for right in steps)
    else:
        inside = {(d, r) for d in steps for r in steps if 0 <= 1 + d < 4 and 0 <= place + r < 4}
        answers = Counter(place + r if (d, r) in inside else 0 for d in steps for r in steps)
    expected = sum(times**2 for times in answers.values()) / len(steps) ** 4
    found = consistency(column, dot(1, place, 6000), SHIFTS[kind], reach, quiet)
    assert found.n == 6000
    assert abs(found.value - expected) < 4 * np.sqrt(expected * (1 - expected) / 6000)
    assert found == share_of(round(found.value * 6000), 6000)


def test_shifts_are_drawn_anew_for_every_image_and_go_by_the_seed(column):
    images = dot(1, 1, 400)
    found = {seed: consistency(column, images, CIRCULAR, 1, quiet, seed) for seed in range(6)}
    assert (
        found[0]
        == consistency(column, images, CIRCULAR, 1, quiet)
        == consistency(column, images, CIRCULAR, 1, quiet, 0)
    )
    assert len(set(found.values())) > 1
    assert all(0.2 < each.value < 0.5 for each in found.values())  # one shift for all would give 0 or 1


@pytest.mark.parametrize("name", SHIFTS)
def test_the_smallest_shift_that_changes_the_answer_is_found(noisy, name):
    reach, brightness = 2, np.linspace(0, 1, 30, dtype=np.float32)[:, None, None, None]
    images = brightness * random(30, 3, 6, 7)
    expected = np.zeros(reach + 1)
    for image in images:
        answer = {
            (down, right): noisy.logits(moved(name, image, down, right, reach)[None].astype(np.float32)).argmax()
            for down in range(-reach, reach + 1)
            for right in range(-reach, reach + 1)
        }
        for most in range(reach + 1):
            near = [answer[key] for key in answer if max(map(abs, key)) <= most]
            expected[most] += any(each != answer[0, 0] for each in near)
    found = flips(noisy, images, SHIFTS[name], reach, quiet)
    assert found == [share_of(int(count), 30) for count in expected]
    assert expected[0] == 0 < expected[1] < expected[2] < 30


@pytest.mark.parametrize("name", SHIFTS)
@pytest.mark.parametrize(("down", "right"), [(range(-2, 3), range(-2, 3)), (range(-1, 1), [2, -1, 0])])
def test_the_map_has_the_logits_of_every_shift_at_its_place(noisy, name, down, right):
    image = random(3, 6, 7)
    found = shift_map(noisy, image, SHIFTS[name], down, right)
    assert found.shape == (len(down), len(right), 4)
    for row, y in enumerate(down):
        for column, x in enumerate(right):
            one = noisy.logits(moved(name, image, y, x, 2)[None].astype(np.float32))[0]
            np.testing.assert_allclose(found[row, column], one, atol=10 * FLOAT)


def test_a_map_reaches_as_far_as_the_image_and_further(noisy):
    image = random(3, 6, 7)
    gone = shift_map(noisy, image, ZEROS, [-6, 9], [0, 7])
    black = noisy.logits(np.zeros((1, 3, 6, 7), np.float32))[0]
    np.testing.assert_allclose(gone, np.broadcast_to(black, gone.shape), atol=10 * FLOAT)
    around = shift_map(noisy, image, CIRCULAR, [0, 6, -12], [0, -7, 21])
    np.testing.assert_allclose(around, np.broadcast_to(around[0, 0], around.shape), atol=10 * FLOAT)


def test_results_do_not_depend_on_how_images_are_batched(noisy, monkeypatch):
    images = random(20, 3, 6, 7)
    whole = consistency(noisy, images, ZEROS, 2, quiet), flips(noisy, images, ZEROS, 2, quiet)
    monkeypatch.setattr(measured, "CHUNK", 7)
    steps = []
    parts = (
        consistency(noisy, images, ZEROS, 2, lambda *step: steps.append(step)),
        flips(noisy, images, ZEROS, 2, quiet),
    )
    assert parts == whole
    assert [step[1:] for step in steps] == [(7, 20), (14, 20), (20, 20)]
    assert steps[0][0] == "noisy, black comes in, two shifts"


def test_a_whole_measurement_is_ready_for_json(noisy, monkeypatch):
    monkeypatch.setattr(measured, "TRIED", 4)
    split = Split(np.random.default_rng(3).integers(0, 256, (9, 3, 6, 7), np.uint8), np.zeros(9, int))
    images, tried = (each.images.astype(np.float32) / 255 for each in (split, sample(split, 4)))
    assert not is_tried({}, split)
    found = evaluate_consistency(noisy, split, quiet)
    assert json.loads(json.dumps(found)) == found
    assert list(found) == list(SHIFTS)
    assert is_tried(found, split)
    assert not is_tried(found, split._replace(labels=split.labels[:3]))
    for name, kind in SHIFTS.items():
        of_kind, reach = found[name], kind.reach
        assert of_kind["reach"] == reach
        assert of_kind["consistency"] == consistency(noisy, images, kind, reach, quiet)._asdict()
        assert of_kind["flips"] == [one._asdict() for one in flips(noisy, tried, kind, reach, quiet)]


@pytest.mark.parametrize("reach", [0, -1, 1.5, True, "2"])
def test_other_reaches_are_refused(noisy, reach):
    images = random(2, 3, 6, 7)
    for run in (
        lambda: consistency(noisy, images, ZEROS, reach, quiet),
        lambda: flips(noisy, images, ZEROS, reach, quiet),
    ):
        with pytest.raises(UserError, match="whole number of pixels of at least 1, not"):
            run()


def test_crops_leave_a_window(noisy):
    images = random(2, 3, 6, 7)
    consistency(noisy, images, CROPS, 2, quiet)
    with pytest.raises(UserError, match="Crops of 6 pixels reach at most 2 each way, not 3"):
        consistency(noisy, images, CROPS, 3, quiet)
    with pytest.raises(UserError, match="Crops of 6 pixels reach at most 2 each way, not 3"):
        shift_map(noisy, images[0], CROPS, [0], [-3])


def test_images_of_another_network_are_refused(noisy):
    with pytest.raises(ModelError, match="takes float32 images"):
        consistency(noisy, random(2, 1, 6, 7), ZEROS, 1, quiet)
    with pytest.raises(ModelError, match="takes float32 images"):
        shift_map(noisy, random(1, 6, 7), ZEROS, [0], [1])
