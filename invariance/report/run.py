"""A plan carried out: parts go to whoever does them, and what is done is kept, added up and told."""

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache

from invariance.datasets.stream import Batch, Images
from invariance.evaluation.consistency import random_shifts
from invariance.model import Model
from invariance.report.comparison import MOST_IMAGES
from invariance.report.measure import RIGHT, Part, Task, sum_of
from invariance.report.plan import LOOKED_INTO, Plan, Step, shard_size
from invariance.report.pool import Pool
from invariance.report.store import Store, key_of
from invariance.transforms import TRANSFORMS
from invariance.versions import versions

BY_IMAGE = MOST_IMAGES  # up to which it is kept which of them are right
ONE_BY_ONE = 20_000  # images up to which one measure is done after the other, though they be decoded each time
DECODED_BYTES = 200_000_000  # of images that are kept as they were decoded, for the next measure
MOST_BROKEN = 3  # steps that may break a limit before nothing more is tried
EXAMPLES = 6  # amounts of a transform that are shown

Progress = Callable[[str, int, int], None]  # what is being done, answers so far, answers in all


@dataclass
class Total:
    """What one step comes to so far."""

    step: Step
    parts: int  # that it has in all
    sum: Part | None = None  # see MEASURES; without what has a column for each image
    by_image: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)  # name, number of the first image: columns
    starts: set[int] = field(default_factory=set)  # numbers of the first images of the parts that are done
    digests: dict[int, bytes] = field(default_factory=dict)  # sha256 of the pixels and labels of each part
    left_out: dict[int, list[str]] = field(default_factory=dict)  # lines about images that can't be read

    @property
    def complete(self) -> bool:
        return len(self.starts) == self.parts

    def add(self, start: int, part: Part) -> None:
        part = dict(part)
        if "loss" in part:
            part["loss"] = part["loss"].astype(object)  # Python's numbers: of many images int64 can't hold it
        if "digest" in part:
            self.digests[start] = part.pop("digest").tobytes()
            self.left_out[start] = part.pop("left_out").tolist()
        for name in RIGHT:
            if name in part:
                columns = part.pop(name)
                if self.step.count <= BY_IMAGE:
                    self.by_image.setdefault(name, {})[start] = columns
        self.sum = part if self.sum is None else sum_of([self.sum, part])
        self.starts.add(start)

    def columns(self, name: str) -> np.ndarray | None:
        """What each image came to, in the images' order; None where that isn't kept."""
        kept = self.by_image.get(name)
        return np.concatenate([kept[start] for start in sorted(kept)], -1) if kept else None


class Example(NamedTuple):
    """An image at some amounts of a transform, and what the model says."""

    amounts: tuple[float, ...]
    pictures: np.ndarray  # float32 (A, C, H, W) in [0, 1]
    probabilities: np.ndarray  # (A, classes)


class Layers(NamedTuple):
    """The errors of layers under a transform; see measure._layers()."""

    amount: float
    images: int
    found: Part


@dataclass
class Measured:
    """What a run came to so far."""

    plan: Plan
    totals: dict[Step, Total]
    examples: dict[str, Example] = field(default_factory=dict)
    layers: dict[str, Layers] = field(default_factory=dict)
    limits: list[str] = field(default_factory=list)  # sentences
    answers: int = 0  # of the model, in this run
    seconds: float = 0.0
    complete: bool = False

    def total(self, measure: str, name: str = "", reach: int | None = None) -> Total | None:
        """The total of a step that is complete; reach: of a shift."""
        for step, total in self.totals.items():
            asked = (step.measure, step.name) == (measure, name) and reach in (None, *step.amounts)
            if asked and total.complete and total.sum is not None and total.sum["n"]:
                return total
        return None


class Run:
    """A model measured on images.

    Example: for measured in Run(model, images, plan, pool, store).go(progress): look at what is complete.
    """

    def __init__(self, model: Model, images: Images, plan: Plan, pool: Pool, store: Store):
        self._model, self._images, self._plan, self._pool, self._store = model, images, plan, pool, store
        self._shape = model.card.shape
        self._size = shard_size(images.count, model.batch_size, self._shape)
        self._decoded: LRUCache = LRUCache(DECODED_BYTES, getsizeof=lambda batch: batch.images.nbytes)
        totals = {
            step: Total(step, len(range(0, step.count, self._size))) for step in plan.steps(images.count, self._shape)
        }
        self.measured = Measured(plan, totals)
        self._of = {step: images.sample(step.count) for step in totals}  # all, or so many drawn at random
        self._broken: set[Step] = set()
        self._versions = versions()
        self._shifts: dict[tuple[int, int], np.ndarray] = {}

    @property
    def begun(self) -> bool:
        """Whether an earlier run did some of it."""
        return self._store.get(self._key(next(iter(self.measured.totals)), 0)) is not None

    def go(self, progress: Progress, until: float = float("inf")) -> Iterator[Measured]:
        """Measure, step by step; who stops taking stops the work, and what is done is kept.

        Args:
            progress: called often with what is being done and how many answers of the model there are, of all.
            until: when no further part is begun, by time.monotonic().

        Yields:
            What is known, the same object each time, whenever a step is complete, and at the end.
        """
        begun, measured = time.monotonic(), self.measured
        everything = sum(step.count * step.answers for step in measured.totals)
        finished, running = 0, {}

        def tell(step: Step) -> None:
            progress(step.title, min(everything, finished + sum(running.values())), everything)

        def heard(key: tuple[Step, int], count: int) -> None:
            running[key] = running.get(key, 0) + count
            tell(key[0])

        for step, total in measured.totals.items():  # what an earlier run did
            for start in range(0, step.count, self._size):
                if (part := self._store.get(self._key(step, start))) is not None:
                    total.add(start, part)
                    finished += self._stop(step, start) * step.answers - start * step.answers
        tell(next((step for step, total in measured.totals.items() if not total.complete), step))
        yield measured
        for done in self._pool.done(self._tasks(until), heard):
            step, start = done.key
            running.pop(done.key, None)
            answers = (self._stop(step, start) - start) * step.answers
            finished += answers
            if done.error is not None:
                self._break(step, str(done.error))
            else:
                part = done.part | self._origin(step, start)
                self._store.put(self._key(step, start), part)
                measured.totals[step].add(start, part)
                measured.answers += answers
            measured.seconds = time.monotonic() - begun
            tell(step)
            if measured.totals[step].complete:
                yield measured
        if time.monotonic() < until:
            self._look_closer()
            measured.complete = not self._broken and all(total.complete for total in measured.totals.values())
        measured.seconds = time.monotonic() - begun
        yield measured

    def _tasks(self, until: float) -> Iterator[tuple[tuple[Step, int], Task]]:
        """All parts that are not done."""
        there = {step: set(total.starts) for step, total in self.measured.totals.items()}
        for step, start in self._parts():
            if time.monotonic() > until or len(self._broken) >= MOST_BROKEN:
                return
            if step not in self._broken and start not in there[step]:
                yield (step, start), self._task(step, start)

    def _parts(self) -> Iterator[tuple[Step, int]]:
        """All parts: one step after the other, so that one measure after the other is there. Of very many images all
        steps of some, and so on, so that they are decoded once."""
        steps, count = self.measured.totals, self._images.count
        if count > ONE_BY_ONE and count * math.prod(self._shape) > DECODED_BYTES:
            return ((step, start) for start in range(0, count, self._size) for step in steps if start < step.count)
        return ((step, start) for step in steps for start in range(0, step.count, self._size))

    def _stop(self, step: Step, start: int) -> int:
        return min(start + self._size, step.count)

    def _batch(self, images: Images, start: int, stop: int) -> Batch:
        key = images.key, start, stop
        if key not in self._decoded:
            batch = images.read(start, stop)
            if batch.images.nbytes > DECODED_BYTES:
                return batch
            self._decoded[key] = batch
        return self._decoded[key]

    def _task(self, step: Step, start: int) -> Task:
        batch = self._batch(self._of[step], start, self._stop(step, start))
        shifts = None
        if step.measure == "shift":
            key = step.count, int(step.amounts[0])
            if key not in self._shifts:
                self._shifts = {key: random_shifts(*key).astype(np.int8)}
            shifts = self._shifts[key][:, :, batch.numbers].astype(np.int64)
        return Task(step.measure, step.name, step.amounts, batch.images, batch.labels, batch.numbers, shifts)

    def _origin(self, step: Step, start: int) -> Part:
        """Of a part of the images as they are: digest, sha256 of the pixels and labels; left_out, lines of text."""
        if step.measure != "still":
            return {}
        batch = self._batch(self._of[step], start, self._stop(step, start))
        digest = hashlib.sha256(repr(batch.images.shape).encode())
        digest.update(np.ascontiguousarray(batch.images))
        digest.update(batch.labels.astype("<i8").tobytes())
        return {"digest": np.frombuffer(digest.digest(), np.uint8), "left_out": np.array(batch.problems, str)}

    def _key(self, step: Step, start: int) -> str:
        runs_on = (self._model.key, self._model.provider.name, self._versions)
        what = (*runs_on, self._of[step].key, step.measure, step.name, step.amounts)
        return key_of(*what, step.count if step.measure == "shift" else 0, start, self._stop(step, start))

    def _break(self, step: Step, why: str) -> None:
        if step not in self._broken:
            self._broken.add(step)
            self.measured.limits.append(f"{step.title}: {why}")

    def _look_closer(self) -> None:
        """The pictures with the model's answers, and the layers: small, and done anew each time."""
        still = next(iter(self.measured.totals.values()))
        first = self._batch(self._images, 0, self._stop(still.step, 0))
        if len(self._broken) or not len(first.labels):
            return
        part = self._store.get(self._key(still.step, 0))
        right = part["right"].argmax() if part is not None else 0  # the first that is right, or simply the first
        tasks = {}
        for name, amounts in self.measured.plan.transforms.items():
            one = slice(right, right + 1)
            shown = _shown(name, amounts)
            tasks["examples", name] = Task(
                "examples", name, shown, first.images[one], first.labels[one], first.numbers[one]
            )
        if self.measured.plan.layers:
            few = self._images.sample(LOOKED_INTO).read(0, LOOKED_INTO)
            moving = [name for name, transform in TRANSFORMS.items() if transform.moves_maps]
            # Those that are measured, or all where none of them moves what a map shows.
            for name in [name for name in moving if name in self.measured.plan.transforms] or moving:
                amount = TRANSFORMS[name].tells_most
                tasks["layers", name] = Task("layers", name, (amount,), few.images, few.labels, few.numbers)
        for done in self._pool.done(iter(tasks.items()), lambda key, count: None):
            measure, name = done.key
            task = tasks[done.key]
            if done.error is not None:
                self.measured.limits.append(f"{TRANSFORMS[name].title}, {measure}: {done.error}")
            elif measure == "examples":
                pictures = TRANSFORMS[name].apply_each(task.images[0].astype(np.float32) / 255, task.amounts)
                self.measured.examples[name] = Example(task.amounts, pictures, done.part["probabilities"][0])
            else:
                self.measured.layers[name] = Layers(task.amounts[0], len(task.images), done.part)


def _shown(name: str, amounts: tuple[float, ...]) -> tuple[float, ...]:
    """Some amounts of a transform, the neutral one among them, to look at."""
    transform = TRANSFORMS[name]
    if transform.severities:
        return (transform.neutral, *transform.severities)
    own = [amount for amount in amounts if amount in transform.amounts]
    circle = transform.period is not None  # after the last amount comes the first again
    places = np.linspace(0, len(own) - (not circle), min(EXAMPLES, len(own)), endpoint=not circle).round().astype(int)
    return tuple(sorted({transform.neutral, *(own[place] for place in places)}))
