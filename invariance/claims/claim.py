"""One claim of a source document beside what is measured, counted or proved here."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from invariance.claims import verdict
from invariance.claims.verdict import SEEDS, Measured, of_figure, of_shares
from invariance.datasets.dataset import HOLDOUT
from invariance.evaluation import ideas, records
from invariance.evaluation.learning import summarise
from invariance.measures import Z_95, Share
from invariance.model import Card, Model
from invariance.number_words import percent, with_interval

Ours = Measured | Share | float | None  # None while it is not measured


@dataclass(frozen=True)
class Claim:
    """One thing that a source says."""

    name: str
    source: str
    where: str  # in the source
    says: str  # what the source says, in a clause
    theirs: float | None  # a share in 0..1, a loss in nats, a count, 1 or 0 for yes or no; None: it gives no figure
    unit: str  # "%", "nats", another thing that is counted, or "" for yes or no
    # "exact": a count or a proof; "figure": measured, of several seeds; "comparison": measured, yes or no; "always":
    # said of every image, so that one counterexample refutes it
    rule: str
    ours: Callable[[], Ours]
    page: str  # where the app shows it, such as "translation?see=On+test+images"
    test: str  # what fails if ours is wrong: a file in tests/ and the test in it, "claims/test_jaloli.py::test_layers"
    data: Callable[[], str] = lambda: ""  # what ours was measured on, "" where no images are involved
    # Of a figure: whether what the source concludes from it holds of ours.
    finding: Callable[[], bool] = lambda: True
    better: int = 0  # of a figure: 1 if higher is better, -1 if lower is
    rounding: float = 0.0  # of a figure: by how much theirs may be off for being printed with few digits
    inferred: str = ""  # how theirs follows from what the source says, where it doesn't say it: our own inference
    untold: str = ""  # what theirs depends on and the source doesn't say: then nothing is compared
    beside: Callable[[], str] = lambda: ""  # more of ours that belongs to it, in a sentence

    def verdict(self) -> str:
        """A key of VERDICTS, by their rules."""
        if self.untold:
            return verdict.NOT_COMPARABLE
        ours = self.ours()
        if ours is None:
            return verdict.NOT_MEASURED
        if self.rule == "figure":
            if not isinstance(ours, Measured) or len(ours.values) < SEEDS:
                return verdict.NOT_MEASURED
            return of_figure(self.theirs, ours, self.finding(), self.rounding, self.better, self._variance(ours))
        if self.rule == "comparison":
            return verdict.REPRODUCED if ours else verdict.NOT_REPRODUCED
        if self.rule == "always":
            return verdict.REFUTED if _value(ours) < 1 else verdict.REPRODUCED
        return verdict.EQUAL if ours == self.theirs else verdict.REFUTED

    def _variance(self, ours: Measured) -> float | None:
        """Of theirs over as many images."""
        return self.theirs * (1 - self.theirs) / ours.n if self.unit == "%" else None

    def apart(self) -> str:
        """How far theirs and ours are apart, and how far chance alone may bring them, in a sentence; "" where nothing
        is compared."""
        ours = None if self.untold or self.rule != "figure" or self.theirs is None else self.ours()
        if not isinstance(ours, Measured) or len(ours.values) < SEEDS:
            return ""
        by, most = abs(ours.value - self.theirs), verdict.chance(ours, self._variance(ours)) + self.rounding
        if self.unit == "%":
            return f"Apart by {100 * by:.2f} points; by chance and rounding up to {100 * most:.2f}."
        return f"Apart by {by:.4f} {self.unit}; by chance and rounding up to {most:.4f}."


def _value(ours: Measured | Share | float) -> float:
    return ours if isinstance(ours, int | float) else ours.value


def in_words(value: Ours, unit: str) -> str:
    """A value in a claim's unit, with its interval if it has one; "not measured" for None."""
    if value is None:
        return "not measured"
    if isinstance(value, Share):
        return with_interval(value)
    if isinstance(value, Measured):
        of = f", {counted_seeds(value)}"
        if unit == "%":
            return f"{percent(value.value)} ± {100 * value.margin:.2f}{of}"
        return f"{value.value:.4f} ± {value.margin:.4f} {unit}{of}"
    if unit == "%":
        return f"{100 * value:g} %"
    if not unit:
        return "yes" if value else "no"
    return f"{value:.4g} nats" if unit == "nats" else f"{value:,.6g} {unit}"


def counted_seeds(value: Measured) -> str:
    return f"{len(value.values)} seeds" if len(value.values) > 1 else "1 seed"


def figure(claim: Claim, value: Ours) -> str:
    """A value in the claim's unit; see in_words()."""
    return in_words(value, claim.unit)


def theirs(claim: Claim) -> str:
    """What the source says in the claim's unit, with as many digits as it prints; "no figure" where it gives none."""
    if claim.theirs is None:
        return "no figure"
    if not claim.rounding:
        return figure(claim, claim.theirs)
    digits = round(-math.log10(2 * claim.rounding))  # behind the point
    return percent(claim.theirs, max(0, digits - 2)) if claim.unit == "%" else f"{claim.theirs:.{digits}f} {claim.unit}"


def record(name: str) -> dict[str, Any] | None:
    """What was measured of an exported model on its dataset, if that was measured on the file that is there."""
    if (identity := _known(name)) is None:
        return None
    sha256, card = identity
    measurement, problem = records.evaluation(records.EXPORTED / f"{name}.onnx", sha256, card.dataset)
    return None if problem else measurement


def seeds(name: str) -> list[dict[str, Any]]:
    """The records, measured on its dataset, of an exported model and of the same trained with other seeds.

    Only of those whose recipe is the model's own but for the seed, and that were measured on the same images.
    """
    if (first := record(name)) is None:
        return []
    path, dataset, found = records.EXPORTED / f"{name}.onnx", _known(name)[1].dataset, []
    made = _unseeded(records.read(path))
    for each in (path, *records.repeats(path)):
        whole = records.read(each)
        measurement = whole.get("evaluation", {}).get(dataset)
        if measurement and _unseeded(whole) == made and measurement["fingerprint"] == first["fingerprint"]:
            found.append(whole | {"measured": measurement})
    return found


def _unseeded(whole: dict[str, Any]) -> dict[str, Any]:
    return whole.get("recipe", {}) | {"seed": None}


def measurements(name: str) -> list[dict[str, Any]]:
    """What was measured of each seed of an exported model."""
    return [whole["measured"] for whole in seeds(name)]


def shares(found: Sequence[Share | None]) -> Measured | None:
    """One share of each seed; None if there is none, or one lacks it."""
    if not found or None in found:
        return None
    return of_shares([share.value for share in found], found[0].n)


def card(name: str) -> Card | None:
    """What an exported model says of itself, if it is there."""
    identity = _known(name)
    return identity and identity[1]


def _known(name: str) -> tuple[str, Card] | None:
    path = records.EXPORTED / f"{name}.onnx"
    return _identity(path, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=64)
def _identity(path: Path, modified: int) -> tuple[str, Card]:
    """sha256 and card of a model file. modified: when that was, so that a file exported anew is opened anew."""
    del modified
    model = Model(path)
    return model.sha256, model.card


def data(name: str) -> str:
    measurement = record(name)
    return measurement["dataset_title"] if measurement else ""


def accuracy(name: str) -> Measured | None:
    """How often the seeds of an exported model are right on its test images."""
    return shares([Share(**each["accuracy"]) for each in measurements(name)])


def accuracy_at(name: str, amount: float, transform: str = "rotation") -> Measured | None:
    """The same under an amount of a transform, such as an angle."""
    return shares([ideas.at(each, amount, transform) for each in measurements(name)])


def consistency(name: str, kind: str) -> Measured | None:
    """How often the seeds give the same answer to two random shifts of a kind."""
    return shares([ideas.consistency(each, kind) for each in measurements(name)])


def of_class(name: str, label: str) -> Measured | None:
    """How often the seeds are right on test images of a class."""
    found = [each["per_class"].get(label) for each in measurements(name)]
    return shares([share and Share(**share) for share in found])


def loss(name: str) -> Measured | None:
    """Mean cross-entropy of the seeds on test images, nats."""
    return _losses([(each["loss"], each["loss_margin"], each["n"]) for each in measurements(name)])


def loss_at(name: str, amount: float, transform: str = "rotation") -> Measured | None:
    """The same under an amount of a transform."""
    curves = [each.get("transforms", {}).get(transform) for each in measurements(name)]
    if None in curves:
        return None
    places = [curve["amounts"].index(amount) for curve in curves]
    return _losses(
        [
            (curve["loss"][place], curve["loss_margin"][place], curve["n"])
            for curve, place in zip(curves, places, strict=True)
        ]
    )


def _losses(found: list[tuple[float, float, int]]) -> Measured | None:
    """(loss, half its 95 % interval, images) of each seed."""
    if not found:
        return None
    variance = sum((margin / Z_95) ** 2 for _, margin, _ in found) / len(found)
    return Measured(tuple(value for value, _, _ in found), found[0][2], variance)


def training_loss(name: str) -> Measured | None:
    """Mean cross-entropy of the seeds on training images during the epoch that was kept, nats."""
    found = [whole.get("training") for whole in seeds(name)]
    if not found or None in found:
        return None
    losses = tuple(training["history"][training["best_epoch"] - 1]["train_loss"] for training in found)
    # The record doesn't say how far the images are apart.
    return Measured(losses, found[0]["images"], 0.0)


def gap_at_the_end(histories: Sequence[list[dict[str, Any]]], images: int) -> Measured:
    """Training right minus held-out right at the end of the training of each seed, on so many training images.

    The variance is that of both shares, p(1 − p)/n + q(1 − q)/m, m a tenth of all images.
    """
    ends = [summarise(history) for history in histories]
    gaps, held_out = tuple(end.gap for end in ends), round(images * HOLDOUT / (1 - HOLDOUT))
    learned = of_shares([end.train_accuracy for end in ends], images)
    others = of_shares([end.validation_accuracy for end in ends], held_out)
    return Measured(gaps, held_out, learned.variance + others.variance)


def parameters(name: str) -> float | None:
    exported = card(name)
    return exported and exported.parameters


def best_of(names: tuple[str, ...]) -> str:
    """The one of several exported models that was right most often on images held out of training.

    Not on test images: the best of several, chosen by what it is then judged by, would look better than it is. The
    first while one is not recorded.
    """
    held_out = {}
    for name in names:
        history = [whole["training"]["history"] for whole in seeds(name) if "training" in whole]
        held_out[name] = max((max(epoch["validation_accuracy"] for epoch in each) for each in history), default=0)
    return max(names, key=held_out.get) if all(held_out.values()) else names[0]
