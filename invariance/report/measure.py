"""What is measured of some images, beside the model: in its own process, in another one, or on another machine.

A part is one measure of some images; it comes to arrays that are small and that add up. What is added is whole numbers,
so that the sum doesn't depend on the order: parts may be done anywhere, in any order, and again.
"""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from invariance import UserError
from invariance.evaluation.consistency import SHIFTS, nearest_flips, same_answers
from invariance.images.pixels import to_float
from invariance.inside.symmetry import layer_errors
from invariance.inside.values import Inside
from invariance.measures import EXACT, answered, binned, losses, softmax
from invariance.model import Model, ModelError
from invariance.transforms import TRANSFORMS

CHUNK = 500  # images that are changed at a time, of small ones; a multiple of what the model gets at once
CHUNK_VALUES = 2_000_000  # numbers of them
MOST_LOSS = 1000.0  # nats that one image counts with: of a probability of 0 the loss has no bound
EASIEST = 5  # images that flip most easily, of each part
TICK = 0.2  # seconds between two signs of life

Tick = Callable[[int], None]  # is told how many answers there were since the last time
Part = dict[str, np.ndarray]


class Task(NamedTuple):
    """One measure of some images."""

    measure: str  # a key of MEASURES
    name: str  # a key of TRANSFORMS or SHIFTS; "" where there is nothing to choose
    amounts: tuple[float, ...]  # of the transform, the neutral one among them; of a shift its reach
    images: np.ndarray  # uint8 (n, C, H, W)
    labels: np.ndarray  # int64 (n,)
    numbers: np.ndarray  # int64 (n,): the images' places among all
    shifts: np.ndarray | None = None  # see same_answers()


class Answers(NamedTuple):
    """Answers that are no numbers don't count as right, nor as the same; how many there were."""

    classes: np.ndarray  # int64 (n,), -1 where broken
    broken: int


def measure(model: Model, task: Task, progress: Callable[[int], None]) -> Part:
    """Do one task.

    Args:
        model: in this process.
        task: what.
        progress: called with how many answers there were since it was last called, at most every TICK seconds.

    Returns:
        Arrays by name; see MEASURES.
    """
    return MEASURES[task.measure](model, task, _seldom(progress))


def _still(model: Model, task: Task, tick: Tick) -> Part:
    """The images as they are.

    n (); confusion (pairs, 3): label, answer, count; loss () in 1/EXACT nats; bins: see binned(); right (n,) bool;
    answers (n,), -1 where they are no numbers; broken (): how many of these.
    """
    logits = _logits(model, to_float(task.images), tick)
    found = _answers(logits)
    pairs, counts = np.unique(np.stack([task.labels, found.classes]), axis=1, return_counts=True)
    return {
        "n": np.array(len(task.labels)),
        "confusion": np.concatenate([pairs, counts[None]]).T,
        "loss": _loss(logits, task.labels),
        **_bins(logits, found, task.labels),
        "right": found.classes == task.labels,
        "answers": found.classes.astype(np.int32),
        "broken": np.array(found.broken),
    }


def _transform(model: Model, task: Task, tick: Tick) -> Part:
    """The images at each of A amounts of a transform.

    n (); right (A, n) bool; hits (A,): how many are right; agree (A,): images with the same answer as unchanged; lost,
    gained (A,): those right unchanged and wrong here, and the other way round; loss (A,) in 1/EXACT nats; change (A,):
    the most that a logit changes, max |f(Tx) - f(x)| / max |f(x)|, each over the classes, of the image where that is
    largest; bins: see binned(), (A, ...); broken (A,): answers that are no numbers.
    Over the transform's own amounts: times, times2 (): of the numbers of amounts at which each image is right, the sum
    and the sum of squares; always (): images right at all of them; and flips (few, 6): the images, right unchanged,
    that the smallest change turns, as their number, how far that is as a share of the farthest amount (in 1/EXACT), the
    margin of the unchanged answer (in 1/EXACT), the place of the amount, and the answers before and after.
    """
    transform, amounts = TRANSFORMS[task.name], task.amounts
    neutral = amounts.index(transform.neutral)
    far = np.array([transform.distance(amount) for amount in amounts])
    own = np.isin(amounts, transform.amounts)
    parts = []
    for chunk in _chunks(model, len(task.labels)):
        images, labels = to_float(task.images[chunk]), task.labels[chunk]
        still = _logits(model, images, tick)
        as_it_is = _answers(still).classes
        size = np.abs(np.where(np.isfinite(still), still, 0)).max(1)
        each: dict[str, list[Any]] = {name: [] for name in ("right", "answers", "loss", "change", "broken", "bins")}
        for place, amount in enumerate(amounts):
            logits = still if place == neutral else _logits(model, transform.apply(images, amount), tick)
            found = _answers(logits)
            each["right"].append(found.classes == labels)
            each["answers"].append(found.classes)
            each["loss"].append(_loss(logits, labels))
            each["change"].append(_change(still, logits, size))
            each["broken"].append(found.broken)
            each["bins"].append(_bins(logits, found, labels))
        right, answers = np.array(each["right"]), np.array(each["answers"])
        times, reach = right[own].sum(0), np.where(own, far, np.inf)
        parts.append(
            {
                "n": np.array(len(labels)),
                "right": right,
                "hits": right.sum(1),
                "agree": ((answers == as_it_is) & (answers >= 0)).sum(1),
                "lost": (right[neutral] & ~right).sum(1),
                "gained": (~right[neutral] & right).sum(1),
                "loss": np.array(each["loss"]),
                "change": np.array(each["change"]),
                "broken": np.array(each["broken"]),
                **{name: np.stack([bins[name] for bins in each["bins"]]) for name in each["bins"][0]},
                "times": times.sum(),
                "times2": (times**2).sum(),
                "always": (times == own.sum()).sum(),
                "flips": _flips(answers, right[neutral], neutral, reach, still, task.numbers[chunk]),
            }
        )
    return sum_of(parts)


def _flips(
    answers: np.ndarray, right: np.ndarray, neutral: int, far: np.ndarray, still: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    """The images (few, 6) that the smallest change turns; see _transform()."""
    distance = np.where(answers != answers[neutral], far[:, None], np.inf)  # (A, n)
    place = distance.argmin(0)
    nearest = distance.min(0) / max(far[np.isfinite(far)].max(), np.finfo(float).tiny)
    image = np.arange(len(numbers))
    chances = np.sort(softmax(still.astype(np.float64)), 1)
    margin = np.nan_to_num(chances[:, -1] - chances[:, -2]) if chances.shape[1] > 1 else chances[:, 0]
    rows = np.stack(
        [
            numbers,
            np.rint(np.where(np.isfinite(nearest), nearest, 0) * EXACT).astype(np.int64),
            np.rint(margin * EXACT).astype(np.int64),
            place,
            answers[neutral],
            answers[place, image],
        ],
        1,
    ).astype(np.int64)
    return easiest(rows[right & np.isfinite(nearest)])


def easiest(rows: np.ndarray) -> np.ndarray:
    """Of flips (rows, 6) the first EASIEST, by distance, then by margin, then by number; each image once."""
    rows = rows[np.lexsort((rows[:, 0], rows[:, 2], rows[:, 1]))]
    _, first = np.unique(rows[:, 0], return_index=True)
    return rows[np.sort(first)][:EASIEST]


def _shift(model: Model, task: Task, tick: Tick) -> Part:
    """Two random shifts of each image: n (); right (1, n) bool: whether they get the same answer; same (): how many."""
    shift, reach, ticking, same = SHIFTS[task.name], int(task.amounts[0]), _Ticking(model, tick), []
    for chunk in _chunks(model, len(task.labels)):
        same.append(same_answers(ticking, to_float(task.images[chunk]), shift, task.shifts[:, :, chunk], reach))
    right = np.concatenate(same)[None]
    return {"n": np.array(right.size), "right": right, "same": right.sum()}


def _every_shift(model: Model, task: Task, tick: Tick) -> Part:
    """Every shift up to a reach: n (); nearest (reach + 2,): images by the pixels to the nearest shift that turns them;
    see nearest_flips()."""
    reach = int(task.amounts[0])
    near = [
        nearest_flips(_Ticking(model, tick), to_float(task.images[chunk]), SHIFTS[task.name], reach)
        for chunk in _chunks(model, len(task.labels))
    ]
    return {"n": np.array(len(task.labels)), "nearest": np.bincount(np.concatenate(near), minlength=reach + 2)}


def _examples(model: Model, task: Task, tick: Tick) -> Part:
    """The probabilities (n, A, classes) of images at each of A amounts, for pictures of them."""
    transform = TRANSFORMS[task.name]
    changed = [_logits(model, transform.apply(to_float(task.images), amount), tick) for amount in task.amounts]
    return {"probabilities": np.stack([softmax(logits) for logits in changed], 1)}


def _layers(model: Model, task: Task, tick: Tick) -> Part:
    """The errors of every layer, see layer_errors(): layers, measures, whys (L,) texts; errors (L, 3) value, low, high,
    not a number where there is none."""
    try:
        found = layer_errors(Inside(model), to_float(task.images), TRANSFORMS[task.name], task.amounts[0])
    except UserError as error:  # what can't be looked into was measured all the same
        raise ModelError(str(error)) from error
    tick(len(task.labels))
    return {
        "layers": np.array([each.layer for each in found]),
        "measures": np.array([each.measure for each in found]),
        "whys": np.array([each.why for each in found]),
        "errors": np.array([each.error[:3] if each.error else (np.nan,) * 3 for each in found], float),
    }


MEASURES: dict[str, Callable[[Model, Task, Tick], Part]] = {
    "still": _still,
    "transform": _transform,
    "shift": _shift,
    "every shift": _every_shift,
    "examples": _examples,
    "layers": _layers,
}
LARGEST = ("change",)  # of which a sum of parts has the largest; of the others but these and RIGHT, the sum
RIGHT = ("right", "answers")  # that have a column for each image: they are put side by side


def sum_of(parts: list[Part]) -> Part:
    """What parts of the same measure and name come to together, in the order of their images."""
    joined = {}
    for name in parts[0]:
        values = [part[name] for part in parts]
        if name == "flips":
            joined[name] = easiest(np.concatenate(values))
        elif name == "confusion":
            rows = np.concatenate(values)
            pairs, place = np.unique(rows[:, :2], axis=0, return_inverse=True)
            counts = np.zeros(len(pairs), np.int64)
            np.add.at(counts, place.ravel(), rows[:, 2])
            joined[name] = np.column_stack([pairs, counts])
        elif name in RIGHT:
            joined[name] = np.concatenate(values, -1)
        else:
            joined[name] = (np.maximum if name in LARGEST else np.add).reduce(values)
    return joined


class _Ticking:
    """A model that tells of its answers."""

    def __init__(self, model: Model, tick: Tick):
        self._model, self._tick = model, tick

    def logits(self, images: np.ndarray) -> np.ndarray:
        return _logits(self._model, images, self._tick)


def chunk_size(batch_size: int, shape: tuple[int, int, int]) -> int:
    """How many images of a shape (C, H, W) are changed at a time: a multiple of what the model gets at once."""
    most = max(1, min(CHUNK, CHUNK_VALUES // math.prod(shape)))
    return max(1, most // batch_size) * batch_size


def _chunks(model: Model, count: int) -> list[slice]:
    """Parts of so many images that are changed at a time."""
    size = chunk_size(model.batch_size, model.card.shape)
    return [slice(start, min(start + size, count)) for start in range(0, max(1, count), size)]


def _logits(model: Model, images: np.ndarray, tick: Tick) -> np.ndarray:
    """As Model.logits(), with a sign of life after each batch."""
    size = model.batch_size
    parts = []
    for start in range(0, max(1, len(images)), size):
        parts.append(model.logits(images[start : start + size]))
        tick(len(parts[-1]))
    return np.concatenate(parts)


def _answers(logits: np.ndarray) -> Answers:
    """See answered()."""
    classes = answered(logits)
    return Answers(classes, int((classes < 0).sum()))


def _loss(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The sum of -ln p(label), each at most MOST_LOSS, in 1/EXACT nats."""
    with np.errstate(all="ignore"):
        loss = losses(logits, labels)
    loss = np.nan_to_num(loss, nan=MOST_LOSS, posinf=MOST_LOSS).clip(0, MOST_LOSS)
    return np.rint(loss * EXACT).astype(np.int64).sum()


def _bins(logits: np.ndarray, found: Answers, labels: np.ndarray) -> Part:
    """See binned(); answers that are no numbers count as sure of nothing, and as wrong."""
    with np.errstate(all="ignore"):
        chances = softmax(logits.astype(np.float64))
    chances[found.classes < 0] = 0
    return {f"bins_{name}": value for name, value in binned(chances, labels)._asdict().items()}


def _change(still: np.ndarray, changed: np.ndarray, size: np.ndarray) -> float:
    """max |f(Tx) - f(x)| / max |f(x)|, each over the classes, of the image where that is largest."""
    with np.errstate(all="ignore"):
        far = np.abs(np.where(still == changed, 0, changed - still)).max(1)
        share = np.where(far == 0, 0, far / size)
    return float(np.nan_to_num(share, nan=np.inf).max(initial=0))


def _seldom(progress: Callable[[int], None]) -> Tick:
    """A tick that calls progress at most every TICK seconds; what remains untold, the end of the task tells."""
    untold, last = 0, time.monotonic()

    def tick(count: int) -> None:
        nonlocal untold, last
        untold += count
        if time.monotonic() - last >= TICK:
            progress(untold)
            untold, last = 0, time.monotonic()

    return tick
