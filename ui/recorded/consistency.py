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
from ui.networks import Shown, inside_of
from ui.picking.remembered import remembered
from ui.picking.samples import samples
from ui.recorded.curves import recorded

TIMED, TRIALS = 20, 3  # images in a batch, and how often it is timed; the fastest counts


def consistency(everyone: list[Shown], chosen: list[Shown], dataset: Dataset) -> None:
    """What was measured with shifted test images: the share of images whose answer stays, and what it costs."""
    from ui.drawing.charts import classes  # late: Altair takes half a second to load
    from ui.drawing.charts import curves as charts  # late: Altair takes half a second to load

    measured = recorded(
        [shown for shown in everyone if not shown.own],
        dataset.name,
        lambda each: each if each.get("consistency") else None,
        "on shifted images",
        "consistency",
    )
    if not measured:
        return
    kind = remembered("shifted", list(SHIFTS), lambda name: SHIFTS[name].title, "How test images are shifted")
    colours = {shown.model.card.title: shown.colour for shown in everyone}
    steady = {title: each["consistency"][kind] for title, each in measured.items()}
    same = {title: each["consistency"] for title, each in steady.items()}
    reach = SHIFTS[kind].reach
    count = max(share["n"] for share in same.values())

    st.markdown(
        f"**Consistency.** {count:,} test images, each shifted twice at random by up to {reach} px each way: how often "
        "are both answers the same, right or wrong? A network that only looks at *what* is there would have 100 %."
    )
    ranked = dict(sorted(same.items(), key=lambda entry: -entry[1]["value"]))
    st.vega_lite_chart(
        classes.intervals(ranked, colours, rows=None, what="same answer to two shifts", row="network"),
        alt="Same answer to two random shifts. "
        + "; ".join(f"{title} {percent(share['value'])}" for title, share in ranked.items()),
    )

    titles = [shown.model.card.title for shown in chosen if shown.model.card.title in measured]
    if titles:
        flips = {title: steady[title]["flips"] for title in titles}
        tried = flips[titles[0]][0]["n"]
        st.markdown(
            f"**Every shift.** The first {tried:,} test images under all shifts of up to so many pixels each way: for "
            "how many does *some* shift change the answer? Chance has no say here; one bad shift is enough."
        )
        ends = ("value", "low", "high")
        curves = {title: {end: [share[end] for share in each] for end in ends} for title, each in flips.items()}
        highest = max(max(curve["high"]) for curve in curves.values())
        st.vega_lite_chart(
            charts.survival(
                curves,
                list(range(reach + 1)),
                colours,
                "shifts of up to … px each way",
                "images whose answer changes",
                most=min(1, np.ceil(20 * highest) / 20),
            ),
            alt=f"Share of images whose answer some shift of up to {reach} pixels changes. "
            + "; ".join(f"{title} {percent(each[-1]['value'], 1)}" for title, each in flips.items()),
        )
    st.markdown("**And the price?** What each network costs beside what it gives.")
    rows = [
        _price(shown, dataset, measured[title]["accuracy"], same[title])
        for shown in everyone
        if (title := shown.model.card.title) in measured and not shown.own
    ]
    st.dataframe(rows, hide_index=True, height="content", alt="Accuracy, consistency, parameters, work and time")
    st.caption(
        "In brackets the 95 % interval. Multiply-adds are the products with weights for one image. Time: this machine, "
        f"one image in a batch of up to {TIMED}; the fastest of {TRIALS} tries."
    )


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
