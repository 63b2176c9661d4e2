"""How networks that treat quarter turns alike tell a 6 from a 9: by where the digit lies, if shifts let them."""

from typing import Any

import streamlit as st

from invariance.datasets import MNIST
from invariance.evaluation.survival import errors, exchanged, without
from invariance.measures import Share
from invariance.number_words import percent, with_interval
from invariance.transforms.rotation import ROTATION
from invariance.transforms.translation import CIRCULAR
from ui.drawing.shown import chart
from ui.networks import Shown, models_for, none_yet
from ui.recorded.measured import evaluation_or_problem
from ui.words import bold, escaped

SIX, NINE = (MNIST.labels.index(label) for label in "69")
FAR = 6  # pixels, the shifts that are shown
ALIKE = 0.98  # share of answers that a quarter turn leaves as they are, in networks that treat turns alike
TITLE = "6 or 9?"  # of the view of Translation that tells the rest

Traded = dict[float, Share]  # by shift to the right in pixels: 6s and 9s that are taken for each other


def six_or_nine(everyone: list[Shown]) -> str:
    """The share of 6s and 9s that are taken for each other, over shifts to the side, from the records; the verdict."""
    for shown in everyone:
        _, problem = evaluation_or_problem(shown, MNIST.name)
        if problem:
            st.warning(escaped(f"{shown.model.card.title}: {problem}"))
    if not (curves := traded(everyone)):
        none_yet("network that takes quarter turns alike and was measured")
        return ""
    st.markdown(
        "A 9 is a 6 upside down, and these networks answer an image and its quarter turns alike, or nearly. Most of "
        "them hardly ever mistake one for the other, but look at what happens when the digits are shifted."
    )
    _chart(curves)
    st.markdown(
        "In MNIST every digit's centre of mass lies on pixel 14 of 0 to 27, but the middle about which images turn is "
        "at 13.5. So on average an upright digit lies half a pixel right of and below the middle, and one that is "
        "upside down half a pixel left of and above it. Nobody told the networks, but they learned from that half "
        "pixel which way is up: shifted to the left, a 6 is to them a 9 upside down. A network whose answer no shift "
        "can change can't learn it. It has only the shape."
    )
    return trades({shown.model.card.title: shares for shown, shares in curves.items()})


def six_or_nine_in_short(networks: list[Shown]) -> None:
    """The same as one sentence about the first of some networks, and the picture; nothing where it isn't measured."""
    if not (curves := traded(networks)):
        return
    first, shares = next(iter(curves.items()))
    title, (amount, most) = bold(first.model.card.title), most_traded(shares)
    st.header(f"Move every 6 and 9 by {pixels(amount)}, and a network trades them")
    words, chart = st.columns([5, 8], gap="large", vertical_alignment="center")
    words.markdown(
        f"{title} answers an image and its quarter turns alike, and a 9 is a 6 upside down. Where the digits lie as "
        f"always, it takes {percent(shares[0].value, 1)} of them for the other; moved by {pixels(amount)}, "
        f"{percent(most.value, 1)}. It tells them apart mostly by where they lie: on average, MNIST's digits lie "
        "half a pixel beside the middle. Nobody told the network that: it found out."
    )
    words.page_link("translation.py", label="How that comes", icon=":material/open_with:", query_params={"see": TITLE})
    with chart:
        _chart(curves)


def by_shape_alone(name: str) -> None:
    """Say how often a network whose answer no shift and no quarter turn changes is right, with 6s and 9s and without.

    name: of its file; nothing is said while it isn't there.
    """
    shown = next((shown for shown in models_for(MNIST.name) if shown.model.card.name == name), None)
    measured, problem = evaluation_or_problem(shown, MNIST.name) if shown else (None, "")
    if problem:
        st.caption(escaped(problem))
    if measured:
        st.markdown(shape_alone(shown.model.card.title, measured))


def shape_alone(title: str, measured: dict[str, Any]) -> str:
    """What 6s and 9s cost a network that has nothing but shape to tell them apart, in sentences.

    That shape does not always tell them apart is said only if the 95 % interval of the images without 6s and 9s lies
    above that of all.

    measured: what was recorded of it on all test images.
    """
    counts = measured["confusion"]
    rest, wrong = without(counts, (SIX, NINE)), errors(counts, SIX, NINE)
    cost = rest.low > measured["accuracy"]["high"]
    return (
        f"{bold(title)} is right on {with_interval(measured['accuracy'])} of all {measured['n']:,} test images, and on "
        f"{with_interval(rest)} of the {rest.n:,} that show neither a 6 nor a 9"
        f"{'. Shape alone does not always tell a 6 from a 9 upside down' if cost else ''}: {wrong.of_each_other} of "
        f"its {wrong.every} errors are 6s taken for 9s or 9s taken for 6s."
    )


def traded(networks: list[Shown]) -> dict[Shown, Traded]:
    """What is recorded of those among some networks that treat quarter turns alike."""
    curves = {}
    for shown in networks:
        transforms = _transforms(shown)
        turned, shifted = (transforms.get(transform.name) for transform in (ROTATION, CIRCULAR))
        if turned and shifted and _answers_turned_alike(turned):
            shares = zip(shifted["amounts"], exchanged(shifted, SIX, NINE), strict=True)
            curves[shown] = {amount: share for amount, share in shares if abs(amount) <= FAR}
    return curves


def most_traded(shares: Traded) -> tuple[float, Share]:
    """The shift at which most are traded, and how many are."""
    return max(shares.items(), key=lambda entry: entry[1].value)


def trades(shares_of: dict[str, Traded]) -> str:
    """Which network trades most 6s and 9s when they are shifted, and which none more than before; by title."""
    title, shares = max(shares_of.items(), key=lambda entry: most_traded(entry[1])[1].value - entry[1][0].value)
    amount, most = most_traded(shares)
    said = f"Move every 6 and 9 by {pixels(amount)}, and {bold(title)} takes {percent(most.value, 1)} of them for the "
    said += f"other; where they lie it is {percent(shares[0].value, 1)}."
    same = [name for name, each in shares_of.items() if len({share.value for share in each.values()}) == 1]
    if same:
        said += f" {bold(same[0])} does so with {percent(shares_of[same[0]][0].value, 1)}, wherever they lie."
    return said


def pixels(right: float) -> str:
    """A shift in words: "3 pixels to the left"."""
    return f"{abs(right):g} {'pixel' if abs(right) == 1 else 'pixels'} to the {'left' if right < 0 else 'right'}"


def _chart(curves: dict[Shown, Traded]) -> None:
    from ui.drawing.charts import curves as charts  # late: Altair takes half a second to load

    shares_of = {shown.model.card.title: list(shares.values()) for shown, shares in curves.items()}
    amounts = list(next(iter(curves.values())))
    count = next(iter(shares_of.values()))[0].n
    chart(
        "six or nine",
        charts.survival(
            {
                title: {end: [getattr(share, end) for share in shares] for end in ("value", "low", "high")}
                for title, shares in shares_of.items()
            },
            amounts,
            {shown.model.card.title: shown.colour for shown in curves},
            "circular shift to the right, px",
            "6s taken for 9s and 9s for 6s",
        ),
        alt="Share of 6s and 9s taken for each other. "
        + "; ".join(
            f"{title}: at most {percent(max(share.value for share in shares), 1)}"
            for title, shares in shares_of.items()
        ),
        caption=f"Share of {count} test images of 6s and 9s of {MNIST.title} that are taken for each other, over "
        "circular shifts, with its 95 % interval.",
    )
    st.caption(f"{count} images of 6s and 9s; the band is the 95 % interval.")


def _transforms(shown: Shown) -> dict[str, Any]:
    evaluation, problem = evaluation_or_problem(shown, MNIST.name)
    return {} if problem else evaluation.get("transforms", {})


def _answers_turned_alike(rotation: dict[str, Any]) -> bool:
    return rotation["agreement"]["value"][rotation["amounts"].index(90)] >= ALIKE
