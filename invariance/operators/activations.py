"""Activation functions: what a layer does to every single value. Softmax is in invariance.measures."""

import numpy as np

from invariance.operators.operator import FLOATS, OperatorError


def relu(values: np.ndarray) -> np.ndarray:
    """max(x, 0): negative values become 0. float32 or float64 of any shape -> the same.

    Raises:
        OperatorError: another type.
    """
    _check("ReLU", values)
    return np.maximum(values, 0)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), between 0 and 1, 1/2 at 0. float32 or float64 of any shape -> the same.

    Computed as (1 + tanh(x / 2)) / 2, which is the same function and overflows nowhere.

    Raises:
        OperatorError: another type.
    """
    _check("The sigmoid", values)
    return 0.5 * (1 + np.tanh(0.5 * values))


def _check(title: str, values: np.ndarray) -> None:
    if values.dtype not in FLOATS:
        raise OperatorError(f"{title} takes float32 or float64 values, not {values.dtype}.")
