"""What a record has to hold for those who read it: its parts, how long its lists are, in what range its numbers lie.

What is not named here may be there too and is not looked at.
"""

import json
import math
from collections.abc import Callable
from typing import Any

from invariance.datasets import DATASETS
from invariance.evaluation.consistency import SHIFTS
from invariance.evaluation.survival import measured_amounts
from invariance.evaluation.watched import WATCHED_ANGLES
from invariance.transforms import TRANSFORMS, Transform

LARGEST = 1e12  # of all numbers but losses; neither infinite nor "not a number"
Check = Callable[[Any], None]  # of a value; raises WrongPartError
Parts = dict[str, Check]  # by name


class WrongPartError(ValueError):
    """A part of a record is not as expected; says which, what was expected and what is there."""

    def __init__(self, expected: str, found: str, where: str = "") -> None:
        super().__init__(f"{where.removeprefix('.')[:80] or 'the whole'} should be {expected} and is {found}")
        self.expected, self.found, self.where = expected, found, where

    def inside(self, place: str) -> "WrongPartError":
        """The same as seen from what it is a part of."""
        return WrongPartError(self.expected, self.found, place + self.where)


def network(record: Any) -> None:
    """Look whether a network's record holds what those who read it rely on; nothing in it has to be there.

    Raises:
        WrongPartError: the first part that is otherwise.
    """
    _object(optional=MADE | {"evaluation": _evaluations})(record)


def repeat(record: Any) -> None:
    """The same of a network trained with another seed, of which less is measured; see evaluate_seed_transform().

    Raises:
        WrongPartError: the first part that is otherwise.
    """
    _object(optional=MADE | {"evaluation": _evaluations_of_seed})(record)


def experiment(record: Any) -> None:
    """Look whether an experiment's result is whole: every variant trained with the same seeds.

    Raises:
        WrongPartError: the first part that is otherwise.

    See training/experiments.py.
    """
    counts = dict.fromkeys(("seed", "parameters", "epochs"), COUNT)
    run = _object({"variant": _text, "accuracy": SHARE} | counts, {"history": _list(EPOCH)})
    _object(
        {
            "recipe": _object({"optimiser": _text, "batch_size": COUNT}),
            "training": _object({"device": _text, "fingerprint": _text, "versions": _object({"torch": _text})}),
            "test": _object({"dataset_title": _text, "fingerprint": _text}),
            "runs": _list(run),
        }
    )(record)
    seeds: dict[str, list[int]] = {}
    for each in record["runs"]:
        seeds.setdefault(each["variant"], []).append(each["seed"])
    if len(set(map(tuple, map(sorted, seeds.values())))) > 1:
        raise WrongPartError("of the same seeds for every variant", "otherwise", ".runs")


def _object(needed: Parts | None = None, optional: Parts | None = None) -> Check:
    """An object; what is optional may be missing."""
    needed = needed or {}
    parts = needed | (optional or {})

    def look(value: Any) -> None:
        if not isinstance(value, dict):
            raise WrongPartError("an object", _said(value))
        for name, part in parts.items():
            if name in value:
                _look(part, value[name], f".{name}")
            elif name in needed:
                raise WrongPartError("there", "missing", f".{name}")

    return look


def _list(part: Check, length: int | None = None) -> Check:
    """A list of so many things of one form; of one or more if length is None."""

    def look(value: Any) -> None:
        if not isinstance(value, list) or not value or length not in (None, len(value)):
            raise WrongPartError(f"a list of {'one or more' if length is None else length}", _said(value))
        for place, each in enumerate(value):
            try:
                part(each)
            except WrongPartError as error:
                raise error.inside(f"[{place}]") from None

    return look


def _look(part: Check, value: Any, place: str) -> None:
    try:
        part(value)
    except WrongPartError as error:
        raise error.inside(place) from None


def _number(low: float, high: float, whole: bool = False) -> Check:
    kinds = (int,) if whole else (int, float)  # not bool, which is a kind of int

    def look(value: Any) -> None:
        if type(value) not in kinds or not low <= value <= high:
            raise WrongPartError(f"a {'whole ' if whole else ''}number from {low:g} to {high:g}", _said(value))

    return look


def _text(value: Any) -> None:
    if not isinstance(value, str):
        raise WrongPartError("a text", _said(value))


def _said(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return {dict: "an object", str: "a text"}.get(type(value)) or json.dumps(value)[:20]


NUMBER, PART, COUNT = _number(-LARGEST, LARGEST), _number(0, 1), _number(0, LARGEST, whole=True)
ENDS = ("value", "low", "high")
SHARE = _object(dict.fromkeys(ENDS, PART) | {"n": COUNT})  # see Share
EPOCH = _object(
    {"epoch": COUNT}
    | {f"{of}_{what}": part for of in ("train", "validation") for what, part in (("loss", NUMBER), ("accuracy", PART))}
)


def _loss(value: Any) -> None:
    """Also infinite or no number, as of a network whose logits are."""
    if type(value) is not float:
        NUMBER(value)


def _training(value: Any) -> None:
    """How a network was trained; see training/make.py and invariance/scratch/export.py."""
    optional = {"first_filters": _first_filters, "watched": _watched}
    _object({"history": _list(EPOCH), "images": COUNT, "fingerprint": _text}, optional)(value)
    _object({"best_epoch": _number(1, len(value["history"]), whole=True)})(value)
    if "watched" in value:
        of_epoch = _object({"watched": _watched_as(value["watched"])})
        _object({"history": _list(of_epoch)})(value)


MADE = {"sha256": _text, "recipe": _object(optional={"seed": COUNT}), "training": _training}


def _first_filters(value: Any) -> None:
    if value is not None:
        _object({"layer": _text, "shape": _list(COUNT, 4)})(value)
        _object({"values": _list(NUMBER, math.prod(value["shape"]))})(value)


def _watched(value: Any) -> None:
    """What is kept of a network between two epochs; see training/watching.py."""
    _object({"images": COUNT, "right": _list(PART, len(WATCHED_ANGLES))})(value)
    if "layer" in value:
        _first_filters(value)
        _object({"biases": _list(NUMBER, value["shape"][0])})(value)


def _watched_as(before: dict[str, Any]) -> Check:
    """The same after an epoch: of the same filters as before training."""

    def look(value: Any) -> None:
        _watched(value)
        if any(value.get(part) != before.get(part) for part in ("images", "layer", "shape")):
            raise WrongPartError("of the filters and images watched before training", "of others")

    return look


def _evaluations(value: Any) -> None:
    """What was measured, by the name of the dataset; see evaluate()."""
    _measured(value, lambda classes: {"transforms": _curves(_curve, classes), "consistency": _consistency})


def _evaluations_of_seed(value: Any) -> None:
    """The same of another seed."""
    _measured(value, lambda classes: {"transforms": _curves(_short_curve, classes), "consistency": _same_answers})


def _measured(value: Any, further: Callable[[int], Parts]) -> None:
    """further: number of classes -> parts that may be there beside those of every measurement."""
    _object()(value)
    for dataset, measurement in value.items():
        _look(_object({"confusion": _list(_list(COUNT))}), measurement, f".{dataset}")
        classes = len(DATASETS[dataset].labels) if dataset in DATASETS else len(measurement["confusion"])
        _look(_evaluation(classes, further(classes)), measurement, f".{dataset}")


def _curves(form: Callable[[Transform, int], Check], classes: int) -> Check:
    return _object(optional={name: form(each, classes) for name, each in TRANSFORMS.items()})


def _evaluation(classes: int, further: Parts) -> Check:
    protocol = _object(_counted(classes) | {"title": _text})  # see evaluate_protocol()
    return _object(
        {
            **dict.fromkeys(("dataset_title", "sha256", "provider"), _text),
            **_counted(classes),
            "versions": _object({"onnxruntime": _text}),
            "per_class": _per_class,
        },
        further | {"protocol": protocol},
    )


def _counted(classes: int) -> Parts:
    """What is counted of images as they are, of a dataset or a protocol."""
    confusion = _list(_list(COUNT, classes), classes)
    losses = dict.fromkeys(("loss", "loss_margin"), _loss)
    return {"fingerprint": _text, "n": COUNT, **losses, "accuracy": SHARE, "confusion": confusion}


def _per_class(value: Any) -> None:
    """Shares by the names of the classes that have images."""
    _object()(value)
    if not value:
        raise WrongPartError("an object with a class", "empty")
    _object(dict.fromkeys(value, SHARE))(value)


def _amounts(transform: Transform) -> Check:
    amounts = list(measured_amounts(transform))

    def same(value: Any) -> None:
        if value != amounts:
            raise WrongPartError(f"the {len(amounts)} amounts of {transform.in_a_sentence}", "others")

    return same


def _along(transform: Transform) -> Parts:
    """What a curve has at every amount, whatever else is measured."""
    count = len(measured_amounts(transform))
    return {
        "amounts": _amounts(transform),
        "n": COUNT,
        **dict.fromkeys(("loss", "loss_margin"), _list(_loss, count)),
        **dict.fromkeys(("accuracy", "low", "high"), _list(PART, count)),
    }


def _short_curve(transform: Transform, classes: int) -> Check:
    """What was measured of another seed under a transform."""
    del classes
    return _object(_along(transform))


def _curve(transform: Transform, classes: int) -> Check:
    """What was measured under a transform; see survival()."""
    count = len(measured_amounts(transform))

    return _object(
        {
            **_along(transform),
            "agreement": _object(dict.fromkeys(ENDS, _list(PART, count))),
            "confusion": _list(_list(_list(COUNT, classes), classes), count),
            **dict.fromkeys(("mean", "area", "always"), SHARE),
            "worst": _list(COUNT, len(transform.amounts)),
        }
    )


def _consistency(value: Any) -> None:
    """What was measured under random shifts, or {}; see evaluate_consistency()."""
    _object()(value)
    if value:
        _object({name: _steadiness(shift.reach) for name, shift in SHIFTS.items()})(value)


def _same_answers(value: Any) -> None:
    """What was measured of another seed under random shifts."""
    each = {
        name: _object({"reach": _number(shift.reach, shift.reach, whole=True), "consistency": SHARE})
        for name, shift in SHIFTS.items()
    }
    _object(each)(value)


def _steadiness(reach: int) -> Check:
    return _object({"reach": _number(reach, reach, whole=True), "consistency": SHARE, "flips": _list(SHARE, reach + 1)})
