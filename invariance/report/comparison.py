"""Two reports side by side: what of the one differs from the other, and whether by more than chance.

On the same images a difference is paired: what counts is only how often an image is right here and wrong there, and the
other way round. On other images two shares are held against each other. Either way several measures are compared at
once. "Beyond chance" is said so seldom that, if the two were equally good, it would be said of any measure at all in at
most 5 % of cases: of pairs by McNemar's exact p after Holm's correction for all m measures, of others where the
interval of level 1 - 0.05/m leaves 0 out. The intervals given are of 95 % each.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from invariance import UserError
from invariance.measures import Share, holm, mcnemar, paired_difference, share_of, unpaired_difference

FORMAT, VERSION = "invariance-report", 1  # of a report.json; see schema.json
LARGEST = 100_000_000  # bytes of a report's file: bits of 100,000 small images take about 10 million
MOST_IMAGES = 100_000  # of which a report holds what each is answered
MOST_ROWS = 1_000  # amounts of one transform
MOST_N = 10**12  # images that a share is of
CHANCE = 0.05


class _Pair(NamedTuple):
    """One measure of both reports."""

    name: str
    title: str
    here: Share
    there: Share
    right: tuple[np.ndarray, np.ndarray] | None  # bool (n,) here and there, of the same images


def at(transform: str, amount: float) -> str:
    """The name of the accuracy at an amount: "rotation@15"."""
    return f"{transform}@{plain(amount)}"


def of_shift(kind: str, reach: int) -> str:
    """The name of a consistency: "consistency(circular, 4)"."""
    return f"consistency({kind}, {reach})"


def plain(amount: float) -> str:
    """A number with as many digits as tell it from every other, without an exponent: "0.05", "-15"."""
    return np.format_float_positional(amount + 0.0, trim="-")


def names(findings: dict[str, Any]) -> set[str]:
    """What of a report can be compared, as compare() names it."""
    found = {of_shift(entry["shift"], entry["reach"]) for entry in findings["consistency"]}
    for name, curve in findings["transforms"].items():
        far = zip(curve["amounts"], curve["distance"], strict=True)
        found |= {at(name, amount) for amount, distance in far if distance > 0}
    return found | ({"accuracy"} if findings["accuracy"] else set())


def compare(findings: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What findings differ in from other findings, as findings["comparison"] has it.

    Compared is what both have measured: the accuracy of the unchanged images and at each amount, and consistency.

    Raises:
        UserError: the other findings are not as they should be.
    """
    data, data_there = findings["data"], other["data"]
    same = data["fingerprint"] == data_there["fingerprint"] and data["n"] == data_there["n"]
    measures = [_compared(pair) for pair in _pairs(findings, other, same)]
    # One that is not paired has no p, and makes those of the others no smaller.
    adjusted = holm([1.0 if one["p"] is None else one["p"] for one in measures])
    for one, p in zip(measures, adjusted, strict=True):
        unpaired = one["p"] is None and _apart(one["here"], one["there"], CHANCE / len(measures))
        one["beyond_chance"] = p < CHANCE or unpaired
    return {
        "model": {key: other["model"][key] for key in ("name", "title", "sha256")},
        "same_images": same,
        "agreement": _agreement(findings, other) if same else None,
        "measures": measures,
    }


def _pairs(findings: dict[str, Any], other: dict[str, Any], same: bool) -> Iterator[_Pair]:
    """All that both have measured; the bits of one transform at a time."""

    def both(here: dict[str, Any] | None, there: dict[str, Any] | None) -> tuple[np.ndarray, np.ndarray] | None:
        if not same or here is None or there is None or here["columns"] != there["columns"]:
            return None
        return unpack_bits(here), unpack_bits(there)

    def at_row(bits: tuple[np.ndarray, np.ndarray] | None, row: int, row_there: int) -> Any:
        return bits and (bits[0][row], bits[1][row_there])

    if findings["accuracy"] and other["accuracy"]:
        bits = both(findings["accuracy_bits"], other["accuracy_bits"])
        yield _Pair("accuracy", "Accuracy", _share(findings["accuracy"]), _share(other["accuracy"]), at_row(bits, 0, 0))
    for name, curve in findings["transforms"].items():
        if (curve_there := other["transforms"].get(name)) is None:
            continue
        bits = both(curve["bits"], curve_there["bits"])
        rows_there = {amount: row for row, amount in enumerate(curve_there["amounts"])}
        for row, amount in enumerate(curve["amounts"]):
            if amount in rows_there and curve["distance"][row] > 0:  # unchanged images are compared already
                row_there = rows_there[amount]
                shares = (_share_at(curve, row), _share_at(curve_there, row_there))
                title = f"{curve['title']}, {curve['labels'][row]}"
                yield _Pair(at(name, amount), title, *shares, at_row(bits, row, row_there))
    shifts_there = {(entry["shift"], entry["reach"]): entry for entry in other["consistency"]}
    for entry in findings["consistency"]:
        if entry_there := shifts_there.get((entry["shift"], entry["reach"])):
            bits = both(entry["bits"], entry_there["bits"])
            title = f"Consistency, {entry['title'].lower()}, up to {entry['reach']} px"
            name = of_shift(entry["shift"], entry["reach"])
            yield _Pair(name, title, _share(entry), _share(entry_there), at_row(bits, 0, 0))


def _compared(pair: _Pair) -> dict[str, Any]:
    """An entry of findings["comparison"]["measures"], but for whether it is beyond chance."""
    lost = gained = p = None
    if pair.right is None:
        difference = unpaired_difference(pair.here, pair.there)
    else:
        here, there = pair.right
        lost, gained = int((there & ~here).sum()), int((here & ~there).sum())
        difference, p = paired_difference(lost, gained, len(here)), mcnemar(lost, gained)
    return {
        "name": pair.name,
        "title": pair.title,
        "here": pair.here._asdict(),
        "there": pair.there._asdict(),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "lost": lost,
        "gained": gained,
        "p": p,
    }


def _apart(here: dict[str, Any], there: dict[str, Any], chance: float) -> bool:
    """Whether the interval of the difference, of level 1 - chance, leaves 0 out."""
    z = NormalDist().inv_cdf(1 - chance / 2)
    one, two = (share_of(round(share["value"] * share["n"]), share["n"], z) for share in (here, there))
    difference = unpaired_difference(one, two)
    return difference.low > 0 or difference.high < 0


def _share(entry: dict[str, Any]) -> Share:
    """A share of a report.

    Raises:
        UserError: it is of no images, or of more than there can be.
    """
    if not 0 < entry["n"] <= MOST_N:
        raise _damaged(f"a share is of 1 to {MOST_N:,} images")
    return Share(entry["value"], entry["low"], entry["high"], int(entry["n"]))


def _share_at(curve: dict[str, Any], row: int) -> Share:
    """The accuracy at one amount of a transform."""
    return _share({key: curve["accuracy"][key][row] for key in ("value", "low", "high")} | {"n": curve["n"]})


def _agreement(findings: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """The share of the same images with the same answer, if both reports hold the answers and have the same classes."""
    here, there = findings["answers"], other["answers"]
    labels, labels_there = findings["model"]["labels"], other["model"]["labels"]
    if not here or not there or here["columns"] != there["columns"] or sorted(labels) != sorted(labels_there):
        return None
    answers, answers_there = (
        unpack_answers(packed, len(known)) for packed, known in ((here, labels), (there, labels_there))
    )
    if labels != labels_there:  # the same classes in another order
        places = {label: place for place, label in enumerate(labels)}
        if len(places) < len(labels) or not labels:
            return None  # of two classes of one name nobody knows which is which
        answers_there = np.array([places[label] for label in labels_there] + [-1])[answers_there]
    same = (answers == answers_there) & (answers >= 0)
    return share_of(int(same.sum()), len(same))._asdict()


def pack_bits(right: np.ndarray) -> dict[str, Any]:
    """bool (rows, columns) -> {"rows", "columns", "data": base64 of zlib of each row's bits, whole bytes a row}."""
    rows, columns = right.shape
    return {"rows": rows, "columns": columns, "data": _packed(np.packbits(right, axis=1))}


def unpack_bits(bits: dict[str, Any]) -> np.ndarray:
    """What pack_bits() packed: bool (rows, columns).

    Raises:
        UserError: that is not what is in it, or there are more than MOST_ROWS rows or MOST_IMAGES columns.
    """
    rows, columns = _count(bits["rows"], MOST_ROWS), _count(bits["columns"], MOST_IMAGES)
    width = -(-columns // 8)
    packed = np.frombuffer(_unpacked(bits["data"], rows * width), np.uint8).reshape(rows, width)
    return np.unpackbits(packed, axis=1, count=columns).view(bool)


def pack_answers(answers: np.ndarray) -> dict[str, Any]:
    """Classes (n,), -1 for none -> {"columns": n, "data": base64 of zlib of them as little-endian int32}."""
    return {"columns": len(answers), "data": _packed(answers.astype("<i4"))}


def unpack_answers(packed: dict[str, Any], classes: int) -> np.ndarray:
    """What pack_answers() packed: int32 (n,), each from -1 to classes - 1.

    Raises:
        UserError: that is not what is in it, or there are more than MOST_IMAGES.
    """
    columns = _count(packed["columns"], MOST_IMAGES)
    answers = np.frombuffer(_unpacked(packed["data"], 4 * columns), "<i4")
    if answers.min() < -1 or answers.max() >= classes:
        raise _damaged(f"answers are classes from 0 to {classes - 1}")
    return answers


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(values.tobytes())).decode()


def _unpacked(text: str, size: int) -> bytes:
    """The size bytes that are packed in a text; no more is unpacked, however much there is."""
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(text, validate=True), size + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise _damaged("what is packed can be unpacked") from error
    if len(data) != size or not unpacking.eof:
        raise _damaged("what is packed is as long as is said beside it")
    return data


def _count(value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise _damaged(f"there are 1 to {most:,} rows or columns")
    return value


def _damaged(expected: str) -> UserError:
    return UserError(f"A report is damaged: in a whole one {expected}. Make it again.")


def read(path: Path) -> dict[str, Any]:
    """The findings in a report.json.

    Raises:
        UserError: it can't be read, or is no report of this format, or not a whole one.
    """
    from jsonschema import Draft202012Validator  # late: only who compares needs it

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path.name} can't be read ({error.strerror}). Name a report.json that can be.") from error
    if len(content) > LARGEST:
        raise UserError(f"{path.name} has more than {LARGEST:,} bytes, more than any report.json. Name another.")
    try:
        findings = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # not even text, or lists in lists without end
        raise UserError(f"{path.name} is no JSON. Name the report.json that an earlier report wrote.") from error
    if not isinstance(findings, dict) or findings.get("format") != FORMAT:
        raise UserError(f"{path.name} is no report. Name the report.json that an earlier report wrote.")
    if findings.get("version") != VERSION:
        raise UserError(f"{path.name} is a report of another version than {VERSION}. Make it again with this program.")
    schema = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
    if problem := next(Draft202012Validator(schema).iter_errors(findings), None):
        raise UserError(f"{path.name} is damaged at {problem.json_path[:80]!r}. Make that report again.")
    for curve in findings["transforms"].values():
        columns = [curve[key] for key in ("labels", "distance", "lost", "gained")]
        columns += [column for key in ("accuracy", "agreement", "ece") for column in curve[key].values()]
        lengths = {len(column) for column in columns} | ({curve["bits"]["rows"]} if curve["bits"] else set())
        if lengths != {len(curve["amounts"])}:
            raise UserError(f"{path.name} is damaged: of a transform the amounts are more or fewer than the figures.")
    return findings


def _no_number(name: str) -> float:
    """JSON has no infinity, and nothing that is no number."""
    raise ValueError(f"{name} is no JSON")
