"""The index of what the sources hold: complete, and honest about what is shown here."""

import re
from dataclasses import replace

import pytest

from invariance.claims import CLAIMS, SOURCES, Item
from tests.conftest import case

NUMBERED = re.compile(r"\b(figure|table|equation|array|picture) (\d+)")
# What has a number in the documents, in their order. Halbreich numbers the figures of each network anew, Krishnan none:
# his pictures and arrays are counted.
NUMBERS = {
    "jaloli": {"figure": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "table": [1, 2]},
    "krishnan": {"picture": [*range(1, 13)], "array": [1, 2, 3]},
    "halbreich": {
        "equation": [1, 2, 1, 2, 3],
        "figure": [1, 2, 3, 1, 3, 2, 1, 4, 3, 4, 1, 3, 2, 6, 5, 4, 8, 7, 9],
    },
    "doshi": {"equation": [1, 2, 3, 4, 5, 6], "figure": [1, 2, 3, 4, 5]},
}
QUESTIONS = ["theoretical question 1", "theoretical question 2", *(f"theoretical question 3 {part}" for part in "abcd")]
QUESTIONS += [f"coding question {number}" for number in (2, 3)]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_of_a_document_is_in_its_index(name):
    found = {kind: [] for kind in NUMBERS[name]}
    for item in SOURCES[name].items:
        if match := NUMBERED.search(item.where):
            found[match[1]].append(int(match[2]))
    assert {kind: sorted(numbers) for kind, numbers in found.items()} == {
        kind: sorted(numbers) for kind, numbers in NUMBERS[name].items()
    }


def test_every_question_of_the_exercise_is_in_the_index():
    assert set(QUESTIONS) <= {item.where for item in SOURCES["halbreich"].items}


def test_every_source_has_its_entries_once_and_every_claim_belongs_to_one():
    assert set(SOURCES) == set(NUMBERS)
    for name, source in SOURCES.items():
        places = [item.where for item in source.items]
        assert len(set(places)) == len(places)
        for claim in source.claims:
            with case(claim.name):
                assert claim.where in places
                assert claim.source == source.reference
                assert claim.name.startswith(name)
    assert sum(len(source.claims) for source in SOURCES.values()) == len(CLAIMS)


def test_every_entry_has_a_place_and_words_to_find_there_or_says_why_not():
    for source in SOURCES.values():
        for item in source.items:
            with case(source.name, item.where):
                assert item.what
                assert bool(item.page) == bool(item.shows)
                assert item.page or item.lacks


@pytest.mark.parametrize(
    ("item", "ours", "state"),
    [
        (Item("table 1", "what", "page", "words"), {"exact": 0.5, "comparison": 1.0}, "measured again"),
        (Item("table 1", "what", "page", "words", "lacks"), {"comparison": 0.0}, "measured again"),
        (Item("table 1", "what", "page", "words"), {"exact": 0.5}, "worked out again"),
        (Item("table 1", "what", "page", "words"), {"exact": 0.5, "comparison": None}, "not measured"),
        (Item("table 1", "what", "page", "words", "lacks"), {"untold": None}, "shown in ours"),
        (Item("table 1", "what", "page", "words"), {"untold": None, "exact": 0.5}, "worked out again"),
        (Item("figure 1", "what", "page", "words"), {"exact": 0.5}, "shown"),
        (Item("figure 1", "what", "page", "words", "lacks"), {"exact": 0.5}, "shown in ours"),
        (Item("figure 1", "what", lacks="lacks"), {"exact": 0.5}, "not here"),
    ],
)
def test_a_state_is_earned(item, ours, state):
    """ours: by rule; "untold" stands for a claim that depends on something that the source doesn't say."""
    some = next(iter(CLAIMS.values()))
    claims = tuple(
        replace(
            some,
            name=rule,
            where="table 1",
            rule="exact" if rule == "untold" else rule,
            untold="what it depends on" if rule == "untold" else "",
            ours=lambda value=value: value,
        )
        for rule, value in ours.items()
    )
    verdicts = {claim.name: claim.verdict() for claim in claims}
    assert replace(SOURCES["jaloli"], items=(item,), claims=claims).state(item, verdicts) == state
