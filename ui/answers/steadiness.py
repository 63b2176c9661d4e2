"""How steady the answers to one image are, in the words of a verdict line."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ui.words import NO_LABEL, bold, escaped, named, one

NAMED = 3  # networks that a verdict tells of one by one


class Steadiness(NamedTuple):
    """What a network answers to an image and to all its changes."""

    title: str  # the network's
    here: str  # its answer to the image as it is changed now
    unchanged: str  # its answer to the unchanged image
    good: int  # changes at which it is right or, where nobody knows what is right, answers as to the unchanged image
    tried: int  # changes in all
    truth: str  # what the image shows, "" if nobody knows


def steadiness(
    title: str, labels: Sequence[str], answers: np.ndarray, here: int, unchanged: int, truth: str
) -> Steadiness:
    """Count a network's answers.

    Args:
        title: the network's.
        labels: its classes.
        answers: whole numbers (any shape): the class that it answers to each change, -1 for none.
        here, unchanged: where in answers, flattened, those to the image as it is now and to the unchanged one are.
        truth: what the image shows, "" if nobody knows; a word that is none of the classes counts as nobody's.
    """
    flat = answers.ravel()
    known = truth if truth in labels else ""
    good = int(((flat == (labels.index(known) if known else flat[unchanged])) & (flat >= 0)).sum())
    return Steadiness(title, *named(flat[[here, unchanged]], labels), good, flat.size, known)


def some(number: int, tried: int, *, whole: bool = False) -> str:
    """How many of those tried: "none", "17" or "all of them"; whole: with their number, such as "17 of 72"."""
    if number == tried:
        return f"all {tried:,}" if whole else "all of them"
    count = f"{number:,}" if number else "none"
    return f"{count} of {tried:,}" if whole else count


def verdict_of(changed: str, networks: Sequence[Steadiness], places: str, *, moved: bool = True) -> str:
    """A verdict line in Markdown.

    Args:
        changed: how the image is changed now, such as "Turned by 90°".
        networks: what they answer; the first is quoted, and the others are compared with it.
        places: what the changes are together, such as "angles".
        moved: the image is not as it was.
    """
    if not networks:
        return ""
    first, *others = networks
    if first.truth:
        judged = (
            ", which is right" if first.here == first.truth else f", which is wrong: it is {escaped(one(first.truth))}"
        )
        counts = f"is right at {some(first.good, first.tried, whole=True)}"
        numbers = [network.good for network in others]
    else:
        same = first.here == first.unchanged != NO_LABEL
        same = "the same answer as before" if same else "another answer than before"
        judged = f", {same}" if moved else ""
        counts = f"changes its answer at {some(first.tried - first.good, first.tried, whole=True)}"
        numbers = [network.tried - network.good for network in others]
    said = f"{changed}, {bold(first.title)} "
    said += f"has {NO_LABEL}. " if first.here == NO_LABEL else f"says **{escaped(first.here)}**{judged}. "
    if not first.truth and first.unchanged == NO_LABEL:
        return f"{said}The unchanged image gets none that could survive."
    said += f"It {counts} {places}"
    named = [
        f"{bold(network.title)} at {some(number, network.tried)}"
        for network, number in zip(others, numbers, strict=True)
    ]
    if len(named) >= NAMED:
        rest = numbers[NAMED - 2 :]
        same = min(rest) == max(rest)
        span = some(rest[0], first.tried) if same else f"{min(rest):,} to {max(rest):,}"
        named[NAMED - 2 :] = [f"{len(rest)} others at {span}"]
    return f"{'; '.join([said, *named])}."
