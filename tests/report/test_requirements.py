"""Requirements: how they are read, what they need, when they hold, and what is said of them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invariance.evaluation.consistency import SHIFTS
from invariance.measures import paired_difference, share_of
from invariance.report.comparison import compare
from invariance.report.requirements import (
    MOST_REACH,
    OPERATORS,
    Requirement,
    RequirementError,
    check_comparable,
    judge,
    needs,
    parse,
)
from invariance.transforms import TRANSFORMS
from tests.report.findings import empty, example


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


def with_accuracies(rights, n=1000):
    """Findings whose accuracy on n images is rights[0] unchanged and rights[1:] at -1, 0 and 1 px of translation."""
    findings = example()
    still, *moved = (share_of(right, n) for right in rights)
    curve = findings["transforms"]["translation"]
    curve |= {"amounts": [-1, 0, 1], "labels": ["-1 px", "0 px", "1 px"], "distance": [1, 0, 1], "n": n, "bits": None}
    curve |= {"accuracy": {key: [getattr(one, key) for one in moved] for key in ("value", "low", "high")}}
    findings["accuracy"] = still._asdict()
    curve["lost"] = [max(0, rights[0] - right) for right in rights[1:]]
    curve["gained"] = [max(0, right - rights[0]) for right in rights[1:]]
    return findings


@pytest.mark.parametrize(
    ("text", "strict", "value_only"),
    [
        # 95 % intervals: 950 of 1000 is 93.47 to 96.19 %, 900 is 87.99 to 91.71 %, 800 is 77.41 to 82.36 %
        ("accuracy >= 93.4 %", True, True),
        ("accuracy >= 93.5 %", False, True),
        ("accuracy >= 95 %", False, True),
        ("accuracy > 95 %", False, False),
        ("accuracy >= 97 %", False, False),
        ("accuracy <= 96.2 %", True, True),
        ("accuracy <= 96.1 %", False, True),
        ("accuracy < 95 %", False, False),
        ("translation@-1 >= 87.9 %", True, True),
        ("translation@±1 >= 77 %", True, True),  # the worst decides, which is at 1
        ("translation@±1 >= 78 %", False, True),
        ("translation@±1 >= 81 %", False, False),
        ("translation@±1 <= 96.2 %", True, True),  # and here at 0
        ("translation@±1 <= 95.5 %", False, True),
        ("translation@-1 >= accuracy - 0.07", True, True),  # lost 50 of 1000: 3.6 to 6.3 points
        ("translation@-1 >= accuracy - 0.06", False, True),
        ("translation@-1 >= accuracy - 0.04", False, False),
        ("translation@-1 <= accuracy - 0.03", True, True),
        ("translation@-1 < accuracy", True, True),
        ("translation@0 >= accuracy", False, True),
        ("translation@0 >= accuracy - 0.01", True, True),
        ("translation@±1 >= accuracy - 0.17", False, True),  # lost 150 at 1: 12.8 to 17.2 points
        ("translation@±1 >= accuracy - 0.18", True, True),
    ],
)
def test_it_holds_if_the_end_of_the_interval_does(text, strict, value_only):
    findings = with_accuracies([950, 900, 950, 800])
    for asked, expected in ((True, strict), (False, value_only)):
        found = judge(parse(text), findings, strict=asked)
        assert found["holds"] is expected, found
        assert found["text"] == str(parse(text))
        assert OPERATORS[parse(text).op](found["value"], found["bound"]) == value_only


def test_what_is_said_is_what_was_judged():
    findings = with_accuracies([950, 900, 950, 800])
    assert judge(parse("translation@±1 >= 95 %"), findings)["sentence"] == (
        "translation@±1, at worst at 1 px, is 80.00 % (95 % interval 77.41 to 82.36 %, n = 1,000): "
        "at least 12.6 points below 95 %."
    )
    assert judge(parse("accuracy >= 90 %"), findings)["sentence"] == (
        "accuracy is 95.00 % (95 % interval 93.47 to 96.19 %, n = 1,000): at least 3.47 points above 90 %."
    )
    lower = share_of(950, 1000).low
    assert judge(parse("accuracy >= 94.5 %"), findings)["sentence"].endswith(
        f": the lower end of the interval is {100 * (0.945 - lower):.3g} points below 94.5 %."
    )
    assert judge(parse("accuracy < 96 %"), findings)["sentence"].endswith(
        "the upper end of the interval is 0.187 points above 96 %."
    )
    assert judge(parse("accuracy > 95 %"), findings, strict=False)["sentence"].endswith(": exactly 95 %.")
    assert judge(parse("accuracy > 94 %"), findings, strict=False)["sentence"].endswith(": 1 point above 94 %.")
    found = judge(parse("translation@1 >= accuracy - 2 %"), findings)
    assert found["sentence"] == (
        "translation@1 is 80.00 %, and 95.00 % unchanged, a difference of −15.00 points (95 % interval −17.19 to "
        "−12.75, n = 1,000): at least 10.8 points below accuracy − 2 points."
    )
    assert (found["value"], found["low"], found["high"]) == paired_difference(150, 0, 1000)
    assert found["bound"] == -0.02


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ece < 1", ["calibration", "ece"]),
        ("mean(rotation) > 0", ["transforms", "rotation", "mean"]),
        ("always(gain) > 0", ["transforms", "gain", "always"]),
        ("consistency(zeros) > 0", ["consistency", 1]),
    ],
)
def test_each_quantity_is_read_where_it_lies(text, place):
    findings = share = example()
    for key in place:
        share = share[key]
    found = judge(parse(text), findings)
    assert {key: found[key] for key in ("value", "low", "high")} == {
        key: share[key] for key in ("value", "low", "high")
    }


@pytest.mark.parametrize("measure", ["ece", "agreement"])
def test_each_quantity_at_an_amount_is_read_there(measure):
    findings = example()
    column = findings["transforms"]["rotation"][measure]
    found = judge(parse(f"{measure}(rotation@-15) > 0"), findings)
    assert {key: found[key] for key in ("value", "low", "high")} == {key: column[key][69] for key in column}


def test_before_is_the_same_amount_of_the_other_report():
    here, there = with_accuracies([950, 900, 950, 800]), with_accuracies([940, 910, 940, 790])
    there["data"]["fingerprint"] = "other"
    here["comparison"] = compare(here, there)
    measures = {one["name"]: one for one in here["comparison"]["measures"]}
    for text, name in [
        ("accuracy >= before - 0.05", "accuracy"),
        ("translation@±1 >= before - 0.05", "translation@-1"),  # it alone has become worse
        ("translation@±1 <= before + 0.05", "translation@1"),  # the widest interval
        ("translation@0 >= before - 0.05", "accuracy"),
        ("consistency(circular, 4) >= before - 0.05", "consistency(circular, 4)"),
    ]:
        found, one = judge(parse(text, compared=True), here), measures[name]
        assert (found["value"], found["low"], found["high"]) == (one["difference"], one["low"], one["high"])
        assert found["holds"]
    assert judge(parse("translation@±1 >= before - 0.01", compared=True), here)["sentence"] == (
        "translation@±1, at worst at -1 px, is 90.00 %, and 91.00 % before, a difference of −1.00 points "
        "(95 % interval −3.59 to 1.58, n = 1,000 and 1,000): "
        "the lower end of the interval is 2.59 points below before − 1 point."
    )


def test_on_the_same_images_before_is_paired():
    here, there = example(), example()
    here["comparison"] = compare(here, there)
    n = here["accuracy"]["n"]
    found = judge(parse("rotation@45 >= before - 0.02", compared=True), here)
    assert (found["value"], found["low"], found["high"]) == paired_difference(0, 0, n)
    assert found["holds"]
    assert f"n = {n:,})" in found["sentence"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("accuracy > 0", "accuracy"),
        ("ece < 1", "ece"),
        ("rotation@5 > 0", "rotation@5"),
        ("mean(rotation) > 0", r"mean\(rotation\)"),
        ("consistency(zeros) > 0", r"consistency\(zeros, 4\)"),
    ],
)
def test_what_was_not_measured_is_an_error_and_not_a_pass(text, missing):
    with pytest.raises(RequirementError, match=f"can't be judged: {missing} was not measured"):
        judge(parse(text), empty())


def test_an_amount_that_was_not_measured_is_an_error():
    with pytest.raises(RequirementError, match=r"can't be judged: rotation@7, rotation@353 was not measured"):
        judge(parse("rotation@±7 > 0"), example())
    with pytest.raises(RequirementError, match=r"consistency\(zeros, 2\) was not measured"):
        judge(parse("consistency(zeros, 2) > 0"), example())


def test_what_the_other_report_lacks_is_told_before_anything_is_measured():
    requirement = parse("rotation@±3 >= before", compared=True)
    check_comparable([parse("rotation@±15 >= before", compared=True), parse("rotation@3 > 0")], example())
    for look in (lambda: check_comparable([requirement], example()), lambda: judge(requirement, example())):
        with pytest.raises(RequirementError, match=r"what is compared with holds no rotation@3, rotation@357"):
            look()
    with pytest.raises(RequirementError, match="holds no accuracy"):
        judge(parse("accuracy >= before", compared=True), example() | {"comparison": None})
