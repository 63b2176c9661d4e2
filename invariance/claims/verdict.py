"""The word that a source's figure gets beside ours, each by a stated rule."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from invariance.measures import Z_95

SEEDS = 3  # networks, trained with different random seeds, that a measured figure needs at least
EQUAL, REPRODUCED, SAME_FINDING = "equal", "reproduced", "same finding, other figure"
SURPASSED, NOT_REPRODUCED, REFUTED = "surpassed", "not reproduced", "refuted"
NOT_COMPARABLE, NOT_MEASURED = "not comparable", "not measured"
VERDICTS = {  # in the order in which they are counted; when each is given
    EQUAL: "a count, or a proof or formula worked out here: ours is the same, fractions but for rounding",
    REPRODUCED: "a measured figure: the difference, less what the rounding of theirs allows, is no more than chance "
    "gives; or a measured comparison without a figure: ours comes out the same way, by more than chance gives",
    SAME_FINDING: "what the source concludes holds here too, but its figure differs by more than chance gives",
    SURPASSED: "ours is better by more than chance gives",
    NOT_REPRODUCED: "what was measured doesn't show what the source concludes; that proves nothing against it",
    REFUTED: "a count, a proof or a direct counterexample says otherwise",
    NOT_COMPARABLE: "theirs depends on something that the source doesn't say",
    NOT_MEASURED: f"not measured yet on the files that are here, or of fewer than {SEEDS} seeds",
}


class Measured(NamedTuple):
    """One figure of the same network trained with several random seeds."""

    values: tuple[float, ...]  # one for each seed
    n: int  # images that each was measured on
    variance: float  # of one of the values over samples of as many images: p(1 - p)/n of a share

    @property
    def value(self) -> float:
        """The mean over seeds."""
        return float(np.mean(self.values))

    @property
    def spread(self) -> float:
        """The standard deviation over seeds, s² = Σ(x − mean)²/(k − 1); 0 for a single one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0

    @property
    def margin(self) -> float:
        """Half the 95 % interval of the mean: over images, and over seeds as if others had been drawn."""
        return margin(self.variance, self.spread**2 / len(self.values), len(self.values))


def of_shares(shares: Sequence[float], n: int) -> Measured:
    """Shares of n images, one for each seed; the variance p(1 − p)/n is that of their mean."""
    p = float(np.mean(shares))
    return Measured(tuple(shares), n, p * (1 - p) / n)


def margin(over_images: float, over_seeds: float, seeds: int) -> float:
    """Half the 95 % interval of something whose variance has a known part and one estimated from a few seeds.

    √(z² · over_images + t² · over_seeds), z = 1.96 being the normal's quantile and t Student's for seeds − 1 degrees of
    freedom, 4.30 for three seeds: a spread that is estimated from three numbers is itself uncertain. With 1.96 for both
    equal networks would be called different in 1 of 5 cases where the spread over seeds decides.
    """
    t = float(stdtrit(seeds - 1, 0.975)) if over_seeds else 0.0
    return math.sqrt(Z_95**2 * over_images + t**2 * over_seeds)


def apart(theirs: float, ours: Measured, rounding: float = 0.0, variance: float | None = None, runs: int = 1) -> bool:
    """Whether a source's figure differs from ours by more than chance gives.

    |ours − theirs| − rounding > chance(): the arguments are those of it, and
        rounding: what theirs may be off by for being printed with few digits.
    """
    return max(0.0, abs(ours.value - theirs) - rounding) > chance(ours, variance, runs)


def chance(ours: Measured, variance: float | None = None, runs: int = 1) -> float:
    """How far a source's figure and ours may be apart by chance, in 19 of 20 cases:

    √(z² (variance of theirs + variance of ours) + t² s² (1/runs + 1/k)), see margin():
    theirs is the mean of some draws of what other seeds give, mostly of one, and ours is the mean of k.

    Both variances over images count in full. Where both are measured on the same images they share a part of that
    chance, so that the margin is rather too wide than too narrow.

    Args:
        ours: ours, of at least two seeds.
        variance: of theirs over images; None: as ours, as for a loss whose spread the source doesn't tell.
        runs: trainings that theirs is the mean of.
    """
    seeds = len(ours.values)
    of_both = ours.variance + (ours.variance if variance is None else variance)
    return margin(of_both, ours.spread**2 * (1 / runs + 1 / seeds), seeds)


def of_figure(
    theirs: float,
    ours: Measured,
    finding: bool,
    rounding: float = 0.0,
    better: int = 0,
    variance: float | None = None,
) -> str:
    """The verdict on a measured figure.

    Args:
        theirs, ours, rounding, variance: see apart().
        finding: whether what the source concludes from its figure holds of ours.
        better: 1 if higher is better, -1 if lower is, 0 if neither.
    """
    if len(ours.values) < SEEDS:
        return NOT_MEASURED
    if not apart(theirs, ours, rounding, variance):
        return REPRODUCED if finding else NOT_REPRODUCED
    if better * (ours.value - theirs) > 0:
        return SURPASSED
    return SAME_FINDING if finding else NOT_REPRODUCED


HIGHER, LOWER, AS_CHANCE = "ours is higher", "ours is lower", "no more apart than chance gives"
TOO_FEW = f"not judged: fewer than {SEEDS} seeds"


def beside(
    theirs: float, ours: Measured | None, rounding: float = 0.0, variance: float | None = None, runs: int = 1
) -> str:
    """How a figure of ours stands beside one that others report: HIGHER or LOWER if they are apart().

    AS_CHANCE if they are not; TOO_FEW of fewer than SEEDS, NOT_MEASURED of none. All arguments but ours as there.
    """
    if ours is None:
        return NOT_MEASURED
    if len(ours.values) < SEEDS:
        return TOO_FEW
    if not apart(theirs, ours, rounding, variance, runs):
        return AS_CHANCE
    return HIGHER if ours.value > theirs else LOWER


def difference(one: Measured, other: Measured) -> tuple[float, float]:
    """How much larger one network's figure is than another's, and half the 95 % interval of that.

    √(z² (both variances over images) + t² (s²/k of both)), see margin(). Both are measured on the same images, whose
    part of chance is thus rather overstated.
    """
    of_seeds = [each.spread**2 / len(each.values) for each in (one, other)]
    most = margin(one.variance + other.variance, sum(of_seeds), min(len(one.values), len(other.values)))
    return one.value - other.value, most


def differ(one: Measured, other: Measured) -> int:
    """1 if one network's figure is larger than another's by more than chance gives, -1 if smaller, else 0."""
    apart_by, most = difference(one, other)
    return 0 if abs(apart_by) <= most else 1 if apart_by > 0 else -1


def more(one: Measured | None, other: Measured | None) -> float | None:
    """1 if one network's figure is larger than another's by more than chance gives, else 0; None while not measured."""
    if one is None or other is None or min(len(one.values), len(other.values)) < SEEDS:
        return None
    return float(differ(one, other) == 1)


class Paired(NamedTuple):
    """By how much one figure exceeds another, over pairs with all else alike, such as first weights and test images."""

    value: float  # the mean over the pairs
    error: float  # its standard error over the pairs
    pairs: int

    @property
    def margin(self) -> float:
        """Half the 95 % interval of the mean, by Student's t."""
        return margin(0.0, self.error**2, self.pairs)

    def within(self, bound: float) -> bool:
        """Whether it is shown that they differ by less than a bound: equivalence, and not that no difference was found.

        Two one-sided t tests at 5 %, against differences of +bound and -bound. Of several such statements no correction
        is needed for "all hold".

        Source: D. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach" (1987).
        """
        room = bound - abs(self.value)
        if not self.error:
            return room > 0
        return bool(stdtr(self.pairs - 1, -room / self.error) < 0.05)


def paired(one: Sequence[float], other: Sequence[float]) -> Paired:
    """One figure of each pair less the other; at least two pairs."""
    differences = np.subtract(one, other)
    return Paired(float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(len(differences))), len(one))
