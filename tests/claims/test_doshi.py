"""Doshi's formulas and figures: worked by hand, or by code that shares nothing with the claims' own."""

import math

import numpy as np
import pytest
from scipy import signal

from invariance.claims import CLAIMS, claim, doshi, doshi_formulas, doshi_network, doshi_slips
from invariance.claims.claim import accuracy, accuracy_at
from invariance.evaluation import records
from invariance.measures import share_of
from invariance.operators.convolution import convolve
from tests.conftest import case

DRAW = np.random.default_rng(5)


def verdicts(*names):
    return [CLAIMS[f"doshi-{name}"].verdict() for name in names]


def test_sums_written_out():
    """Against scipy, whose convolution is proper; and a wrong operator is found."""
    image, kernel = DRAW.integers(-9, 9, (7, 6)).astype(float), DRAW.integers(-9, 9, (3, 2)).astype(float)
    np.testing.assert_array_equal(convolve(image, kernel, padding="full", flip=True), signal.convolve2d(image, kernel))
    np.testing.assert_array_equal(doshi_slips.correlation(image, kernel), signal.correlate2d(image, kernel, "valid"))
    names = ("linear", "equation-2", "equation-3", "turn", "depth")
    assert verdicts(*names) == ["equal"] * len(names)


@pytest.mark.parametrize("name", ["linear", "equation-2", "equation-3", "turn", "depth"])
def test_a_wrong_operator_refutes_the_sums(monkeypatch, name):
    def wrong(image, kernel, **settings):
        return convolve(image, kernel, **settings | {"flip": not settings.get("flip")}) + 1

    monkeypatch.setattr(doshi_formulas, "convolve", wrong)
    assert verdicts(name) == ["refuted"]


def test_pixels_at_the_border_lie_in_fewer_windows():
    """By hand: in a row of 5, windows of 3 start at 0, 1 and 2."""
    row = np.array([1, 2, 3, 2, 1])
    np.testing.assert_array_equal(doshi_formulas.windows_over_pixels(5, 3), np.outer(row, row))
    assert verdicts("border") == ["equal"]


def test_paddings_keep_what_they_promise():
    image = np.ones((9, 9))
    kept = [k for k in range(1, 10) if signal.correlate2d(np.pad(image, 1), np.ones((k, k)), "valid").shape == (9, 9)]
    assert doshi_formulas.kernels_that_p_1_keeps() == kept == [3]
    for kernel in range(1, 5):  # scipy's "full" holds every overlap
        padded = np.pad(image, kernel - 1)
        ones = np.ones((kernel, kernel))
        assert signal.correlate2d(padded, ones, "valid").shape == signal.convolve2d(image, ones).shape
    assert verdicts("same", "full") == ["refuted", "equal"]
    assert signal.correlate2d(np.pad(np.ones((28, 28)), 1), np.ones((2, 2)), "valid").shape == (29, 29)
    assert "29 × 29 of 28 × 28" in CLAIMS["doshi-same"].beside()


def test_every_small_size_is_counted():
    """The cases again, by the size of what the operator gives."""
    every = whole = right = 0
    for size in range(1, 10):
        for padding in range(4):
            for kernel in range(1, min(9, size + 2 * padding) + 1):
                image, ones = np.zeros((1, size + 2 * padding)), np.ones((1, kernel))
                for stride in range(1, 5):
                    rest = divmod(size + 2 * padding - kernel, stride)[1]
                    outputs = convolve(image, ones, stride=stride).shape[1]
                    every, whole = every + 1, whole + (rest == 0)
                    right += (size + 2 * padding - kernel) / stride + 1 == outputs
    assert doshi_formulas.sizes() == (every, whole, right)
    assert verdicts("size", "size-in-general") == ["equal", "refuted"]
    assert whole == right < every
    assert f"In {every - whole} of {every:,} small cases" in CLAIMS["doshi-size-in-general"].beside()


def test_gradients(monkeypatch):
    assert verdicts("equation-4", "equation-5", "equation-6") == ["equal"] * 3
    slope = doshi_formulas._kernel_s_slope()
    monkeypatch.setattr(doshi_formulas, "_kernel_s_slope", lambda: slope + 1e-6)
    assert verdicts("equation-4", "equation-6") == ["refuted"] * 2


def test_what_an_output_reads_and_an_input_takes_part_in():
    """By hand, kernel 3 × 2: S(3, 4) of equation 2 is Σ I(3 − m, 4 − n) K(m, n), m to 2 and n to 1."""
    assert doshi_slips.read_by(flip=True) == ([1, 2, 3], [3, 4])
    assert doshi_slips.read_by(flip=False) == ([3, 4, 5], [4, 5])
    assert verdicts("range", "region") == ["refuted", "equal"]


def test_the_recursion_holds_with_other_indices():
    """The gradient by hand, entry by entry: each output's δ goes to what it was made of."""
    given = doshi_slips.recursion()
    gradient = np.zeros((6, 6))
    for i, j in np.ndindex(4, 4):
        gradient[i : i + 3, j : j + 3] += given.delta[i, j] * given.kernel
    gradient *= given.first > 0
    np.testing.assert_allclose(given.slope, gradient, atol=1e-6)
    assert verdicts("recursion", "layer-index", "star") == ["equal", "refuted", "refuted"]
    rows = (given.delta > 0) | (given.delta < 0)  # where x² has an entry, its slope is 1 if it is above 0
    printed = (doshi_slips.summed(given)[:4, :4] * (given.delta > 0))[rows]
    assert doshi_slips.right_as_indexed() <= 16
    assert not np.allclose(printed, gradient[:4, :4][rows])
    assert doshi_slips._off(signal.convolve2d(given.delta, given.kernel) * (given.first > 0)) < 1e-6
    turned = signal.convolve2d(given.delta, given.kernel[::-1, ::-1]) * (given.first > 0)
    assert f"{np.abs(turned - gradient).max():.2g}" in CLAIMS["doshi-star"].beside()


def test_softmax_by_hand(monkeypatch):
    assert verdicts("softmax") == ["equal"]
    monkeypatch.setattr(doshi_formulas, "softmax", np.exp)
    assert verdicts("softmax") == ["refuted"]


def test_a_kernel_is_rarely_its_own_turn(monkeypatch):
    assert verdicts("negated") == ["refuted"]
    monkeypatch.setattr(doshi_slips, "drawn", lambda *shape: np.ones(shape))
    assert verdicts("negated") == ["equal"]


def test_the_cross_entropy_by_hand():
    swapped, right = doshi_slips.cross_entropies()
    assert swapped == math.inf
    assert right == pytest.approx(math.log(math.e + 1 + math.exp(2.5) + math.exp(0.5)) - 2.5)
    assert verdicts("cross-entropy") == ["refuted"]


def test_what_follows_a_shift_does_not_stay():
    before, after = doshi_slips.shifted_line()
    np.testing.assert_array_equal(after, np.roll(before, 1, 1))
    assert not np.array_equal(after, before)
    assert verdicts("equivariant") == ["refuted"]


def test_alexnet_s_printed_errors():
    claim = CLAIMS["doshi-alexnet"]
    assert (claim.ours(), claim.verdict()) == (3, "not comparable")  # 15.3 / 5.1, of other images and guesses
    assert claim.beside().endswith("58 %.")  # 15.3 / 26.2 = 0.584


def test_the_images_are_counted(mnist_test):
    assert doshi_network.images("test") == len(mnist_test.labels)
    assert doshi_network.images("train") == 60_000
    assert verdicts("images") == ["equal"]


def test_the_exported_layers_are_those_listed():
    """By hand: 16 (4 + 1) weights and biases; 28² places see 4 pixels, but for the last row and column."""
    assert verdicts("layers", "sparse", "shared") == ["equal"] * 3
    assert "80 parameters" in CLAIMS["doshi-shared"].beside()
    connections = 16 * (2 * 28 - 1) ** 2
    assert f"{connections:,} connections; fully connected it would have {28**2 * 16 * 28**2:,}" in (
        CLAIMS["doshi-sparse"].beside()
    )


def test_without_the_file_no_layer_is_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    names = ("layers", "sparse", "shared")
    assert verdicts(*names) == ["not measured"] * 3
    assert [CLAIMS[f"doshi-{name}"].beside() for name in names] == [""] * 3


def test_the_network_s_figures_are_those_recorded():
    record = records.read(records.EXPORTED / "mnist-cnn.onnx")["evaluation"]["mnist"]
    assert accuracy("mnist-cnn").values[0] == record["accuracy"]["value"]
    curve = record["transforms"]["translation"]
    recorded = curve["accuracy"][curve["amounts"].index(doshi.PIXELS)]
    assert accuracy_at("mnist-cnn", doshi.PIXELS, "translation").values[0] == recorded
    assert CLAIMS["doshi-accuracy"].theirs == 0.992
    dark = record["transforms"]["gain"]
    assert CLAIMS["doshi-light"].ours().value == dark["accuracy"][dark["amounts"].index(doshi.LIGHT)]
    assert verdicts("position", "light") == ["not comparable"] * 2


@pytest.mark.parametrize(
    ("right", "verdict"),
    [
        ([], "not measured"),
        ([0.9970, 0.9971], "not measured"),  # of too few seeds
        ([0.9970, 0.9971, 0.9969], "reproduced"),
        ([0.9990, 0.9991, 0.9989], "surpassed"),
        ([0.9800, 0.9801, 0.9799], "not reproduced"),
        # 0.23 points less, 0.05 of which may be rounding: 0.18 > 1.96 √(0.997 · 0.003/n + 0.9947 · 0.0053/n) = 0.178.
        ([0.9947, 0.9947, 0.9947], "not reproduced"),
    ],
)
def test_few_errors_are_judged_over_seeds_and_else_the_commands_are_named(monkeypatch, right, verdict):
    found = [{"accuracy": share_of(round(10_000 * value), 10_000)._asdict()} for value in right]
    for module in (claim, doshi_network):
        monkeypatch.setattr(module, "measurements", lambda name: found if name == "mnist-best" else [])
    assert verdicts("best") == [verdict]
    assert doshi_network.reached() == (verdict in ("reproduced", "surpassed"))
    commands = "python -m training mnist-best --seeds 3, then python -m invariance evaluate mnist-best"
    assert (commands in CLAIMS["doshi-best"].beside()) == (verdict == "not measured")


@pytest.mark.parametrize(("changed", "verdict"), [(53, "refuted"), (1, "refuted"), (0, "reproduced")])
def test_one_changed_answer_refutes_any_small_distortion(monkeypatch, changed, verdict):
    flips = [share_of(0, 1000)._asdict(), share_of(changed, 1000)._asdict()]
    of_seed = {"consistency": {"zeros": {"reach": 4}}}  # not every shift was tried
    found = [{"consistency": {"zeros": {"flips": flips}}}, of_seed]
    monkeypatch.setattr(doshi_network, "measurements", lambda name: found)
    assert verdicts("distortions") == [verdict]
    assert CLAIMS["doshi-distortions"].ours() == pytest.approx(share_of(1000 - changed, 1000), rel=1e-9)
    assert CLAIMS["doshi-distortions"].beside().startswith(f"{changed} of 1,000 images get another")


def trained(ends, tens=None):
    """Histories of 12 epochs, a seed each: right answers held out after 10 and at the end."""
    return [
        [
            {
                "epoch": epoch,
                "train_accuracy": 0.999,
                "validation_accuracy": 0.95 if epoch == 1 else end if epoch > 10 else ten,
                "validation_loss": 0.03,
            }
            for epoch in range(1, 13)
        ]
        for end, ten in zip(ends, tens or ends, strict=True)
    ]


SEEDS = [0.9920, 0.9922, 0.9924]
POORER = [value - 0.06 for value in SEEDS]  # 6.7 points less than of the training images
LATER = [value + 0.01 for value in SEEDS]


@pytest.mark.parametrize(
    ("tens", "levels_off"),
    [
        (SEEDS, 1),
        ([0.9921, 0.9921, 0.9925], 1),
        ([value - 0.01 for value in SEEDS], 0),  # a gain
        ([value + 0.01 for value in SEEDS], 0),  # a loss
        ([0.9900, 0.9930, 0.9924], 0),  # too uneven to show it
    ],
)
def test_a_gain_is_judged_against_chance(monkeypatch, tens, levels_off):
    """Chance is 1.96 √(0.9922 · 0.0078 / 6000) = 0.22 points."""
    monkeypatch.setattr(doshi_network, "histories", lambda: trained(SEEDS, tens))
    assert doshi_network.chance() == pytest.approx(1.96 * math.sqrt(0.9922 * 0.0078 / 6000), rel=1e-3)
    assert CLAIMS["doshi-plateau"].ours() == levels_off
    assert verdicts("plateau") == ["not comparable"]  # any training levels off whose learning rate falls to 0
    assert "from there to 12, the last; chance alone makes ± 0.22" in CLAIMS["doshi-plateau"].beside()


def test_overfitting_is_judged_by_the_page_s_rule(monkeypatch):
    for ends, fits in ((SEEDS, 1), (POORER, 0)):
        monkeypatch.setattr(doshi_network, "histories", lambda ends=ends: trained(ends))
        assert CLAIMS["doshi-overfitting"].ours() == fits
    assert verdicts("overfitting", "dropout") == ["not comparable"] * 2  # a rule that the source doesn't have


@pytest.mark.parametrize(
    ("without", "with_it", "helps"),
    [
        (POORER, SEEDS, 1),
        ([value - 0.03 for value in SEEDS], SEEDS, 0),  # without dropout it doesn't overfit either
        (POORER, POORER, 0),  # it does with it, too
        (None, SEEDS, None),
    ],
)
def test_dropout_helps_only_where_the_network_overfits_without_it(monkeypatch, without, with_it, helps):
    monkeypatch.setattr(doshi_network, "histories", lambda: trained(with_it))
    monkeypatch.setattr(doshi_network, "without_dropout", lambda: trained(without) if without else [])
    assert CLAIMS["doshi-dropout"].ours() == helps
    assert bool(CLAIMS["doshi-dropout"].beside()) == bool(without)


def test_the_trainings_are_read_from_their_files(monkeypatch):
    seeds = [{"recipe": {"seed": seed}, "training": {"history": [seed], "fingerprint": "images"}} for seed in (2, 0, 1)]
    runs = [{"seed": seed, "history": [10 + seed]} for seed in (1, 2, 0)]
    monkeypatch.setattr(doshi_network, "seeds", lambda name: seeds)
    for fingerprint, found in (("images", [[10], [11], [12]]), ("others", [])):
        with case(fingerprint):
            result = {"training": {"fingerprint": fingerprint}, "runs": runs}
            monkeypatch.setattr(records, "experiment", lambda name, result=result: result)
            assert doshi_network.without_dropout() == found
    assert doshi_network.histories() == [[0], [1], [2]]
    monkeypatch.setattr(records, "experiment", lambda name: {})
    assert doshi_network.without_dropout() == []
    monkeypatch.setattr(doshi_network, "seeds", lambda name: seeds[:2])
    assert doshi_network.histories() == []
    for name in ("plateau", "overfitting", "dropout"):
        assert CLAIMS[f"doshi-{name}"].ours() is None


def test_the_least_sure_answer_is_found(mnist_test, monkeypatch, tmp_path):
    from invariance.images.pixels import to_float
    from invariance.model import Model

    answers = Model(records.EXPORTED / "mnist-cnn.onnx").predict(to_float(mnist_test.images[:6]))
    assert CLAIMS["doshi-no-doubt"].ours() == min(max(row) for row in answers.tolist())
    assert verdicts("no-doubt") == ["not comparable"]
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    assert CLAIMS["doshi-no-doubt"].ours() is None
