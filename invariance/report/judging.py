"""Whether a report holds what was required of it, and by how much, in words.

A requirement holds if the end of the 95 % interval does that speaks against it; see judge().
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from invariance.measures import Difference, paired_difference
from invariance.number_words import number, percent, with_interval_and_n
from invariance.report.comparison import at, names
from invariance.report.requirements import (
    ACCURACY,
    BEFORE,
    CONSISTENCY,
    OPERATORS,
    OVER,
    Requirement,
    RequirementError,
)
from invariance.transforms import TRANSFORMS


class _Reading(NamedTuple):
    """What a requirement is about, at one amount."""

    value: float  # what is held against the bound: a share, or the difference of two
    low: float  # end of its 95 % interval
    high: float
    said: str  # the share in full, as words
    label: str = ""  # the amount's, if there are several


def judge(requirement: Requirement, findings: dict[str, Any], *, strict: bool = True) -> dict[str, Any]:
    """Whether a requirement holds, as findings["requirements"] has it.

    Of a requirement with a base, value, low and high are the difference from what it is held against, and bound is what
    was added to it: "rotation@90 >= accuracy - 0.02" holds if the difference is at least -0.02.

    Args:
        requirement: of parse().
        findings: with what needs() says measured, and the comparison if the base is "before".
        strict: the end of the 95 % interval has to hold, the lower one for ">=" and ">"; else the value alone.

    Raises:
        RequirementError: what it needs was not measured, so that nothing is known.
    """
    upward = requirement.op in (">=", ">")

    def deciding(reading: _Reading) -> float:
        return reading.value if not strict else reading.low if upward else reading.high

    worst = (min if upward else max)(_readings(requirement, findings), key=deciding)
    where = f", at worst at {worst.label}," if worst.label else ""
    return {
        "text": str(requirement),
        "holds": bool(OPERATORS[requirement.op](deciding(worst), requirement.bound)),
        **{key: getattr(worst, key) for key in ("value", "low", "high")},
        "bound": requirement.bound,
        "sentence": f"{requirement.quantity}{where} is {worst.said}: {_verdict(requirement, worst, strict)}.",
    }


def check_comparable(requirements: Iterable[Requirement], before: dict[str, Any]) -> None:
    """Look, before anything is measured, whether what an earlier report holds is enough to judge against it.

    Raises:
        RequirementError: it isn't.
    """
    known = names(before)
    for one in requirements:
        if one.base == BEFORE and (missing := [name for name in _compared_names(one) if name not in known]):
            raise _not_compared(one, missing)


def _compared_names(requirement: Requirement) -> list[str]:
    """What compare() calls what a requirement is about, for each of its amounts."""
    if requirement.measure == CONSISTENCY or not requirement.name:
        return [requirement.quantity]
    transform = TRANSFORMS[requirement.name]
    return [at(transform.name, amount) if transform.distance(amount) else ACCURACY for amount in requirement.amounts]


def _not_compared(requirement: Requirement, missing: Iterable[str]) -> RequirementError:
    return RequirementError(
        f"{requirement} can't be judged: what is compared with holds no {', '.join(missing)}. Measure that network "
        "again with the same requirements."
    )


def _readings(requirement: Requirement, findings: dict[str, Any]) -> list[_Reading]:
    """At each of its amounts, or the one there is."""
    if requirement.base == BEFORE:
        return _compared(requirement, findings)
    if requirement.measure == CONSISTENCY:
        wanted = (requirement.name, requirement.reach)
        found = next((one for one in findings["consistency"] if (one["shift"], one["reach"]) == wanted), None)
    elif not requirement.name:
        calibration = findings["calibration"] or {"ece": None}
        found = findings[ACCURACY] if requirement.measure == ACCURACY else calibration["ece"]
    else:
        curve = findings["transforms"].get(requirement.name)
        if curve and requirement.measure not in OVER:
            return _at_amounts(requirement, curve)
        found = curve and curve[requirement.measure]
    if not found:
        raise _not_measured(requirement, requirement.quantity)
    return [_Reading(found["value"], found["low"], found["high"], with_interval_and_n(found))]


def _at_amounts(requirement: Requirement, curve: dict[str, Any]) -> list[_Reading]:
    """At each amount of a transform, as findings have it."""
    rows = {amount: row for row, amount in enumerate(curve["amounts"])}
    if missing := [at(requirement.name, amount) for amount in requirement.amounts if amount not in rows]:
        raise _not_measured(requirement, ", ".join(missing))
    readings = []
    for row in (rows[amount] for amount in requirement.amounts):
        share = {end: curve[requirement.measure][end][row] for end in ("value", "low", "high")} | {"n": curve["n"]}
        label = curve["labels"][row] if len(requirement.amounts) > 1 else ""
        if requirement.base == ACCURACY:
            difference = paired_difference(curve["lost"][row], curve["gained"][row], curve["n"])
            said = _against(share["value"], share["value"] - difference.value, "unchanged", difference, curve["n"])
            readings.append(_Reading(*difference, said, label))
        else:
            readings.append(_Reading(share["value"], share["low"], share["high"], with_interval_and_n(share), label))
    return readings


def _compared(requirement: Requirement, findings: dict[str, Any]) -> list[_Reading]:
    """At each of its amounts, against what was there before at the same amount."""
    measures = {one["name"]: one for one in (findings["comparison"] or {"measures": []})["measures"]}
    compared = _compared_names(requirement)
    if missing := [name for name in compared if name not in measures]:
        raise _not_compared(requirement, missing)
    labels = (
        [TRANSFORMS[requirement.name].label(amount) for amount in requirement.amounts] if len(compared) > 1 else [""]
    )
    readings = []
    for one, label in zip((measures[name] for name in compared), labels, strict=True):
        here, there = one["here"], one["there"]
        counts = [here["n"]] if one["lost"] is not None else [here["n"], there["n"]]
        difference = Difference(one["difference"], one["low"], one["high"])
        readings.append(
            _Reading(*difference, _against(here["value"], there["value"], "before", difference, *counts), label)
        )
    return readings


def _against(value: float, other: float, which: str, difference: Difference, *counts: int) -> str:
    """Two shares, their difference with its interval, and of how many images they are."""
    middle, low, high = (number(100 * each, ".2f") for each in difference)
    return (
        f"{percent(value)}, and {percent(min(max(other, 0.0), 1.0))} {which}, a difference of {middle} points (95 % "
        f"interval {low} to {high}, n = {' and '.join(f'{count:,}' for count in counts)})"
    )


def _verdict(requirement: Requirement, reading: _Reading, strict: bool) -> str:
    """By how much a reading is on one side of the bound, at least."""
    upward = requirement.op in (">=", ">")
    sign, end, good, bad = (1, "lower", "above", "below") if upward else (-1, "upper", "below", "above")
    near, far = (reading.low, reading.high) if upward else (reading.high, reading.low)
    bound = _bound_said(requirement)
    sure, possible, off = (sign * (each - requirement.bound) for each in (near, far, reading.value))
    if not strict:
        return f"{_points(abs(off))} {good if off > 0 else bad} {bound}" if off else f"exactly {bound}"
    if sure > 0:
        return f"at least {_points(sure)} {good} {bound}"
    if possible < 0:
        return f"at least {_points(-possible)} {bad} {bound}"
    return f"the {end} end of the interval is {f'{_points(-sure)} {bad}' if sure else 'exactly'} {bound}"


def _bound_said(requirement: Requirement) -> str:
    """ "95 %", "before − 2 points"."""
    if not requirement.base:
        return f"{number(100 * requirement.bound, '.6g')} %"
    if not requirement.bound:
        return requirement.base
    return f"{requirement.base} {'−' if requirement.bound < 0 else '+'} {_points(abs(requirement.bound))}"


def _points(share: float) -> str:
    """A difference of shares, 0 or more: "1.4 points"."""
    said = number(100 * share)
    return f"{said} point{'' if said == '1' else 's'}"


def _not_measured(requirement: Requirement, what: str) -> RequirementError:
    return RequirementError(f"{requirement} can't be judged: {what} was not measured. Measure it too.")
