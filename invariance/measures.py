"""Numbers about answers. Every share carries its n and its 95 % interval."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Z_95 = 1.959963984540054  # the standard normal's 97.5 % quantile
BINS = 15  # of a reliability diagram
# A number in 0..1 is added up as this many whole parts: a sum of floats would depend on the order in which they came.
# 2·10⁹ of them fit 64 bits.
EXACT = 2**32


class Share(NamedTuple):
    """A share of n cases, with its 95 % Wilson interval."""

    value: float  # in 0..1, as are the ends
    low: float  # end of the interval
    high: float
    n: int


def share_of(right: int, n: int, z: float = Z_95) -> Share:
    """right out of n, with the Wilson score interval.

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)

    z: the standard normal's quantile that the interval's level asks for.

    Raises:
        ValueError: n is 0 or right is not in 0..n.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if not 0 <= right <= n or n == 0:
        raise ValueError(f"a share needs 0 <= right <= n and n > 0, not {right} of {n}")
    p, z2 = right / n, z**2
    centre = p + z2 / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    # At 0 and at n the exact ends are 0 and 1; rounding must not leave them.
    low = 0.0 if right == 0 else (centre - spread) / scale
    high = 1.0 if right == n else (centre + spread) / scale
    return Share(p, low, high, n)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, classes) -> probabilities (N, classes): exp(x_i) / Σ_k exp(x_k), each row shifted by its largest first."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -ln p(label) over (N, classes) logits and (N,) labels, in nats."""
    return float(losses(logits, labels).mean())


def accuracy(answers: np.ndarray, labels: np.ndarray) -> Share:
    """The share of answers (N,) that equal labels (N,)."""
    return share_of(int((answers == labels).sum()), len(labels))


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(..., N, classes) logits and (N,) labels -> (..., N): -ln p(label) of each image, in nats."""
    shifted = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):  # of logits that are infinite the loss is no number
        shifted -= shifted.max(-1, keepdims=True)
    picked = np.take_along_axis(shifted, np.broadcast_to(labels[:, None], (*logits.shape[:-1], 1)), -1)[..., 0]
    return np.log(np.exp(shifted).sum(-1)) - picked


def half_width(values: np.ndarray) -> float:
    """Half the width of the 95 % interval of the mean of (N,) values: z s/√N."""
    return Z_95 * float(values.std()) / math.sqrt(len(values))


def answered(logits: np.ndarray) -> np.ndarray:
    """int (...): the class with the largest of the logits, or probabilities, (..., classes); -1 where they tell none.

    That is where one is no number or plus infinity, or all are minus infinity.
    """
    broken = (np.isnan(logits) | (logits == np.inf)).any(-1) | (logits == -np.inf).all(-1)
    return np.where(broken, -1, logits.argmax(-1))


def mean_share(values: np.ndarray) -> Share:
    """The mean of one number in 0..1 for each of N images, with its 95 % interval, mean ± z s/√N, kept in 0..1.

    For shares over several amounts of a transform: the answers to one image at different amounts are not independent,
    the images are.
    """
    mean, spread = float(values.mean()), half_width(values)
    return Share(mean, max(0.0, mean - spread), min(1.0, mean + spread), len(values))


class Difference(NamedTuple):
    """One share minus another, with its 95 % interval."""

    value: float  # in -1..1, as are the ends
    low: float  # end of the interval
    high: float


def paired_difference(lost: int, gained: int, n: int) -> Difference:
    """How much larger one share of n cases is than another share of the same cases: (gained - lost) / n.

    The interval is Wald's after half a case was added to each of the four cells of the two-by-two table, called Wald+2:
    with d = gained - lost and m = n + 2, d/m ± z √(lost + gained + 1 - d²/m) / m, kept in -1..1.

    Args:
        lost: cases that count for the other share alone.
        gained: cases that count for this share alone.
        n: all cases, those that count for both or for neither among them.

    Raises:
        ValueError: n is 0, or lost and gained are not counts of at most n together.

    Source: A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched proportions" (2005).
    """
    if min(lost, gained) < 0 or lost + gained > n or n == 0:
        raise ValueError(f"a paired difference needs 0 <= lost + gained <= n and n > 0, not {lost}, {gained} and {n}")
    d, m = gained - lost, n + 2
    spread = Z_95 * math.sqrt(lost + gained + 1 - d * d / m) / m
    return Difference(d / n, max(-1.0, d / m - spread), min(1.0, d / m + spread))


def unpaired_difference(one: Share, other: Share) -> Difference:
    """How much larger one share is than another share of other cases, by Newcombe's hybrid score interval (method 10).

    With p, l, u the value and the ends of each: p₁ - p₂ - √((p₁ - l₁)² + (u₂ - p₂)²) to
    p₁ - p₂ + √((u₁ - p₁)² + (p₂ - l₂)²). Its level is that of the shares' own intervals.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods" (1998).
    """
    value = one.value - other.value
    return Difference(
        value,
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def mcnemar(lost: int, gained: int) -> float:
    """The exact two-sided p of McNemar's test: how often chance alone parts lost + gained cases at least so unevenly.

    If neither side were better, each of these n cases would be lost or gained like a coin falls:
    p = min(1, 2 Σ_{k=0}^{min(lost, gained)} C(n, k) / 2ⁿ). Without any such case it is 1.

    Args:
        lost: cases right there and wrong here, 0 or more.
        gained: cases wrong there and right here, 0 or more.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions" (1947).
    """
    from scipy.special import bdtr  # late: only comparisons need it

    return min(1.0, 2 * float(bdtr(min(lost, gained), lost + gained, 0.5)))


def holm(p: Sequence[float]) -> list[float]:
    """The p of several tests, each made as large as it has to be for all of them together; in the same order.

    The i-th smallest of m, counted from 0, is multiplied by m - i; none becomes smaller than one before it or larger
    than 1. Whatever the tests have to do with each other, calling out those below 0.05 is wrong in any of them in at
    most 5 % of cases.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure" (1979).
    """
    adjusted, least = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = max(least, min(1.0, (len(p) - rank) * p[place]))
        adjusted[place] = least
    return adjusted


def share_of_sums(total: int, squares: int, most: int, n: int) -> Share:
    """As mean_share() of n numbers k / most, from the sum of the k and the sum of their squares."""
    middle = total / (most * n)
    spread = Z_95 * math.sqrt(max(0.0, squares / (most**2 * n) - middle**2) / n)
    return Share(middle, max(0.0, middle - spread), min(1.0, middle + spread), n)


class Mean(NamedTuple):
    """The mean of one number for each of n images, with its 95 % interval."""

    value: float
    low: float  # end of the interval
    high: float
    n: int


def mean(values: np.ndarray) -> Mean:
    """The mean of (N,) values of 0 or more with its 95 % interval, mean ± z s/√N, kept from falling below 0."""
    middle, spread = float(values.mean()), half_width(values)
    return Mean(middle, max(0.0, middle - spread), middle + spread, len(values))


def equivariance_error(changed: np.ndarray, moved: np.ndarray, still: np.ndarray) -> np.ndarray:
    """||f(Tx) - T f(x)|| / ||f(x)|| of each image: 0 where it is the same to change the image and to change the answer.

    With moved = still it is the invariance error, ||f(Tx) - f(x)|| / ||f(x)||: 0 where the change makes no difference.

    Args:
        changed: f(Tx), (N, ...).
        moved: T f(x), of the same shape.
        still: f(x), (N, ...).

    Returns:
        float64 (N,). Where f(x) is all 0, the error is 0 if the difference is too, and infinite otherwise.
    """
    difference, scale = (
        np.linalg.norm(values.reshape(len(values), -1).astype(np.float64), axis=1)
        for values in (changed.astype(np.float64) - moved, still)
    )
    return np.divide(difference, scale, out=np.where(difference > 0, np.inf, 0.0), where=scale > 0)


def confusion(answers: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): how often label (row) was answered as (column); answers of -1 are in no column."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels[answers >= 0], answers[answers >= 0]), 1)
    return counts


class Bins(NamedTuple):
    """How sure a network was and how often it was right, in BINS bins; all int64 (BINS,). Those of other images add.

    Bin b of B holds the images whose largest probability lies in (b/B, (b+1)/B]; the first holds 0 too.
    """

    n: np.ndarray  # images
    confidence: np.ndarray  # the sum of their largest probabilities, in 1/EXACT
    right: np.ndarray  # those whose most probable class is the label
    squares: np.ndarray  # the sum of (largest probability - 1 if right else 0)², in 1/EXACT


def binned(probabilities: np.ndarray, labels: np.ndarray) -> Bins:
    """Probabilities (N, classes) and labels (N,) in bins; an image with zeros alone counts as unsure and wrong."""
    confidence = probabilities.max(1).astype(np.float64).clip(0, 1)
    right = (probabilities.argmax(1) == labels) & (confidence > 0)
    place = np.searchsorted(np.arange(1, BINS) / BINS, confidence)

    def total(values: np.ndarray) -> np.ndarray:
        sums = np.zeros(BINS, np.int64)
        np.add.at(sums, place, values)
        return sums

    squares = (confidence - right) ** 2
    return Bins(total(1), total(_whole(confidence)), total(right), total(_whole(squares)))


def _whole(values: np.ndarray) -> np.ndarray:
    """Numbers in 0..1 as int64 in 1/EXACT."""
    return np.rint(values * EXACT).astype(np.int64)


def ece(bins: Bins) -> Share:
    """The expected calibration error: how far how sure a network is lies from how often it is right, 0 to 1.

    Σ_b n_b/N |mean confidence in b - accuracy in b| = 1/N Σ_b |Σ_{i in b} d_i|, where d_i is the confidence in image i,
    less 1 if the answer is right. That is the mean of ±d_i, with the sign of its bin's sum, and so its 95 % interval is
    mean ± z √((Σ d²/N - mean²) / N), kept in 0..1. With few images in a bin the error comes out too large, even of a
    network that is perfectly calibrated: the interval doesn't cover that.

    Raises:
        ValueError: the bins hold no image.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks" (ICML 2017).
    """
    n = int(bins.n.sum())
    if n == 0:
        raise ValueError("a calibration error needs an image")
    value = sum(abs(int(sure) - EXACT * int(right)) for sure, right in zip(bins.confidence, bins.right, strict=True))
    value /= EXACT * n
    spread = Z_95 * math.sqrt(max(0.0, int(bins.squares.sum()) / (EXACT * n) - value**2) / n)
    return Share(value, max(0.0, value - spread), min(1.0, value + spread), n)


def reliability(bins: Bins) -> list[dict[str, float | None]]:
    """The bins as plain numbers: low, high, n, mean confidence and accuracy; these two are None where no image is."""
    return [
        {"low": place / BINS, "high": (place + 1) / BINS, "n": n}
        | {"confidence": sure / (EXACT * n) if n else None, "accuracy": right / n if n else None}
        for place, (n, sure, right) in enumerate(zip(*(column.tolist() for column in bins[:3]), strict=True))
    ]
