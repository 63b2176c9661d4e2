"""What is counted in Halbreich's exercise: the parameters of his networks, and right answers by the loop he prints."""

from collections.abc import Sequence

import numpy as np

from invariance.claims.claim import Claim, best_of, card, parameters
from invariance.claims.halbreich_theory import HALBREICH, TESTS
from invariance.claims.index.halbreich import CLASSES, LARGER, QUESTION_1, QUESTION_2, QUESTION_3
from invariance.claims.opened import layers_of
from invariance.number_words import percent

TWO_CONVOLUTIONS = ("cifar-underfit", "cifar-fit", "cifar-overfit")  # of question 1
# The source says only “the network in question 1”, or “a network presented in Q1”.
HIS = "that his best network of question 1 has the layers of the one of ours that is best on images held out"
SIZES = {  # network -> where its parameters are printed, how many, and what it is
    "cifar-underfit": (f"{QUESTION_1}, smallest, figure 3", 69_706, "the smallest network of question 1 has"),
    "cifar-fit": (f"{QUESTION_1}, middle, figure 3", 106_008, "the middle network of question 1 has"),
    "cifar-overfit": (f"{QUESTION_1}, largest, figure 3", 167_530, "the largest network of question 1 has"),
    "cifar-linear": (f"{QUESTION_2}, figure 3", 6_434, "the linear network has"),
    "cifar-gap": (
        f"{QUESTION_3}, averaged, figure 4",
        13_034,
        "one convolution and global average pooling, as printed, have",
    ),
    "cifar-shallow": (f"{QUESTION_3}, one layer, figure 9", 54_046, "one 9 × 9 convolution and a linear layer have"),
}


def best() -> str:
    """The network of question 1 that stands for the one that he found best."""
    return best_of(TWO_CONVOLUTIONS)


def counted_as_printed(labels: Sequence[int], predictions: Sequence[int]) -> dict[int, float]:
    """Label -> share of right answers, as the loop of his that prints them counts, by its indentation.

    It counts an image only if the answer is right; a label that is never answered right has no share.
    """
    right, all_images = {}, {}
    for label, prediction in zip(labels, predictions, strict=True):
        if label == prediction:
            right[label] = right.get(label, 0) + 1
            all_images[label] = all_images.get(label, 0) + 1
    return {label: right[label] / all_images[label] for label in right}


def maps() -> dict[str, tuple[int, int]]:
    """Of each network of question 1, by its title, how many maps its two convolutions make; {} while one is missing."""
    found = {}
    for name in TWO_CONVOLUTIONS:
        made = [layer.shape[0] for layer in layers_of(name) if layer.sliding and layer.parameters]
        if not made:
            return {}
        found[card(name).title] = tuple(made)
    return found


def half_wrong() -> float:
    """What it counts of a class half of whose answers are wrong."""
    return counted_as_printed([0, 0, 1, 1], [0, 1, 1, 0])[0]


COUNTS = [
    Claim(
        name=f"halbreich-parameters-{name.removeprefix('cifar-')}",
        source=HALBREICH,
        where=where,
        says=f"{what} {count:,} parameters",
        theirs=count,
        unit="parameters",
        rule="exact",
        ours=lambda name=name: parameters(name),
        page=LARGER,
        test=TESTS + "test_parameters",
    )
    for name, (where, count, what) in SIZES.items()
] + [
    Claim(
        name="halbreich-feature-maps",
        source=HALBREICH,
        where=QUESTION_3,
        says="the network of question 1 makes more feature maps from layer to layer",
        theirs=1.0,
        unit="",
        rule="exact",
        ours=lambda: float(np.diff(maps()[card(best()).title])[0] > 0) if maps() else None,
        inferred=HIS,
        page=LARGER,
        test=TESTS + "test_feature_maps",
        beside=lambda: " ".join(f"{name}: {first} → {second}." for name, (first, second) in maps().items()),
    ),
    Claim(
        name="halbreich-counting-loop",
        source=HALBREICH,
        where=f"{QUESTION_3}, counting loop",
        says="the loop as printed counts shares below 100 %, such as the 77.7 % printed for airplanes",
        theirs=1.0,
        unit="",
        rule="exact",
        ours=lambda: float(half_wrong() < 1),
        page=CLASSES,
        test=TESTS + "test_the_counting_loop",
        inferred="by the loop's indentation in the text as we have it; the printed shares must come from another",
        beside=lambda: f"Of answers half of which are wrong it counts {percent(half_wrong(), 0)}.",
    ),
]
