"""Halbreich's claims, worked again by hand or by other code."""

import math

import numpy as np
import pytest
import scipy.signal

from invariance.bench import systems
from invariance.claims import CLAIMS, halbreich, halbreich_counts, halbreich_fits, halbreich_theory
from invariance.claims.halbreich import HALBREICH_CLASSES
from invariance.claims.halbreich_counts import SIZES, TWO_CONVOLUTIONS, best, counted_as_printed, maps
from invariance.claims.halbreich_flattening import BOUND, PER_IMAGE, RANDOM, ROWS, against_rows
from invariance.claims.halbreich_theory import is_convolution
from invariance.claims.verdict import Measured, of_shares
from invariance.evaluation import records
from tests.conftest import case

# Layers as his code prints them: (kind, sizes); a convolution takes in, out, kernel, a linear layer in, out.
PRINTED = {
    "cifar-underfit": [(3, 32, 5), (32, 64, 5), (64 * 5 * 5, 10)],
    "cifar-fit": [(3, 32, 5), (32, 16, 5), (16 * 5 * 5, 200), (200, 50), (50, 10)],
    "cifar-overfit": [(3, 64, 5), (64, 32, 5), (32 * 5 * 5, 128), (128, 64), (64, 10)],
    "cifar-linear": [(3, 16, 5), (16, 8, 5), (8 * 5 * 5, 10)],
    "cifar-gap": [(3, 16, 5), (16, 10)],
    "cifar-shallow": [(3, 9, 9), (9 * 24 * 24, 10)],
}


LOSSY = ("flattening-lossy", "flattening-lossy-every")


def claim(name):
    return CLAIMS[f"halbreich-{name}"]


def ended(train, held_out):
    """A record of a training that ends with these shares right."""
    epoch = {"epoch": 1, "train_accuracy": train, "validation_accuracy": held_out, "validation_loss": 1.0}
    return {"training": {"history": [epoch], "best_epoch": 1, "images": 45_000}}


def test_parameters():
    assert set(SIZES) == set(PRINTED)
    for name, (_, theirs, _) in SIZES.items():
        with case(name):
            count = sum(sizes[1] * (sizes[0] * math.prod(sizes[2:] * 2) + 1) for sizes in PRINTED[name])
            entry = claim(f"parameters-{name.removeprefix('cifar-')}")
            assert entry.ours() == count
            assert entry.verdict() == ("equal" if count == theirs else "refuted")
            assert (count == theirs) == (name != "cifar-gap")


def test_what_follows_shifts_is_a_convolution():
    """A sum of circulant matrices is a convolution, one that moves on by one pixel more in a single row is not."""
    size = (3, 4)
    whole = np.random.default_rng(0).integers(-9, 10, size)
    pixels = list(np.ndindex(size))
    matrix = np.array([[whole[(i - k) % 3, (j - m) % 4] for k, m in pixels] for i, j in pixels])
    assert is_convolution(matrix, size)
    matrix[1] = np.roll(matrix[1], 1)
    assert not is_convolution(matrix, size)
    assert claim("lti").verdict() == "equal"


def test_convolutions_are_linear_and_follow_shifts(monkeypatch):
    compute = halbreich_theory._convolutions_follow.__wrapped__
    assert compute() == claim("convolution").theirs == 1
    convolve = halbreich_theory.convolve_circular
    corner = np.eye(3, 4)[:1].sum(0)  # something that stays where it is
    monkeypatch.setattr(halbreich_theory, "convolve_circular", lambda *args, **more: convolve(*args, **more) + corner)
    assert compute() == 0
    monkeypatch.setattr(halbreich_theory, "convolve_circular", lambda *args, **more: convolve(*args, **more) ** 2)
    assert compute() == 0


def test_an_impulse_gives_the_kernel(monkeypatch):
    assert claim("impulse").verdict() == "equal"
    image = np.zeros((5, 5))
    image[2, 2] = 1
    answer = scipy.signal.convolve2d(image, systems.KERNEL, mode="same")
    assert np.array_equal(answer[1:4, 1:4], systems.KERNEL)
    monkeypatch.setitem(systems.SYSTEMS, "convolution", systems.SYSTEMS["max"])
    assert halbreich_theory._impulse_gives_the_kernel.__wrapped__() == 0


def test_a_convolution_is_not_invariant():
    # The kernel (1, 0, 0) answers a shifted image with its shift, so that h[j + 1] is not h[j].
    image = np.arange(4.0)
    assert not np.array_equal(np.roll(image, 1), image)
    assert claim("shifted-input").verdict() == "refuted"


def test_adding_a_vector_is_no_shift():
    # What moves (1, 0, 0, 0) to (0, 1, 0, 0) turns (0, 0, 0, 0), which a shift leaves as it is, to (-1, 1, 0, 0).
    assert claim("dense-shift").verdict() == "refuted"


def test_operators():
    """Each by one image: what a linear operator that follows shifts would have to answer, and what it answers."""
    x, y, weights = (
        np.array([1.0, -2, 3, 0]),
        np.array([-4.0, 1, 0, 2]),
        np.array([[1.0, 2, 0, -1]] * 3 + [[0, 1, 1, 5]]),
    )
    by_hand = {
        "relu": np.array_equal(np.maximum(x + y, 0), np.maximum(x, 0) + np.maximum(y, 0)),
        "pick": np.array_equal(np.sort(np.roll(x, 1)[1::2]), np.sort(x[1::2])),
        "bias": np.array_equal(2 * x + 1, 2 * (x + 1)),
        "bias-homogeneous": np.array_equal(2 * x + 1, 2 * (x + 1)),
        "dense": np.array_equal(weights @ np.roll(x, 1), np.roll(weights @ x, 1)),
        "dense-sum": np.array_equal(weights @ (x + y), weights @ x + weights @ y),
        "dense-scale": not np.array_equal(weights @ (2 * x), 2 * (weights @ x)),
    }
    shift = np.roll(np.eye(4), 1, 0)  # a matrix, and it commutes with all of its powers: all shifts
    powers = [np.linalg.matrix_power(shift, k) for k in range(4)]
    by_hand["circulant"] = all(
        np.array_equal((shift + 2 * shift @ shift) @ p, p @ (shift + 2 * shift @ shift)) for p in powers
    )
    for name, holds in by_hand.items():
        with case(name):
            assert claim(name).ours() == holds
            assert claim(name).verdict() == ("equal" if holds == claim(name).theirs else "refuted")
    assert not {claim(name).verdict() for name in ("relu", "pick", "bias", "dense", "dense-sum")} - {"equal"}
    assert {claim(name).verdict() for name in ("circulant", "dense-scale")} == {"refuted"}


def test_max_pooling_and_relu_are_not_linear():
    assert np.max([1, 0]) + np.max([0, 1]) != np.max([1, 1])
    assert claim("not-linear").verdict() == "equal"


def flattened(tmp_path, monkeypatch, lost):
    """The experiment as if networks with an order were right less often by this, seed by seed, and lossier by half."""
    result = records.experiment("flatten-order")
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    rows, some = [0.98, 0.981, 0.979, 0.982, 0.98], result["runs"][0]
    values = {ROWS: rows} | {order: np.subtract(rows, lost).tolist() for order in (RANDOM, PER_IMAGE)}
    runs = [
        some
        | {"variant": variant, "seed": seed, "accuracy": some["accuracy"] | {"value": value}, "loss": (1 - value) / 2}
        for variant, each in values.items()
        for seed, value in enumerate(each)
    ]
    records.write(tmp_path / "flatten-order.onnx", result | {"runs": runs})


@pytest.mark.parametrize(
    ("lost", "verdict", "size"),
    [
        # Mean 0, s = 0.1 point: 2.776 * 0.1 / √5 = 0.12.
        ([0.001, -0.001, 0.001, -0.001, 0], "not reproduced", "0.00 ± 0.12 points over 5 seeds; two one-sided tests"),
        ([0.011, -0.01, 0.01, -0.01, 0], "not reproduced", "−0.02 ± 1.27 points over 5 seeds."),  # nothing is shown
        ([0.1, 0.1, 0.2, 0.1, 0.1], "reproduced", "−12.00 ± 5.55 points over 5 seeds."),
        ([0.001, 0.001, 0.001, 0.002, 0.001], "reproduced", "−0.12 ± 0.06 points over 5 seeds; two one-sided tests"),
    ],
)
def test_flattening(tmp_path, monkeypatch, lost, verdict, size):
    flattened(tmp_path, monkeypatch, lost)
    assert claim("flattening").verdict() == verdict
    assert size in claim("flattening").beside()
    assert claim("flattening").data() == "MNIST"


@pytest.mark.parametrize(
    ("lost", "verdict", "size"),
    [
        ([0.001, -0.001, 0.001, -0.001, 0], "not reproduced", "+0.0000 ± 0.0006 nats."),  # 2.776 · 0.0005 / √5
        ([0.1, 0.1, 0.2, 0.1, 0.1], "reproduced", "+0.0600 ± 0.0278 nats."),
    ],
)
def test_flattening_by_its_loss(tmp_path, monkeypatch, lost, verdict, size):
    assert [claim(name).verdict() for name in LOSSY] == ["not reproduced", "reproduced"]
    flattened(tmp_path, monkeypatch, lost)
    for name in LOSSY:
        assert claim(name).verdict() == verdict
        assert claim(name).beside().endswith(size)


def test_what_is_recorded_of_flattening_is_worked_again():
    """The interval's ends by scipy's own test of pairs, and equivalence by the one-sided ones."""
    from scipy.stats import ttest_rel

    runs = records.experiment("flatten-order")["runs"]
    for order in (RANDOM, PER_IMAGE):
        rows, other = (
            np.array([run["accuracy"]["value"] for run in runs if run["variant"] == variant])
            for variant in (ROWS, order)
        )
        found, test = against_rows(order), ttest_rel(other, rows)
        low, high = test.confidence_interval(0.95)
        assert (found.value - found.margin, found.value + found.margin) == pytest.approx((low, high))
        p = max(
            ttest_rel(other + BOUND, rows, alternative="greater").pvalue,
            ttest_rel(other - BOUND, rows, alternative="less").pvalue,
        )
        assert found.within(BOUND) == (p < 0.05) == (order == RANDOM)


def test_a_new_order_for_every_image(tmp_path, monkeypatch):
    assert claim("flattening-every").verdict() == "reproduced"
    flattened(tmp_path, monkeypatch, [0.0, 0.01, 0.0, -0.01, 0.0])
    assert claim("flattening-every").verdict() == "not reproduced"
    monkeypatch.setattr(records, "EXPORTED", tmp_path / "nothing")
    assert claim("flattening-every").verdict() == claim("flattening").verdict() == "not measured"
    assert claim("flattening").beside() == ""


def test_feature_maps(monkeypatch):
    printed = [tuple(sizes[1] for sizes in PRINTED[name] if len(sizes) == 3) for name in TWO_CONVOLUTIONS]
    assert list(maps().values()) == printed == [(32, 64), (32, 16), (64, 32)]
    assert claim("feature-maps").verdict() == "equal"  # best() is the first of them
    monkeypatch.setattr(halbreich_counts, "best", lambda: TWO_CONVOLUTIONS[2])
    assert claim("feature-maps").verdict() == "refuted"


def test_the_counting_loop():
    labels, answers = [0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0]
    assert counted_as_printed(labels, answers) == {0: 1, 1: 1}  # of class 2 none is right: it would divide by 0
    assert claim("counting-loop").verdict() == "refuted"
    assert claim("counting-loop").beside().endswith("half of which are wrong it counts 100 %.")


def test_his_accuracy(monkeypatch):
    # 77.7 + 85.4 + 53.9 + 51.2 + 71.5 + 56.2 + 79.4 + 70.2 + 77.8 + 75.6 = 698.9; 100 * 6989 // 10000 = 69.
    assert claim("accuracy").theirs == pytest.approx(0.6989)
    assert math.floor(100 * claim("accuracy").theirs) == 69
    assert claim("accuracy").verdict() == "reproduced"
    for shares, verdict in (([0.74] * 3, "surpassed"), ([0.66] * 3, "same finding, other figure")):
        monkeypatch.setattr(halbreich, "accuracy", lambda name, shares=shares: of_shares(shares, 10_000))
        assert claim("accuracy").verdict() == verdict


def test_the_network_beside_his_best_is_chosen_without_test_images(monkeypatch):
    held_out = {}
    for name in TWO_CONVOLUTIONS:
        path = records.EXPORTED / f"{name}.onnx"
        found = [records.read(each)["training"]["history"] for each in (path, *records.repeats(path))]
        held_out[name] = max(epoch["validation_accuracy"] for history in found for epoch in history)
    assert best() == max(held_out, key=held_out.get)


def test_classes():
    """The mean over seeds, each counted from its confusions."""
    path = records.EXPORTED / f"{best()}.onnx"
    found = [records.read(each)["evaluation"]["cifar10"]["confusion"] for each in (path, *records.repeats(path))]
    for place, (label, theirs) in enumerate(HALBREICH_CLASSES.items()):
        with case(label):
            entry = claim(f"accuracy-{label}")
            right = [confusion[place][place] / sum(confusion[place]) for confusion in found]
            assert entry.ours().value == pytest.approx(np.mean(right))
            assert entry.ours().n == 1000
            assert entry.theirs == theirs
    assert claim("accuracy-deer").verdict() == "reproduced"  # of one seed alone it differs


def test_the_four_images(monkeypatch):
    assert claim("four-images").verdict() == "not comparable"
    images = np.random.default_rng(0).random((100_000, 4))  # right where below the share
    for share in (0.5, 0.7):
        monkeypatch.setattr(halbreich, "accuracy", lambda name, share=share: of_shares([share] * 3, 10_000))
        found = claim("four-images").ours()
        assert found.value == pytest.approx((images < share).all(axis=1).mean(), abs=0.005)
        # A share that is off by its own margin moves theirs by it.
        off = 1.96 * np.sqrt(share * (1 - share) / 10_000)
        assert found.margin == pytest.approx(((share + off) ** 4 - (share - off) ** 4) / 2, rel=0.01)


@pytest.mark.parametrize(
    ("linear", "first", "verdict"),
    [
        ((1.73, 1.75, 1.77), (0.9, 0.9, 0.9), "reproduced"),
        ((1.71, 1.71, 1.71), (0.9, 0.9, 0.9), "same finding, other figure"),
        ((1.73, 1.75, 1.77), (1.8, 1.8, 1.8), "not reproduced"),
        ((1.73, 1.75, 1.77), (0.9,), "not measured"),
    ],
)
def test_losses(linear, first, verdict):
    # 1.71 is 0.04 off, of which rounding explains 0.005; both margins are 1.96 √(2 * 1e-4) = 0.028 at least.
    of = {"cifar-linear": Measured(linear, 10_000, 1e-4), best(): Measured(first, 10_000, 1e-4)}
    stays = halbreich._linear_loss("test", of.get)
    assert stays.verdict() == verdict
    assert claim("loss").verdict() == "not comparable"


def test_simpler_networks_are_poorer():
    of = {"cifar-gap": of_shares([0.6, 0.6, 0.6], 10_000)}
    for best_of_his, verdict in (([0.7] * 3, "reproduced"), ([0.6] * 3, "not reproduced"), ([0.7], "not measured")):
        of[best()] = of_shares(best_of_his, 10_000)
        made = halbreich._comparison("a", "b", "c", of.get, "cifar-gap", best, "d", "e")
        assert made.verdict() == verdict
        assert ("60.00 %" in made.beside()) == (verdict != "not measured")


@pytest.mark.parametrize(
    ("ends", "overfits", "underfits"),
    [
        ([(0.80, 0.70), (0.80, 0.71), (0.80, 0.69)], 1, 0),
        ([(0.80, 0.75), (0.80, 0.74), (0.80, 0.745)], 0, 0),  # 5.5 ± 1.2 points: either may be
        ([(0.40, 0.40), (0.40, 0.41), (0.40, 0.39)], 0, 1),
        ([(0.90, 0.90), (0.90, 0.91), (0.90, 0.89)], 0, 0),
        ([(0.80, 0.70)], None, None),
    ],
)
def test_under_and_overfitting(monkeypatch, ends, overfits, underfits):
    monkeypatch.setattr(halbreich_fits, "seeds", lambda name: [ended(*each) for each in ends])
    assert claim("fit-overfits").ours() == overfits
    assert claim("underfit-underfits").ours() == underfits


def test_the_network_that_he_calls_underfitting_overfits_here():
    found = []
    for path in (records.EXPORTED / "cifar-underfit.onnx", *records.repeats(records.EXPORTED / "cifar-underfit.onnx")):
        last = records.read(path)["training"]["history"][-1]
        found.append(last["train_accuracy"] - last["validation_accuracy"])
    assert min(found) > 0.05
    assert claim("underfit-underfits").ours() == 0
    assert claim("underfit-underfits").verdict() == "not comparable"  # he doesn't tell how long it was trained
    assert f"a gap of {100 * np.mean(found):.2f} ± " in claim("underfit-underfits").beside()


def test_every_claim_of_his_names_a_test_of_this_file():
    names = {entry.test.rpartition("::")[2] for entry in halbreich.CLAIMS}
    assert names <= set(globals())
    assert all(entry.test.startswith("claims/test_halbreich.py::") for entry in halbreich.CLAIMS)
