"""A live slider over precomputed frames and answers: dragging asks nothing of the server."""

import json
from dataclasses import dataclass

import numpy as np

from invariance.images.encoding import data_url
from invariance.measures import answered
from invariance.number_words import probability
from ui.widgets.component import component, index_from_wire
from ui.words import NO_LABEL, named

_mount = component("amount_slider")


@dataclass(frozen=True)
class AmountAnswers:
    """One network's answers at each of A amounts."""

    title: str
    colour: str
    labels: tuple[str, ...]
    probabilities: np.ndarray  # (A, classes)


def amount_slider(
    name: str,
    frames: np.ndarray,
    amounts: list[str],
    answers: list[AmountAnswers],
    *,
    label: str,
    truth: str,
    start: int,
    at: int,
    round_about: bool = False,
    large: bool = False,
    autoplay: bool = False,
) -> int | None:
    """Show frames and what each network says of them, under one slider.

    Args:
        name: of what is swept; another one starts at `at` again.
        frames: uint8 (A, C, H, W).
        amounts: A texts, such as "45°".
        answers: the networks' answers.
        label: what the slider changes, for people who can't see it.
        truth: what the image shows, "" if nobody knows; then answers are compared with that for frame `start`.
        start: index of the unchanged image.
        at: index to begin with.
        round_about: the amounts are angles, evenly all the way round: the picture is turned by dragging it.
        large: the picture larger, the answers beside it.
        autoplay: play as soon as it is shown, slowly, unless the person asked their system for less motion.

    Returns:
        The index at which the slider was last let go, None before.
    """
    count, channels, height, width = frames.shape
    data = {
        "strip": data_url(frames.transpose(1, 2, 0, 3).reshape(channels, height, count * width)),
        "width": width,
        "height": height,
        "name": name,
        "at": at,
        "label": label,
        "round": round_about,
        "large": large,
        "autoplay": autoplay,
        "rest": json.dumps({"amounts": amounts, "tracks": [_wire(network, truth, start) for network in answers]}),
    }
    # One key for all: what is left of a sweep when the person goes on to the next is replaced, not kept beside it.
    let_go = _mount(key="sweep", data=data, default={"let_go": None}, on_let_go_change=lambda: None).let_go
    told = let_go.get("index") if isinstance(let_go, dict) and let_go.get("name") == name else None
    return index_from_wire(told, count)


def judged(network: AmountAnswers, truth: str, start: int) -> tuple[list[str], list[bool]]:
    """What a network answers at each amount, and where that is good: see `truth` of amount_slider()."""
    answers = named(answered(network.probabilities), network.labels)
    expected = truth or answers[start]
    return answers, [answer == expected != NO_LABEL for answer in answers]


def words(truth: str) -> tuple[str, str]:
    """What a good answer is called, and one that is not; see `truth` of amount_slider()."""
    return ("right", "wrong") if truth else ("same answer as unchanged", "another answer")


def _wire(network: AmountAnswers, truth: str, start: int) -> dict[str, object]:
    answers, good = judged(network, truth, start)
    return {
        "title": network.title,
        "colour": network.colour,
        "answers": answers,
        "confidence": ["" if np.isnan(p) else probability(p, 1) for p in network.probabilities.max(1).tolist()],
        "good": good,
        "words": words(truth),
    }
