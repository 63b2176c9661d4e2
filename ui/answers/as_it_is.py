"""What networks answer for one image: in large, in words, and as bars for every class."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance.measures import softmax
from invariance.model.signature import GIVES
from invariance.number_words import probability
from ui import words
from ui.drawing.shown import Drawing, bare_chart, offer_charts
from ui.networks import Shown
from ui.picking.remembered import remembered

MOST_BARS = 12  # of classes; of more only the likeliest are shown
A_ROW = 3  # networks side by side
PLAIN = ("logits", "logit", "log-probabilities")  # what can be shown as it is
VALUES = {"probabilities": "Probabilities", "energies": "Energies (logits)"}


class Answer(NamedTuple):
    """What one network says of an image."""

    shown: Shown
    logits: np.ndarray  # (classes,)

    @property
    def probabilities(self) -> np.ndarray:
        """float64 (classes,), so that nothing is rounded up to all."""
        return softmax(self.logits[None].astype(np.float64))[0]

    @property
    def label(self) -> str | None:
        """The likeliest class; None if there is none."""
        known = np.isfinite(self.logits).all()
        return self.shown.model.card.labels[int(self.logits.argmax())] if known else None


def ask_each(models: list[Shown], image: np.ndarray) -> list[Answer]:
    """What each network says of an image, float32 (C, H, W) in [0, 1] as they expect it."""
    return [Answer(shown, shown.model.logits(image[None])[0]) for shown in models]


def verdict(answers: list[Answer], label: str) -> str:
    """Who says what, and whether that is right, in one sentence of Markdown; label: what it is, "" if nobody knows."""
    groups: dict[str | None, list[str]] = {}
    for answer in answers:
        groups.setdefault(answer.label, []).append(words.bold(answer.shown.model.card.title))
    parts = []
    for said, titles in groups.items():
        who = f"All {len(titles)} networks" if len(titles) == len(answers) > 2 else words.listed(titles)
        if said is None:
            parts.append(f"{who} {'give' if len(titles) > 1 else 'gives'} {words.NO_ANSWER}, so no answer")
            continue
        right = f" ({'✓ right' if said == label else '✗ wrong'})" if label else ""
        parts.append(f"{who} {'see' if len(titles) > 1 else 'sees'} {words.escaped(words.one(said))}{right}")
    truth = f" It is {words.escaped(words.one(label))}." if label and set(groups) != {label} else ""
    return "; ".join(parts) + "." + truth


def in_large(answers: list[Answer], label: str) -> None:
    """Every network's answer in large, side by side; label: as for verdict()."""
    from ui.drawing.charts.style import worded  # late: Altair takes half a second, which the pad need not wait for

    boxes = []
    for answer in answers:
        card = answer.shown.model.card
        told = "no answer" if answer.label is None else probability(float(answer.probabilities.max()), 1)
        if label:
            told += " ✓ right" if answer.label == label else " ✗ wrong"
        boxes.append(
            f'<div class="said"><span style="color:{answer.shown.colour}">■</span> {words.as_html(card.title)}'
            f'<div class="{"word" if worded(card.labels) else "digit"}" data-testid="answer">'
            f"{words.as_html(answer.label or '?')}</div>{told}</div>"
        )
    st.markdown(f'<div class="answers" data-testid="answers">{"".join(boxes)}</div>', unsafe_allow_html=True)


def in_full(answers: list[Answer]) -> None:
    """A bar for every class of every network: probabilities or energies, as the person chooses."""
    values = remembered("values", list(VALUES), VALUES.get, "What the bars show", quiet=True)
    energies = values == "energies"
    if energies:
        st.caption("What the network computes before softmax makes probabilities of it: only differences count.")
        for shown, _ in answers:
            if (gives := shown.model.signature.gives) not in PLAIN:
                title = words.escaped(shown.model.card.title)
                st.caption(f"{title} gives {GIVES[gives]}; its energies here are their logarithms.")
    drawings = {}
    for start in range(0, len(answers), A_ROW):
        row = answers[start : start + A_ROW]
        for column, answer in zip(st.columns(len(row)), row, strict=True):
            with column:
                drawings[answer.shown.model.card.title] = _bars(answer, energies)
    if drawings:
        offer_charts("answers", drawings, f"What the networks say of one image: {VALUES[values].lower()} by class.")


def _bars(answer: Answer, energies: bool) -> Drawing:
    from ui.drawing.charts import bars  # late, as above

    card, colour = answer.shown.model.card, answer.shown.colour
    labels, logits, probabilities = card.labels, answer.logits, answer.probabilities
    st.markdown(f':color[■]{{foreground="{colour}"}} {words.escaped(card.title)}')
    st.markdown(words.lead(probabilities, labels))
    if len(labels) > MOST_BARS:
        likeliest = np.argsort(-probabilities)[:MOST_BARS]
        logits, probabilities = logits[likeliest], probabilities[likeliest]
        st.caption(f"The {MOST_BARS} likeliest of its {len(labels):,} classes.")
        labels = tuple(labels[place] for place in likeliest)
    if energies:
        values = ", ".join(f"{name}: {value:.2f}" for name, value in zip(labels, logits, strict=True))
        return bare_chart(bars.energies(logits, labels, colour), alt=f"Energies by {card.title}. {values}")
    values = ", ".join(f"{name}: {probability(float(p))}" for name, p in zip(labels, probabilities, strict=True))
    return bare_chart(bars.probabilities(probabilities, labels, colour), alt=f"Probabilities by {card.title}. {values}")
