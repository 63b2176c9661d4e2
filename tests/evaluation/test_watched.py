"""What was kept of a training, and what it says of the network."""

import numpy as np
import pytest

from invariance.evaluation import record_form
from invariance.evaluation.watched import GUESSING, KEEPS, LOSES, WATCHED_ANGLES, learned, recording
from tests.conftest import case

ANGLES = len(WATCHED_ANGLES)
FIGURES = dict.fromkeys(("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 0.5)


def moment(value, right=0.5, **parts):
    filters = {"layer": "conv1", "shape": [2, 1, 3, 3], "values": [value] * 18, "biases": [value, -value]}
    return {"images": 40, "right": [right] * ANGLES} | filters | parts


def training(*moments):
    before, *others = moments
    history = [{"epoch": number, "watched": each} | FIGURES for number, each in enumerate(others, 1)]
    return {"watched": before, "history": history, "best_epoch": len(others), "images": 360, "fingerprint": ""}


def test_a_recording_is_what_was_kept_before_training_and_after_each_epoch():
    kept = recording(training(moment(1.0, 0.1), moment(2.0, 0.5), moment(-1.0, 0.9)))
    assert (kept.epochs, kept.images, kept.layer) == (2, 40, "conv1")
    assert kept.filters.shape == (3, 2, 1, 3, 3)
    assert (kept.filters[:, 1, 0, 2, 2] == [1, 2, -1]).all()
    assert (kept.biases == [[1, -1], [2, -2], [-1, 1]]).all()
    assert (kept.right == np.repeat([[0.1], [0.5], [0.9]], ANGLES, 1)).all()
    assert kept.moved() == pytest.approx([0, 1, 2])


def test_a_network_without_convolutions_has_curves_alone():
    curves = {"images": 40, "right": [0.5] * ANGLES}
    record_form.network({"training": training(curves, curves)})
    kept = recording(training(curves, curves))
    assert (kept.layer, kept.filters.shape, kept.biases.shape) == ("", (2, 0, 1, 1, 1), (2, 0))
    assert (kept.moved() == 0).all()


def test_what_was_not_watched_has_no_recording():
    assert recording({"history": [{"epoch": 1}]}) is None


def test_the_words_follow_the_rule():
    def said(upright, turned, classes=10):
        return learned(np.array([upright] + [turned] * (ANGLES - 1)), "digits", classes)

    def turned_for(share):
        """How often right turned, for that share of upright 0.9 on average over all angles."""
        return 0.9 * (share * ANGLES - 1) / (ANGLES - 1)

    for upright, turned, words in [
        (GUESSING / 10 - 0.01, 0.1, "it guesses"),
        (GUESSING / 10 + 0.01, 0.1, "it is still learning digits"),
        (0.79, 0.79, "it is still learning digits"),
        (0.9, turned_for(LOSES - 0.01), "it learned digits, not turning"),
        (0.9, turned_for(LOSES + 0.01), "it learned digits, and a part of their turns"),
        (0.9, turned_for(KEEPS - 0.01), "it learned digits, and a part of their turns"),
        (0.9, turned_for(KEEPS + 0.01), "it learned digits, whichever way they are turned"),
    ]:
        with case(upright, turned):
            assert said(upright, turned) == words
    assert said(0.9, 0.9, classes=2) == "it guesses"


def test_each_wrong_part_of_a_recording_is_named():
    record_form.network({"training": training(moment(1.0), moment(2.0))})
    for moments, message in [
        ((moment(1.0, right=1.5), moment(2.0)), r"training\.watched\.right\[0\] should be a number from 0 to 1"),
        (
            (moment(1.0), moment(2.0) | {"right": [0.5]}),
            r"history\[0\]\.watched\.right should be a list of 24",
        ),
        ((moment(1.0, biases=[1.0]), moment(2.0)), r"training\.watched\.biases should be a list of 2"),
        ((moment(1.0), moment(2.0, values=[1.0])), r"history\[0\]\.watched\.values should be a list of 18"),
        (
            (moment(1.0), moment(2.0, layer="conv2")),
            r"\[0\]\.watched should be of the filters and images watched",
        ),
        ((moment(1.0), moment(2.0, images=41)), r"\[0\]\.watched should be of the filters and images watched"),
    ]:
        with case(message), pytest.raises(record_form.WrongPartError, match=message):
            record_form.network({"training": training(*moments)})
    missing = training(moment(1.0), moment(2.0))
    del missing["history"][0]["watched"]
    with pytest.raises(record_form.WrongPartError, match=r"training\.history\[0\]\.watched should be there"):
        record_form.network({"training": missing})
