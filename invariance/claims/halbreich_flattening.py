"""Halbreich's answer on the order in which a map is flattened, and what an experiment of ours says."""

from collections.abc import Callable
from typing import Any

from invariance.claims.claim import Claim
from invariance.claims.halbreich_theory import HALBREICH, TESTS
from invariance.claims.index.halbreich import FLATTENING, THEORY
from invariance.claims.verdict import Paired, paired
from invariance.evaluation import records
from invariance.number_words import number
from invariance.operators.flatten import PER_IMAGE

FLATTEN_ORDER = "flatten-order"  # the experiment
ROWS, RANDOM = "row by row", "random, fixed"  # of ORDERS
SAME_FOR_ALL = "that the order is the same for every image, as it is for rows and columns"
BOUND = 0.005  # two orders are called as good as each other if they are less than this share of answers apart


def right(run: dict[str, Any]) -> float:
    """The share of test images that a run is right on."""
    return run["accuracy"]["value"]


def loss(run: dict[str, Any]) -> float:
    """Its mean cross-entropy on them, nats."""
    return run["loss"]


def against_rows(order: str, of: Callable[[dict[str, Any]], float] = right) -> Paired | None:
    """By how much networks whose maps are flattened in an order are right more often than row by row, seed by seed.

    of: another figure of a run instead. None while that is not recorded.
    """
    found = {}
    for run in records.experiment(FLATTEN_ORDER).get("runs", []):
        found.setdefault(run["variant"], {})[run["seed"]] = of(run)
    seeds = sorted(found.get(ROWS, {}).keys() & found.get(order, {}).keys())
    return paired([found[order][seed] for seed in seeds], [found[ROWS][seed] for seed in seeds]) if seeds else None


def _lossier(order: str) -> float | None:
    """1 if an order ends with a higher loss, by more than seeds give; else 0."""
    found = against_rows(order, loss)
    return None if found is None else float(found.value - found.margin > 0)


def _loss_told(order: str) -> str:
    found = against_rows(order, loss)
    if found is None:
        return ""
    return f"Loss on test images against row by row: {number(found.value, '+.4f')} ± {found.margin:.4f} nats."


def in_points(found: Paired) -> str:
    """ "+0.03 ± 0.20 points"."""
    return f"{number(100 * found.value, '+.2f')} ± {100 * found.margin:.2f} points"


def _costs(order: str) -> float | None:
    """1 if an order costs right answers, by more than seeds give; else 0."""
    found = against_rows(order)
    return None if found is None else float(found.value + found.margin < 0)


def _size(order: str) -> str:
    """By how much an order differs from row by row, and whether the two are shown to be as good as each other."""
    if (found := against_rows(order)) is None:
        return ""
    text = f"Against row by row: {in_points(found)} over {found.pairs} seeds"
    if found.within(BOUND):
        text += f"; two one-sided tests, at 5 % each, show that they are less than {100 * BOUND:g} points apart"
    return f"{text}."


def _flattening(
    name: str,
    order: str,
    inferred: str,
    test: str,
    says: str = "flattening in a random order may cost right answers",
    ours: Callable[[str], float | None] = _costs,
    beside: Callable[[str], str] = _size,
) -> Claim:
    return Claim(
        name=f"halbreich-{name}",
        source=HALBREICH,
        where=f"{THEORY} 2",
        says=says,
        theirs=1.0,
        unit="",
        rule="comparison",
        ours=lambda: ours(order),
        page=FLATTENING,
        test=TESTS + test,
        data=lambda: records.experiment(FLATTEN_ORDER).get("test", {}).get("dataset_title", ""),
        inferred=inferred,
        beside=lambda: beside(order),
    )


FLATTENING_CLAIMS = [
    _flattening(
        "flattening",
        RANDOM,
        SAME_FOR_ALL,
        "test_flattening",
    ),
    _flattening(
        "flattening-every", PER_IMAGE, "read as a new random order for every image", "test_a_new_order_for_every_image"
    ),
    _flattening(
        "flattening-lossy",
        RANDOM,
        f"{SAME_FOR_ALL}; “more lossy” as of a higher loss, which the source calls so elsewhere",
        "test_flattening_by_its_loss",
        "flattening in a random order may be more lossy",
        _lossier,
        _loss_told,
    ),
    _flattening(
        "flattening-lossy-every",
        PER_IMAGE,
        "the same, read as a new random order for every image",
        "test_flattening_by_its_loss",
        "flattening in a random order may be more lossy",
        _lossier,
        _loss_told,
    ),
]
