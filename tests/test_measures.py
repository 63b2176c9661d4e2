import math

import numpy as np
import pytest

from invariance.measures import (
    BINS,
    EXACT,
    Bins,
    accuracy,
    binned,
    confusion,
    cross_entropy,
    ece,
    holm,
    mcnemar,
    paired_difference,
    reliability,
    share_of,
    softmax,
    unpaired_difference,
)


def test_the_interval_is_wilson_s():
    # Brown, Cai & DasGupta, "Interval estimation for a binomial proportion" (2001) work through these by hand.
    found = share_of(8, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (1, 2), (9938, 10_000), (1, 10**9)])
def test_the_interval_holds_the_value_and_stays_in_0_to_1(right, n):
    found = share_of(right, n)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_interval_solves_its_own_equation():
    # Wilson's ends are where |p - x| = z sqrt(x (1 - x) / n).
    found = share_of(30, 100)
    for end in (found.low, found.high):
        assert math.isclose(abs(found.value - end), 1.959963984540054 * math.sqrt(end * (1 - end) / 100))


def test_right_and_wrong_mirror_each_other():
    right, wrong = share_of(13, 40), share_of(27, 40)
    assert math.isclose(right.low, 1 - wrong.high)


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_impossible_shares_are_refused(right, n):
    with pytest.raises(ValueError, match="0 <= right <= n"):
        share_of(right, n)


def test_softmax_sums_to_one_ignores_a_common_shift_and_does_not_overflow():
    logits = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    np.testing.assert_allclose(softmax(logits).sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(softmax(logits + 1000), softmax(logits), rtol=1e-3)
    assert softmax(np.array([[1e4, -1e4]], np.float32)).tolist() == [[1, 0]]


def test_cross_entropy_is_minus_the_mean_log_probability():
    logits, labels = np.random.default_rng(1).normal(size=(50, 4)), np.arange(50) % 4
    expected = -np.log(softmax(logits)[np.arange(50), labels]).mean()
    assert math.isclose(cross_entropy(logits, labels), expected, rel_tol=1e-12)
    assert math.isclose(cross_entropy(np.zeros((3, 10)), np.array([0, 5, 9])), math.log(10))
    assert cross_entropy(np.array([[0.0, 5000.0]]), np.array([0])) == 5000


def test_confusion_counts_labels_in_rows_and_answers_in_columns():
    counts = confusion(np.array([1, 1, 2, 0]), np.array([0, 1, 1, 0]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_accuracy_is_the_diagonal():
    rng = np.random.default_rng(2)
    answers, labels = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    assert accuracy(answers, labels).value == np.trace(confusion(answers, labels, 5)) / 200


def test_the_paired_interval_is_agresti_and_min_s():
    # The example of diffpropci.mp in the R package PropCIs, which is Agresti's own code.
    found = paired_difference(lost=40, gained=20, n=160)
    assert found.value == -20 / 160
    assert (round(found.low, 8), round(found.high, 8)) == (-0.21601726, -0.03089632)


def test_the_paired_interval_is_wald_s_with_half_a_case_more_in_each_cell():
    for lost, gained, n in [(0, 0, 5), (3, 1, 10), (40, 20, 160), (0, 7, 7)]:
        # -1, 1 and 0 for each case, from the four cells
        values = np.repeat([-1.0, 1.0, 0.0], 2 * np.array([lost, gained, n - lost - gained]) + [1, 1, 2])
        spread = 1.959963984540054 * values.std() / math.sqrt(n + 2)
        found = paired_difference(lost, gained, n)
        assert math.isclose(found.low, max(-1, values.mean() - spread), rel_tol=1e-12)
        assert math.isclose(found.high, min(1, values.mean() + spread), rel_tol=1e-12)
        assert found.low <= found.value <= found.high
        mirrored = paired_difference(gained, lost, n)
        assert (mirrored.low, mirrored.high) == (-found.high, -found.low)


def test_the_paired_interval_holds_the_truth_as_often_as_it_says():
    for lost, gained, n in [(0.02, 0.02, 100), (0.05, 0.2, 30), (0.01, 0.05, 60), (0.3, 0.3, 50)]:
        covered = 0.0
        for one in range(n + 1):
            for other in range(n + 1 - one):
                found = paired_difference(one, other, n)
                if found.low <= gained - lost <= found.high:
                    ways = math.comb(n, one) * math.comb(n - one, other)
                    covered += ways * lost**one * gained**other * (1 - lost - gained) ** (n - one - other)
        assert 0.945 <= covered <= 0.985, (lost, gained, n, covered)


def test_the_unpaired_interval_is_newcombe_s():
    # Newcombe (1998), table II, method 10.
    for (one, n1), (other, n2), ends in [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ]:
        found = unpaired_difference(share_of(one, n1), share_of(other, n2))
        assert (round(found.low, 4), round(found.high, 4)) == ends
        assert found.value == one / n1 - other / n2


@pytest.mark.parametrize(("lost", "gained", "n"), [(0, 0, 0), (2, 2, 3), (-1, 2, 3)])
def test_impossible_paired_counts_are_refused(lost, gained, n):
    with pytest.raises(ValueError, match="0 <= lost"):
        paired_difference(lost, gained, n)


def test_mcnemar_s_p_is_that_of_tossed_coins():
    # By hand: 6 coins fall 1 and 5, or more unevenly, in 2 (1 + 6) of 64 cases.
    assert mcnemar(1, 5) == mcnemar(5, 1) == pytest.approx(14 / 64, rel=1e-12)
    assert [mcnemar(0, 0), mcnemar(3, 3), mcnemar(3, 4)] == pytest.approx([1, 1, 1], rel=1e-12)
    assert mcnemar(0, 10) == pytest.approx(2 / 1024, rel=1e-12)
    for lost, gained in [(2, 9), (31, 60), (480, 560)]:
        plain = 2 * sum(math.comb(lost + gained, k) for k in range(lost + 1))
        assert math.isclose(mcnemar(lost, gained), plain / 2 ** (lost + gained), rel_tol=1e-9)


def test_holm_s_p_are_those_worked_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02]
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


def two_classes(confidence, right):
    """Probabilities (N, 2) and labels (N,) that give these confidences, 0.5 or more."""
    confidence = np.array(confidence, float)
    return np.stack([confidence, 1 - confidence], 1), np.where(right, 0, 1)


def test_the_calibration_error_is_that_worked_by_hand():
    # Bins of width 1/15: 0.95 and 0.99 lie in the last, 0.7 and 0.73 in the eleventh, which ends at 0.7333.
    found = ece(binned(*two_classes([0.95, 0.99, 0.7, 0.73], [True, False, True, True])))
    last, eleventh = abs(0.95 + 0.99 - 1), abs(0.7 + 0.73 - 2)
    assert found.value == pytest.approx((last + eleventh) / 4, abs=1e-9)
    squares = (0.05**2 + 0.99**2 + 0.3**2 + 0.27**2) / 4
    spread = 1.959963984540054 * math.sqrt((squares - found.value**2) / 4)
    assert (found.low, found.high) == pytest.approx((found.value - spread, found.value + spread), abs=1e-9)


def test_the_calibration_error_is_that_of_a_plain_loop_whatever_the_parts():
    rng = np.random.default_rng(3)
    probabilities = softmax(rng.normal(size=(3000, 5)) * 2)
    labels = rng.integers(0, 5, 3000)
    sums = {}
    for row, label in zip(probabilities, labels, strict=True):
        sure = row.max()
        place = min(b for b in range(15) if sure <= (b + 1) / 15)
        sums.setdefault(place, []).append(sure - (row.argmax() == label))
    whole = binned(probabilities, labels)
    assert ece(whole).value == pytest.approx(sum(abs(sum(each)) for each in sums.values()) / 3000, abs=1e-9)
    signed = np.concatenate([np.sign(sum(each)) * np.array(each) for each in sums.values()])
    assert ece(whole).high == pytest.approx(
        signed.mean() + 1.959963984540054 * signed.std() / math.sqrt(3000), abs=1e-9
    )
    assert whole.n.tolist() == [len(sums.get(place, [])) for place in range(15)]
    order = rng.permutation(3000)
    parts = [binned(probabilities[part], labels[part]) for part in np.array_split(order, 7)]
    np.testing.assert_array_equal(np.sum(parts, 0), np.stack(whole))


def test_a_network_that_is_as_sure_as_it_is_right_has_no_calibration_error():
    found = ece(binned(*two_classes([0.75] * 4, [True, True, True, False])))
    assert found.value == 0
    assert found.low == 0 < found.high
    never = ece(binned(*two_classes([1.0] * 9, [False] * 9)))
    assert never == (1, 1, 1, 9)


def test_bins_hold_their_upper_end_and_the_first_holds_zero_too():
    probabilities = np.array([[0, 0], [1 / 15, 0], [np.nextafter(1 / 15, 1), 0], [8 / 15, 7 / 15], [1, 0]])
    found = binned(probabilities, np.zeros(5, int))
    assert found.n.tolist() == [2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert found.right.sum() == 4  # an image that is sure of nothing is not right by being label 0
    rows = reliability(found)
    assert [row["n"] for row in rows] == found.n.tolist()
    assert (rows[0]["confidence"], rows[0]["accuracy"]) == (pytest.approx(1 / 30, abs=1e-9), 0.5)
    assert (rows[2]["confidence"], rows[2]["accuracy"]) == (None, None)
    assert (rows[0]["low"], rows[7]["high"], rows[-1]["high"]) == (0, 8 / 15, 1)


def test_bins_of_a_thousand_million_images_still_fit():
    many = Bins(*(10**9 * column for column in binned(*two_classes([1.0], [False]))))
    assert many.confidence[-1] == 10**9 * EXACT
    assert ece(many).value == 1
    with pytest.raises(ValueError, match="needs an image"):
        ece(Bins(*np.zeros((4, BINS), np.int64)))
