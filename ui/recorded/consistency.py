"""How steady the answers to test images are when these are shifted, and what that costs."""

import time
from typing import Any

import numpy as np
import streamlit as st

from invariance.datasets import Dataset
from invariance.evaluation.consistency import SHIFTS
from invariance.images.pixels import to_float
from invariance.inside.architecture import summary
from invariance.model import Model
from invariance.number_words import counted, milliseconds, percent, with_interval
from ui.caching import keeping
from ui.drawing.shown import chart, table
from ui.networks import Shown, inside_of
from ui.picking.remembered import remembered
from ui.picking.samples import samples
from ui.recorded.curves import recorded
from ui.words import bold, listed

TIMED, TRIALS = 20, 3  # images in a batch, and how often it is timed; the fastest counts


def measured_on_shifts(models: list[Shown], dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Title -> the measurement, of networks that were asked about shifted images; says which were not."""
    return recorded(
        [shown for shown in models if not shown.own],
        dataset.name,
        lambda each: each if each.get("consistency") else None,
        "on shifted images",
        "consistency",
    )


def choose_kind() -> str:
    """Ask how test images are shifted: a name in SHIFTS."""
    return remembered("shifted", list(SHIFTS), lambda name: SHIFTS[name].title, "How test images are shifted")


def verdict_on_shifts(measured: dict[str, dict[str, Any]], kind: str) -> str:
    """Which network's answers are the steadiest, and which the least."""
    same = {title: each["consistency"][kind]["consistency"] for title, each in measured.items()}
    shares = {title: share["value"] for title, share in same.items()}
    most, least = max(shares.values()), min(shares.values())
    first, last = ([title for title, share in shares.items() if share == end] for end in (most, least))
    said = (
        f"Shifted twice at random, {percent(most)} of {same[first[0]]['n']:,} test images get the same answer both "
        f"times from {listed(list(map(bold, first)))}"
    )
    if most > least:
        said += f", most of the networks measured, and {percent(least)} from {listed(list(map(bold, last)))}, fewest"
    return f"{said}."


def same_answer_chart(measured: dict[str, dict[str, Any]], models: list[Shown], kind: str) -> None:
    """The share of images whose answer two random shifts leave the same, a network a row."""
    from ui.drawing.charts import classes  # late: Altair takes half a second to load

    colours = {shown.model.card.title: shown.colour for shown in models}
    same = {title: each["consistency"][kind]["consistency"] for title, each in measured.items()}
    count = max(share["n"] for share in same.values())
    said = f"{count:,} test images, each shifted twice at random by up to {SHIFTS[kind].reach} px each way"
    st.markdown(
        f"**Consistency.** {said}: how often are both answers the same, right or wrong?"
        + (" A network that only looks at *what* is there would have 100 %." if SHIFTS[kind].wraps else "")
    )
    ranked = dict(sorted(same.items(), key=lambda entry: -entry[1]["value"]))
    chart(
        f"consistency {kind}",
        classes.intervals(ranked, colours, rows=None, what="same answer to two shifts", row="network"),
        alt="Same answer to two random shifts. "
        + "; ".join(f"{title} {percent(share['value'])}" for title, share in ranked.items()),
        caption=f"Share of images with the same answer to both. {said} ({SHIFTS[kind].title.lower()}); lines are 95 % "
        "intervals.",
    )


def every_shift_chart(measured: dict[str, dict[str, Any]], models: list[Shown], kind: str) -> None:
    """The share of images whose answer some shift changes, over how far they go; one line a network."""
    from ui.drawing.charts import curves as charts  # late: Altair takes half a second to load

    colours = {shown.model.card.title: shown.colour for shown in models}
    flips = {title: measured[title]["consistency"][kind]["flips"] for title in colours if title in measured}
    if not flips:
        return
    tried = next(iter(flips.values()))[0]["n"]
    reach = SHIFTS[kind].reach
    st.markdown(
        f"**Every shift.** {tried:,} test images under all shifts of up to so many pixels each way: for "
        "how many does *some* shift change the answer? No shift is left to chance; a single bad one is enough."
    )
    ends = ("value", "low", "high")
    curves = {title: {end: [share[end] for share in each] for end in ends} for title, each in flips.items()}
    highest = max(max(curve["high"]) for curve in curves.values())
    chart(
        f"every shift {kind}",
        charts.survival(
            curves,
            list(range(reach + 1)),
            colours,
            "shifts of up to … px each way",
            "images whose answer changes",
            most=min(1, np.ceil(20 * highest) / 20),
            columns=2,
        ),
        alt=f"Share of images whose answer some shift of up to {reach} pixels changes. "
        + "; ".join(f"{title} {percent(each[-1]['value'], 1)}" for title, each in flips.items()),
        caption=f"Share of {tried:,} test images whose answer some shift changes ({SHIFTS[kind].title.lower()}); the "
        "bands are 95 % intervals.",
    )


def price(measured: dict[str, dict[str, Any]], models: list[Shown], dataset: Dataset, kind: str) -> None:
    """What each network costs beside what it gives, as a table."""
    rows = [
        _price(shown, dataset, each["accuracy"], each["consistency"][kind]["consistency"])
        for shown in models
        if not shown.own and (each := measured.get(shown.model.card.title))
    ]
    said = (
        "In brackets the 95 % interval. Multiply-adds are the products with weights for one image. Time: this machine, "
        f"one image in a batch of up to {TIMED}; the fastest of {TRIALS} tries."
    )
    what = "Accuracy, consistency, parameters, work and time"
    measured_on = listed(sorted({each["dataset_title"] for each in measured.values()}))
    table(f"price {kind}", rows, alt=what, caption=f"{what}, {measured_on}. {said}")
    st.caption(said)


def _price(shown: Shown, dataset: Dataset, accuracy: dict[str, Any], same: dict[str, Any]) -> dict[str, str]:
    card = shown.model.card
    work, seconds = _work(shown.model, to_float(samples(dataset)[:TIMED]))
    return {
        "network": card.title,
        "right on test images": with_interval(accuracy),
        "same answer to two shifts": with_interval(same),
        "parameters": counted(card.parameters),
        "multiply-adds": work,
        "time an image": milliseconds(seconds),
    }


@keeping(100_000)
def _work(model: Model, images: np.ndarray) -> tuple[str, float]:
    """Multiply-adds of one image, in words, and seconds an image."""
    total = summary(inside_of(model))
    more = ", some layers not counted" if total.uncounted else ""
    times = []
    for _ in range(TRIALS):
        start = time.perf_counter()
        model.predict(images)
        times.append(time.perf_counter() - start)
    return f"{total.multiply_adds / 1e6:.2f} million{more}", min(times) / len(images)
