"""Halbreich's answer on the order in which a map is flattened, and what an experiment of ours says."""

from functools import lru_cache

import numpy as np

from invariance.claims.claim import Claim
from invariance.claims.halbreich_theory import HALBREICH, TESTS, theory
from invariance.claims.index.halbreich import FLATTENING, THEORY
from invariance.claims.verdict import Paired, paired
from invariance.evaluation import records
from invariance.number_words import number
from invariance.operators.flatten import ORDERS, PER_IMAGE, reordered

FLATTEN_ORDER = "flatten-order"  # the experiment
ROWS, RANDOM = "row by row", "random, fixed"  # of ORDERS
BOUND = 0.005  # two orders are called as good as each other if they are less than this share of answers apart


@lru_cache(maxsize=1)
def _orders_lose() -> float:
    """1 if in some order a layer can't give the sums that it gives row by row, its weights put into the same order."""
    size = (4, 5)
    values = np.eye(size[0] * size[1], dtype=int)
    weights = np.arange(values.size).reshape(values.shape)  # all different
    sums = values @ weights.T
    orders = [order(*size) for order in ORDERS.values()]
    return float(any(not np.array_equal(reordered(values, p) @ reordered(weights, p).T, sums) for p in orders))


def against_rows(order: str) -> Paired | None:
    """By how much networks whose maps are flattened in an order are right more often than row by row, seed by seed.

    None while that is not recorded.
    """
    found = {}
    for run in records.experiment(FLATTEN_ORDER).get("runs", []):
        found.setdefault(run["variant"], {})[run["seed"]] = run["accuracy"]["value"]
    seeds = sorted(found.get(ROWS, {}).keys() & found.get(order, {}).keys())
    return paired([found[order][seed] for seed in seeds], [found[ROWS][seed] for seed in seeds]) if seeds else None


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


def _flattening(name: str, order: str, inferred: str, test: str) -> Claim:
    return Claim(
        name=f"halbreich-{name}",
        source=HALBREICH,
        where=f"{THEORY} 2",
        says="flattening in a random order may cost right answers",
        theirs=1.0,
        unit="",
        rule="comparison",
        ours=lambda: _costs(order),
        page=FLATTENING,
        test=TESTS + test,
        data=lambda: records.experiment(FLATTEN_ORDER).get("test", {}).get("dataset_title", ""),
        inferred=inferred,
        beside=lambda: _size(order),
    )


FLATTENING_CLAIMS = [
    _flattening(
        "flattening",
        RANDOM,
        "that the order is the same for every image, as it is for rows and columns",
        "test_flattening",
    ),
    _flattening(
        "flattening-every", PER_IMAGE, "read as a new random order for every image", "test_a_new_order_for_every_image"
    ),
    theory(
        "flattening-lossy",
        "2",
        "in a random order a fully connected layer loses what it could use row by row",
        True,
        _orders_lose,
        FLATTENING,
        "test_no_order_loses_anything",
        inferred="the source calls a random order “more lossy”: read as that the layer can't give the same answers",
    ),
]
