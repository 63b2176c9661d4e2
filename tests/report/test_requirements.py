"""Requirements: how they are read, and what they need."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invariance.evaluation.consistency import SHIFTS
from invariance.report.requirements import (
    MOST_REACH,
    OPERATORS,
    Requirement,
    RequirementError,
    needs,
    parse,
)
from invariance.transforms import TRANSFORMS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accuracy >= 0.9", Requirement("accuracy", ">=", 0.9)),
        ("accuracy>92.3%", Requirement("accuracy", ">", 0.923)),
        ("ece <= 5 %", Requirement("ece", "<=", 0.05)),
        ("ece(rotation@45) < .05", Requirement("ece", "<", 0.05, name="rotation", low=45, high=45)),
        ("rotation@±15 >= 0.95", Requirement("accuracy", ">=", 0.95, name="rotation", low=-15, high=15)),
        ("rotation @ +-15 >= 0.95", Requirement("accuracy", ">=", 0.95, name="rotation", low=-15, high=15)),
        ("scale@±0.2 >= 1", Requirement("accuracy", ">=", 1, name="scale", low=0.8, high=1.2)),
        ("gain@±0.9 >= 1", Requirement("accuracy", ">=", 1, name="gain", low=0.1, high=1.9)),
        ("translation@-3..5>=0", Requirement("accuracy", ">=", 0, name="translation", low=-3, high=5)),
        ("agreement(circular@-1) >= 1", Requirement("agreement", ">=", 1, name="circular", low=-1, high=-1)),
        ("mean(rotation) >= 0.5", Requirement("mean", ">=", 0.5, name="rotation")),
        ("always(reflection) >= 0.5", Requirement("always", ">=", 0.5, name="reflection")),
        ("consistency(crops) >= 0.5", Requirement("consistency", ">=", 0.5, name="crops", reach=2)),
        ("consistency(circular, 3) >= 0.5", Requirement("consistency", ">=", 0.5, name="circular", reach=3)),
        ("rotation@90 >= accuracy - 2 %", Requirement("accuracy", ">=", -0.02, "accuracy", "rotation", 90, 90)),
        ("accuracy >= before", Requirement("accuracy", ">=", 0, "before")),
        ("accuracy <= before + 0.01", Requirement("accuracy", "<=", 0.01, "before")),
    ],
)
def test_a_requirement_is_read(text, expected):
    assert parse(text, compared=True) == expected


@given(st.data())
def test_what_is_written_is_read_as_it_was(data):
    """Every requirement that parse() can give, from its text alone."""
    measure = data.draw(st.sampled_from(["accuracy", "ece", "agreement", "mean", "always", "consistency"]))
    fields = {"measure": measure, "op": data.draw(st.sampled_from(sorted(OPERATORS)))}
    transform = data.draw(st.sampled_from([one for one in TRANSFORMS.values() if not one.names]))
    ends = sorted(
        round(transform.low + share * (transform.high - transform.low), 6)
        for share in data.draw(st.lists(st.floats(0, 1), min_size=2, max_size=2))
    )
    if data.draw(st.booleans()):  # to both sides of the neutral amount
        most = min(transform.neutral - transform.low, transform.high - transform.neutral)
        far = round(most * data.draw(st.floats(0, 1)), 6)
        ends = [round(transform.neutral - far, 9), round(transform.neutral + far, 9)]
    if measure == "consistency":
        kind = data.draw(st.sampled_from(sorted(SHIFTS)))
        fields |= {"name": kind, "reach": data.draw(st.integers(1, MOST_REACH))}
    elif measure in ("mean", "always"):
        fields |= {"name": transform.name}
    elif measure == "agreement" or data.draw(st.booleans()):
        fields |= {"name": transform.name, "low": ends[0], "high": ends[1]}
    bases = [""]
    bases += ["accuracy"] * (measure == "accuracy" and "name" in fields)
    bases += ["before"] * (measure in ("accuracy", "consistency"))
    fields["base"] = data.draw(st.sampled_from(bases))
    fields["bound"] = data.draw(st.floats(-1 if fields["base"] else 0, 1)) + 0.0
    requirement = Requirement(**fields)
    assert parse(str(requirement), compared=True) == requirement
    assert parse(str(requirement).replace(" ", "").replace("±", "+-"), compared=True) == requirement


# text, what the marks stand under (the last of it in the text; "" for its end), what is said
WRONG = [
    ("", "", "Expected a transform or quantity"),
    (">= 0.5", ">=", "Expected a transform or quantity"),
    (
        "rotatoin@±15 >= 0.95",
        "rotatoin",
        "rotatoin is no transform or quantity; there are: rotation, .*mean rotation\\?",
    ),
    ("xyz >= 0.95", "xyz", "xyz is no transform or quantity; there are: [a-z, ]*\\.\n"),
    ("rotation >= 0.95", ">=", "Expected @ after rotation and then an amount, such as rotation@90, not >="),
    ("rotation", "", "Expected @ after rotation .* but nothing follows"),
    ("rotation@ >= 0.95", ">=", "Expected an amount"),
    ("rotation@±-5 >= 0.95", "-", "Expected a number of 0 or more after ±, not -"),
    ("rotation@1.. >= 0.95", ">=", "Expected an amount"),
    ("rotation@15° >= 0.95", "°", "° has no meaning here"),
    ("rotation@15", "", "Expected >=, >, <= or <, but nothing follows"),
    ("rotation@15 0.5", "0.5", "Expected >=, >, <= or <, not 0.5"),
    ("rotation@15 = 0.5", "=", "= has no meaning here"),
    ("rotation@15 >=", "", "Expected a share such as 0.95 or 95 %, but nothing follows"),
    ("rotation@15 >= -0.5", "-", "Expected a share such as 0.95 or 95 %, not -"),
    ("rotation@15 >= 95", "95", "95 is more than all; write 95 %"),
    ("rotation@15 >= 950", "950", "950 is more than all; write a share"),
    ("rotation@15 >= 100.5 %", "100.5", "100.5 is more than all"),
    ("rotation@15 >= accuracy - 2", "2", "2 is more than all; write 2 %"),
    ("rotation@15 >= accuracy 0.2", "0.2", "Expected nothing more, not 0.2"),
    ("rotation@15 >= 0.5 and more", "and", "Expected nothing more, not and"),
    ("rotation@15 >= acuracy", "acuracy", "acuracy is no bound; .* Did you mean accuracy\\?"),
    ("rotation@15 >= before", "before", "name it with --compare"),
    ("rotation@370.5e3 > 0", "e3", "Expected >=, >, <= or <, not e3"),
    ("translation@15 >= 0.5", "15", "translation goes from -14 to 14, not to 15"),
    ("translation@±20 >= 0.5", "±20", "translation goes from -14 to 14, not to -20"),
    ("translation@-3..20 >= 0.5", "-3..20", "translation goes from -14 to 14, not to 20"),
    ("rotation@" + "9" * 400 + " >= 0.5", "9" * 400, "rotation goes from 0 to 360, not to inf"),
    ("translation@5..-1 >= 0.5", "5..-1", "5 is more than -1; write the smaller amount first"),
    ("reflection@1.5 >= 0.5", "1.5", r"1.5 is no amount of reflection; there are: 0 \(as it is\), 1 "),
    ("mean rotation >= 0.5", "rotation", r"Expected \( after mean, not rotation"),
    ("mean(rotation@5) >= 0.5", "@", r"Expected \) after what mean is of, not @"),
    ("mean(circulr) >= 0.5", "circulr", "circulr is no transform; .* Did you mean circular"),
    ("mean(5) >= 0.5", "5", r"Expected a transform \(rotation, .*\), not 5"),
    ("agreement(rotation) >= 0.5", ")", r"Expected @ after rotation .*, not \)"),
    ("agreement >= 0.5", ">=", r"Expected \( after agreement, not >="),
    ("accuracy(rotation@5) >= 0.5", "(", "Accuracy is of the images as they are"),
    ("consistency(circle) >= 0.5", "circle", "circle is no kind of shift; there are: circular, zeros, crops. Did you"),
    ("consistency(circular, ) >= 0.5", ")", r"Expected the reach of the shifts, in pixels, not \)"),
    ("consistency(circular, 0) >= 0.5", "0", "whole number of pixels from 1 to 100, not 0"),
    ("consistency(circular, 1.5) >= 0.5", "1.5", "whole number of pixels from 1 to 100, not 1.5"),
    ("consistency(circular, 101) >= 0.5", "101", "whole number of pixels from 1 to 100, not 101"),
    ("consistency(circular, 4 >= 0.5", ">=", r"Expected \) after what consistency is of"),
    ("accuracy >= accuracy", "accuracy", "Only the accuracy at amounts"),
    ("mean(rotation) >= accuracy", "accuracy", "Only the accuracy at amounts"),
    ("accuracy \x1b[31m>= 0.5", "\x1b", "� has no meaning here"),
]


@pytest.mark.parametrize(("text", "marked", "said"), WRONG)
def test_a_wrong_one_is_refused_and_the_word_is_pointed_at(text, marked, said):
    with pytest.raises(RequirementError, match=said) as raised:
        parse(text)
    sentence, line, marks = str(raised.value).split("\n")
    assert sentence.endswith((".", "?"))
    assert line == "    " + text.replace("\x1b", "�")
    place = len(text) if marked == "" else text.rindex(marked) if text.startswith("accuracy >=") else text.index(marked)
    assert marks == "    " + " " * place + "^" * max(1, len(marked))


@pytest.mark.parametrize("text", ["ece <= before", "mean(rotation) >= before", "agreement(rotation@5) >= before"])
def test_before_is_of_what_is_compared(text):
    with pytest.raises(RequirementError, match="held against before"):
        parse(text, compared=True)


PIECES = st.sampled_from(
    [*"@±-.()059%,\n\x00ä", "..", ">=", "<", "accuracy", "rotation", "ece", "consistency", "zeros"]
)


@given(st.lists(PIECES, max_size=10).map("".join))
def test_any_text_is_read_or_refused(text):
    with suppress(RequirementError):
        assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rotation@±15 >= 0", (0, 5, 10, 15, 345, 350, 355)),
        ("rotation@-7 >= 0", (353,)),
        ("rotation@340..350 >= 0", (340, 345, 350)),
        ("rotation@-12..3 >= 0", (0, 3, 348, 350, 355)),
        ("rotation@±200 >= 0", (*range(0, 360, 5),)),
        ("translation@±2.5 >= 0", (-2.5, -2, -1, 0, 1, 2, 2.5)),
        ("scale@±0.1 >= 0", (0.9, 0.95, 1, 1.05, 1.1)),
        ("reflection@1..3 >= 0", (1, 2, 3)),
        ("mean(reflection) >= 0", (0, 1, 2, 3)),
    ],
)
def test_a_range_needs_the_amounts_in_it_and_its_ends(text, expected):
    assert parse(text).amounts == expected


def test_needs_are_put_together():
    texts = ["accuracy > 0", "ece < 1", "rotation@3 > 0", "ece(rotation@±5) < 1", "consistency(zeros) > 0"]
    texts += ["consistency(zeros, 2) > 0", "agreement(reflection@2) > 0", "consistency(zeros, 4) < 1"]
    found = needs(map(parse, texts))
    assert found.amounts == {"rotation": (0, 3, 5, 355), "reflection": (2,)}
    assert found.shifts == (("zeros", 2), ("zeros", 4))
    assert needs([]) == ({}, ())
