"""What Halbreich answers: which layers are linear and follow shifts, and how small networks fit CIFAR-10."""

from collections.abc import Callable

import numpy as np

from invariance.claims.claim import (
    Claim,
    accuracy,
    card,
    data,
    in_words,
    loss,
    of_class,
    training_loss,
)
from invariance.claims.halbreich_counts import COUNTS, HIS, best
from invariance.claims.halbreich_fits import FIT_CLAIMS, FITS, UNTOLD, at_the_end, gap
from invariance.claims.halbreich_flattening import FLATTENING_CLAIMS
from invariance.claims.halbreich_theory import HALBREICH, TESTS, THEORY_CLAIMS
from invariance.claims.index.halbreich import (
    CLASSES,
    ITEMS,
    LARGER,
    MATRIX,
    QUESTION_1,
    QUESTION_2,
    QUESTION_3,
    TEST_SET,
)
from invariance.claims.pairs import apart_by
from invariance.claims.source import Source
from invariance.claims.verdict import Measured, more
from invariance.number_words import percent

# What he says of his networks.
FOUND_THERE = {name: word for name, (word, _) in FITS.items()} | {"cifar-linear": "loss stays at about 1.75"}
# Right answers by class of the network that he found best, of 1,000 images each.
HALBREICH_CLASSES = {
    "airplane": 0.777,
    "automobile": 0.854,
    "bird": 0.539,
    "cat": 0.512,
    "deer": 0.715,
    "dog": 0.562,
    "frog": 0.794,
    "horse": 0.702,
    "ship": 0.778,
    "truck": 0.756,
}
JPEG = "that a JPEG copy of the photos is as hard as the originals"
MEAN = float(np.mean(list(HALBREICH_CLASSES.values())))
ONE_CONVOLUTION = {"cifar-gap": "global average pooling", "cifar-shallow": "a linear layer"}


SHOWN = 4  # images whose answers question 3 prints


def four_right() -> Measured | None:
    """How often that network is right on all of four images drawn at random: p⁴, of variance (4 p³)² p(1 − p)/n."""
    right = accuracy(best())
    if right is None:
        return None
    slope = SHOWN * right.value ** (SHOWN - 1)
    return Measured(tuple(value**SHOWN for value in right.values), right.n, slope**2 * right.variance)


def _title() -> str:
    known = card(best())
    return f"Of the three the one that was right most often on images held out: {known.title}." if known else ""


def _comparison(
    name: str,
    where: str,
    says: str,
    of: Callable[[str], Measured | None],
    lower: str,
    higher: Callable[[], str],
    page: str,
    test: str,
    inferred: str = "",
    untold: str = "",
) -> Claim:
    """That a figure is lower of one network than of another."""

    def ours() -> float | None:
        return more(of(higher()), of(lower))

    def beside() -> str:
        names = (higher(), lower)
        return "" if ours() is None else apart_by(*(part for each in names for part in (card(each).title, of(each))))

    return Claim(
        name=f"halbreich-{name}",
        source=HALBREICH,
        where=where,
        says=says,
        theirs=1.0,
        unit="",
        rule="comparison",
        ours=ours,
        page=page,
        test=TESTS + test,
        data=lambda: data(lower),
        inferred=inferred,
        untold=untold,
        beside=beside,
    )


def _linear_loss(kind: str, of: Callable[[str], Measured | None]) -> Claim:
    """The loss of the linear network; of: a network's loss on such images."""

    when = ", in the epoch that was kept" if of is training_loss else ""

    def stays_higher() -> float | None:
        return more(of("cifar-linear"), of(best()))

    return Claim(
        name=f"halbreich-linear-{kind}-loss",
        source=HALBREICH,
        where=QUESTION_2,
        says=f"without non-linear layers the loss on {kind} images stays at about 1.75, above that of question 1",
        theirs=1.75,
        unit="nats",
        rule="figure",
        ours=lambda: None if stays_higher() is None else of("cifar-linear"),
        page=MATRIX,
        test=TESTS + "test_losses",
        data=lambda: data("cifar-linear"),
        finding=lambda: stays_higher() == 1,
        rounding=0.005,
        inferred=f"{HIS}; {JPEG}",
        beside=lambda: f"Of question 1{when}: {in_words(of(best()), 'nats')}.",
    )


MEASURED = [
    Claim(
        name="halbreich-accuracy",
        source=HALBREICH,
        where=f"{QUESTION_3}, output: accuracy",
        says="the best of the three networks of question 1 is right on 69 % of the test images; its ten classes have "
        f"{percent(MEAN)} on average",
        theirs=MEAN,
        unit="%",
        rule="figure",
        ours=lambda: accuracy(best()),
        page=LARGER,
        test=TESTS + "test_his_accuracy",
        data=lambda: data(best()),
        better=1,
        rounding=0.0005,
        inferred=f"{HIS}; {JPEG}; the mean of the printed classes, which have as many images each; 69 % is printed by "
        "a whole-number division, 100 * correct // total, that drops the decimals",
        beside=_title,
    ),
    *(
        Claim(
            name=f"halbreich-accuracy-{label}",
            source=HALBREICH,
            where=f"{QUESTION_3}, output: classes",
            says=f"it is right on {100 * theirs:g} % of the images of class {label}",
            theirs=theirs,
            unit="%",
            rule="figure",
            ours=lambda label=label: of_class(best(), label),
            page=CLASSES,
            test=TESTS + "test_classes",
            data=lambda: data(best()),
            better=1,
            rounding=0.0005,
            inferred=f"{HIS}; {JPEG}",
        )
        for label, theirs in HALBREICH_CLASSES.items()
    ),
    Claim(
        name="halbreich-four-images",
        source=HALBREICH,
        where=f"{QUESTION_3}, output: four images",
        says="its answers to four test images, cat, ship, plane and plane, seem pretty good",
        theirs=None,
        unit="%",
        rule="figure",
        ours=four_right,
        page=TEST_SET,
        test=TESTS + "test_the_four_images",
        data=lambda: data(best()),
        untold="which images these are, and what they show",
        beside=lambda: "So often are four test images drawn at random all right.",
    ),
    _linear_loss("test", loss),
    _linear_loss("training", training_loss),
    Claim(
        name="halbreich-loss",
        source=HALBREICH,
        where=QUESTION_2,
        says="the loss of the network of question 1 is about 0.5",
        theirs=0.5,
        unit="nats",
        rule="figure",
        ours=lambda: loss(best()),
        page=MATRIX,
        test=TESTS + "test_losses",
        data=lambda: data(best()),
        rounding=0.05,
        untold="whether it is the loss on training or on test images, and of which of three networks",
        beside=lambda: f"On training images, in the last epoch: {in_words(at_the_end(best(), 'train_loss'), 'nats')}.",
    ),
    _comparison(
        "linear-poorer",
        QUESTION_2,
        "without non-linear layers a network is right less often than that of question 1",
        accuracy,
        "cifar-linear",
        best,
        MATRIX,
        "test_simpler_networks_are_poorer",
        inferred=HIS,
    ),
    *(
        _comparison(
            f"{name.removeprefix('cifar-')}-poor",
            QUESTION_3,
            f"one convolution and {what} are right less often than the network of question 1",
            accuracy,
            name,
            best,
            LARGER,
            "test_simpler_networks_are_poorer",
            inferred=HIS,
        )
        for name, what in ONE_CONVOLUTION.items()
    ),
    _comparison(
        "larger-overfits",
        f"{QUESTION_1}, overall, figure 4",
        "the largest network of question 1 overfits more than the smallest",
        gap,
        "cifar-underfit",
        lambda: "cifar-overfit",
        LARGER,
        "test_under_and_overfitting",
        untold=UNTOLD,
        inferred="read from the figure's title, “Underfitting to Overfitting”. Ours: training right minus held-out "
        "right at the end",
    ),
]

CLAIMS = [*THEORY_CLAIMS, *FLATTENING_CLAIMS, *COUNTS, *MEASURED, *FIT_CLAIMS]

SOURCE = Source(
    "halbreich",
    "Halbreich",
    HALBREICH,
    "which layers are linear and follow shifts, and small networks for photos",
    ITEMS,
    tuple(CLAIMS),
)
