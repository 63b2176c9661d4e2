"""What Krishnan says of pooling and of comparing pixel to pixel, and what shifted test images say."""

from invariance.claims.claim import Claim, at, consistency, data
from invariance.claims.index.krishnan import ITEMS, PAIR, RIGHT, SAME
from invariance.claims.source import Source
from invariance.measures import Share

KRISHNAN = "A. Krishnan, Translation invariance and CNN (2022)"
PIXELS = 6  # of the shift at which networks with and without convolutions are compared
WITH_POOLING = {"mnist": ("mnist-shift-plain", "Digits"), "cifar10": ("cifar-shift-plain", "Objects")}
WITHOUT_CONVOLUTION, WITH_CONVOLUTION = "mnist-mlp", "mnist-shift-plain"
POOLED, UNPOOLED = "mnist-pooled", "mnist-unpooled"  # otherwise equal


def moved(name: str) -> Share | None:
    """Accuracy of an exported model on test images moved by PIXELS to the right, black coming in."""
    return at(name, "accuracy", PIXELS, "translation")


def _robust() -> float | None:
    """1 if comparing pixel to pixel loses more right answers to the shift than convolutions and pooling do."""
    without, with_convolution = moved(WITHOUT_CONVOLUTION), moved(WITH_CONVOLUTION)
    if without is None or with_convolution is None:
        return None
    return float(without.high < with_convolution.low)


def _steadier() -> float | None:
    """1 if two shifts, black coming in, get the same answer more often with pooling than without, by more than chance.

    Theirs is a comparison, and so is ours: the same network, trained alike, but for the pooling.
    """
    pooled, unpooled = consistency(POOLED, "zeros"), consistency(UNPOOLED, "zeros")
    if pooled is None or unpooled is None:
        return None
    return float(unpooled.high < pooled.low)


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
            comparison="exactly",
            ours=lambda name=name: consistency(name, "circular"),
            page=SAME + what,
            data=lambda name=name: data(name),
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
        comparison="exactly",
        ours=_steadier,
        page=PAIR,
        data=lambda: data(POOLED),
    ),
    Claim(
        name="krishnan-pixel-to-pixel",
        source=KRISHNAN,
        where="why convolutional neural network?",
        says=f"an MLP, which compares pixel to pixel, bears shifts worse than a CNN. Here: by {PIXELS} pixels",
        theirs=1,
        unit="",
        comparison="exactly",
        ours=_robust,
        page=RIGHT,
        data=lambda: data(WITHOUT_CONVOLUTION),
    ),
]

SOURCE = Source("krishnan", "Krishnan", KRISHNAN, "pooling, and answers that survive a shift", ITEMS, tuple(CLAIMS))
