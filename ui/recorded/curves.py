"""What was measured over a transform's amounts, for several networks at once: curves, tables, classes, confusion."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset
from invariance.number_words import percent, with_interval
from invariance.transforms import Transform
from ui.drawing.shown import chart, table
from ui.networks import Shown
from ui.picking.remembered import one_of, remembered
from ui.recorded.measured import evaluation as measurement
from ui.words import escaped

# What a curve can count -> its value, low and high at each amount.
COUNTED: dict[str, Callable[[dict[str, Any]], dict[str, list[float]]]] = {
    "answered right": lambda curve: {"value": curve["accuracy"], "low": curve["low"], "high": curve["high"]},
    "same answer as unchanged": lambda curve: curve["agreement"],
}


def measured_curves(models: list[Shown], dataset: str, transform: Transform) -> dict[str, dict[str, Any]]:
    """Title -> what survival() measured, for the models that have it; says what is missing and how to get it."""
    return recorded(
        models,
        dataset,
        lambda evaluation: evaluation.get("transforms", {}).get(transform.name),
        f"under {transform.in_a_sentence}",
        transform.name,
    )


def recorded(
    models: list[Shown], dataset: str, get: Callable[[dict[str, Any]], Any], what: str, measure: str
) -> dict[str, Any]:
    """Title -> what is recorded, for the models that have it; says what is missing and how to get it.

    Args:
        models: whose records are read.
        dataset: on which they were measured.
        get: takes it out of a measurement; None or {} if it isn't there.
        what: completes "Not measured ... yet".
        measure: its name on the command line.
    """
    by_title, missing = {}, []
    for shown in models:
        try:
            evaluation, problem = measurement(shown, dataset)
        except UserError as error:
            st.warning(escaped(error))
            continue
        if problem and evaluation:
            st.warning(escaped(f"{shown.model.card.title}: {problem}"))
        if value := get(evaluation or {}):
            by_title[shown.model.card.title] = value
        else:
            missing.append(shown)
    if own := [shown.model.card.title for shown in missing if shown.own]:
        st.info(f"Not measured {what} yet: {escaped(', '.join(own))}. Press “Measure again on this machine” below.")
    missing = [shown for shown in missing if not shown.own]
    if missing:
        names = " ".join(shown.path.stem for shown in missing)
        titles = ", ".join(shown.model.card.title for shown in missing)
        st.info(
            f"Not measured {what} yet: {escaped(titles)}. "
            f"Run: python -m invariance evaluate {escaped(names)} --measures {measure}"
        )
    return by_title


def image_counts(measured: dict[str, dict[str, Any]]) -> str:
    """How many images some networks were measured on: "10,000", or "1,000 to 10,000" where that differs."""
    counts = {curve["n"] for curve in measured.values()}
    return " to ".join(f"{count:,}" for count in sorted({min(counts), max(counts)}))


def images_told(measured: dict[str, dict[str, Any]], dataset: Dataset) -> str:
    """On how many test images some networks were measured, and how these were chosen."""
    chosen = ", drawn at random, as many of each class," if dataset.sample else ""
    return f"{image_counts(measured)} test images{chosen}"


def show_curves(measured: dict[str, dict[str, Any]], models: list[Shown], transform: Transform) -> None:
    """One line a network over the transform's amounts, and the means in a table."""
    from ui.drawing.charts import curves  # late: Altair takes half a second to load

    colours = {shown.model.card.title: shown.colour for shown in models}
    axis = transform.in_a_sentence + (f", {transform.unit.strip()}" if transform.unit else "")
    counted = remembered("counted", list(COUNTED), lambda name: name, "What counts", quiet=True)
    shares = {title: COUNTED[counted](curve) for title, curve in measured.items()}
    amounts = next(iter(measured.values()))["amounts"]
    own = [amounts.index(amount) for amount in transform.amounts]  # without those that are the same change again
    means = "; ".join(
        f"{title} {percent(sum(share['value'][place] for place in own) / len(own))}" for title, share in shares.items()
    )
    count = image_counts(measured)
    chart(
        f"{transform.name} {counted}",
        curves.survival(shares, amounts, colours, axis, counted),
        alt=f"Share of test images {counted} against {axis} for each network. Means: {means}",
        caption=f"Share of test images {counted} against {axis}, with its 95 % interval, n = {count}.",
    )
    table(
        f"{transform.name} means",
        [
            {
                "network": title,
                "mean over all amounts": with_interval(curve["mean"]),
                "area under the curve": with_interval(curve["area"]),
                "right at every amount": with_interval(curve["always"]),
                "lowest": f"{percent(min(curve['accuracy']))} at {_amount(transform, curve)}",
                "most often the hardest": transform.label(transform.amounts[_most(curve["worst"])]),
            }
            for title, curve in measured.items()
        ],
        alt="Mean accuracy over all amounts, area under the curve, share of images right at every amount, the lowest "
        "point, and the amount that is the hardest for more images than any other, a network",
        caption=f"{transform.title}: what is right of {count} test images, in brackets the 95 % interval.",
    )
    st.caption(
        f"In brackets the 95 % interval, n = {count}. Hardest: where the network gives "
        "the right answer its lowest probability."
    )


def _most(counts: list[int]) -> int:
    return counts.index(max(counts))


def _amount(transform: Transform, curve: dict[str, Any]) -> str:
    return transform.label(curve["amounts"][curve["accuracy"].index(min(curve["accuracy"]))])


def choose_classes_of(curves: dict[str, dict[str, Any]]) -> str:
    """Ask for the network, of those with a curve, that is looked at class by class; its title."""
    return one_of("by_class", "Class by class, for the network", list(curves), width=320)


def show_classes(
    measured: dict[str, dict[str, Any]],
    title: str,
    models: list[Shown],
    labels: tuple[str, ...],
    transform: Transform,
    amount: float,
) -> None:
    """One network's accuracy class by class over the amounts, and its mistakes at one amount."""
    from ui.drawing.charts import classes, curves

    curve = measured[title]
    colour = next(shown.colour for shown in models if shown.model.card.title == title)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Each class by itself.** Bright is right, dark is wrong.")
        what = f"Accuracy of each class over {transform.in_a_sentence}"
        chart(
            f"{transform.name} classes",
            curves.class_curves(curve, labels, transform.in_a_sentence),
            alt=what,
            caption=f"{title}: {what[0].lower()}{what[1:]}, n = {curve['n']:,} test images.",
        )
    counts = curve["confusion"][curve["amounts"].index(amount)]
    wrong = sum(map(sum, counts)) - sum(counts[i][i] for i in range(len(labels)))
    with right:
        st.markdown(f"**What it takes them for at {transform.label(amount)}.** {wrong:,} mistakes of {curve['n']:,}.")
        chart(
            f"{transform.name} mistakes",
            classes.confusion(counts, labels, colour),
            alt=f"Mistakes by label and answer at {transform.label(amount)}",
            caption=f"{title}: {wrong:,} mistakes of {curve['n']:,} at {transform.in_a_sentence} "
            f"{transform.label(amount)}, by label and answer.",
        )
