"""Whether what is required holds, by which end of the interval, and what is said of it."""

import pytest

from invariance.measures import paired_difference, share_of
from invariance.report.comparison import compare
from invariance.report.judging import check_comparable, judge
from invariance.report.requirements import OPERATORS, RequirementError, parse
from tests.report.findings import empty, example


def with_accuracies(rights, n=1000):
    """Findings whose accuracy on n images is rights[0] unchanged and rights[1:] at -1, 0 and 1 px of translation."""
    findings = example()
    still, *moved = (share_of(right, n) for right in rights)
    curve = findings["transforms"]["translation"]
    curve |= {"amounts": [-1, 0, 1], "labels": ["−1 px", "0 px", "1 px"], "distance": [1, 0, 1], "n": n, "bits": None}
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
        "translation@±1, at worst at −1 px, is 90.00 %, and 91.00 % before, a difference of −1.00 points "
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
