import numpy as np
import pytest

from invariance.measures import share_of, softmax
from invariance.number_words import (
    milliseconds,
    number,
    percent,
    probabilities,
    probability,
    time_left,
    with_interval,
    with_interval_and_n,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00 %"),
        (1e-9, "under 0.01 %"),
        (0.5, "50.00 %"),
        (0.99994, "99.99 %"),
        (0.999999, "over 99.99 %"),
        (1.0, "100.00 %"),
    ],
)
def test_a_percentage_is_never_rounded_to_certainty(value, text):
    assert percent(value) == text


@pytest.mark.parametrize("decimals", [1, 2])
def test_many_probabilities_read_as_each_alone_does(decimals):
    near = 10.0 ** -np.arange(1, 9)
    values = np.concatenate([[0, 1], near, 1 - near, np.random.default_rng(0).random(90)]).reshape(4, -1)
    for given in (values, values.astype(np.float32)):
        told, which = probabilities(given, decimals)
        assert [[told[place] for place in row] for row in which] == [
            [probability(value, decimals) for value in row] for row in given.tolist()
        ]
        assert which.shape == given.shape
        assert len(set(told)) == len(told)


def test_what_float32_rounds_to_certainty_is_none():
    logits = np.array([[200, 0, 0]], np.float32)
    assert set(softmax(logits)[0].tolist()) == {0, 1}
    assert [probability(value, 1) for value in softmax(logits)[0].tolist()] == ["over 99.9 %", *["under 0.1 %"] * 2]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.004, 0, "under 1 %"),
        (0.006, 0, "1 %"),
        (0.996, 0, "over 99 %"),
        (1, 0, "100 %"),
        (0, 0, "0 %"),
        (3.2, 1, "320.0 %"),
    ],
)
def test_fewer_decimals_are_no_rounder(value, decimals, text):
    assert percent(value, decimals) == text


def test_a_share_says_its_interval_and_how_many_it_is_of():
    found = share_of(9938, 10_000)
    assert with_interval(found) == with_interval(found._asdict()) == "99.38 % (99.21 to 99.52)"
    assert with_interval_and_n(found._asdict()) == "99.38 % (95 % interval 99.21 to 99.52 %, n = 10,000)"


def test_a_minus_sign_is_one():
    assert (number(-0.12345), number(0.5), number(-3, "d")) == ("−0.123", "0.5", "−3")


@pytest.mark.parametrize(("seconds", "text"), [(5.5e-5, "0.0550 ms"), (0.00123, "1.23 ms"), (0.25, "250 ms")])
def test_times_have_three_figures(seconds, text):
    assert milliseconds(seconds) == text


def test_the_time_left_follows_from_the_speed_so_far():
    assert time_left(100, 110, 5, 15) == "about 20 s left"
    assert time_left(0, 10, 15, 15) == "about 0 s left"
