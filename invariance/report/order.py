"""A report from beginning to end: a first answer in seconds, then the whole, step by step, compared and judged."""

import time
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.model.apart import MEMORY
from invariance.report import comparison, judging, requirements
from invariance.report.findings import findings
from invariance.report.measure import Task
from invariance.report.plan import CHOICES, Plan, plan
from invariance.report.pool import SECONDS, Children, Here, Pool
from invariance.report.run import Progress, Run
from invariance.report.store import Store
from invariance.report.subject import Subject

FIRST, FIRST_SECONDS = 200, 10  # images of the first answer, and how long it may take
FEWEST = 20  # images that it is of at least
TIMED, MOST_TIMED = 8, 512  # images that tell how fast a model is: the fewest, and from how many on there are enough
TIMED_SECONDS = 0.2  # that they take at least, if there are as many


@dataclass(frozen=True)
class Order:
    """What a report is to be of."""

    output: Path  # folder in which parts are kept
    measures: Sequence[str] = CHOICES
    requirements: Sequence[str] = ()
    strict: bool = True  # whether the end of the interval must hold, not only the value
    compare: Path | None = None  # an earlier report.json, or another model
    workers: int = 1
    memory: int = MEMORY  # bytes that the model may take in each process
    seconds: float = SECONDS  # that an image may take
    trust: bool = False  # run the model in this process, on CUDA where it is
    ray: str | None = None  # address of a cluster, "" for one that is started here; None: no cluster


class Report:
    """One report. Wrong requirements are refused before anything is measured."""

    def __init__(self, order: Order):
        """Raises: UserError: a requirement makes no sense, or the report to compare with can't be read."""
        self.order = order
        self._required = [requirements.parse(text, compared=order.compare is not None) for text in order.requirements]
        self._before: dict[str, Any] | None = None
        if order.compare is not None and not order.compare.is_file():
            raise UserError(f"There is no file {order.compare}. Name another model.onnx or an earlier report.json.")
        if order.compare is not None and order.compare.suffix.lower() == ".json":
            self._before = comparison.read(order.compare)
            judging.check_comparable(self._required, self._before)

    def plan(self, subject: Subject) -> Plan:
        """What is measured of a subject: what is asked for, and what the requirements need."""
        needs = requirements.needs(self._required)
        return plan(self.order.measures, subject.model.card.shape, needs.amounts, needs.shifts)

    def fitting(self, subject: Subject, seconds: float) -> int:
        """How many images of a subject are measured in about so many seconds, but at least FEWEST, or all."""
        todo = self.plan(subject)
        with closing(self._pool(subject)) as pool:
            most = _speed(subject, pool) * seconds
        count = bisect(range(subject.images.count + 1), most, key=lambda count: _answers(subject, todo, count)) - 1
        return min(max(FEWEST, count), subject.images.count)

    def go(
        self,
        subject: Subject,
        first: Progress,
        whole: Progress,
        opened: Callable[[Path], Subject] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Measure.

        Args:
            subject: what, on what.
            first, whole: called with what is done for the first answer, and for the whole; see Progress.
            opened: opens a model to compare with, for the same images.

        Yields:
            Findings, ever more: the first answer ("quick"), then those of each step that is done, and the whole, with
            the comparison and the requirements, at the end. Who stops taking stops the work; what is done is kept.
        """
        todo = self.plan(subject)
        with closing(Store(self.order.output)) as store, closing(self._pool(subject)) as pool:
            if not Run(subject.model, subject.images, todo, pool, store).begun:
                yield from self._first(subject, todo, pool, store, first)
            found: dict[str, Any] = {}
            for found in _found(subject, todo, pool, store, whole):
                if not found["run"]["complete"]:
                    yield found
            before = self._before
            if self.order.compare is not None and before is None:
                before = self._other(opened(self.order.compare), todo, store, whole)
            if before is not None:
                found["comparison"] = comparison.compare(found, before)
            judged = [judging.judge(each, found, strict=self.order.strict) for each in self._required]
            yield found | {"requirements": judged}

    def _pool(self, subject: Subject) -> Pool:
        order = self.order
        if order.ray is not None:
            from invariance.report.cluster import Cluster  # late: Ray is installed by who wants it

            return Cluster(subject.model, order.ray, order.memory, order.seconds)
        if order.trust:
            return Here(subject.model)
        return Children(subject.model, order.workers, order.memory, order.seconds)

    def _first(
        self, subject: Subject, todo: Plan, pool: Pool, store: Store, progress: Progress
    ) -> Iterator[dict[str, Any]]:
        """The first answer: of FIRST images, or as many as take FIRST_SECONDS; none where the whole comes as soon."""
        begun = time.monotonic()
        most = _speed(subject, pool) * FIRST_SECONDS
        if _answers(subject, todo, subject.images.count) < 2 * most:
            return
        few = todo.quick(most / FIRST)
        count = max(FEWEST, min(FIRST, int(most / few.answers)))
        sample = subject._replace(images=subject.images.sample(count))
        *_, found = _found(sample, few, pool, store, progress, begun + FIRST_SECONDS, quick=True)
        if found["accuracy"] is not None:
            yield found

    def _other(self, subject: Subject, todo: Plan, store: Store, progress: Progress) -> dict[str, Any]:
        """Findings of the model to compare with."""
        with closing(self._pool(subject)) as pool:
            *_, found = _found(subject, todo, pool, store, progress)
        return found


def _found(
    subject: Subject,
    todo: Plan,
    pool: Pool,
    store: Store,
    progress: Progress,
    until: float = float("inf"),
    *,
    quick: bool = False,
) -> Iterator[dict[str, Any]]:
    run = Run(subject.model, subject.images, todo, pool, store)
    for measured in run.go(progress, until):
        yield findings(subject, measured, pool.workers, quick=quick)


def _answers(subject: Subject, todo: Plan, count: int) -> int:
    """How often the model is asked when so many images are measured."""
    return sum(step.count * step.answers for step in todo.steps(count, subject.model.card.shape))


def _speed(subject: Subject, pool: Pool) -> float:
    """Answers of the model in a second, about: timed on ever more images, until that takes long enough to tell."""

    def timed(count: int) -> float:
        batch = subject.images.read(0, count)
        task = Task("still", "", (), batch.images, batch.labels, batch.numbers)
        begun = time.monotonic()
        for _ in pool.done([(number, task) for number in range(pool.workers)], lambda key, count: None):
            pass
        return time.monotonic() - begun

    count = min(TIMED, subject.images.count)
    timed(count)  # the processes start
    while (seconds := timed(count)) < TIMED_SECONDS and count < min(MOST_TIMED, subject.images.count):
        count = min(4 * count, subject.images.count)
    return pool.workers * count / max(seconds, 1e-3)
