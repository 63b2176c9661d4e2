"""What a network's answers survive: its logits over the amounts of a transform -> measures of every kind."""

from typing import Any

import numpy as np

from invariance.measures import Share, accuracy, confusion, losses, margin, mean_share, share
from invariance.transforms import Transform


def grid(transform: Transform) -> tuple[float, ...]:
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
        amounts and n; for each amount: accuracy with its interval (low, high), loss (mean cross-entropy, nats) and
        loss_margin (half the width of its 95 % interval), agreement (the share of images whose *answer* is that for
        the unchanged image, right or wrong) and per_class accuracies (A, classes), both as value, low and high, and
        confusion (rows: labels, columns: answers); mean: accuracy over the transform's own amounts, and area: under
        the accuracy curve, as a share of the most it could be, both with the interval over images; always: the share
        of images that are right at every amount; worst: for each amount, the number of images whose label is least
        probable there.
    """
    answers = logits.argmax(2)  # (A, N)
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
        "loss": loss.mean(1).tolist(),
        "loss_margin": [margin(row) for row in loss],
        "accuracy": [one.value for one in shares],
        "low": [one.low for one in shares],
        "high": [one.high for one in shares],
        "agreement": _columns([accuracy(row, unchanged) for row in answers]),
        "per_class": _columns([[_of_class(row, label) for label, row in enumerate(count)] for count in counts]),
        "confusion": [count.tolist() for count in counts],
        "mean": mean_share(right[own].mean(0))._asdict(),
        "area": mean_share(np.trapezoid(right[own].astype(float), steps, axis=0) / np.ptp(steps))._asdict(),
        "always": accuracy(right[own].all(0), np.ones(len(labels), bool))._asdict(),
        "worst": np.bincount(loss[own].argmax(0), minlength=len(steps)).tolist(),
    }


def exchanged(curve: dict[str, Any], one: int, other: int) -> list[Share]:
    """For each amount of a curve of survival(), the share of images of two classes that are taken for each other."""
    return [
        share(counts[one][other] + counts[other][one], sum(counts[one]) + sum(counts[other]))
        for counts in curve["confusion"]
    ]


def _of_class(row: np.ndarray, label: int) -> Share:
    """The share of a class's answers (classes,) that are right; of a class without images nothing is known."""
    return share(int(row[label]), int(row.sum())) if row.any() else Share(0.0, 0.0, 1.0, 0)


def _columns(shares: list[Share] | list[list[Share]]) -> dict[str, list]:
    """Shares, (A,) or (A, classes) -> their values, low and high ends, each of the same shape."""
    value, low, high = np.moveaxis(np.array(shares)[..., :3], -1, 0).tolist()
    return {"value": value, "low": low, "high": high}
