from itertools import product

import numpy as np
import pytest

from invariance.bench.laws import LAWS, grid_of, sense, shifts
from invariance.bench.systems import SYSTEMS, System
from invariance.bench.verdicts import TOLERANCE, examine, is_lti, noise, verdicts
from invariance.operators import OperatorError
from invariance.operators.convolution import convolve
from invariance.operators.pooling import average_pool, max_pool
from tests.conftest import case

COLUMNS = ("additive", "homogeneous", "shift", "stride", "positive", "affine", "invariant")
# What mathematics says: + holds, . fails, 0 says nothing.
THEORY = {
    "convolution": "++++++.",
    "zero_padded": "++..++.",
    "bias": "..++.+.",
    "relu": "..+++..",
    "sigmoid": "..++...",
    "max": "...++..",
    "average": "++.+++.",
    "l2": "...++..",
    "pick": "++.+++.",
    "global_max": "..+0+.+",
    "global_average": "+++0+++",
    "antialiased": "...++..",
    "polyphase": "..+++..",
    "batch_normalisation": "..++.+.",
    "dropout": "++++++.",
    "dropout_training": "++..++.",
    "softmax": "..++...",
    "fully_connected": "++..++.",
    "circulant": "++++++.",
    "flatten": "++.0++.",
}
VERDICTS = verdicts()
HOLDS = {"+": True, ".": False, "0": None}
CONVOLUTIONS = {"convolution", "dropout", "circulant"}


def holds(found):
    return {law: verdict.holds for law, verdict in found.items()}


def theory(name):
    return {law: HOLDS[sign] for law, sign in zip(COLUMNS, THEORY[name], strict=True)}


def test_the_bench_says_what_mathematics_says():
    assert set(COLUMNS) == set(LAWS)
    assert {name: holds(found) for name, found in VERDICTS.items()} == {name: theory(name) for name in SYSTEMS}


def test_verdicts_are_the_same_whenever_they_are_asked():
    assert verdicts() == VERDICTS


def test_on_other_images_and_in_single_precision_too():
    for name, system in SYSTEMS.items():
        with case(name):
            images = noise(2, (1, 8, 4), seed=5).astype(np.float32)
            found = examine(system, images)
            assert holds(found) == theory(name)
            assert {verdict.tolerance for verdict in found.values()} == {TOLERANCE[images.dtype]}


def test_what_is_linear_and_follows_shifts_by_definition():
    assert {name for name, found in VERDICTS.items() if is_lti(found)} == CONVOLUTIONS
    found = VERDICTS["global_average"]  # obeys all three laws, but its shifts are none
    assert found["additive"].holds
    assert found["homogeneous"].holds
    assert found["shift"].holds
    near = System("", "", SYSTEMS["global_average"].apply, "", stride=(1, 1))
    assert not is_lti(examine(near, noise(1, (1, 4, 4))))


def share_of_fours(x):
    """Between images about 2 to 4; the same for λx."""
    return (x**4).mean((-2, -1), keepdims=True) / (x**2).mean((-2, -1), keepdims=True) ** 2


def scaled(row, column):
    gain = np.ones((6, 8))
    gain[row, column] += 1e-3
    return gain


PLANTED = {  # a system that is all but right, and what it breaks
    "not additive": (lambda x: x * (1 + 1e-3 * share_of_fours(x)), {"additive", "affine"}),
    "not homogeneous": (lambda x: x + 1e-3 * x**2, {"additive", "homogeneous", "positive", "affine"}),
    "not for factors below 0": (lambda x: x + 1e-3 * np.abs(x), {"additive", "homogeneous", "affine"}),
    "a constant": (lambda x: x + 1e-3, {"additive", "homogeneous", "positive"}),
    "one pixel in forty-eight": (lambda x: x * scaled(5, 7).astype(x.dtype), {"shift", "stride"}),
    "one block": (lambda x: average_pool(x) * scaled(0, 0)[:3, :4].astype(x.dtype), {"shift", "stride"}),
    "one pixel of all": (lambda x: x.mean((-2, -1), keepdims=True) + 1e-3 * x[..., :1, :1], {"shift", "invariant"}),
    "a neighbour": (lambda x: x + 1e-3 * np.roll(x, 1, -1), set()),
}


def test_a_violation_of_a_thousandth_is_found_and_no_other():
    for (name, (apply, broken)), kind in product(PLANTED.items(), (np.float32, np.float64)):
        with case(name, kind):
            found = examine(System(name, name, apply, ""), noise(4, (1, 6, 8)).astype(kind))
            failing = {law for law, verdict in found.items() if verdict.holds is False}
            usual = {"one block": {"invariant", "shift"}, "one pixel of all": set()}.get(name, {"invariant"})
            assert failing == broken | usual
            for law in broken - usual:
                assert 1e-5 < found[law].deviation < 0.05


def test_the_deviation_is_the_largest_difference_over_the_largest_side():
    images = noise(3, (1, 4, 4))
    found = examine(SYSTEMS["sigmoid"], images)
    differences, sides = [], []
    for factor in (2, -1, 3, 0.5):
        for image in images:
            left, right = 1 / (1 + np.exp(-factor * image)), factor / (1 + np.exp(-image))
            differences.append(np.linalg.norm(left - right))
            sides += [np.linalg.norm(left), np.linalg.norm(right)]
    assert found["homogeneous"].deviation == pytest.approx(max(differences) / max(sides))
    assert (found["homogeneous"].n, found["positive"].n, found["additive"].n) == (12, 9, 3)


def test_the_second_image_is_noise_as_strong_as_the_first():
    seen = []
    examine(System("", "", lambda x: seen.append(x) or x, ""), 50 * noise(4, (1, 16, 16)))
    strength = np.std(seen[1])
    assert 45 < strength < 55
    assert not np.allclose(seen[0], seen[1])


def by_hand(image, pool, stride):
    """Largest ||P(Tx) - U P(x)||, U the shift divided by the stride, rounded in the best way, and the largest side."""
    still, worst, side = pool(image), 0, 0
    for dy in range(image.shape[0]):
        for dx in range(image.shape[1]):
            moved = pool(np.roll(image, (dy, dx), (0, 1)))
            fits = [
                np.linalg.norm(moved - np.roll(still, (u, v), (0, 1)))
                for u in (dy // stride, (dy + stride - 1) // stride)
                for v in (dx // stride, (dx + stride - 1) // stride)
            ]
            worst, side = max(worst, min(fits)), max(side, np.linalg.norm(moved))
    return worst / side


@pytest.mark.parametrize("name", ["max", "average", "pick", "polyphase", "antialiased"])
def test_shifts_of_a_coarser_output_agree_with_a_loop(name):
    images = noise(1, (1, 6, 8))
    found = examine(SYSTEMS[name], images)["shift"]
    assert found.deviation == pytest.approx(by_hand(images[0, 0], SYSTEMS[name].apply, 2), abs=1e-12)
    assert found.n == 6 * 8 - 1


def inside(stride, gain=1.0):
    """A convolution without padding, and its output's last row multiplied."""
    kernel = noise(1, (3, 3))[0]

    def apply(x):
        found = convolve(x, kernel.astype(x.dtype), stride=stride)
        found[..., -1, :] *= gain
        return found

    return System("inside", "inside", apply, "", stride=(stride, stride))


@pytest.mark.parametrize("size", [(9, 7), (8, 8)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_convolution_without_padding_follows_shifts_by_its_stride_as_far_as_they_can_be_compared(stride, size):
    found = examine(inside(stride), noise(2, (1, *size)))
    assert found["shift"].grid.kind == "inside"
    assert found["stride"].holds
    assert found["shift"].holds == (stride == 1)
    assert is_lti(found) == (stride == 1)
    assert examine(inside(stride, 1.001), noise(2, (1, *size)))["stride"].holds is False


def test_what_has_left_the_output_is_not_compared():
    """Of 9 x 9 pixels, shifts by up to 4 are all there are; an output of 3 x 3 places keeps one under those by 2."""
    assert examine(inside(1), noise(1, (1, 9, 9)))["shift"].n == (2 * 4 + 1) ** 2 - 1
    corner = System("", "", lambda x: x[..., :3, :3], "", stride=(1, 1))
    found = examine(corner, noise(1, (1, 9, 9)))["shift"]
    assert (found.holds, found.n) == (True, (2 * 2 + 1) ** 2 - 1)
    sparse = System("", "", lambda x: x[..., :4:2, :4:2], "", stride=(2, 2))
    assert examine(sparse, noise(1, (1, 9, 9)))["shift"].n == (2 * 2 + 1) ** 2 - 1  # by 3 px, rounded up, none is left


@pytest.mark.parametrize(
    ("size", "places", "stride", "kind", "found"),
    [
        ((6, 8), (6, 8), None, "same", (1, 1)),
        ((6, 8), (3, 4), None, "coarser", (2, 2)),
        ((6, 8), (6, 2), None, "coarser", (1, 4)),
        ((6, 8), (1, 1), None, "one", (6, 8)),
        ((1, 1), (1, 1), None, "one", (1, 1)),
        ((6, 8), (1, 48), None, "row", (6, 1)),
        ((1, 8), (1, 8), None, "same", (1, 1)),
        ((6, 8), (4, 6), None, "", (1, 1)),
        ((6, 8), (4, 6), (1, 1), "inside", (1, 1)),
        ((6, 8), (3, 4), (1, 1), "inside", (1, 1)),
        ((7, 7), (3, 3), (2, 2), "inside", (2, 2)),
        ((6, 8), (8, 10), (1, 1), "", (1, 1)),
    ],
)
def test_how_an_output_lies_on_the_image(size, places, stride, kind, found):
    lies = grid_of(System("", "", None, "", stride=stride), size, places)
    assert (lies.kind, lies.stride) == (kind, found)
    assert sense(lies).endswith(".")


def test_the_sense_of_a_shift_is_stated():
    assert "2 px apart" in sense(VERDICTS["max"]["shift"].grid)
    assert "as many places as the image moves" in sense(VERDICTS["relu"]["shift"].grid)
    assert "must stay as it is" in sense(VERDICTS["global_average"]["shift"].grid)
    assert "as the first pixel does" in sense(VERDICTS["flatten"]["shift"].grid)
    one = examine(SYSTEMS["relu"], noise(1, (1, 1, 1)))
    assert "nothing to shift" in sense(one["shift"].grid)
    assert [one[law].holds for law in ("shift", "stride", "invariant")] == [None] * 3


def test_where_the_places_lie_is_not_known_the_laws_of_shifts_say_nothing():
    found = examine(System("", "", lambda x: x[..., :4, :6], ""), noise(1, (1, 6, 8)))
    assert (found["shift"].holds, found["stride"].holds, found["invariant"].holds) == (None, None, False)
    assert "can't be told" in sense(found["shift"].grid)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 3), (4, 4)])
def test_all_shifts_but_none_the_shortest_first(size):
    found = shifts(size)
    around = {(dy % size[0], dx % size[1]) for dy, dx in found}
    assert len(around) == len(found) == size[0] * size[1] - 1
    assert (0, 0) not in around
    steps = [abs(dy) + abs(dx) for dy, dx in found]
    assert steps == sorted(steps)
    assert max(steps, default=0) <= size[0] // 2 + size[1] // 2
    if size[1] > 1:
        assert found[0] == (0, 1)


def test_some_of_the_shifts():
    images = noise(2, (1, 6, 8))
    some = examine(SYSTEMS["zero_padded"], images, most=5)
    assert (some["shift"].n, some["additive"].n, some["homogeneous"].n) == (10, 2, 8)
    assert some["shift"].holds is False
    assert some == examine(SYSTEMS["zero_padded"], images, most=5)
    whole = examine(SYSTEMS["max"], images, most=5)["stride"]
    assert (whole.holds, whole.n) == (True, 10)


def test_channels_count_together():
    """Exchanging channels is linear and follows shifts; a shift of one channel alone is no shift of the image."""
    exchanged = examine(System("", "", lambda x: x[:, ::-1], ""), noise(2, (3, 4, 6)))
    assert is_lti(exchanged)
    apart = System("", "", lambda x: np.stack([x[:, 0], max_pool(x[:, 1], 1)], 1) * [[[1]], [[2]]], "")
    assert is_lti(examine(apart, noise(2, (2, 4, 6))))


def test_no_images_are_refused_and_black_ones_tell_nothing():
    with pytest.raises(OperatorError, match="at least one image"):
        examine(SYSTEMS["relu"], noise(0, (1, 4, 4)))
    black = examine(SYSTEMS["dropout"], np.zeros((1, 1, 4, 4)))
    assert black["homogeneous"] == (True, 0.0, 1e-9, 4, black["shift"].grid)
