"""What a network's answers survive: its logits over the amounts of a transform -> measures of every kind."""

from typing import Any, NamedTuple

import numpy as np

from invariance.measures import Share, accuracy, answered, confusion, half_width, losses, mean_share, share_of
from invariance.transforms import Transform


def measured_amounts(transform: Transform) -> tuple[float, ...]:
    """The amounts that are measured: the transform's own, and its end where that says more (360° beside 0°)."""
    ends = () if transform.high in transform.amounts else (transform.high,)
    return (*transform.amounts, *ends)


def survival(
    logits: np.ndarray, labels: np.ndarray, transform: Transform, amounts: tuple[float, ...]
) -> dict[str, Any]:
    """Every measure of one transform.

    Args:
        logits: (A, N, classes) at A amounts.
        labels: (N,).
        transform: what was done to the images.
        amounts: the A amounts, the neutral one among them.

    Returns:
        plain numbers ready for JSON, by name; lists have an entry for each amount.
    """
    answers = np.stack([answered(at_amount) for at_amount in logits])  # (A, N)
    right = answers == labels
    own = np.isin(amounts, transform.amounts)
    steps = np.array(amounts)[own]
    shares = [accuracy(row, labels) for row in answers]
    unchanged = answers[amounts.index(transform.neutral)]
    loss = losses(logits, labels)
    counts = [confusion(row, labels, logits.shape[2]) for row in answers]
    return {
        "amounts": list(amounts),
        "n": len(labels),
        "loss": loss.mean(1).tolist(),  # mean cross-entropy, nats
        "loss_margin": [half_width(row) for row in loss],  # half the width of the loss's 95 % interval
        "accuracy": [one.value for one in shares],
        "low": [one.low for one in shares],  # ends of the accuracy's 95 % interval
        "high": [one.high for one in shares],
        # the share of images whose *answer* is that for the unchanged image, right or wrong: value, low and high;
        # what is no number is nobody's answer
        "agreement": _columns([accuracy(np.where(row < 0, -2, row), unchanged) for row in answers]),
        "confusion": [count.tolist() for count in counts],  # (A, classes, classes); rows: labels, columns: answers
        # what follows is over the transform's own amounts; mean and area with the interval over images
        "mean": mean_share(right[own].mean(0))._asdict(),  # accuracy
        # under the accuracy curve, as a share of the most it could be
        "area": mean_share(np.trapezoid(right[own].astype(float), steps, axis=0) / np.ptp(steps))._asdict(),
        # the share of images that are right at every amount
        "always": accuracy(right[own].all(0), np.ones(len(labels), bool))._asdict(),
        # for each of these amounts, the number of images whose label is least probable there
        "worst": np.bincount(loss[own].argmax(0), minlength=len(steps)).tolist(),
    }


def per_class(curve: dict[str, Any]) -> list[list[Share]]:
    """For each amount of a curve of survival(), the share of each class's images that is answered right."""
    return [[_known(row[label], sum(row)) for label, row in enumerate(counts)] for counts in curve["confusion"]]


def exchanged(curve: dict[str, Any], one: int, other: int) -> list[Share]:
    """For each amount of a curve of survival(), the share of images of two classes that are taken for each other."""
    return [
        _known(counts[one][other] + counts[other][one], sum(counts[one]) + sum(counts[other]))
        for counts in curve["confusion"]
    ]


def without(counts: list[list[int]], classes: tuple[int, ...]) -> Share:
    """The share answered right of the images that show none of some classes; an answer may be one of these, and wrong.

    counts: a confusion, a row for each label and a column for each answer.
    """
    rest = [label for label in range(len(counts)) if label not in classes]
    return _known(sum(counts[label][label] for label in rest), sum(sum(counts[label]) for label in rest))


class Errors(NamedTuple):
    """How many images are answered wrong."""

    of_each_other: int  # images of two classes that are taken for each other
    every: int


def errors(counts: list[list[int]], one: int, other: int) -> Errors:
    """The errors of a confusion, and those between two of its classes."""
    wrong = sum(map(sum, counts)) - sum(row[label] for label, row in enumerate(counts))
    return Errors(counts[one][other] + counts[other][one], wrong)


def _known(count: int, n: int) -> Share:
    """share_of(); of no images nothing is known."""
    return share_of(count, n) if n else Share(0.0, 0.0, 1.0, 0)


def _columns(shares: list[Share]) -> dict[str, list[float]]:
    """Shares (A,) -> their values, low and high ends (A,)."""
    value, low, high = np.moveaxis(np.array(shares)[..., :3], -1, 0).tolist()
    return {"value": value, "low": low, "high": high}
