"""What Jaloli claims of LeNet-5: its losses, its accuracy on turned digits, and what its parts are good for."""

from collections.abc import Callable, Iterator

import numpy as np

from invariance.claims.claim import (
    Claim,
    accuracy,
    accuracy_at,
    card,
    counted_seeds,
    data,
    in_words,
    loss,
    loss_at,
    record,
    training_loss,
)
from invariance.claims.index.jaloli import CHANGES, FORGETS, ITEMS, POOLED, ROTATION, TABLES, TURNED
from invariance.claims.jaloli_network import JALOLI, LENET5, THERE, network
from invariance.claims.pairs import apart_by
from invariance.claims.source import Source
from invariance.claims.verdict import Measured, differ, more, of_shares
from invariance.evaluation import records
from invariance.number_words import percent
from invariance.transforms import TRANSFORMS

TO_97 = "lenet5-1epoch"  # LeNet-5, trained until it is right about as often as the source's
P4, ANY_ANGLE = "p4cnn", "mnist-any-angle"
PERSPECTIVE, TURNING = TRANSFORMS["perspective"], TRANSFORMS["rotation"]
AVERAGING = "lenet5-average-pooling"  # an experiment
UPRIGHT, WHOLE = 0, 360  # degrees
QUARTERS = (90, 180, 270)
SLANTED = 45
TABLE = {  # 1 and 2: accuracy and loss on test images turned by so many degrees
    UPRIGHT: (0.97, 0.099),
    90: (0.14, 5.9623),
    180: (0.33, 6.2347),
    270: (0.13, 5.1319),
    WHOLE: (0.97, 0.084),
}
TRAINING_LOSS = 0.1  # of table 1
TEST_1 = f"{THERE}test_table_1_is_surpassed_by_more_than_chance_gives_or_not"
TEST_2 = f"{THERE}test_table_2_is_read_from_all_seeds_of_the_network_of_table_1"


def _title(name: str) -> str:
    there = card(name)
    return there.title if there else name


def _fewer(upright: Measured | None, *turned: Measured | None) -> float | None:
    """1 if right answers are fewer on all of several kinds of changed images, by more than chance gives."""
    found = [more(upright, each) for each in turned]
    return None if None in found else float(all(found))


def _upright() -> Iterator[Claim]:
    """Table 1, against the best that we have."""
    right, off = TABLE[UPRIGHT]
    yield Claim(
        name=f"jaloli-accuracy-{UPRIGHT}",
        source=JALOLI,
        where="table 1",
        says=f"LeNet-5 is right on {percent(right, 0)} of the upright test images",
        theirs=right,
        unit="%",
        rule="figure",
        ours=lambda: accuracy(LENET5),
        page=TABLES,
        test=TEST_1,
        data=lambda: data(LENET5),
        better=1,
        rounding=0.005,
    )
    for name, what, theirs, ours, better, untold in (
        (f"jaloli-loss-{UPRIGHT}", "test", off, loss, -1, ""),
        (
            "jaloli-training-loss",
            "training",
            TRAINING_LOSS,
            training_loss,
            0,  # a lower one is no merit
            "after how many epochs, and whether it was counted while the network learned",
        ),
    ):
        yield Claim(
            name=name,
            source=JALOLI,
            where="table 1",
            says=f"its loss on upright {what} images is {theirs:.3f}",
            theirs=theirs,
            unit="nats",
            rule="figure",
            ours=lambda ours=ours: ours(LENET5),
            page=TABLES,
            test=TEST_1,
            data=lambda: data(LENET5),
            better=better,
            rounding=0.0005,
            untold=untold,
        )


def _turned(angle: int) -> Iterator[Claim]:
    """A row of table 2: of the same network as table 1, as in the source."""
    right, off = TABLE[angle]
    yield _in_table_2(
        name=f"jaloli-accuracy-{angle}",
        says=f"turned by {angle}°, test images get {percent(right, 0)} right answers",
        theirs=right,
        unit="%",
        of=lambda network: accuracy_at(network, angle),
        finding=lambda network: differ(accuracy_at(network, angle), accuracy(network)) < 0,
        rounding=0.005,
    )
    yield _in_table_2(
        name=f"jaloli-loss-{angle}",
        says=f"the loss on test images turned by {angle}° is {off:g}",
        theirs=off,
        unit="nats",
        of=lambda network: loss_at(network, angle),
        finding=lambda network: differ(loss_at(network, angle), loss(network)) > 0,
        rounding=0.00005,
    )


def _in_table_2(
    name: str,
    says: str,
    theirs: float,
    unit: str,
    of: Callable[[str], Measured | None],
    finding: Callable[[str], bool],
    rounding: float,
) -> Claim:
    """A figure of table 2; of: that of a network, finding: whether what the source concludes holds of it."""

    def row(network: str, beside: Callable[[], str]) -> Claim:
        return Claim(
            name=name,
            source=JALOLI,
            where="table 2",
            says=says,
            theirs=theirs,
            unit=unit,
            rule="figure",
            ours=lambda: of(network),
            page=TURNED,
            test=TEST_2,
            data=lambda: data(network),
            finding=lambda: finding(network),
            rounding=rounding,
            beside=beside,
        )

    no_better = row(TO_97, lambda: "")
    return row(LENET5, lambda: _no_better(no_better))


def _no_better(claim: Claim) -> str:
    """What the same network gives when it is trained until it is right about as often, in a sentence."""
    found, upright = claim.ours(), accuracy(TO_97)
    if found is None or upright is None:
        return ""
    as_far = f"{_title(TO_97)}, right on {percent(upright.value)} upright, theirs on {percent(TABLE[UPRIGHT][0], 0)}"
    return f"{as_far}: {in_words(found, claim.unit)}, {claim.verdict()}."


def _losses_agree() -> float | None:
    """1 if the source's two losses differ by no more than those of one network on the same images, turned by 360°."""
    found = _whole_turn()
    return None if found is None else float(abs(TABLE[WHOLE][1] - TABLE[UPRIGHT][1]) <= found)


def _whole_turn() -> float | None:
    """By how much the loss of test images turned by 360° differs from that of upright ones, nats."""
    curve = (record(LENET5) or {}).get("transforms", {}).get(TURNING.name)
    if curve is None:
        return None
    upright, whole = (curve["loss"][curve["amounts"].index(angle)] for angle in (UPRIGHT, WHOLE))
    return abs(whole - upright)


def _pixels_moved() -> str:
    """How a whole turn can be told, in sentences; the image is one whose pixels all differ."""
    image = np.arange(28 * 28, dtype=np.float32).reshape(1, 1, 28, 28)
    moved = int((TURNING.apply(image, WHOLE) != image).sum())
    if (apart := _whole_turn()) is None:
        return ""
    return (
        f"The same images have the same loss, but the source prints {TABLE[WHOLE][1]:.3f} of those turned by {WHOLE}° "
        f"and {TABLE[UPRIGHT][1]:.3f} of upright ones. Here a turn by {WHOLE}° changes {moved} of {image.size} pixels, "
        f"and the loss by {apart:g} nats."
    )


def _averaging() -> Measured | None:
    """Right answers of LeNet-5 trained with average pooling, all else alike."""
    found, measured = records.experiment(AVERAGING), record(LENET5)
    if not found or measured is None or found["test"]["fingerprint"] != measured["fingerprint"]:
        return None
    rights = [run["accuracy"] for run in found["runs"]]
    return of_shares([right["value"] for right in rights], rights[0]["n"])


def max_or_average() -> str:
    """How often LeNet-5 is right, trained with max and with average pooling, in a sentence; "" while not measured."""
    return apart_by(
        f"{_title(LENET5)}, trained with max pooling, is right on",
        accuracy(LENET5),
        "with average pooling on",
        _averaging(),
    )


def _under(amount: float) -> Measured | None:
    return accuracy_at(LENET5, amount, PERSPECTIVE.name)


def _seen_alike() -> float | None:
    """1 if right answers are as many, but for chance, where the image is seen from farthest aside."""
    fewer = [more(_under(PERSPECTIVE.neutral), _under(end)) for end in (PERSPECTIVE.low, PERSPECTIVE.high)]
    return None if None in fewer else float(not any(fewer))


def _seen_from_aside() -> str:
    found = {amount: _under(amount) for amount in (PERSPECTIVE.neutral, PERSPECTIVE.low, PERSPECTIVE.high)}
    if None in found.values():
        return ""
    said = ", ".join(f"{percent(share.value)} at {PERSPECTIVE.label(amount)}" for amount, share in found.items())
    return f"{_title(LENET5)}, under {PERSPECTIVE.in_a_sentence}: right on {said}."


def _the_exception() -> str:
    """What networks that are built to turn answer, trained upright too, in sentences."""
    angles = (UPRIGHT, QUARTERS[0], SLANTED)
    found = [accuracy_at(P4, angle) for angle in angles]
    if None in found:
        return ""
    upright, quarter, slanted = (percent(share.value) for share in found)
    said = (
        f"True of plain CNNs. Some that are built to turn, CNNs too and trained upright, are exceptions. At quarter "
        f"turns the {_title(P4)}: right on {quarter} at {QUARTERS[0]}°, as on {upright} upright, but on {slanted} at "
        f"{SLANTED}° ({counted_seeds(found[0])})."
    )
    at_all = [accuracy_at(ANY_ANGLE, angle) for angle in TURNING.amounts]
    if None in at_all:
        return said
    worst = min(at_all, key=lambda share: share.value)
    return f"{said} At every angle {_title(ANY_ANGLE)}: {percent(worst.value)} at the worst ({counted_seeds(worst)})."


def _forgets_the_place() -> float:
    """1 if the largest value of a convolution's map is the same wherever the image is shifted to, around its edges."""
    from invariance.operators.convolution import convolve_circular
    from invariance.operators.pooling import global_max

    image, kernel = (np.random.default_rng(seed).normal(size=(size, size)) for seed, size in ((0, 8), (1, 3)))
    shifted = np.stack([np.roll(image, (down, right), (0, 1)) for down in range(8) for right in range(8)])
    return float(len(np.unique(global_max(convolve_circular(shifted, kernel)))) == 1)


CLAIMS = [
    Claim(
        name="jaloli-viewpoint",
        source=JALOLI,
        where="figure 1",
        says="a well-trained network recognizes a thing from every point of view",
        theirs=1,
        unit="",
        rule="comparison",
        ours=_seen_alike,
        page=CHANGES,
        test=f"{THERE}test_what_falls_falls_by_more_than_chance_gives",
        data=lambda: data(LENET5),
        inferred="the source says it of photographs of a statue; here it is tried with digits, in perspective",
        beside=_seen_from_aside,
    ),
    Claim(
        name="jaloli-forget-the-place",
        source=JALOLI,
        where="section 2, equivariance",
        says="an equivariant answer becomes an invariant one when the place is disregarded",
        theirs=1,
        unit="",
        rule="exact",
        ours=_forgets_the_place,
        page=FORGETS,
        test=f"{THERE}test_the_largest_value_forgets_its_place",
    ),
    *network(),
    Claim(
        name="jaloli-max-or-average",
        source=JALOLI,
        where="section 3.1, max or average",
        says="max pooling is better than average pooling. Here: LeNet-5 trained with each, and how often it is right",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: _fewer(accuracy(LENET5), _averaging()),
        page=POOLED,
        test=f"{THERE}test_max_pooling_is_better_only_by_more_than_chance_gives",
        data=lambda: data(LENET5),
        inferred="the source says that it is better for extracting extreme features, and measures nothing",
        beside=max_or_average,
    ),
    *_upright(),
    *(claim for angle in QUARTERS for claim in _turned(angle)),
    Claim(
        name="jaloli-whole-turn",
        source=JALOLI,
        where="section 5, turned by 360°",
        says="its turning works: as many digits are right turned by 360° as upright",
        theirs=1,
        unit="",
        rule="exact",
        ours=_losses_agree,
        page=TABLES,
        test=f"{THERE}test_a_whole_turn_is_the_identity",
        data=lambda: data(LENET5),
        inferred="it works if a turn by 360° changes nothing; the source compares the accuracies, not the losses",
        beside=_pixels_moved,
    ),
    Claim(
        name="jaloli-conclusion",
        source=JALOLI,
        where="conclusion",
        says="CNNs are not rotation invariant: trained upright, they are right on fewer turned images",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: _fewer(accuracy(LENET5), *(accuracy_at(LENET5, angle) for angle in QUARTERS)),
        page=ROTATION,
        test=f"{THERE}test_what_falls_falls_by_more_than_chance_gives",
        data=lambda: data(LENET5),
        beside=_the_exception,
    ),
]

SOURCE = Source("jaloli", "Jaloli", JALOLI, "what turning a digit does to LeNet-5", ITEMS, tuple(CLAIMS))
