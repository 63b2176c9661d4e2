"""Who does the tasks: this process, or children of it in which a stranger's model can harm nobody."""

import copy
import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, NamedTuple, Protocol

from invariance.model import Model, ModelError
from invariance.model.apart import MEMORY, Apart
from invariance.report.measure import Part, Task, measure

SECONDS = 10.0  # that one image may take
SLACK = 20.0  # seconds beside: for changing the images, and for what a machine does else
ENDLESS = 10.0**9  # seconds for all steps of a task together: each has its limit
WAIT = 0.3  # seconds between two looks at what the children tell

# Is told of a task's key how many answers there were since the last time. It may raise, which stops the work; so it is
# told of none, too, where a model is slow.
Heard = Callable[[Any, int], None]


class Done(NamedTuple):
    """A task, with what it came to, or why it didn't."""

    key: Any
    part: Part | None
    error: ModelError | None = None


class Pool(Protocol):
    """Does tasks, in any order."""

    workers: int

    def done(self, tasks: Iterable[tuple[Any, Task]], heard: Heard) -> Iterator[Done]:
        """What tasks, each with a key, come to; they are taken a few at a time. heard: see Heard."""

    def close(self) -> None:
        """Let all that runs be gone."""


class Here:
    """This process; for models that may be trusted, on CUDA where it is."""

    workers = 1

    def __init__(self, model: Model):
        self._model = model

    def done(self, tasks: Iterable[tuple[Any, Task]], heard: Heard) -> Iterator[Done]:
        for key, task in tasks:
            try:
                yield Done(key, measure(self._model, task, partial(heard, key)))
            except ModelError as error:
                yield Done(key, None, error)

    def close(self) -> None:
        pass


class Children:
    """So many processes, each with the model, of bounded memory and time, see Apart."""

    def __init__(self, model: Model, workers: int, memory: int = MEMORY, seconds: float = SECONDS):
        """memory: bytes for each; seconds: that one image may take."""
        self.workers = workers
        self._model = alone(model)
        self._seconds = seconds * model.batch_size + SLACK
        self._idle: queue.SimpleQueue[Apart] = queue.SimpleQueue()
        self._all = [Apart(model.card.title, memory) for _ in range(workers)]
        for each in self._all:
            self._idle.put(each)

    def done(self, tasks: Iterable[tuple[Any, Task]], heard: Heard) -> Iterator[Done]:
        told: queue.SimpleQueue[tuple[Any, int]] = queue.SimpleQueue()
        waiting: dict[Future, Any] = {}
        tasks = iter(tasks)
        executor = ThreadPoolExecutor(self.workers)
        try:
            while True:
                while len(waiting) < 2 * self.workers and (given := next(tasks, None)) is not None:
                    waiting[executor.submit(self._one, *given, told)] = given[0]
                if not waiting:
                    return
                finished, _ = wait(waiting, WAIT, FIRST_COMPLETED)
                heard(next(iter(waiting.values())), 0)
                while not told.empty():
                    heard(*told.get())
                for future in finished:
                    yield Done(waiting.pop(future), *future.result())
        finally:
            for future in waiting:
                future.cancel()
            if waiting:  # someone stopped: who is in the middle of a task isn't waited for
                self.close()
            executor.shutdown()

    def _one(self, key: Any, task: Task, told: queue.SimpleQueue) -> tuple[Part | None, ModelError | None]:
        apart = self._idle.get()
        try:
            return ask(apart, self._model, task, lambda count: told.put((key, count)), self._seconds), None
        except ModelError as error:
            return None, error
        finally:
            self._idle.put(apart)

    def close(self) -> None:
        for each in self._all:
            each.close()


def alone(model: Model) -> Model:
    """The model without the process it ran in, to be run in another."""
    single = copy.copy(model)
    single.apart = None
    return single


def ask(apart: Apart, model: Model, task: Task, heard: Callable[[int], None], seconds: float) -> Part:
    """What a task comes to in a child.

    Raises:
        ModelError: it took more than seconds from one sign of life to the next, wanted too much memory, or crashed.
    """
    part = apart.call(held, model.key, task, heard, progress=heard, seconds=seconds, in_all=ENDLESS)
    if part is None:  # the child is new
        apart.call(hold, model)
        part = apart.call(held, model.key, task, heard, progress=heard, seconds=seconds, in_all=ENDLESS)
    return part


_models: dict[str, Model] = {}  # in a child: the one that it holds


def hold(model: Model) -> None:
    """In a child: keep a model for the tasks to come."""
    _models.clear()
    _models[model.key] = model


def held(key: str, task: Task, progress: Callable[[int], None]) -> Part | None:
    """In a child: do a task with the model that it holds; None if that isn't the one."""
    return measure(_models[key], task, progress) if key in _models else None
