import math

import numpy as np
import pytest

from invariance.measures import accuracy, confusion, cross_entropy, share_of, softmax


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
