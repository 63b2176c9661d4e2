"""Which of his networks Halbreich calls under- and overfitting, and what the recorded trainings say."""

from invariance.claims.claim import Claim, data, seeds
from invariance.claims.halbreich_theory import HALBREICH, TESTS
from invariance.claims.index.halbreich import LARGER, QUESTION_1, QUESTION_3
from invariance.claims.verdict import SEEDS, Measured
from invariance.evaluation.learning import BY_HEART, WELL, summarise
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
    ends = [summarise(whole["training"]["history"]) for whole in seeds(name) if "training" in whole]
    # The record doesn't say of how many images, which is thus left out of the interval.
    return Measured(tuple(end.gap for end in ends), 0, 0.0) if ends else None


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
    """Something of the last epoch of the training of each seed; see gap()."""
    ends = [whole["training"]["history"][-1][what] for whole in seeds(name) if "training" in whole]
    return Measured(tuple(ends), 0, 0.0) if ends else None


def _gap_in_words(name: str) -> str:
    found, right = gap(name), at_the_end(name, "train_accuracy")
    if found is None or len(found.values) < SEEDS:
        return ""
    return (
        f"Training right {percent(right.value)}, held-out right {percent(right.value - found.value)}: a gap of "
        f"{number(100 * found.value, '.2f')} ± {100 * found.margin:.2f} points, of {len(found.values)} seeds."
    )


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
        beside=lambda name=name: _gap_in_words(name),
    )
    for name, (word, where) in FITS.items()
]
