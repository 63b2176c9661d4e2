"""Which of his networks Halbreich calls under- and overfitting, and what the recorded trainings say."""

from typing import Any

from invariance.claims.claim import Claim, data, gap_at_the_end, seeds
from invariance.claims.halbreich_theory import HALBREICH, TESTS
from invariance.claims.index.halbreich import LARGER, QUESTION_1, QUESTION_3
from invariance.claims.verdict import SEEDS, Measured, of_shares
from invariance.evaluation.learning import BY_HEART, WELL
from invariance.number_words import number, percent

FITS = {  # network -> the word of the figures of its training
    "cifar-underfit": ("underfits", f"{QUESTION_1}, smallest, figure 1"),
    "cifar-fit": ("overfits", f"{QUESTION_1}, middle, figure 1"),
    "cifar-overfit": ("overfits", f"{QUESTION_1}, largest, figure 1"),
    "cifar-gap": ("underfits", f"{QUESTION_3}, averaged, figure 6"),
    "cifar-shallow": ("overfits", f"{QUESTION_3}, one layer, figure 8"),
}


def gap(name: str) -> Measured | None:
    """Training right minus held-out right at the end of the training of each seed."""
    found = trainings(name)
    return gap_at_the_end([each["history"] for each in found], found[0]["images"]) if found else None


def trainings(name: str) -> list[dict[str, Any]]:
    """Of each seed, the exported network's first."""
    return [whole["training"] for whole in seeds(name) if "training" in whole]


def _fit(name: str, word: str) -> float | None:
    """1 if a network under- or overfits as his word says, by our rule and by more than its seeds leave to chance."""
    found = gap(name)
    if found is None or len(found.values) < SEEDS:
        return None
    if word == "overfits":
        return float(found.value - found.margin > BY_HEART)
    right = at_the_end(name, "train_accuracy")
    return float(found.value + found.margin <= BY_HEART and right.value + right.margin < WELL)


def at_the_end(name: str, what: str) -> Measured | None:
    """Something of the last epoch of each seed's training; how far images vary in a loss, the record doesn't say."""
    if not (found := trainings(name)):
        return None
    ends, images = [each["history"][-1][what] for each in found], found[0]["images"]
    return of_shares(ends, images) if what.endswith("accuracy") else Measured(tuple(ends), images, 0.0)


def _gap_in_words(name: str) -> str:
    found, right = gap(name), at_the_end(name, "train_accuracy")
    if found is None or len(found.values) < SEEDS:
        return ""
    return (
        f"Training right {percent(right.value)}, held-out right {percent(right.value - found.value)}: a gap of "
        f"{number(100 * found.value, '.2f')} ± {100 * found.margin:.2f} points, of {len(found.values)} seeds."
    )


UNTOLD = "how it was trained: after how many epochs, with which optimiser and rate"

FIT_CLAIMS = [
    Claim(
        name=f"halbreich-{name.removeprefix('cifar-')}-{word}",
        source=HALBREICH,
        where=where,
        says=f"this network {word}",
        theirs=1.0,
        unit="",
        rule="comparison",
        ours=lambda name=name, word=word: _fit(name, word),
        page=LARGER,
        test=TESTS + "test_under_and_overfitting",
        data=lambda name=name: data(name),
        inferred=f"the source gives no rule. Ours: a network overfits that in its last epoch is right on over "
        f"{100 * BY_HEART:g} points more of its training images than of those held out; if not, it underfits with "
        f"less than {100 * WELL:g} % of its training images right",
        untold=UNTOLD,
        beside=lambda name=name: _gap_in_words(name),
    )
    for name, (word, where) in FITS.items()
]
