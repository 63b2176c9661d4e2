"""The findings in words: true of every findings, and of no more than what is in them."""

import itertools
import re

import pytest

from invariance.report.summary import confidence, mildest_loss, summary, verdict, where_lost
from tests.conftest import case
from tests.report import findings

PARTS = {"accuracy": None, "transforms": {}, "consistency": [], "symmetry": [], "calibration": None}  # of each sentence


def changed(path, value):
    found = findings.example()
    *way, last = path
    part = found
    for step in way:
        part = part[step]
    part[last] = value
    return found


def test_each_sentence_says_what_is_there_and_that_the_rest_is_not_measured():
    whole = summary(findings.example())
    assert len(whole) == len(PARTS)
    for kept in itertools.product((True, False), repeat=len(PARTS)):
        with case(kept):
            found = findings.example()
            found |= {part: empty for (part, empty), there in zip(PARTS.items(), kept, strict=True) if not there}
            for sentence, there, full in zip(summary(found), kept, whole, strict=True):
                assert (sentence == full) == there
                assert sentence.endswith("was not measured.") != there


def test_what_a_report_that_goes_on_has_not_measured_it_has_not_yet():
    assert all(sentence.endswith("was not measured yet.") for sentence in summary(findings.empty()))
    assert verdict(findings.empty()) == "Nothing was measured yet."


def test_every_figure_of_a_sentence_follows_the_findings():
    whole = summary(findings.example())
    for place, path, value in (
        (0, ("accuracy", "value"), 0.5),
        (0, ("accuracy", "low"), 0.4),
        (0, ("accuracy", "high"), 0.6),
        (0, ("accuracy", "n"), 599),
        (0, ("data", "of"), 600),
        (0, ("data", "title"), "Others"),
        (1, ("transforms", "translation", "worst", "value"), 0.001),
        (1, ("transforms", "translation", "worst", "label"), "somewhere"),
        (1, ("transforms", "rotation", "worst", "value"), 0.0),
        (1, ("transforms", "translation", "accuracy", "value", 13), 0.5),  # of -1 px
        (2, ("consistency", 0, "value"), 0.1),
        (2, ("consistency", 1, "low"), 0.1),
        (2, ("consistency", 0, "reach"), 3),
        (3, ("symmetry", 0, "verdict"), "exactly"),
        (3, ("layers", 0, "lost_at"), "elsewhere"),
        (4, ("calibration", "ece", "value"), 0.5),
        (4, ("calibration", "bins", 14, "confidence"), 0.5),
        (4, ("calibration", "bins", 14, "accuracy"), 0.5),
        (4, ("calibration", "transformed", 0, "ece", "value"), 0.99),
    ):
        with case(path):
            found = changed(path, value)
            if path == ("consistency", 1, "low"):
                found["consistency"][1]["value"] = 0.1
            said = summary(found)
            assert [place for place, (new, old) in enumerate(zip(said, whole, strict=True)) if new != old] == [place]


def figures(value):
    if isinstance(value, dict | list):
        return set().union(*map(figures, value.values() if isinstance(value, dict) else value))
    return {f"{100 * value:.2f}"} if isinstance(value, float) else set()


def test_no_figure_is_in_a_sentence_that_is_not_in_the_findings():
    found = findings.example()
    known = figures(found) | {f"{100 * share:.2f}" for share in confidence(found["calibration"]["bins"])}
    said = re.findall(r"\d+\.\d\d", " ".join([verdict(found), *summary(found)]))
    assert len(said) > 15
    assert set(said) <= known


@pytest.mark.parametrize(
    ("amounts", "values", "place"),
    [
        ([0, 1, 2], [0.9, 0.85, 0.8499], 2),  # five points are not more than five points
        ([0, 1, 2], [0.9, 0.86, 0.86], None),
        ([-2, -1, 0, 1, 2], [0.1, 0.2, 0.9, 0.3, 0.1], 1),  # of two as near where it has fallen farther
        ([0, 20, 340], [0.9, 0.5, 0.1], 1),  # of two as near the smaller number
        ([0, 1, 2, 3], [0.9, 0.95, 0.1, 0.0], 2),
        ([1, 2], [0.1, 0.1], None),  # the neutral amount is not there
    ],
)
def test_the_mildest_amount_that_costs_something(amounts, values, place):
    distance = [min(abs(amount), 360 - abs(amount)) for amount in amounts]
    curve = {"neutral": 0, "amounts": amounts, "distance": distance, "accuracy": {"value": values}}
    assert mildest_loss(curve) == place


def test_the_verdict_begins_with_what_is_required():
    found = findings.example()
    assert verdict(found).startswith("✗ 1 of 2 requirements fails. Right on ")
    found["requirements"][1]["holds"] = True
    assert verdict(found).startswith("✓ All that is required holds (2 of 2). Right on ")
    found["requirements"] = []
    assert verdict(found).startswith("Right on ")


def test_where_nothing_costs_much_no_change_is_blamed():
    found = findings.example()
    found["transforms"] = {name: found["transforms"][name] for name in ("circular", "reflection")}
    assert summary(found)[1].startswith(
        "No change tried costs it more than 5 points: at worst, Circular shift (−14 px)"
    )


def test_many_transforms_are_not_all_listed():
    found = findings.example()
    found["symmetry"] = [
        {"transform": name, "title": name, "amount": 1, "label": "1", "change": 1.0, "verdict": "no"}
        for name in "abcdefg"
    ]
    assert "change at every amount tried of a, b, c and 4 more." in summary(found)[3]


@pytest.mark.parametrize(
    ("values", "lost", "said"),
    [
        ((0, 0, 0.2, None, 0.1), "b", "Lost at b: from there on no layer follows."),
        ((0, None, 0.2, None, 0.1), "b", "Lost at b: from there on no layer follows; of 1 before it none is defined."),
        ((0, 0, 0.2, 0, 0), None, "Where a layer has an error, a later one follows again."),
        ((0, 0, 0, 0, 0), None, "No layer has an error."),
        ((0, 0, None, None, 0), None, "No layer has an error, as far as one is defined: for 2 of them it isn't."),
        ((0, None, None, None, None), None, "Where it is lost can't be told. It holds 2 versions."),
    ],
)
def test_of_where_a_symmetry_is_lost_no_more_is_said_than_is_known(values, lost, said):
    rows = [
        {"layer": name, "value": value, "why": "It holds 2 versions." if value is None else ""}
        for name, value in zip(("image", "a", "b", "c", "d"), values, strict=True)
    ]
    assert where_lost({"lost_at": lost, "layers": rows}) == said
