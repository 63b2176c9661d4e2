"""What every exported file has in common: names, the version of its operators, and the check before it is written."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime

INPUT, OUTPUT = "image", "logits"
OPSET = 20
TOLERANCE = 1e-4  # largest difference of a logit that rounding in another order of summation explains
CHECKED_BATCHES = (1, 7)
DIGITS = 4  # significant ones, of kernels that are kept to be looked at


def difference(data: bytes, shape: tuple[int, int, int], network: Callable[[np.ndarray], np.ndarray]) -> float:
    """The largest difference of a logit between a file, in onnxruntime, and the network that it was made from.

    Args:
        data: the file's bytes.
        shape: (C, H, W) of its images.
        network: random images float32 (N, C, H, W) in [0, 1] -> logits (N, classes).

    Returns:
        The difference; NaN if either side gives one, so that it is below no tolerance.
    """
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    batches = [rng.random((count, *shape), np.float32) for count in CHECKED_BATCHES]
    return float(np.max([np.abs(session.run([OUTPUT], {INPUT: x})[0] - network(x)).max() for x in batches]))


def rounded_filters(layer: str, filters: np.ndarray) -> dict[str, Any]:
    """Filters (outputs, inputs, k1, k2) of a convolution as a record keeps them: their numbers rounded, in one row."""
    return {"layer": layer, "shape": list(filters.shape), "values": rounded(filters)}


def rounded(values: np.ndarray) -> list[float]:
    """Numbers that are kept to be looked at, with DIGITS significant digits, in one row."""
    return [float(f"{value:.{DIGITS}g}") for value in values.ravel().tolist()]
