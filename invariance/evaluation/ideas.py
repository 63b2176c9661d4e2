"""The ideas by which networks are chosen, each with what is measured to tell about it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from invariance.measures import Share
from invariance.model import Card
from invariance.number_words import percent

Measurement = dict[str, Any]  # what was recorded of a network on its dataset; see evaluate()
QUARTER_TURN = 90  # degrees


class Measure(NamedTuple):
    """One figure of a network."""

    title: str  # of a table's column
    words: str  # after the figure
    of: Callable[[Measurement], Share | None]  # None if it was not measured


class Idea(NamedTuple):
    """What several networks have in common, against what changes an image."""

    title: str
    meaning: str  # in one line
    measures: tuple[Measure, ...]  # what tells about it
    first: tuple[
        str, ...
    ] = ()  # its networks, by file, that a page may begin with: of a data set the first that is there


def accuracy(measurement: Measurement) -> Share:
    """How many of the test images are answered right."""
    return Share(**measurement["accuracy"])


def at(measurement: Measurement, amount: float, transform: str = "rotation") -> Share | None:
    """How many are answered right under an amount of a transform, such as an angle."""
    if (curve := measurement.get("transforms", {}).get(transform)) is None:
        return None
    place = curve["amounts"].index(amount)
    return Share(curve["accuracy"][place], curve["low"][place], curve["high"][place], curve["n"])


def mean_over(measurement: Measurement, transform: str) -> Share | None:
    """How many are answered right on average over all amounts of a transform."""
    curve = measurement.get("transforms", {}).get(transform)
    return Share(**curve["mean"]) if curve else None


def consistency(measurement: Measurement, kind: str) -> Share | None:
    """How many get the same answer when they are moved by two random shifts of a kind; see SHIFTS."""
    of_kind = measurement.get("consistency", {}).get(kind)
    return Share(**of_kind["consistency"]) if of_kind else None


AS_THEY_ARE = Measure("as they are", "of the test images right", accuracy)
TURNED = Measure("turned by 90°", "right when turned by 90°", lambda measurement: at(measurement, QUARTER_TURN))
ALL_ANGLES = Measure(
    "mean over all angles", "right on average over all angles", lambda measurement: mean_over(measurement, "rotation")
)
SHIFTED = Measure(
    "same answer to two circular shifts",
    "get the same answer after two circular shifts",
    lambda measurement: consistency(measurement, "circular"),
)
MEASURES = (AS_THEY_ARE, TURNED, ALL_ANGLES, SHIFTED)

IDEAS: dict[str, Idea] = {
    "plain": Idea("plain", "Not made for images that are turned or shifted.", (AS_THEY_ARE,), ("lenet5", "cifar-best")),
    "turned": Idea(
        "trained on turned images", "It has seen every image at many random angles.", (ALL_ANGLES,), ("lenet5-rotated",)
    ),
    "shifted": Idea("trained on shifted images", "It has seen every image at many places.", (SHIFTED,)),
    "turning": Idea(
        "built to turn",
        "It treats all four quarter turns of an image alike.",
        (TURNED, ALL_ANGLES),
        ("mnist-any-angle", "p4cnn", "cifar-p4"),
    ),
    "shifting": Idea("built to shift", "Its pooling is made so that a shift changes little or nothing.", (SHIFTED,)),
    "both": Idea("built for both", "Its layers treat quarter turns and shifts of an image alike.", (TURNED, SHIFTED)),
    "comparison": Idea("for comparison", "Made to show what a part of a network is good for.", (AS_THEY_ARE,)),
}


def measures_of(card: Card) -> tuple[Measure, ...]:
    """What tells about a network; of one without an idea how often it is right."""
    return IDEAS[card.idea].measures if card.idea in IDEAS else (AS_THEY_ARE,)


def figure_of(card: Card, measurement: Measurement | None) -> str:
    """What tells about a network in a few words: "99.38 % of the test images right".

    measurement: what was recorded of it on its dataset; None if nothing was.
    """
    if not measurement:
        return "not measured yet"
    found = [(measure.of(measurement), measure.words) for measure in measures_of(card)]
    told = [(share, words) for share, words in found if share] or [(accuracy(measurement), AS_THEY_ARE.words)]
    return ", ".join(f"{percent(share.value)} {words}" for share, words in told)
