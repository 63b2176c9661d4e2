"""What a network's answers survive: its logits over the amounts of a transform -> measures of every kind."""

from typing import Any

import numpy as np

from invariance.measures import Share, accuracy, confusion, losses, mean_share
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
        amounts and n; for each amount: loss (mean cross-entropy, nats), accuracy with its interval (low, high),
        agreement (the share of images whose *answer* is that for the unchanged image, right or wrong), per_class
        accuracies and confusion (rows: labels, columns: answers); mean: accuracy over the transform's own amounts,
        with the interval over images; area: under the accuracy curve, as a share of the most it could be; always: the
        share of images that are right at every amount; worst: for each amount, the number of images whose label is
        least probable there.
    """
    answers = logits.argmax(2)  # (A, N)
    right = answers == labels
    own = np.isin(amounts, transform.amounts)
    shares: list[Share] = [accuracy(row, labels) for row in answers]
    loss = losses(logits, labels)
    classes = logits.shape[2]
    counts = [confusion(row, labels, classes) for row in answers]
    sizes = np.bincount(labels, minlength=classes)
    spread = np.ptp(np.array(amounts)[own])
    return {
        "amounts": list(amounts),
        "n": len(labels),
        "loss": loss.mean(1).tolist(),
        "accuracy": [share.value for share in shares],
        "low": [share.low for share in shares],
        "high": [share.high for share in shares],
        "agreement": (answers == answers[amounts.index(transform.neutral)]).mean(1).tolist(),
        "per_class": [(np.diag(count) / np.maximum(sizes, 1)).tolist() for count in counts],
        "confusion": [count.tolist() for count in counts],
        "mean": mean_share(right[own].mean(0))._asdict(),
        "area": float(np.trapezoid(right[own].mean(1), np.array(amounts)[own]) / spread),
        "always": accuracy(right[own].all(0), np.ones(len(labels), bool))._asdict(),
        "worst": np.bincount(loss[own].argmax(0), minlength=int(own.sum())).tolist(),
    }
