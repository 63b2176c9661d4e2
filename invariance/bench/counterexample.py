"""The smallest image of whole numbers on which a law fails, small enough to check by hand. Searched for, not typed in.

Smallest means: fewest pixels, then fewest of them that are not 0, then the smallest sum of these, signs left out, then
the earliest factor or shift. Where a law takes two images, they are counted together.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from invariance.bench.laws import Case, Law, Size, Trials, grid_of, lengths
from invariance.bench.systems import System
from invariance.bench.verdicts import TOLERANCE
from invariance.operators.operator import OperatorError

PIXELS = 16  # of the largest images tried
NONZERO = 3  # pixels of an image that are not 0, at most
LARGEST = 2  # number in an image, up or down


class Counterexample(NamedTuple):
    """One image, or a pair of them, on which the two sides of a law differ."""

    x: np.ndarray  # whole numbers, float64 (H, W)
    y: np.ndarray | None  # of the same kind; None where the law takes one image
    case: Case  # what else the law was tried with
    left: np.ndarray  # side of the law, float64 (H', W')
    right: np.ndarray  # float64 (H', W')


def counterexample(system: System, law: Law) -> Counterexample | None:
    """The smallest image on which an operator breaks a law.

    Returns:
        None if no images break it that have at most PIXELS pixels each, at most NONZERO numbers in all that are not 0,
        and none of these beyond LARGEST, up or down. Sizes of which windows would leave a rest out are not tried.
    """
    for size in _sizes():
        try:
            places = system.apply(np.zeros((1, 1, *size))).shape[-2:]
        except OperatorError:
            continue  # the operator takes no images of this size
        grid = grid_of(system, size, places)
        if system.stride and (places[0] * system.stride[0], places[1] * system.stride[1]) != size:
            continue  # pixels that no window sees would break laws for a reason of their own
        cases = [case for case in law.cases(grid) if float(case.factor).is_integer()]
        for images in _images(size, 2 if law.pair else 1):
            x, y = images[:, :1], images[:, -1:]
            trials = Trials(x, y, system.apply(x), system.apply(y))
            for case in cases:
                left, right = law.sides(system, grid, trials, case)
                limit = TOLERANCE[x.dtype] * np.maximum(lengths(left), lengths(right))
                broken = np.flatnonzero(lengths(left - right) > limit)
                if len(broken):
                    first = broken[0]
                    second = y[first, 0] if law.pair else None
                    return Counterexample(x[first, 0], second, case, left[first, 0], right[first, 0])
    return None


def _sizes() -> list[Size]:
    """All sizes of at most PIXELS pixels, fewest first, then lowest."""
    sides = range(1, PIXELS + 1)
    return sorted(
        (size for size in product(sides, sides) if size[0] * size[1] <= PIXELS), key=lambda s: (s[0] * s[1], s)
    )


def _images(size: Size, count: int) -> Iterator[np.ndarray]:
    """Images, or pairs of them, in the order of the search: float64 (N, count, H, W), equally small ones together."""
    numbers = count * size[0] * size[1]
    values = [sign * value for value in range(1, LARGEST + 1) for sign in (1, -1)]
    for nonzero in range(min(NONZERO, numbers) + 1):
        places = np.array(list(combinations(range(numbers), nonzero)), int)  # (P, nonzero)
        filled = np.array(list(product(values, repeat=nonzero)))  # (V, nonzero)
        sums = np.abs(filled).sum(1)
        for total in np.unique(sums):
            written = filled[sums == total]
            images = np.zeros((len(places), len(written), numbers))
            rows, columns = np.ogrid[: len(places), : len(written)]
            images[rows[..., None], columns[..., None], places[:, None]] = written
            yield images.reshape(-1, count, *size)
