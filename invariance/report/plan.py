"""What a report measures, step by step, and in which parts."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from invariance import UserError
from invariance.evaluation.consistency import SHIFTS, TRIED
from invariance.evaluation.survival import measured_amounts
from invariance.report.measure import chunk_size
from invariance.transforms import TRANSFORMS, Transform

CONSISTENCY, LAYERS = "consistency", "layers"
CHOICES = (*TRANSFORMS, CONSISTENCY, LAYERS)  # what --measures may name; accuracy is always measured
MOST_PARTS = 16_384  # of one step, as long as a part's images take no more than ...
PART_BYTES = 64_000_000  # ... this: so much is sent to another machine at once
SHIFTED = 100_000  # images that are shifted at random: the interval is then ±0.3 points at most
SMALL = 64 * 64 * 3  # numbers of an image up to which all amounts are measured, and all shifts of TRIED images
THINNED = 3  # of larger images, whose networks take longer, every third amount; and only shifts drawn at random
LOOKED_INTO = 16  # images over which the errors of layers are averaged
QUICK = (4, 1)  # amounts of a transform that the first answer is of, if there is time, beside the unchanged image ...
FIRST = 8  # ... and of the first transform, which it is of in any case


class Step(NamedTuple):
    """One measure of many images."""

    measure: str  # see Task
    name: str
    amounts: tuple[float, ...]
    count: int  # images: all, or so many of them drawn at random
    answers: int  # of the model for each image

    @property
    def title(self) -> str:
        """What is being done, for who waits."""
        if self.name in TRANSFORMS:
            return TRANSFORMS[self.name].title
        return f"Shifts: {SHIFTS[self.name].title.lower()}" if self.name else "As they are"


@dataclass(frozen=True)
class Plan:
    """What is measured: amounts of transforms, kinds and reaches of shifts, and whether layers are looked into."""

    transforms: Mapping[str, tuple[float, ...]]
    shifts: tuple[tuple[str, int], ...]  # kind and reach
    layers: bool
    every_shift: bool = True  # whether all shifts are tried too, not only two of each image

    @property
    def measures(self) -> list[str]:
        """Names in CHOICES."""
        return [*self.transforms, *[CONSISTENCY] * bool(self.shifts), *[LAYERS] * self.layers]

    def steps(self, count: int, shape: tuple[int, int, int]) -> list[Step]:
        """All that is asked of so many images of a shape (C, H, W)."""
        steps = [Step("still", "", (), count, 1)]
        steps += [Step("transform", name, amounts, count, len(amounts)) for name, amounts in self.transforms.items()]
        for name, reach in self.shifts:
            steps.append(Step("shift", name, (reach,), min(count, SHIFTED), 2))
            if self.every_shift and reach == SHIFTS[name].reach and math.prod(shape) <= SMALL:
                steps.append(Step("every shift", name, (reach,), min(count, TRIED), 1 + (2 * reach + 1) ** 2))
        return steps

    def quick(self, most: float) -> "Plan":
        """Less of it, that takes at most so many answers for each image if it can: some amounts of each transform, one
        of each, or those of the first transform alone; and two random shifts, if there is time for them too."""
        first, *others = self.transforms or [""]
        own = {first: _few(first, self.transforms[first], FIRST)} if first else {}
        for count in QUICK:
            few = Plan(
                own | {name: _few(name, self.transforms[name], count) for name in others}, self.shifts, False, False
            )
            if few.answers <= most:
                return few
        few = Plan(own, self.shifts, layers=False, every_shift=False)
        return few if few.answers <= most else Plan(own, (), layers=False, every_shift=False)

    @property
    def answers(self) -> int:
        """Of the model for each image, without those to every shift."""
        return 1 + sum(map(len, self.transforms.values())) + 2 * len(self.shifts)


def plan(
    measures: Iterable[str],
    shape: tuple[int, int, int],
    amounts: Mapping[str, Iterable[float]] | None = None,
    shifts: Iterable[tuple[str, int]] = (),
) -> Plan:
    """What is asked for, for images of a shape (C, H, W).

    Args:
        measures: names in CHOICES.
        shape: of an image.
        amounts: more amounts of transforms, by name, than those usually measured, for requirements.
        shifts: more kinds and reaches of shifts.

    Raises:
        UserError: images are too small for a shift that is asked for.
    """
    measures, amounts = set(measures), amounts or {}
    transforms = {}
    for name, transform in TRANSFORMS.items():
        more = {transform.wrapped(amount) for amount in amounts.get(name, ())}
        if name in measures or more:
            usual = measured_amounts(transform) if math.prod(shape) <= SMALL else _thinned(transform)
            transforms[name] = (*usual, *sorted(more - set(usual)))
    wanted = {(name, shift.reach) for name, shift in SHIFTS.items() if CONSISTENCY in measures}
    wanted = {each for each in wanted if fits(*each, shape)} | set(shifts)
    for name, reach in sorted(wanted):
        if not fits(name, reach, shape):
            raise UserError(f"Images of {shape[1]} × {shape[2]} pixels are too small for {name} shifts by {reach}.")
    order = sorted(wanted, key=lambda each: (list(SHIFTS).index(each[0]), each[1]))
    return Plan(transforms, tuple(order), LAYERS in measures)


def fits(shift: str, reach: int, shape: tuple[int, int, int]) -> bool:
    """Whether images are large enough for a kind of shift: crops need a window of two pixels."""
    least = 2 * reach + 2 if SHIFTS[shift].transform is None else reach + 1
    return min(shape[1:]) >= least


def shard_size(count: int, batch_size: int, shape: tuple[int, int, int]) -> int:
    """Images of one part: so many as are changed at a time, more where there would be too many parts."""
    chunk = chunk_size(batch_size, shape)
    chunks = min(math.ceil(count / MOST_PARTS / chunk), PART_BYTES // (math.prod(shape) * chunk))
    return chunk * max(1, chunks)


def _thinned(transform: Transform) -> tuple[float, ...]:
    """Every THINNED-th of the amounts, counted from the neutral one, the ends, the severities and what tells most."""
    amounts = measured_amounts(transform)
    middle = amounts.index(transform.neutral)
    kept = {amount for place, amount in enumerate(amounts) if (place - middle) % THINNED == 0}
    kept |= {amounts[0], amounts[-1], transform.tells_most, *transform.severities}
    return tuple(amount for amount in amounts if amount in kept)


def _few(name: str, amounts: tuple[float, ...], count: int) -> tuple[float, ...]:
    """About count of the amounts, those near no change denser, and the neutral one; or of the severities, if any."""
    transform = TRANSFORMS[name]
    if marked := transform.severities:
        return tuple(sorted({transform.neutral, *(marked if count > 1 else marked[len(marked) // 2 :][:1])}))
    own = [amount for amount in amounts if amount in transform.amounts and amount != transform.neutral]
    if count == 1:
        return tuple(sorted({transform.neutral, transform.tells_most}))
    farthest = max(map(transform.distance, own))
    wanted = [farthest * (step / count) ** 1.5 for step in range(1, count + 1)]
    picked = {min(own, key=lambda amount: abs(transform.distance(amount) - far)) for far in wanted}
    return tuple(sorted({transform.neutral, *picked}))
