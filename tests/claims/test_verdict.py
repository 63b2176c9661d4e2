"""Verdicts against cases worked by hand, and against networks that are equal by construction."""

import math

import numpy as np
import pytest

from invariance.claims import verdict
from invariance.claims.verdict import (
    Measured,
    Paired,
    apart,
    differ,
    difference,
    margin,
    more,
    of_figure,
    of_shares,
    paired,
)
from tests.tolerances import FLOAT


def test_a_margin_is_the_normal_s_over_images_and_student_s_over_seeds():
    assert margin(4.0, 0.0, 3) == pytest.approx(1.959964 * 2, rel=1e-6)
    assert margin(0.0, 4.0, 3) == pytest.approx(4.302653 * 2, rel=1e-6)  # tables: t of 2 degrees, 97.5 %
    assert margin(0.0, 4.0, 5) == pytest.approx(2.776445 * 2, rel=1e-6)  # of 4 degrees
    assert margin(1.0, 1.0, 3) == pytest.approx(math.hypot(1.959964, 4.302653), rel=1e-6)


@pytest.mark.parametrize(
    ("theirs", "ours", "finding", "rounding", "better", "word"),
    [
        # 70 % of 10,000: p(1 - p)/n = 2.1e-5 of each, and no spread: 1.96 √4.2e-5 = 1.27 points.
        (0.7127, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.0, 0, verdict.REPRODUCED),
        (0.7128, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.0, 0, verdict.SAME_FINDING),
        (0.7177, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.005, 0, verdict.REPRODUCED),  # "72 %" may be 71.5
        (0.7178, of_shares([0.7, 0.7, 0.7], 10_000), False, 0.005, 0, verdict.NOT_REPRODUCED),
        (0.6872, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.0, 1, verdict.SURPASSED),
        (0.6873, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.0, 1, verdict.REPRODUCED),
        (0.7128, of_shares([0.7, 0.7, 0.7], 10_000), True, 0.0, 1, verdict.SAME_FINDING),  # better than ours
        # Losses 1, 2, 3: s² (1 + 1/3) = 4/3, 2 degrees: 4.302653 √(4/3) = 4.968.
        (6.96, Measured((1.0, 2.0, 3.0), 10_000, 0.0), True, 0.0, 0, verdict.REPRODUCED),
        (6.97, Measured((1.0, 2.0, 3.0), 10_000, 0.0), True, 0.0, -1, verdict.SURPASSED),
        (-2.97, Measured((1.0, 2.0, 3.0), 10_000, 0.0), True, 0.0, -1, verdict.SAME_FINDING),
        (0.7, of_shares([0.7, 0.7, 0.7], 10_000), False, 0.0, 0, verdict.NOT_REPRODUCED),
        (0.7, of_shares([0.7, 0.7], 10_000), True, 0.0, 0, verdict.NOT_MEASURED),
    ],
)
def test_the_verdict_follows_from_the_figures(theirs, ours, finding, rounding, better, word):
    assert of_figure(theirs, ours, finding, rounding, better) == word
    assert word in verdict.VERDICTS


def test_theirs_may_be_a_mean_of_many_runs():
    # Losses 1, 2, 3, so s = 1: 4.302653 √(1/runs + 1/3).
    ours = Measured((1.0, 2.0, 3.0), 10_000, 0.0)
    for runs, most in ((1, 4.96828), (3, 3.51310), (1_000, 2.48787)):
        assert not apart(2 + most - 1e-4, ours, runs=runs)
        assert apart(2 + most + 1e-4, ours, runs=runs)


def test_the_mean_and_its_margin():
    ours = of_shares([0.5, 0.6, 0.7], 100)
    assert ours.value == pytest.approx(0.6)
    assert ours.spread == pytest.approx(0.1)
    assert ours.variance == pytest.approx(0.6 * 0.4 / 100)
    assert ours.margin == pytest.approx(margin(0.0024, 0.01 / 3, 3), rel=FLOAT)


@pytest.mark.parametrize("spread", [0.0, 0.003, 0.02])
@pytest.mark.parametrize("seeds", [3, 5])
def test_equal_networks_are_called_reproduced_in_at_least_95_of_100_draws(spread, seeds):
    """And other ones are not: networks of one kind, whose true accuracies vary over seeds, each on its own images."""
    rng, n, draws = np.random.default_rng(0), 10_000, 1000

    def network(mean):
        return rng.binomial(n, np.clip(rng.normal(mean, spread), 0, 1)) / n

    called = [not apart(network(0.7), of_shares([network(0.7) for _ in range(seeds)], n)) for _ in range(draws)]
    assert np.mean(called) > 0.95 - 3 * math.sqrt(0.95 * 0.05 / draws)
    far = 0.06 + 20 * spread
    other = [apart(network(0.7 - far), of_shares([network(0.7) for _ in range(seeds)], n)) for _ in range(draws)]
    assert np.mean(other) > 0.9


def test_a_difference_has_the_margin_of_both_networks():
    # Spreads of 0.01 and 0.02 over three seeds, and no images' part: 4.302653 √(0.0001/3 + 0.0004/3) = 0.05555.
    one, other = Measured((0.69, 0.70, 0.71), 0, 0.0), Measured((0.70, 0.72, 0.74), 0, 0.0)
    assert difference(one, other) == pytest.approx((-0.02, 0.0555470), rel=1e-6)


def test_two_of_our_own_networks_differ_only_by_more_than_chance_gives():
    one, other = of_shares([0.7, 0.7, 0.7], 10_000), of_shares([0.71, 0.71, 0.71], 10_000)
    assert (differ(one, other), differ(other, one)) == (0, 0)  # 1.26 points are needed
    far = of_shares([0.72, 0.72, 0.72], 10_000)
    assert (differ(one, far), differ(far, one)) == (-1, 1)
    assert differ(one, of_shares([0.70, 0.72, 0.74], 10_000)) == 0


def test_one_figure_is_more_than_another_only_of_three_seeds_each():
    one, other = of_shares([0.7, 0.7, 0.7], 10_000), of_shares([0.72, 0.72, 0.72], 10_000)
    assert (more(other, one), more(one, other), more(one, one)) == (1, 0, 0)
    assert more(one, of_shares([0.9], 10_000)) is more(None, one) is more(one, None) is None


def test_a_paired_difference_is_student_s():
    found = paired([0.5, 0.7, 0.9], [0.4, 0.5, 0.6])  # 0.1, 0.2, 0.3: s = 0.1
    assert found.value == pytest.approx(0.2)
    assert found.error == pytest.approx(0.1 / math.sqrt(3))
    assert found.margin == pytest.approx(4.302653 * 0.1 / math.sqrt(3), rel=1e-6)


def test_equivalence_is_the_90_interval_within_the_bound():
    # Tables: t of 4 degrees, 95 %: 2.131847. So 0.1 + 2.131847 * 0.1 is the end of the interval.
    assert Paired(0.1, 0.1, 5).within(0.3132)
    assert not Paired(0.1, 0.1, 5).within(0.3131)
    assert Paired(-0.1, 0.1, 5).within(0.3132)
    assert not Paired(0.2, 0.01, 5).within(0.1)
    assert Paired(0.1, 0.0, 5).within(0.2)
    assert not Paired(0.1, 0.0, 5).within(0.1)


def test_figures_a_bound_apart_are_called_equivalent_in_5_of_100_draws_and_equal_ones_mostly():
    rng, draws = np.random.default_rng(1), 2000

    def called(difference):
        return np.mean([paired(rng.normal(difference, 1, 5), np.zeros(5)).within(3) for _ in range(draws)])

    assert abs(called(3) - 0.05) < 3 * math.sqrt(0.05 * 0.95 / draws)
    assert called(0) > 0.9
