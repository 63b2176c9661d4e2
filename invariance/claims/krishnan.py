"""What Krishnan says of pooling and of comparing pixel to pixel, and what shifted test images say."""

from invariance.claims.claim import Claim, accuracy_at, consistency, data
from invariance.claims.index.krishnan import ITEMS, PAIR, RIGHT, SAME
from invariance.claims.source import Source
from invariance.claims.verdict import Measured, differ
from invariance.number_words import percent

KRISHNAN = "A. Krishnan, Translation invariance and CNN (2022)"
PIXELS = 6  # of the shift at which networks with and without convolutions are compared
WITH_POOLING = {"mnist": ("mnist-shift-plain", "Digits"), "cifar10": ("cifar-shift-plain", "Objects")}
WITHOUT_CONVOLUTION, WITH_CONVOLUTION = "mnist-mlp", "mnist-shift-plain"
POOLED, UNPOOLED = "mnist-pooled", "mnist-unpooled"  # otherwise equal


def moved(name: str) -> Measured | None:
    """Accuracy of an exported model on test images moved by PIXELS to the right, black coming in."""
    return accuracy_at(name, PIXELS, "translation")


def more(one: Measured | None, other: Measured | None) -> float | None:
    """1 if one figure is higher than another by more than chance gives; None while one is not measured."""
    return None if one is None or other is None else float(differ(one, other) == 1)


def _both(one: str, first: Measured | None, other: str, second: Measured | None) -> str:
    if first is None or second is None:
        return ""
    return f"{one}: {percent(first.value)}; {other}: {percent(second.value)}"


def _answers_lost(name: str) -> str:
    """How many test images are a counterexample, in a sentence."""
    if (same := consistency(name, "circular")) is None:
        return ""
    counts = " to ".join(
        f"{round(same.n * (1 - share)):,}" for share in sorted({max(same.values), min(same.values)})[::-1]
    )
    return f"{counts} of {same.n:,} images get another answer: each is a counterexample"


CLAIMS = [
    *(
        Claim(
            name=f"krishnan-pooling-{dataset}",
            source=KRISHNAN,
            where="introduction",
            says="with pooling the answer is the same, however the image is shifted. Here: with max pooling, how often "
            "two random circular shifts of up to 4 pixels get the same answer",
            theirs=1.0,
            unit="%",
            rule="always",
            ours=lambda name=name: consistency(name, "circular"),
            page=SAME + what,
            test="claims/test_krishnan.py::test_one_other_answer_refutes_what_is_said_of_every_shift",
            data=lambda name=name: data(name),
            inferred="the source gives no figure: 100 % is what “exactly the same response” means for every image",
            beside=lambda name=name: _answers_lost(name),
        )
        for dataset, (name, what) in WITH_POOLING.items()
    ),
    Claim(
        name="krishnan-with-and-without-pooling",
        source=KRISHNAN,
        where="why pooling layers?",
        says="pooling makes a network more robust to shifts. Here: the same network with and without max pooling, and "
        "how often two random shifts of up to 4 pixels get the same answer",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: more(consistency(POOLED, "zeros"), consistency(UNPOOLED, "zeros")),
        page=PAIR,
        test="claims/test_krishnan.py::test_the_pair_is_told_apart_only_by_more_than_chance_gives",
        data=lambda: data(POOLED),
        beside=lambda: _both("with", consistency(POOLED, "zeros"), "without", consistency(UNPOOLED, "zeros")),
    ),
    Claim(
        name="krishnan-pixel-to-pixel",
        source=KRISHNAN,
        where="why convolutional neural network?",
        says=f"an MLP, which compares pixel to pixel, bears shifts worse than a CNN. Here: by {PIXELS} pixels",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: more(moved(WITH_CONVOLUTION), moved(WITHOUT_CONVOLUTION)),
        page=RIGHT,
        test="claims/test_krishnan.py::test_the_pair_is_told_apart_only_by_more_than_chance_gives",
        data=lambda: data(WITHOUT_CONVOLUTION),
        beside=lambda: _both("CNN", moved(WITH_CONVOLUTION), "MLP", moved(WITHOUT_CONVOLUTION)),
    ),
]

SOURCE = Source("krishnan", "Krishnan", KRISHNAN, "pooling, and answers that survive a shift", ITEMS, tuple(CLAIMS))
