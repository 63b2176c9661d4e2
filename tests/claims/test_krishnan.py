"""What is counted and proved of Krishnan's arrays, by hand; and when his comparisons are called reproduced."""

import numpy as np
import pytest

from invariance.claims import CLAIMS, krishnan, krishnan_arrays
from invariance.claims.claim import Ours
from invariance.claims.verdict import of_shares
from invariance.evaluation import records
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.pooling import max_pool
from invariance.operators.shapes import vertical_line
from tests.conftest import ROOT

LINE = np.array(7 * [[0, 0, 0, 1, 1, 0, 0, 0]])  # array 1, as printed
# Worked by hand: at (i, j) the sum of two rows of I[j] - I[j + 1]; below the last row there are zeros.
ANSWERS = np.array(6 * [[0, 0, -2, 0, 2, 0, 0, 0]] + [[0, 0, -1, 0, 1, 0, 0, 0]])


def ours(name: str) -> Ours:
    return CLAIMS[f"krishnan-{name}"].ours()


def verdicts(*names: str) -> list[str]:
    return [CLAIMS[f"krishnan-{name}"].verdict() for name in names]


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [([1.0, 1.0, 1.0], "reproduced"), ([1.0, 0.9999, 1.0], "refuted"), ([0.9939], "refuted"), (None, "not measured")],
)
def test_one_other_answer_refutes_what_is_said_of_every_shift(monkeypatch, shares, verdict):
    monkeypatch.setattr(krishnan, "consistency", lambda name, kind: shares and of_shares(shares, 10_000))
    assert verdicts("pooling-mnist", "pooling-cifar10") == [verdict, verdict]


def test_the_counterexamples_are_counted():
    assert krishnan.changed(of_shares([0.9939], 10_000)).startswith("Of 10,000 images 61 get two answers")
    told = krishnan.changed(of_shares([0.75, 0.7, 0.8], 1000))
    assert told.startswith("Of 1,000 images 200 to 300, by the seed, get two answers")


@pytest.mark.parametrize(
    ("better", "worse", "verdict"),
    [
        ([0.560, 0.562, 0.561], [0.450, 0.452, 0.451], "reproduced"),
        ([0.560, 0.562, 0.561], [0.559, 0.561, 0.560], "not reproduced"),
        ([0.450, 0.452, 0.451], [0.560, 0.562, 0.561], "not reproduced"),
        ([0.560, 0.561], [0.450, 0.452, 0.451], "not measured"),
        (None, [0.450, 0.452, 0.451], "not measured"),
    ],
)
def test_the_pair_is_told_apart_only_by_more_than_chance_gives(monkeypatch, better, worse, verdict):
    shares = {krishnan.POOLED: better, krishnan.UNPOOLED: worse, krishnan.WITH_CONVOLUTION: better}
    shares |= {krishnan.WITHOUT_CONVOLUTION: worse}
    found = {name: values and of_shares(values, 10_000) for name, values in shares.items()}
    monkeypatch.setattr(krishnan, "consistency", lambda name, kind: found[name])
    monkeypatch.setattr(krishnan, "accuracy_at", lambda name, amount, transform: found[name])
    assert verdicts("with-and-without-pooling", "pixel-to-pixel") == [verdict, verdict]


def test_what_the_pairs_are_compared_by_is_all_that_differs_in_their_training():
    named = {"name", "title", "source", "build"}
    for pair in (
        (krishnan.WITH_CONVOLUTION, krishnan.WITHOUT_CONVOLUTION),
        (krishnan.POOLED, krishnan.UNPOOLED),
        ("cifar-shift-plain", "cifar-mlp"),
    ):
        one, other = (records.read(records.EXPORTED / f"{name}.onnx")["recipe"] for name in pair)
        assert {key for key in one | other if one.get(key) != other.get(key)} <= named


def test_the_group_network_was_trained_otherwise_as_the_page_says():
    longer, shorter = (
        records.read(records.EXPORTED / f"{name}.onnx")["recipe"]
        for name in ("mnist-invariant", krishnan.WITH_CONVOLUTION)
    )
    told = (ROOT / "pages" / "translation.md").read_text("utf-8")
    assert "three times as long, on images bent a\nlittle, with dropout and an average of its weights" in told
    assert round(longer["epochs"] / shorter["epochs"]) == 3
    assert (longer["augment"], "augment" in shorter) == ("bent", False)
    assert ("average" in longer, "average" in shorter) == (True, False)


def test_a_colour_pixel_takes_three_bytes():
    assert ours("bits") == np.dtype(np.uint8).itemsize * 8 * len("RGB") == 24


def test_no_shift_makes_a_mirror_image():
    assert not np.array_equal(np.roll(krishnan_arrays.POINTING, 1, 1), krishnan_arrays.POINTING)
    assert verdicts("mirror") == ["refuted"]


def test_an_image_that_is_its_own_mirror_image_is_found(monkeypatch):
    monkeypatch.setattr(krishnan_arrays, "POINTING", np.roll(np.eye(3)[:1], 1, 1))  # one pixel
    assert verdicts("mirror") == ["equal"]


def test_stride_2_gives_every_second_sum():
    """Without padding, stride 2 gives the sums at rows 0, 2, 4 and columns 0, 2, 4, 6."""
    assert ours("stride") == 2
    stepped = convolve(vertical_line(), krishnan_arrays.KERNEL, stride=2)
    np.testing.assert_array_equal(stepped, ANSWERS[:6:2, :7:2])


def test_the_kernel_answers_at_the_line_s_edges():
    np.testing.assert_array_equal(vertical_line(), LINE)
    np.testing.assert_array_equal(krishnan_arrays.convolved(), ANSWERS)
    assert verdicts("line") == ["refuted"]
    assert "columns 3 and 4, and the answers are −2 in column 2, 2 in column 4" in CLAIMS["krishnan-line"].beside()


def test_relu_keeps_one_edge_of_the_line():
    np.testing.assert_array_equal(relu(krishnan_arrays.convolved()), np.maximum(ANSWERS, 0))
    assert verdicts("relu") == ["refuted"]
    assert CLAIMS["krishnan-relu"].beside().startswith("Left is column 4:")


def test_both_loops_run_as_they_are_printed():
    """By TensorFlow's rule for the padding "SAME": as many windows as the width holds strides, rounded up."""
    widths = [64]
    for _ in range(8):
        widths.append(-(-widths[-1] // 2))
    assert krishnan_arrays.loops_as_printed() == (widths[1:5], widths[5:])
    assert widths[5:] == [2, 1, 1, 1]
    assert verdicts("smaller", "average-loop") == ["equal", "refuted"]


def test_global_pooling_is_one_window():
    assert ours("global") == 1


def test_max_pooling_leaves_the_peak_as_it_is():
    assert verdicts("intensify") == ["refuted"]
    told = CLAIMS["krishnan-intensify"].beside()
    assert "2 before and 2 after" in told
    assert told.endswith("from 12.5 % to 25.0 %.")  # 7 of 56 pixels, 4 of 16
    for height, width in ((7, 8), (9, 9), (6, 4)):
        image = np.random.default_rng(0).random((height, width), np.float32)
        assert krishnan_arrays.pooled(max_pool, image).max() == image.max()
