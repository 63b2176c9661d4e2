"""Is an operator linear, and does it follow shifts? Every law put to the test, with the number that decides.

A linear operator that also follows shifts is the convolution with its impulse response, and no other is; see
impulse.py. Signal processing calls it a linear time-invariant system (LTI).
"""

from typing import NamedTuple

import numpy as np

from invariance.bench.laws import LAWS, Law, OutputGrid, Trials, grid_of, lengths
from invariance.bench.systems import SYSTEMS, System
from invariance.operators.operator import OperatorError

# Room for rounding alone: more than sums of thousands of products leave, less than a real violation.
TOLERANCE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}
TRIALS, SIZE = 4, (6, 8)  # images of verdicts(); not square, so that no axis passes for the other


class Verdict(NamedTuple):
    """Whether a law holds, and the numbers behind that."""

    holds: bool | None  # None where the law doesn't apply
    deviation: float  # the largest difference of its two sides, ||left - right||, as a share of the largest side
    tolerance: float  # the law holds if the deviation is at most this
    n: int  # trials
    grid: OutputGrid  # decides what it is for the output to move along; see laws.sense()


def noise(count: int, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """float64 (count, *shape): numbers around 0 with variance 1, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal((count, *shape))


def examine(system: System, images: np.ndarray, *, most: int | None = None) -> dict[str, Verdict]:
    """Put an operator to the test of every law.

    Args:
        system: the operator.
        images: float32 or float64 (N, C, H, W), N at least 1; where a law takes two images, the second is noise.
        most: try so many of the shifts, drawn by chance; None: all.

    Returns:
        a verdict for each of LAWS, the same whenever it is asked.

    Raises:
        OperatorError: there are no images, or the operator refuses them.

    >>> examine(SYSTEMS["relu"], noise(2, (1, 4, 4)))["additive"].holds
    False
    """
    if not len(images):
        raise OperatorError("The test bench needs at least one image.")
    partners = ((images.std() or 1) * noise(len(images), images.shape[1:], seed=1)).astype(images.dtype)
    trials = Trials(images, partners, system.apply(images), system.apply(partners))
    grid = grid_of(system, images.shape[-2:], trials.of_x.shape[-2:])
    return {name: _verdict(system, law, grid, trials, most) for name, law in LAWS.items()}


def verdicts() -> dict[str, dict[str, Verdict]]:
    """For each of SYSTEMS a verdict for each of LAWS, on noise; the same whenever it is asked."""
    images = noise(TRIALS, (1, *SIZE))
    return {name: examine(system, images) for name, system in SYSTEMS.items()}


def is_lti(by_law: dict[str, Verdict]) -> bool:
    """Whether an operator is linear and follows shifts (equivariant), by the verdicts on it, law by law.

    Its output must lie on the image's own pixels: on fewer places, most shifts of the image have none to go with.
    """
    grid = by_law["shift"].grid
    own = grid.kind in ("same", "inside") and grid.stride == (1, 1)
    return own and all(by_law[law].holds for law in ("additive", "homogeneous", "shift"))


def _verdict(system: System, law: Law, grid: OutputGrid, trials: Trials, most: int | None) -> Verdict:
    cases, tolerance = law.cases(grid), TOLERANCE[trials.x.dtype]
    if most is not None and len(cases) > most:
        cases = [cases[place] for place in np.random.default_rng(2).permutation(len(cases))[:most]]
    difference = scale = 0.0
    for case in cases:
        left, right = law.sides(system, grid, trials, case)
        difference = max(difference, lengths(left - right).max())
        scale = max(scale, lengths(left).max(), lengths(right).max())
    deviation = float(difference / scale) if scale else 0.0
    holds = deviation <= tolerance if cases else None
    return Verdict(holds, deviation, tolerance, len(cases) * len(trials.x), grid)
