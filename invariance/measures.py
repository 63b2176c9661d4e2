"""Numbers about answers. Every share carries its n and its 95 % interval."""

import math
from typing import NamedTuple

import numpy as np

Z_95 = 1.959963984540054  # the standard normal's 97.5 % quantile


class Share(NamedTuple):
    """A share of n cases, with its 95 % Wilson interval."""

    value: float  # in 0..1, as are the ends
    low: float  # end of the interval
    high: float
    n: int


def share_of(right: int, n: int) -> Share:
    """right out of n, with the Wilson score interval.

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)

    Raises:
        ValueError: n is 0 or right is not in 0..n.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if not 0 <= right <= n or n == 0:
        raise ValueError(f"a share needs 0 <= right <= n and n > 0, not {right} of {n}")
    p, z2 = right / n, Z_95**2
    centre = p + z2 / (2 * n)
    spread = Z_95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
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
    shifted -= shifted.max(-1, keepdims=True)
    picked = np.take_along_axis(shifted, np.broadcast_to(labels[:, None], (*logits.shape[:-1], 1)), -1)[..., 0]
    return np.log(np.exp(shifted).sum(-1)) - picked


def half_width(values: np.ndarray) -> float:
    """Half the width of the 95 % interval of the mean of (N,) values: z s/√N."""
    return Z_95 * float(values.std()) / math.sqrt(len(values))


def mean_share(values: np.ndarray) -> Share:
    """The mean of one number in 0..1 for each of N images, with its 95 % interval, mean ± z s/√N, kept in 0..1.

    For shares over several amounts of a transform: the answers to one image at different amounts are not independent,
    the images are.
    """
    mean, spread = float(values.mean()), half_width(values)
    return Share(mean, max(0.0, mean - spread), min(1.0, mean + spread), len(values))


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
    """int64 (classes, classes): how often label (row) was answered as (column)."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, answers), 1)
    return counts
