"""What a report is to hold: "rotation@±15 >= 0.95" is read, says what has to be measured, and is judged.

    requirement = quantity, ">=" | ">" | "<=" | "<", bound
    quantity    = "accuracy" | "ece" | at | "agreement(" at ")" | "ece(" at ")" | "mean(" NAME ")" | "always(" NAME ")"
                | "consistency(" KIND [ "," REACH ] ")"
    at          = NAME "@" ( AMOUNT | "±" NUMBER | AMOUNT ".." AMOUNT )
    bound       = NUMBER [ "%" ] | ( "accuracy" | "before" ) [ ( "+" | "-" ) NUMBER [ "%" ] ]

NAME is a key of TRANSFORMS, KIND one of SHIFTS, AMOUNT a number in the transform's unit that may have a minus. ±15 is
from 15 below to 15 above the neutral amount, and may be written +-15. Of several amounts the worst has to hold.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, NoReturn

from invariance import UserError
from invariance.evaluation.consistency import SHIFTS
from invariance.measures import Difference, paired_difference
from invariance.number_words import number, percent, with_interval_and_n
from invariance.report.comparison import at, names, of_shift, plain
from invariance.transforms import TRANSFORMS, Transform

OPERATORS: dict[str, Callable[[float, float], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}
UNCHANGED = ("accuracy", "ece")  # quantities of the images as they are
AT = ("agreement", "ece")  # quantities at amounts, beside the accuracy, which is not named
OVER = ("mean", "always")  # quantities over a transform's own amounts
CONSISTENCY = "consistency"
ACCURACY, BEFORE = "accuracy", "before"  # bounds that are measured
MOST_REACH = 100  # pixels of a shift: the images of each way and back, and of every shift between, are 201²
DIGITS = 9  # behind the point of an amount: 1 - 0.9 is to be 0.1
TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<word>[^\W\d]\w*(?:-[^\W\d]\w*)*)|>=|<=|>|<|\.\.|±|\+-|[@(),%+-]"
)

MEANT = "A requirement is of names, numbers and >= > <= < @ ± .. ( ) , + - %, such as rotation@±15 >= 0.95."


class RequirementError(UserError):
    """A requirement that can't be read or judged; the message may have lines of its own that point at a word."""


@dataclass(frozen=True)
class Requirement:
    """One requirement; str() of it is how it is written."""

    measure: str  # accuracy, ece, agreement, mean, always or consistency
    op: str  # of OPERATORS
    bound: float  # a share from 0 to 1; where there is a base, what is added to it, from -1 to 1
    base: str = ""  # ACCURACY, BEFORE, or none
    name: str = ""  # a key of TRANSFORMS, for consistency of SHIFTS; none for the unchanged images
    low: float | None = None  # the amounts, as written: -15 to 15; None over all of the transform's own
    high: float | None = None
    reach: int = 0  # of a shift, pixels

    @property
    def quantity(self) -> str:
        """What it is about: "rotation@±15"."""
        if self.measure == CONSISTENCY:
            return of_shift(self.name, self.reach)
        if self.low is None or self.high is None:
            return f"{self.measure}({self.name})" if self.name else self.measure
        neutral = TRANSFORMS[self.name].neutral
        if self.low == self.high:
            quantity = at(self.name, self.low)
        elif self.low == _rounded(2 * neutral - self.high):
            quantity = f"{self.name}@±{plain(_rounded(self.high - neutral))}"
        else:
            quantity = f"{at(self.name, self.low)}..{plain(self.high)}"
        return quantity if self.measure == ACCURACY else f"{self.measure}({quantity})"

    def __str__(self) -> str:
        bound = plain(self.bound)
        if self.base:
            bound = (
                f"{self.base} {'-' if self.bound < 0 else '+'} {plain(abs(self.bound))}" if self.bound else self.base
            )
        return f"{self.quantity} {self.op} {bound}"

    @property
    def amounts(self) -> tuple[float, ...]:
        """The amounts it is about: the transform's own between the ends, and the ends; () where it is about none."""
        if not self.name or self.measure == CONSISTENCY:
            return ()
        transform = TRANSFORMS[self.name]
        if self.low is None or self.high is None:
            return transform.amounts
        inside = {transform.wrapped(amount) for amount in transform.amounts if self._holds(transform, amount)}
        return tuple(sorted(inside | {transform.wrapped(self.low), transform.wrapped(self.high)}))

    def _holds(self, transform: Transform, amount: float) -> bool:
        above = amount - self.low
        return 0 <= (above if transform.period is None else above % transform.period) <= self.high - self.low


class Needs(NamedTuple):
    """What has to be measured."""

    amounts: dict[str, tuple[float, ...]]  # of each transform
    shifts: tuple[tuple[str, int], ...]  # kind and reach


def needs(requirements: Iterable[Requirement]) -> Needs:
    """What has to be measured to judge them, beside the unchanged images."""
    amounts: dict[str, set[float]] = {}
    shifts = set()
    for one in requirements:
        if one.measure == CONSISTENCY:
            shifts.add((one.name, one.reach))
        elif one.name:
            amounts.setdefault(one.name, set()).update(one.amounts)
    return Needs({name: tuple(sorted(some)) for name, some in amounts.items()}, tuple(sorted(shifts)))


class _Token(NamedTuple):
    text: str  # "" at the end
    kind: str  # number, word, or "" for a sign
    start: int


class _Reader:
    """The words of a requirement, one after the other."""

    def __init__(self, text: str):
        self.text, self.place = text, 0
        self.tokens: list[_Token] = []
        start = 0
        while start < len(text):
            found = TOKEN.match(text, start)
            if found:
                self.tokens.append(_Token(found[0], found.lastgroup or "", start))
            elif not text[start].isspace():
                self.fail(_Token(text[start], "", start), f"{_shown(text[start])} has no meaning here. {MEANT}")
            start = found.end() if found else start + 1
        self.tokens.append(_Token("", "", len(text)))

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.next
        self.place += bool(token.text)
        return token

    def taken(self, *texts: str) -> bool:
        """Whether one of these comes next, which is then behind us."""
        return self.next.text in texts and bool(self.take())

    def expect(self, text: str, after: str) -> None:
        if not self.taken(text):
            self.wrong(f"{text} after {after}")

    def wrong(self, expected: str) -> NoReturn:
        """Fail at what comes next."""
        self.fail(
            self.next, f"Expected {expected}, {f'not {self.next.text}' if self.next.text else 'but nothing follows'}."
        )

    def fail(self, token: _Token, sentence: str, last: _Token | None = None) -> NoReturn:
        """Refuse, with a line that points at a token, or from it to a last one."""
        last = last or token
        marks = "^" * max(1, last.start + len(last.text) - token.start)
        raise RequirementError(f"{sentence}\n    {_shown(self.text)}\n    {' ' * token.start}{marks}")

    def one_of(self, what: str, known: Collection[str]) -> str:
        """A word of those known."""
        token = self.next
        if token.text in known:
            return self.take().text
        if token.kind != "word":
            self.wrong(f"a {what} ({', '.join(known)})")
        near = difflib.get_close_matches(token.text, known, 1)
        ask = f" Did you mean {near[0]}?" if near else ""
        self.fail(token, f"{token.text} is no {what}; there are: {', '.join(known)}.{ask}")

    def number(self, expected: str) -> float:
        """A number of 0 or more."""
        if self.next.kind != "number":
            self.wrong(expected)
        return float(self.take().text)

    def amount(self) -> float:
        sign = -1 if self.taken("-") else 1
        return sign * self.number("an amount such as 15, -15 or ±15")

    def share(self) -> float:
        """A share from 0 to 1, or in per cent."""
        token = self.next
        if token.kind != "number":
            self.wrong("a share such as 0.95 or 95 %")
        value = Decimal(self.take().text)  # 92.3 / 100 is to be 0.923
        if self.taken("%"):
            value /= 100
        elif 1 < value <= 100:
            self.fail(token, f"{token.text} is more than all; write {token.text} %, or a share from 0 to 1.")
        if value > 1:
            self.fail(token, f"{token.text} is more than all; write a share from 0 to 1, or 0 to 100 %.")
        return float(value)


def parse(text: str, *, compared: bool = False) -> Requirement:
    """Read one requirement.

    Args:
        text: see the top of this file.
        compared: whether there is something to compare with, which "before" means.

    Raises:
        RequirementError: it can't be read; says which word, what was expected there and what to write.
    """
    reader = _Reader(text)
    quantity = _quantity(reader)
    if reader.next.text not in OPERATORS:
        reader.wrong(">=, >, <= or <")
    op = reader.take().text
    base, bound = _bound(reader, quantity, compared)
    if reader.next.text:
        reader.wrong("nothing more")
    return Requirement(op=op, base=base, bound=bound, **quantity)


def _quantity(reader: _Reader) -> dict[str, Any]:
    """The fields of a requirement up to its operator."""
    word = reader.one_of("transform or quantity", [*dict.fromkeys((*TRANSFORMS, *UNCHANGED, *AT, *OVER, CONSISTENCY))])
    if word in TRANSFORMS:
        return {"measure": ACCURACY, **_at(reader, word)}
    if word in UNCHANGED and reader.next.text != "(":
        return {"measure": word}
    if word == ACCURACY:
        reader.fail(reader.next, "Accuracy is of the images as they are; at an amount, write that alone: rotation@15.")
    reader.expect("(", word)
    if word == CONSISTENCY:
        kind = reader.one_of("kind of shift", SHIFTS)
        fields = {"name": kind, "reach": _reach(reader) if reader.taken(",") else SHIFTS[kind].reach}
    else:
        name = reader.one_of("transform", TRANSFORMS)
        fields = {"name": name} if word in OVER else _at(reader, name)
    reader.expect(")", f"what {word} is of")
    return {"measure": word, **fields}


def _at(reader: _Reader, name: str) -> dict[str, Any]:
    """The fields of a transform and its amounts, from the @."""
    transform = TRANSFORMS[name]
    reader.expect("@", f"{name} and then an amount, such as {at(name, transform.tells_most)}")
    first = reader.next
    if reader.taken("±", "+-"):
        far = reader.number("a number of 0 or more after ±")
        low, high = _rounded(transform.neutral - far), _rounded(transform.neutral + far)
    else:
        low = high = reader.amount()
        if reader.taken(".."):
            high = reader.amount()
    last = reader.tokens[reader.place - 1]
    if low > high:
        reader.fail(first, f"{low:g} is more than {high:g}; write the smaller amount first.", last)
    for amount in (low, high):
        if not transform.low <= transform.wrapped(amount) <= transform.high:
            reader.fail(first, f"{name} goes from {transform.low:g} to {transform.high:g}, not to {amount:g}.", last)
        if transform.names and amount not in transform.amounts:
            known = ", ".join(f"{each:g} ({transform.label(each)})" for each in transform.amounts)
            reader.fail(first, f"{amount:g} is no amount of {name}; there are: {known}.", last)
    return {"name": name, "low": low, "high": high}


def _reach(reader: _Reader) -> int:
    token = reader.next
    reach = reader.number("the reach of the shifts, in pixels")
    if not (reach.is_integer() and 1 <= reach <= MOST_REACH):
        reader.fail(token, f"The reach is a whole number of pixels from 1 to {MOST_REACH}, not {token.text}.")
    return int(reach)


def _bound(reader: _Reader, quantity: dict[str, Any], compared: bool) -> tuple[str, float]:
    """The base, "" for none, and the share or what is added to the base."""
    token = reader.next
    if token.kind != "word":
        return "", reader.share()
    if token.text not in (ACCURACY, BEFORE):
        near = difflib.get_close_matches(token.text, (ACCURACY, BEFORE), 1)
        ask = f" Did you mean {near[0]}?" if near else ""
        reader.fail(token, f"{token.text} is no bound; write a share such as 0.95 or 95 %, accuracy or before.{ask}")
    if token.text == ACCURACY and not (quantity["measure"] == ACCURACY and "name" in quantity):
        reader.fail(token, "Only the accuracy at amounts, such as rotation@90, is held against accuracy.")
    if token.text == BEFORE and quantity["measure"] not in (ACCURACY, CONSISTENCY):
        reader.fail(
            token, "Only accuracy, also at amounts, such as rotation@90, and consistency are held against before."
        )
    if token.text == BEFORE and not compared:
        reader.fail(token, "Before is what another network or report says: name it with --compare.")
    base = reader.take().text
    if reader.taken("-"):
        return base, -reader.share()
    return base, reader.share() if reader.taken("+") else 0.0


def _rounded(amount: float) -> float:
    return round(amount, DIGITS)


def _shown(text: str) -> str:
    """A text in one line, each character in its place."""
    return "".join(character if character.isprintable() else "�" for character in text)


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
