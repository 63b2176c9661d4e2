"""What a report is to hold: "rotation@±15 >= 0.95" is read, and says what has to be measured.

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
from invariance.report.comparison import at, of_shift, plain
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
