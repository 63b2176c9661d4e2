"""Backpropagation through a small network: every gradient by its formula, and measured by central differences.

image o⁰ (8, 8) -> convolution x = w ⊗ o⁰ + b (6, 6) -> ReLU o = f(x) -> 2x2 max pooling (3, 3) -> dense logits z
(3, 1) -> softmax cross-entropy E. One channel, all in float64; logits and biases are columns.

Source: P. Doshi, "Convolutional neural networks" (2020), section II.A.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from invariance.measures import cross_entropy, softmax
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.pooling import max_pool
from invariance.operators.windows import cells, padded

SIDE, KERNEL, POOL, CLASSES = 8, 3, 2, 3
CONVOLVED = SIDE - KERNEL + 1
POOLED = CONVOLVED // POOL
AROUND = (KERNEL - 1, KERNEL - 1)  # zeros on each side for the full convolution
STEP = 1e-5  # of a central difference: its own error, of the order STEP², and float64's rounding are both below 1e-9

Arrays = dict[str, np.ndarray]  # by name, each of two axes
Place = tuple[int, int]  # row, column

# What turns each value into the next; parameters: kernel, bias, weights, biases.
LAYERS: dict[str, Callable[[Arrays, np.ndarray], np.ndarray]] = {
    "image": lambda parameters, image: convolve(image, parameters["kernel"], bias=parameters["bias"].item()),
    "convolved": lambda parameters, maps: relu(maps),
    "rectified": lambda parameters, maps: max_pool(maps, POOL),
    "pooled": lambda parameters, maps: parameters["weights"] @ maps.reshape(-1, 1) + parameters["biases"],
}
OF_LAYER = {"kernel": "image", "bias": "image", "weights": "pooled", "biases": "pooled"}


def draw(seed: int) -> Arrays:
    """Random parameters: kernel (3, 3), bias (1, 1), weights (3, 9) and biases (3, 1).

    The bias is below 0, so that a black background stays below ReLU's kink and does not sit on it.
    """
    rng = np.random.default_rng(seed)
    return {
        "kernel": rng.normal(0, 0.5, (KERNEL, KERNEL)),
        "bias": np.array([[-0.05]]),
        "weights": rng.normal(0, 0.5, (CLASSES, POOLED**2)),
        "biases": rng.normal(0, 0.1, (CLASSES, 1)),
    }


def forward(parameters: Arrays, value: np.ndarray, since: str = "image") -> Arrays:
    """Every value from `since`, which is given, to the logits: image, convolved, rectified, pooled, logits."""
    names = list(LAYERS)
    values = {since: value}
    for name, following in zip(names, [*names[1:], "logits"], strict=True):
        if name in values:
            values[following] = LAYERS[name](parameters, values[name])
    return values


def loss(logits: np.ndarray, label: int) -> float:
    """E = -ln p(label) in nats, of logits (classes, 1)."""
    return cross_entropy(logits.T, np.array([label]))


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax of logits (classes, 1), as a column."""
    return softmax(logits.T).T


def one_hot(label: int, classes: int = CLASSES) -> np.ndarray:
    """y: a column with 1 for the right class and 0 for the others."""
    return np.eye(classes)[:, [label]]


def mistake(logits: np.ndarray, label: int) -> np.ndarray:
    """∂E/∂z = p - y, of logits (classes, 1)."""
    return probabilities(logits) - one_hot(label, len(logits))


def winners(maps: np.ndarray) -> np.ndarray:
    """1 where a value is the largest of its 2x2 window, the first one if several are, else 0."""
    first = np.stack(list(cells(maps, POOL, POOL, POOL))).argmax(0)
    rows, columns = np.indices(first.shape)
    won = np.zeros(maps.shape)
    won[POOL * rows + first // POOL, POOL * columns + first % POOL] = 1
    return won


def backward(parameters: Arrays, values: Arrays, label: int) -> Arrays:
    """The gradient of the loss with respect to every value and parameter, each by its formula, of the same shape.

    ∂E/∂z = p - y                          ∂E/∂o = ∂E/∂pooled, at the largest of each window
    ∂E/∂weights = ∂E/∂z pooledᵀ            δ = ∂E/∂x = ∂E/∂o f'(x)
    ∂E/∂biases = ∂E/∂z                     ∂E/∂w = o⁰ ⊗ δ, the correlation of input and δ;  ∂E/∂b = Σ δ
    ∂E/∂pooled = weightsᵀ ∂E/∂z            ∂E/∂o⁰ = δ with zeros around it ⊗ w turned by 180°, the full convolution

    Args:
        parameters: as draw() makes them.
        values: all that forward() gives.
        label: index of the right class.
    """
    at = {"logits": mistake(values["logits"], label)}
    at["weights"] = at["logits"] @ values["pooled"].reshape(1, -1)
    at["biases"] = at["logits"]
    at["pooled"] = (parameters["weights"].T @ at["logits"]).reshape(values["pooled"].shape)
    at["rectified"] = at["pooled"].repeat(POOL, 0).repeat(POOL, 1) * winners(values["rectified"])
    at["convolved"] = at["rectified"] * (values["convolved"] > 0)
    at["kernel"] = convolve(values["image"], at["convolved"])
    at["bias"] = at["convolved"].sum(keepdims=True)
    at["image"] = convolve(at["convolved"], parameters["kernel"], padding="full", flip=True)
    return at


class Measured(NamedTuple):
    """A gradient by central differences, and where it can't be."""

    slope: np.ndarray  # the central differences
    # bool, of the same shape: True where a ReLU or the winner of a window switches between the two points of the
    # difference, so that the slopes to both sides are not the same
    kinks: np.ndarray

    def disagreement(self, gradient: np.ndarray) -> float:
        """The largest difference to a gradient of the same shape, where there is no kink; 0 if all are kinks."""
        return float(np.abs(gradient - self.slope)[~self.kinks].max(initial=0))


def measure(parameters: Arrays, values: Arrays, label: int, name: str) -> Measured:
    """(E(v + h) - E(v - h)) / 2h for every entry v of the value or parameter called name; arguments as backward()."""
    start = OF_LAYER.get(name, name)
    at = (parameters if name in parameters else values)[name]
    slope, kinks = np.empty(at.shape), np.empty(at.shape, bool)
    for place in np.ndindex(at.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = at.copy()
            moved[place] += step
            changed = parameters | {name: moved} if name in parameters else parameters
            ends.append(forward(changed, values[start] if name in parameters else moved, start))
        up, down = (loss(end["logits"], label) for end in ends)
        slope[place] = (up - down) / (2 * STEP)
        kinks[place] = any(
            not np.array_equal(switch(ends[0][before]), switch(ends[1][before]))
            for before, switch in (("convolved", lambda maps: maps > 0), ("rectified", winners))
            if before in ends[0]
        )
    return Measured(slope, kinks)


@dataclass(frozen=True)
class Product:
    """How each entry of a gradient is made of two arrays: Σ left[i] right[j] over its places (i, j)."""

    left: Callable[[Arrays, Arrays, Arrays], np.ndarray]  # (parameters, values, gradients) -> array
    right: Callable[[Arrays, Arrays, Arrays], np.ndarray]
    # (row, column) of the entry -> the places in left and those in right, in the same order
    places: Callable[[int, int], tuple[list[Place], list[Place]]]


def window(row: int, column: int, side: int) -> list[Place]:
    """The places of a square of side x side whose upper left corner is at (row, column), row by row."""
    return [(row + i, column + j) for i in range(side) for j in range(side)]


# Of every gradient but that at the logits, which is a difference, and those of the biases, which are plain sums.
PRODUCTS: dict[str, Product] = {
    "weights": Product(
        left=lambda parameters, values, gradients: gradients["logits"],
        right=lambda parameters, values, gradients: values["pooled"].reshape(1, -1),
        places=lambda row, column: ([(row, 0)], [(0, column)]),
    ),
    "pooled": Product(
        left=lambda parameters, values, gradients: parameters["weights"],
        right=lambda parameters, values, gradients: gradients["logits"],
        places=lambda row, column: (
            [(k, POOLED * row + column) for k in range(CLASSES)],
            [(k, 0) for k in range(CLASSES)],
        ),
    ),
    "rectified": Product(
        left=lambda parameters, values, gradients: gradients["pooled"],
        right=lambda parameters, values, gradients: winners(values["rectified"]),
        places=lambda row, column: ([(row // POOL, column // POOL)], [(row, column)]),
    ),
    "convolved": Product(
        left=lambda parameters, values, gradients: gradients["rectified"],
        right=lambda parameters, values, gradients: 1.0 * (values["convolved"] > 0),
        places=lambda row, column: ([(row, column)], [(row, column)]),
    ),
    "kernel": Product(
        left=lambda parameters, values, gradients: values["image"],
        right=lambda parameters, values, gradients: gradients["convolved"],
        places=lambda row, column: (window(row, column, CONVOLVED), window(0, 0, CONVOLVED)),
    ),
    "image": Product(
        left=lambda parameters, values, gradients: padded(gradients["convolved"], AROUND, AROUND),
        right=lambda parameters, values, gradients: parameters["kernel"][::-1, ::-1],
        places=lambda row, column: (window(row, column, KERNEL), window(0, 0, KERNEL)),
    ),
}
