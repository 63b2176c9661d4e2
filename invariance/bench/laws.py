"""The laws of linear systems that follow shifts: for each its two sides, which are equal where it holds.

An operator L is linear if it is additive and homogeneous, and follows shifts (is equivariant) if L(Tx) = T L(x) for
every shift T of the image. Shifts are circular: what leaves at one side comes in at the other.

Source: A. Halbreich, "Neural networks for images, exercise 1", theoretical questions 1 and 3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from invariance.bench.systems import System

FACTORS = (2.0, -1.0, 3.0, 0.5)

Size = tuple[int, int]  # rows, columns; of a shift: pixels down, right


class Case(NamedTuple):
    """What a law is tried with beside images."""

    factor: float = 1.0  # λ
    shift: Size = (0, 0)  # of the image


class Trials(NamedTuple):
    """Images, and what the operator makes of them."""

    x: np.ndarray  # (N, C, H, W)
    y: np.ndarray  # the second images, for laws of two, (N, C, H, W)
    of_x: np.ndarray  # L(x), (N, C', H', W')
    of_y: np.ndarray  # L(y), (N, C', H', W')


class Sides(NamedTuple):
    """The two sides of a law, (N, C', H', W') each."""

    left: np.ndarray
    right: np.ndarray


class OutputGrid(NamedTuple):
    """How the places of an output lie on the pixels of an image.

    Of a kind: "same": pixel by pixel; "coarser": every stride-th pixel, around the edges; "inside": every stride-th,
    those left out whose windows would hang over the edge; "one": there is one place; "row": the pixels in one row;
    "": not known.
    """

    kind: str  # one of the six above
    stride: Size  # pixels from one place to the next
    size: Size  # of the image, pixels
    places: Size  # of the output


@dataclass(frozen=True)
class Law:
    """One entry of LAWS."""

    name: str
    title: str
    left: str  # side of the formula
    right: str
    pair: bool  # whether it takes a second image
    cases: Callable[[OutputGrid], list[Case]]  # all that it can be tried with
    sides: Callable[[System, OutputGrid, Trials, Case], Sides]  # for one of them


def grid_of(system: System, size: Size, places: Size) -> OutputGrid:
    """How an output of so many places (rows, columns) lies on an image of a size."""
    stride = system.stride or (max(1, size[0] // places[0]), max(1, size[1] // places[1]))
    if places == (1, 1):
        kind = "one"
    elif places == (1, size[0] * size[1]) != size:
        kind = "row"
    elif (places[0] * stride[0], places[1] * stride[1]) == size:
        kind = "same" if stride == (1, 1) else "coarser"
    else:
        last = ((places[0] - 1) * stride[0], (places[1] - 1) * stride[1])
        kind = "inside" if system.stride and last[0] < size[0] and last[1] < size[1] else ""
    return OutputGrid(kind, stride, size, places)


def sense(grid: OutputGrid) -> str:
    """What it is for an output to move along with the image, in a sentence."""
    if grid.size == (1, 1):
        return "The input has one place: there is nothing to shift."
    apart = " × ".join(str(step) for step in dict.fromkeys(grid.stride)) + " px apart"
    return {
        "same": "The output must move by as many places as the image moves by pixels.",
        "coarser": f"Output places lie {apart}: the output must move by the shift divided by that, rounded down or up, "
        "whichever fits better.",
        "inside": f"Output places lie {apart}, and some at the border are left out: the output must move along, and "
        "only the places are compared that were on it before.",
        "one": "The output has one place, and to move it changes nothing: it must stay as it is.",
        "row": "The output is a row: it must move by as many places as the first pixel does.",
        "": "How the output's places lie on the image can't be told.",
    }[grid.kind]


def shifts(size: Size) -> list[Size]:
    """All circular shifts of an image but none at all, the shortest first: down and right, negative for up and left."""
    steps = [range(-((side - 1) // 2), side // 2 + 1) for side in size]
    return sorted(product(*steps), key=lambda d: (abs(d[0]) + abs(d[1]), abs(d[0]), d[0] < 0, d[1] < 0))[1:]


def lengths(outputs: np.ndarray) -> np.ndarray:
    """The norm of each output: (..., C, H, W) -> float64 (...)."""
    return np.sqrt(np.square(outputs.astype(np.float64)).sum((-3, -2, -1)))


def _additive(system: System, grid: OutputGrid, trials: Trials, case: Case) -> Sides:
    return Sides(system.apply(trials.x + trials.y), trials.of_x + trials.of_y)


def _homogeneous(system: System, grid: OutputGrid, trials: Trials, case: Case) -> Sides:
    return Sides(system.apply(case.factor * trials.x), case.factor * trials.of_x)


def _affine(system: System, grid: OutputGrid, trials: Trials, case: Case) -> Sides:
    rest = 1 - case.factor
    mixed = system.apply(case.factor * trials.x + rest * trials.y)
    return Sides(mixed, case.factor * trials.of_x + rest * trials.of_y)


def _invariant(system: System, grid: OutputGrid, trials: Trials, case: Case) -> Sides:
    return Sides(system.apply(np.roll(trials.x, case.shift, (-2, -1))), trials.of_x)


def _equivariant(system: System, grid: OutputGrid, trials: Trials, case: Case) -> Sides:
    """L(Tx), and L(x) moved along: of the ways to round, the one that fits best, image by image."""
    changed = system.apply(np.roll(trials.x, case.shift, (-2, -1)))
    if grid.kind == "row":
        ways = [(0, case.shift[0] * grid.size[1] + case.shift[1])]
    else:
        ways = list(product(*(_rounded(*axis) for axis in zip(case.shift, grid.stride, strict=True))))
    moved = np.stack([np.roll(trials.of_x, way, (-2, -1)) for way in ways])  # (ways, N, C', H', W')
    if grid.kind == "inside":  # what came in around the edge was not there before
        rows, columns = (slice(max(0, *steps), min(0, *steps) or None) for steps in zip((0, 0), *ways, strict=True))
        changed, moved = changed[..., rows, columns], moved[..., rows, columns]
    best = lengths(moved - changed).argmin(0)
    return Sides(changed, moved[best, np.arange(len(changed))])


def _rounded(step: int, stride: int) -> list[int]:
    """A step in pixels as whole places, rounded down and up."""
    return sorted({step // stride, -(-step // stride)})


def _once(grid: OutputGrid) -> list[Case]:
    return [Case()]


def _factors(grid: OutputGrid) -> list[Case]:
    return [Case(factor) for factor in FACTORS]


def _positive_factors(grid: OutputGrid) -> list[Case]:
    return [case for case in _factors(grid) if case.factor > 0]


def _all_shifts(grid: OutputGrid) -> list[Case]:
    return [Case(shift=shift) for shift in shifts(grid.size)]


def _moves(grid: OutputGrid) -> list[Case]:
    """The shifts that can be compared: all but those that leave nothing of an output whose edges do not join."""
    if grid.kind != "inside":
        return _all_shifts(grid) if grid.kind else []
    axes = list(zip(grid.stride, grid.places, strict=True))
    return [
        case
        for case in _all_shifts(grid)
        if all(-(-abs(step) // by) < count for step, (by, count) in zip(case.shift, axes, strict=True))
    ]


def _whole_moves(grid: OutputGrid) -> list[Case]:
    """The shifts by whole strides, where there is a stride."""
    if grid.kind in ("one", "row"):
        return []
    down, right = grid.stride
    return [case for case in _moves(grid) if case.shift[0] % down == case.shift[1] % right == 0]


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law("additive", "Additive", "L(x + y)", "L(x) + L(y)", True, _once, _additive),
        Law("homogeneous", "Homogeneous", "L(λx)", "λL(x)", False, _factors, _homogeneous),
        Law("shift", "Follows shifts (equivariant)", "L(Tx)", "T L(x)", False, _moves, _equivariant),
        Law("stride", "Follows shifts by its stride", "L(Tˢx)", "T L(x)", False, _whole_moves, _equivariant),
        Law("positive", "Homogeneous for λ > 0", "L(λx)", "λL(x)", False, _positive_factors, _homogeneous),
        Law("affine", "Affine", "L(λx + (1 − λ)y)", "λL(x) + (1 − λ)L(y)", True, _factors, _affine),
        Law("invariant", "Unmoved by shifts (invariant)", "L(Tx)", "L(x)", False, _all_shifts, _invariant),
    )
}
