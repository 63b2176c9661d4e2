"""What networks answer, in sentences."""

import re

import numpy as np

from invariance.number_words import percent

NO_ANSWER = "infinite logits or no numbers for this image"


def lead(probabilities: np.ndarray, labels: tuple[str, ...]) -> str:
    """How far the answer leads, in plain words; probabilities: (classes,)."""
    if not np.isfinite(probabilities).all():
        return f"It gives {NO_ANSWER}, so it has no answer."
    second, first = np.argsort(probabilities)[-2:]
    beside, lead = escaped(labels[second]), probabilities[first] - probabilities[second]
    word = "Sure" if lead > 0.9 else "Fairly sure" if lead > 0.5 else "Unsure" if lead > 0.1 else "Torn"
    ratio = probabilities[first] / max(probabilities[second], 1e-12)
    times = f"{ratio:,.0f} times" if ratio < 1e6 else "over a million times"
    if ratio < 2:
        return f"{word}: **{beside}** is nearly as likely, {percent(probabilities[second])}."
    if ratio < 10:
        times = f"{ratio:.1f} times"
    return (
        f"{word}: {times} likelier than the runner-up, **{beside}**. It must name one of its {len(labels)} "
        "classes, whatever it sees."
    )


def answer(title: str, probabilities: np.ndarray, labels: tuple[str, ...]) -> str:
    """What a network called title answers, such as "LeNet-5 answers **4**, 99.2 %."; probabilities: (classes,)."""
    if not np.isfinite(probabilities).all():
        return f"{escaped(title)} gives {NO_ANSWER}, so it has no answer."
    best = int(probabilities.argmax())
    return f"{escaped(title)} answers **{escaped(labels[best])}**, {percent(float(probabilities[best]), 1)}."


def verdict(answer: str, label: str) -> str:
    """Whether an answer is right, by a mark and a word."""
    return f"✓ right: it is {one(label)}" if answer == label else f"✗ wrong: it is {one(label)}"


def one(label: str) -> str:
    """A class with its article: "a 3", "an 8", "an airplane"."""
    return f"an {label}" if label[0] in "aeio8" else f"a {label}"


def escaped(text: str) -> str:
    """A file's own names as Markdown shows them letter by letter."""
    return re.sub(r"([\\`*_{}\[\]<>()#$:|~])", r"\\\1", text)
