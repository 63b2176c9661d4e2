"""What networks answer, in sentences; and words that strangers chose, shown as the letters that they are."""

import html
import re
from collections.abc import Iterable, Sequence

import numpy as np

from invariance.number_words import probability
from invariance.strangers_words import letters

NO_ANSWER = "infinite logits or no numbers for this image"
NO_LABEL = "no answer"  # in the place of a class
SIGNS = re.compile(r"[\\`*_\[\]<$|~#&]")  # what Markdown reads as a sign wherever it stands
FIRST = re.compile(r"^(?:[-+>]|\d+(?=[.)](?:\s|$)))")  # what makes a list, a line or a quotation of what follows
# What Streamlit looks for once Markdown is read and its backslashes are gone: icons and emojis (:name:), addresses
# (http://a, www.a, a@b), arrows and other pairs of signs (->, --, >=). Between two such letters goes a word joiner.
PAIRS = re.compile(r"(?<=:)(?=\S)|(?<=www)(?=\.)|(?<=@)(?=\S)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
SPOKEN_VOWEL = re.compile(r"(?!eu|one\b)[aeio]|8|1[18]\b", re.IGNORECASE)  # how a word begins that takes "an"
WORD_JOINER = "\u2060"  # it is not seen, and no line ends there


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
        return f"{word}: **{beside}** comes next, with {probability(probabilities[second])}."
    if ratio < 10:
        times = f"{ratio:.1f} times"
    return f"{word}: {times} likelier than the runner-up, **{beside}**."


def answer(title: str, probabilities: np.ndarray, labels: tuple[str, ...]) -> str:
    """What a network called title answers, such as "LeNet-5 answers 4, with 99.2 %."; probabilities: (classes,)."""
    if not np.isfinite(probabilities).all():
        return f"{bold(title)} gives {NO_ANSWER}, so it has no answer."
    best = int(probabilities.argmax())
    return f"{bold(title)} answers **{escaped(labels[best])}**, with {probability(float(probabilities[best]), 1)}."


def verdict(answer: str, label: str) -> str:
    """Whether an answer is right, by a mark and a word; as Markdown."""
    said = escaped(one(label))
    return f"✓ right: it is {said}" if answer == label else f"✗ wrong: it is {said}"


def named(answers: Iterable[int], labels: Sequence[str]) -> list[str]:
    """The classes of answers; see answered()."""
    return [labels[answer] if answer >= 0 else NO_LABEL for answer in answers]


def listed(names: list[str]) -> str:
    """Several names in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def one(label: str) -> str:
    """A class with its article: "a 3", "an 8", "an 11", "an airplane"."""
    return f"an {label}" if SPOKEN_VOWEL.match(label) else f"a {label}"


def bold(title: str) -> str:
    """A network's title in a sentence (Markdown): such as "LeNet-5, all angles", which would run into the others."""
    return f"**{escaped(title)}**"


def escaped(text: object) -> str:
    """A stranger's words as Streamlit's Markdown shows them letter by letter: no picture, link, formula or icon.

    Needed for whatever Streamlit reads as Markdown: texts, captions, labels and options of pills, help, table cells,
    what goes on while one waits, and messages.
    """
    line = PAIRS.sub(WORD_JOINER, letters(text))
    line = SIGNS.sub(r"\\\g<0>", line)
    return FIRST.sub(lambda first: first[0] + "\\" if first[0].isdecimal() else "\\" + first[0], line)


def as_html(text: object) -> str:
    """A stranger's words for HTML; Streamlit looks for its icons (:name:) there too."""
    return html.escape(letters(text)).replace(":", "&#58;")
