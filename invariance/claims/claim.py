"""One figure of a source document beside ours, and what was measured of the exported files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from invariance.evaluation import ideas, records
from invariance.measures import Share
from invariance.model import Card, Model
from invariance.number_words import with_interval


@dataclass(frozen=True)
class Claim:
    """One figure of a source."""

    name: str
    source: str
    where: str  # in the source
    says: str  # what the source says, in a clause
    theirs: float  # a share in 0..1, a loss in nats, a count, or 1 or 0 for yes or no
    unit: str  # "%", "nats", "parameters", or "" for 1, it is so, and 0, it isn't
    # "at least": higher is better; "at most": lower is better; "below": less than that; "about": within the tolerance;
    # "exactly": equal
    comparison: str
    ours: Callable[[], Share | float | None]  # None while it is not measured
    page: str  # where the app shows it, such as "translation?see=On+test+images"
    tolerance: float = 0.0  # as theirs
    data: Callable[[], str] = lambda: ""  # what ours was measured on, "" where no images are involved

    def verdict(self) -> str:
        """ "reproduced", "surpassed", "corrected" or, while ours is missing, "not measured"."""
        ours = self.ours()
        if ours is None:
            return "not measured"
        low, high = (ours.low, ours.high) if isinstance(ours, Share) else (ours, ours)
        if self.comparison == "at least":
            return "surpassed" if low > self.theirs else "reproduced" if high >= self.theirs else "corrected"
        if self.comparison == "at most":
            return "surpassed" if high < self.theirs else "reproduced" if low <= self.theirs else "corrected"
        if self.comparison == "below":
            return "reproduced" if high < self.theirs else "corrected"
        near = low - self.tolerance <= self.theirs <= high + self.tolerance
        return "reproduced" if near else "corrected"


def figure(claim: Claim, value: Share | float | None) -> str:
    """A value in the claim's unit, with its interval if it has one; "not measured" for None."""
    if value is None:
        return "not measured"
    if isinstance(value, Share):
        return with_interval(value)
    if claim.unit == "%":
        return f"{100 * value:g} %"
    if not claim.unit:
        return "yes" if value else "no"
    return f"{value:,.0f} {claim.unit}" if claim.unit == "parameters" else f"{value:.4f} {claim.unit}"


def record(name: str) -> dict[str, Any] | None:
    """What was measured of an exported model on its dataset, if that was measured on the file that is there."""
    if (identity := _known(name)) is None:
        return None
    sha256, card = identity
    measurement, problem = records.evaluation(records.EXPORTED / f"{name}.onnx", sha256, card.dataset)
    return None if problem else measurement


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


def at(name: str, kind: str, amount: float, transform: str = "rotation") -> Share | float | None:
    """Accuracy or loss of an exported model on its test images under an amount of a transform, such as an angle."""
    measurement = record(name) or {}
    if kind != "loss":
        return ideas.at(measurement, amount, transform)
    curve = measurement.get("transforms", {}).get(transform)
    return curve and curve["loss"][curve["amounts"].index(amount)]


def mean_over(name: str, transform: str) -> Share | None:
    """Accuracy of an exported model over all amounts of a transform."""
    return ideas.mean_over(record(name) or {}, transform)


def consistency(name: str, kind: str) -> Share | None:
    """How often an exported model gives the same answer to two random shifts of a kind."""
    return ideas.consistency(record(name) or {}, kind)


def accuracy(name: str) -> Share | None:
    measurement = record(name)
    return ideas.accuracy(measurement) if measurement else None


def loss(name: str) -> float | None:
    measurement = record(name)
    return measurement["loss"] if measurement else None


def training_loss(name: str) -> float | None:
    return records.training_loss(records.EXPORTED / f"{name}.onnx")


def parameters(name: str) -> float | None:
    exported = card(name)
    return exported and exported.parameters


def best_of(names: tuple[str, ...]) -> str:
    """The one of several exported models that is right most often; the first while none is measured."""
    return max(names, key=lambda name: right.value if (right := accuracy(name)) else 0)


def of_class(name: str, label: str) -> Share | None:
    measurement = record(name)
    share = measurement and measurement["per_class"].get(label)
    return Share(**share) if share else None
