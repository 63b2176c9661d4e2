"""The person's image under every amount of a transform, with every network's answer to each."""

import numpy as np
import streamlit as st

from invariance.images.pixels import to_uint8
from invariance.measures import answered
from invariance.model import Model
from invariance.strangers_words import letters
from invariance.transforms import TRANSFORMS, Transform
from ui.answers.steadiness import Steadiness, steadiness
from ui.caching import keeping
from ui.drawing.download import download
from ui.networks import Shown
from ui.turns import in_turn
from ui.widgets.amount_slider import AmountAnswers, amount_slider, judged, words


def every_amount(
    transform: Transform, models: list[Shown], image: np.ndarray, label: str, *, by_itself: bool = False
) -> int:
    """Show the sweep for an image (C, H, W) in [0, 1], to download; the index of the amount that was chosen last.

    by_itself: in its large form, which plays until the person takes hold of it or the address names an amount.
    """
    with in_turn():
        frames = _frames(transform.name, image)
        answers = [
            AmountAnswers(
                shown.model.card.title,
                shown.colour,
                shown.model.card.labels,
                answers_to_each(shown.model, transform.name, image),
            )
            for shown in models
        ]
    amounts = [transform.label(amount) for amount in transform.amounts]
    start = transform.amounts.index(transform.neutral)
    key = f"at_{transform.name}"  # in the session, and as "at" in the page's address
    # The address counts once, when it is opened: later it may still name an amount of another transform.
    asked = st.query_params.get("at", "") if st.session_state.setdefault("link_is_fresh", True) else ""
    st.session_state.link_is_fresh = False
    if key not in st.session_state:
        places = {f"{amount:g}": index for index, amount in enumerate(transform.amounts)}
        st.session_state[key] = places.get(asked, start)
    named = "at" in st.query_params
    let_go = amount_slider(
        transform.name,
        to_uint8(frames),
        amounts,
        answers,
        label=transform.title,
        truth=label,
        start=start,
        at=st.session_state[key],
        round_about=transform.period is not None,
        large=by_itself,
        autoplay=by_itself and not named,
    )
    at = st.session_state[key] = st.session_state[key] if let_go is None else let_go
    if named or not by_itself or let_go is not None:  # else it plays, in the link too
        st.query_params["at"] = f"{transform.amounts[at]:g}"
    if answers:
        _offer(transform, to_uint8(frames), amounts, at, answers, label)
    return at


def _offer(
    transform: Transform, frames: np.ndarray, amounts: list[str], at: int, answers: list[AmountAnswers], label: str
) -> None:
    """Offer some of the frames with what every network says of all of them; the other arguments are as above."""
    start, good = transform.amounts.index(transform.neutral), words(label)[0]
    tracks = []
    for each in answers:
        said, are_good = judged(each, label, start)
        tracks.append((letters(each.title), each.colour, [letters(answer) for answer in said], are_good))
    download(
        f"sweep of {transform.name}",
        f"{transform.title}: an image at {len(amounts)} amounts, from {amounts[0]} to {amounts[-1]}, and what each "
        f"network answers. A tall bar and ✓: {good}. The line is at {amounts[at]}.",
        lambda figures: figures.sweep(frames, amounts, at, tracks, good, round_about=transform.period is not None),
    )


def steady_over(transform: Transform, models: list[Shown], image: np.ndarray, label: str, at: int) -> list[Steadiness]:
    """What each network answers to the image at amount number `at`, and at how many it is good; own ones first."""
    start = transform.amounts.index(transform.neutral)
    return [
        steadiness(
            shown.model.card.title,
            shown.model.card.labels,
            answered(answers_to_each(shown.model, transform.name, image)),
            at,
            start,
            label,
        )
        for shown in sorted(models, key=lambda shown: not shown.own)
    ]


@keeping(32_000_000)
def _frames(name: str, image: np.ndarray) -> np.ndarray:
    """float32 (A, C, H, W): the image at each of the transform's amounts."""
    transform = TRANSFORMS[name]
    return transform.apply_each(image, transform.amounts)


@keeping(8_000_000)
def answers_to_each(model: Model, name: str, image: np.ndarray) -> np.ndarray:
    """Probabilities (A, classes): what a model says to the image at each of the transform's amounts."""
    return model.predict(_frames(name, image))
