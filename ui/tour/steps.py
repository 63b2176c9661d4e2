"""The steps of the tour through the pages: what to do, what to look at, a question to guess, and its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from invariance.datasets import CIFAR10, MNIST, Dataset
from invariance.evaluation.consistency import SHIFTS
from invariance.evaluation.survival import per_class
from invariance.images.resizing import area_resize
from invariance.images.strokes import Stroke
from invariance.number_words import percent, probability
from invariance.operators.pooling import max_pool
from invariance.transforms.rotation import ROTATION
from invariance.transforms.translation import CIRCULAR
from ui.answers.every_amount import answers_to_each
from ui.lessons.pooling import UNMOVED
from ui.networks import Shown, models_for
from ui.picking.picture import EXAMPLE, drawn, prepared
from ui.picking.samples import SAMPLES
from ui.picking.scenes import scenes
from ui.recorded.measured import evaluation_or_problem
from ui.recorded.six_or_nine import most_traded, pixels, traded
from ui.words import escaped, one

SURE = 0.9
HALF_TURN = 180
OBJECTS_AT = 32  # pixels

Titled = tuple[np.ndarray, str]  # a picture, float32 (C, H, W) in [0, 1], and what stands above it


class Answer(NamedTuple):
    """What is right, and why."""

    choice: int  # of the step's choices
    text: str  # Markdown


@dataclass(frozen=True)
class Step:
    """One step. Its page shows once the question is guessed, so nothing before tells the answer."""

    title: str
    page: str
    begins: dict[str, Any]  # what is chosen when the step begins, by its name in the session
    do: str
    see: str
    question: str
    choices: tuple[str, ...]
    answer: Callable[[], Answer | None]  # worked out from what is here; None: what it takes isn't here
    pictures: Callable[[], list[Titled]]  # beside the question; they don't give the answer away


def _line(*corners: tuple[float, float]) -> Stroke:
    return Stroke(np.array(corners), 0.06)


HOUSE = [_line((0.25, 0.5), (0.5, 0.2), (0.75, 0.5), (0.75, 0.8), (0.25, 0.8), (0.25, 0.5))]


def _four() -> np.ndarray:
    """The example 4 as networks get it, float32 (1, 28, 28)."""
    return prepared(drawn(EXAMPLE, "the example"), MNIST).pixels


def _network(name: str, dataset: Dataset) -> Shown | None:
    return next((shown for shown in models_for(dataset.name) if shown.model.card.name == name), None)


def _among(value: float, ends: Sequence[float]) -> int:
    """The first of some ranges, given by their upper ends, that holds a value; after the last: one more."""
    return next((place for place, end in enumerate(ends) if value < end), len(ends))


def _house() -> Answer | None:
    if (shown := _network("lenet5", MNIST)) is None:
        return None
    image = prepared(drawn(HOUSE, "a house"), MNIST).pixels
    probabilities = shown.model.predict(image[None])[0]
    best = int(probabilities.argmax())
    sure = float(probabilities[best])
    return Answer(
        2 if sure > SURE else 1,
        f"Our house is to {escaped(shown.model.card.title)} **{one(shown.model.card.labels[best])}**, "
        f"{probability(sure, 1)}. It must name one of its {len(probabilities)} classes, whatever it sees: being sure "
        "is not being right.",
    )


TURNS = (20, 50, 90)  # degrees that are to choose from


def _turned_four() -> Answer | None:
    if (shown := _network("lenet5", MNIST)) is None:
        return None
    answers = answers_to_each(shown.model, ROTATION.name, _four()).argmax(1)
    changed = np.flatnonzero(answers != answers[0])
    title, labels = escaped(shown.model.card.title), shown.model.card.labels
    if not len(changed):
        return Answer(len(TURNS), f"{title} keeps its answer all the way round.")
    first = ROTATION.amounts[changed[0]]
    return Answer(
        int(np.abs(np.array(TURNS) - first).argmin()),
        f"At {ROTATION.label(first)} {title} says {labels[answers[changed[0]]]}, and in all it changes its answer at "
        f"{len(changed)} of {len(answers)} angles. It learned from upright digits only.",
    )


SHARES = (0.2, 0.6, 0.9)


def _upside_down() -> Answer | None:
    if (shown := _network("lenet5", MNIST)) is None or (curve := _measured(shown, MNIST, ROTATION.name)) is None:
        return None
    place = curve["amounts"].index(HALF_TURN)
    right = curve["accuracy"][place]
    each = [share.value for share in per_class(curve)[place]]
    order = np.argsort(each)
    best, worst = MNIST.labels[order[-1]], MNIST.labels[order[0]]
    return Answer(
        _among(right, SHARES),
        f"{percent(right)} of {curve['n']:,}: it still reads {percent(max(each), 1)} of the {best}s, but only "
        f"{percent(min(each), 1)} of the {worst}s. Some digits look much the same upside down, others like another "
        "digit.",
    )


PHOTOS = (0.05, 0.25, 0.5)
SHIFTED = "circular"  # of SHIFTS


def _one_pixel() -> Answer | None:
    if (shown := _network("cifar-shift-plain", CIFAR10)) is None:
        return None
    evaluation, _ = evaluation_or_problem(shown, CIFAR10.name)
    if not evaluation or not (shifts := evaluation.get("consistency")):
        return None
    flips = shifts[SHIFTED]["flips"][1]
    return Answer(
        _among(flips["value"], PHOTOS),
        f"{percent(flips['value'], 1)} of {flips['n']:,} photos get another answer at one or more of the eight shifts "
        f"by a pixel ({SHIFTS[SHIFTED].title.lower()}). Keeping every second pixel, as its pooling does, keeps other "
        "pixels of the shifted photo.",
    )


def _pooled() -> Answer:
    image = _four()
    pooled, by_one, by_two = (max_pool(CIRCULAR.apply(image[None], amount)[0]) for amount in (0, 1, 2))
    changed, ink = int((pooled != by_one).sum()), int(((pooled > 0) | (by_one > 0)).sum())
    moved = any(np.array_equal(np.roll(pooled, places, -1), by_one) for places in range(pooled.shape[-1]))
    follows = np.array_equal(np.roll(pooled, 1, -1), by_two)
    return Answer(
        0 if not changed else 1 if moved else 2,
        f"Pooling leaves {pooled.size} numbers of the 4, and {ink} of them see ink. {changed} change: they are "
        f"{'the old ones, moved' if moved else 'other numbers, not the old ones moved'}. A shift by two pixels it "
        f"{'follows: its output moves by one place' if follows else 'does not follow either'}.",
    )


def _traded() -> Answer | None:
    if (shown := _network("p4cnn", MNIST)) is None or not (curves := traded([shown])):
        return None
    shares = curves[shown]
    amount, most = most_traded(shares)
    title = escaped(shown.model.card.title)
    return Answer(
        _among(most.value, PHOTOS),
        f"{percent(most.value, 1)} of {most.n:,} 6s and 9s when they are moved by {pixels(amount)}; where they lie as "
        f"always, {percent(shares[0].value, 1)}. To {title} a 9 is a 6 upside down, but for where it lies: on "
        "average half a pixel beside the middle.",
    )


def _measured(shown: Shown, dataset: Dataset, transform: str) -> dict[str, Any] | None:
    """What is recorded of a network under a transform."""
    evaluation, problem = evaluation_or_problem(shown, dataset.name)
    return None if problem or not evaluation else evaluation.get("transforms", {}).get(transform)


def _sample(digit: int) -> np.ndarray:
    return SAMPLES.images[SAMPLES.labels.tolist().index(digit)].astype(np.float32) / 255


def _airplane() -> list[Titled]:
    _, pixels = next(iter(scenes()))
    small = np.clip(area_resize(pixels, OBJECTS_AT), 0, 1).astype(np.float32)
    return [(small, "a picture"), (CIRCULAR.apply(small[None], 1)[0], "moved by one pixel")]


def _four_moved() -> list[Titled]:
    image = _four()
    return [
        (image, "the 4"),
        (CIRCULAR.apply(image[None], 1)[0], "the 4, moved by one pixel"),
        (max_pool(image), "the largest of every 2 × 2 pixels of the 4"),
    ]


def _six_and_nine() -> list[Titled]:
    turned = ROTATION.apply(_sample(6)[None], HALF_TURN)[0]
    return [(_sample(6), "a 6"), (turned, "the 6 upside down"), (_sample(9), "a 9")]


STEPS = (
    Step(
        "It always answers",
        "classify.py",
        {"picked_what": MNIST.name},
        "Clear the pad and draw a house.",
        "Each network's answer is large; how sure it is stands with it.",
        "What will LeNet-5, which knows the digits 0 to 9, say of a house?",
        ("That it is no digit", "A digit, but unsure of it", "A digit, and sure of it"),
        _house,
        lambda: [(prepared(drawn(HOUSE, "a house"), MNIST).pixels, "a house"), (_four(), "a 4")],
    ),
    Step(
        "A 4 turns",
        "rotation.py",
        {"picked_what": MNIST.name, "strokes": None, "at_rotation": 0},
        "Turn the 4, slowly: take hold of it, or drag the slider.",
        "At each angle every network says what it sees; an answer other than that to the 4 as it stands is struck out.",
        "At which turn does LeNet-5 first say something else?",
        (*(f"about {angle}°" for angle in TURNS), "never"),
        _turned_four,
        lambda: [(ROTATION.apply(_four()[None], angle)[0], f"{angle}°") for angle in range(0, 360, 45)],
    ),
    Step(
        "Upside down",
        "rotation.py",
        {"picked_what": MNIST.name},
        "Go down to “On test images” and look at 180°, where every digit stands on its head.",
        "Each line is a network: how many of the test digits it reads right at each angle.",
        "How many of the test digits does LeNet-5 still read when they stand on their heads?",
        ("under 20 %", "20 to 60 %", "60 to 90 %", "over 90 %"),
        _upside_down,
        lambda: [
            (ROTATION.apply(_sample(digit)[None], HALF_TURN)[0], one(str(digit))) for digit in range(len(MNIST.labels))
        ],
    ),
    Step(
        "One pixel",
        "translation.py",
        {"picked_what": CIFAR10.name, "picked_see": "drag"},
        "Move the picture by a single pixel, in every direction: with the arrow keys, or drag it.",
        "Each network has a map of all shifts: where it is hatched, the answer is another.",
        "For how many photos does a shift by one pixel change the answer of the network with max pooling?",
        ("under 5 %", "5 to 25 %", "25 to 50 %", "over 50 %"),
        _one_pixel,
        _airplane,
    ),
    Step(
        "Where the pixel gets lost",
        "pooling.py",
        {"picked_pooling_view": "shift", "pooled_moved": UNMOVED},
        "Move the image to the right, by one pixel and then by two.",
        "Max pooling keeps the largest of every 2 × 2 pixels.",
        "The 4 moves by one pixel. What does the output of max pooling do?",
        ("It stays as it is", "It moves along", "It becomes another"),
        _pooled,
        _four_moved,
    ),
    Step(
        "Six or nine?",
        "translation.py",
        {"picked_what": MNIST.name, "picked_see": "drag"},
        "Choose “6 or 9?”: the networks there take an image and its quarter turns alike.",
        "A 6 upside down is a 9. Yet where the digits lie as always, most of these networks hardly ever trade them.",
        "All digits move a few pixels to the left. How many 6s and 9s does the p4 network now take for the other?",
        ("under 5 %", "5 to 25 %", "25 to 50 %", "over 50 %"),
        _traded,
        _six_and_nine,
    ),
)
