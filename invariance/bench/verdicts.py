"""Is an operator linear, and does it commute with shifts? Every law put to the test, with the number that decides.

A linear operator that also commutes with shifts is a linear shift-invariant system: exactly then it is the convolution
with its impulse response; see impulse.py.
"""

from typing import NamedTuple

import numpy as np

from invariance.bench.laws import LAWS, Law, Layout, Trials, layout, lengths
from invariance.bench.systems import SYSTEMS, System
from invariance.operators.operator import OperatorError

# Room for rounding alone: more than sums of thousands of products leave, less than a real violation.
TOLERANCE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}
TRIALS, SIZE = 4, (6, 8)  # images of verdicts(); not square, so that no axis passes for the other


class Verdict(NamedTuple):
    """Whether a law holds, and the numbers behind that.

    holds: None where the law says nothing; deviation: the largest difference of its two sides in n trials,
    ||left - right||, as a share of the largest side; the law holds if that is at most the tolerance; layout: of the
    output, which decides what it is to move along; see laws.sense().
    """

    holds: bool | None
    deviation: float
    tolerance: float
    n: int
    layout: Layout


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
    found = layout(system, images.shape[-2:], trials.of_x.shape[-2:])
    return {name: _verdict(system, law, found, trials, most) for name, law in LAWS.items()}


def verdicts() -> dict[str, dict[str, Verdict]]:
    """For each of SYSTEMS a verdict for each of LAWS, on noise; the same whenever it is asked."""
    images = noise(TRIALS, (1, *SIZE))
    return {name: examine(system, images) for name, system in SYSTEMS.items()}


def is_lti(found: dict[str, Verdict]) -> bool:
    """Whether verdicts on one operator make it a linear shift-invariant system, by the definition.

    Its output must lie on the image's own pixels: on fewer places, most shifts of the image have none to go with.
    """
    lies = found["shift"].layout
    own = lies.kind in ("same", "inside") and lies.stride == (1, 1)
    return own and all(found[law].holds for law in ("additive", "homogeneous", "shift"))


def _verdict(system: System, law: Law, found: Layout, trials: Trials, most: int | None) -> Verdict:
    cases, tolerance = law.cases(found), TOLERANCE[trials.x.dtype]
    if most is not None and len(cases) > most:
        cases = [cases[place] for place in np.random.default_rng(2).permutation(len(cases))[:most]]
    difference = scale = 0.0
    for case in cases:
        left, right = law.sides(system, found, trials, case)
        difference = max(difference, lengths(left - right).max())
        scale = max(scale, lengths(left).max(), lengths(right).max())
    deviation = float(difference / scale) if scale else 0.0
    holds = deviation <= tolerance if cases else None
    return Verdict(holds, deviation, tolerance, len(cases) * len(trials.x), found)
