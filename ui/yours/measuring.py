"""A report that is made in the background: it goes on while the person looks elsewhere, and ends with the visit.

Nothing here speaks to a page, which looks at what there is from time to time.
"""

import copy
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from invariance import UserError
from invariance.datasets import Progress
from invariance.evaluation.tries import Understood
from invariance.model.apart import MOST_ALIVE
from invariance.number_words import time_left
from invariance.report.order import Order, Report
from invariance.report.subject import Data, Subject
from invariance.strangers_words import letters
from ui.own_models import Own, laid_out
from ui.turns import Turns
from ui.yours.labelled import Folder, Labelled, without_place

SECONDS = 90.0  # that a report takes, about, if the person doesn't say of how many images it is
AT_ONCE = 2  # reports that are worked on on this server
TURN_SECONDS = 120.0  # after which one that others wait for steps aside, and goes on when it is its turn again
# Processes of each: half of the cores, and half of the processes that there may be, are left for what people look at.
WORKERS = max(1, min((os.cpu_count() or 1) // 2, MOST_ALIVE // (2 * AT_ONCE)))
LOOK_SECONDS = 0.5  # between two looks at whether it is stopped, while others have their turn
BROKEN = "Something went wrong in this app; its log says what. What was measured until then is kept."

REPORTS = Turns(AT_ONCE)


@dataclass(frozen=True)
class Doing:
    """What is being done."""

    what: str
    units: str
    done: int
    total: int
    begun: float  # by time.monotonic(), and how much was done then
    done_before: int

    @property
    def words(self) -> str:
        done = self.done - self.done_before
        left = time_left(self.begun, time.monotonic(), done, self.total - self.done_before) if done > 0 else "…"
        return f"{self.what}: {self.done:,} of {self.total:,} {self.units}, {left}"


class _EnoughError(Exception):
    """It was stopped, or steps aside."""


class Measuring:
    """One report. It never refers to a page or a visit.

    first: findings of the first answer, None before; so too
    found: findings of all images so far.
    finished: whether there is nothing left to do.
    error: why it could not go on, in a sentence.
    doing: what is being done now.
    waits_for: how many other reports come first.
    """

    def __init__(self, opened: Callable[[Progress], Subject], count: int | None):
        """
        Args:
            opened: opens what is measured; it takes a while.
            count: of images; all if there are no more. None: as many as take SECONDS.
        """
        self.first: dict[str, Any] | None = None
        self.found: dict[str, Any] | None = None
        self.finished, self.error, self.doing, self.waits_for = False, "", None, 0
        self._opened, self._count = opened, count
        self._subject: Subject | None = None
        self._folder = Folder()  # of the parts that are done
        self._report = Report(Order(self._folder.path, workers=WORKERS))
        self._stopped, self._thread = threading.Event(), None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        return self.running and self._stopped.is_set()

    @property
    def best(self) -> dict[str, Any] | None:
        """The findings of most images."""
        return self.found if self.found and self.found["accuracy"] else self.first

    def go(self) -> None:
        """Start, or go on."""
        if not self.running:
            self._stopped.clear()
            self.error = ""
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop soon; what is done is kept, and go() goes on."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            while not (self.finished or self._stopped.is_set()):
                self._turn()
        except UserError as error:
            self.error = without_place(error, self._folder.path)
        except Exception:
            self.error = BROKEN
            raise
        finally:
            self.doing, self.waits_for = None, 0

    def _turn(self) -> None:
        """Wait for a turn, and work until all is done, it is stopped, or others have waited long enough."""
        one = REPORTS.join()
        try:
            while not REPORTS.wait(one, LOOK_SECONDS):
                self.waits_for = REPORTS.before(one)
                if self._stopped.is_set():
                    return
            self.waits_for, ends = 0, time.monotonic() + TURN_SECONDS
            if self._subject is None:
                self._subject = self._chosen(self._opened(partial(self._tell, "", units="preparations", ends=ends)))
            tell = partial(self._tell, units="answers", ends=ends)
            steps = self._report.go(self._subject, partial(tell, "First answer, "), partial(tell, ""))
            with closing(steps):
                for found in steps:
                    if found["run"]["quick"]:
                        self.first = found
                    else:
                        self.found = found
            self.finished, self._subject = True, None
        except _EnoughError:
            pass
        finally:
            REPORTS.leave(one)

    def _chosen(self, subject: Subject) -> Subject:
        """With the images that are measured, of all that there are."""
        count = self._report.fitting(subject, SECONDS) if self._count is None else self._count
        return subject._replace(images=subject.images.sample(count))

    def _tell(self, when: str, what: str, done: int, total: int, *, units: str, ends: float) -> None:
        if self._stopped.is_set() or (time.monotonic() > ends and REPORTS.waiting):
            raise _EnoughError
        before = self.doing
        if before is None or (before.units, before.total) != (units, total):
            before = Doing("", units, done, total, time.monotonic(), done)
        self.doing = replace(before, what=f"{when}{what}", done=done)


@dataclass(eq=False)
class Kept:
    """A report as a visit keeps it: when the visit ends or forgets it, it stops."""

    measuring: Measuring
    of: tuple[str, str]  # the network, see kept_of()

    def __post_init__(self):
        weakref.finalize(self, self.measuring.stop)


def kept_of(own: Own) -> tuple[str, str]:
    """What a report of a network is a report of: its name, and what is run."""
    return own.name, own.model.key


def opener(own: Own, images: Labelled | str) -> Callable[[Progress], Subject]:
    """What opens a network and images to measure it on; it doesn't keep own, with which the network's process ends.

    images: those of a person, or the name of a dataset, of which the test images are taken.
    """
    return partial(_opened, own.understood, own.files, own.choices, images)


def _opened(
    found: Understood,
    files: tuple[tuple[str, bytes], ...],
    choices: Mapping[str, Any],
    images: Labelled | str,
    progress: Progress,
) -> Subject:
    folder = Folder()
    data = Data(images, folder.path, progress) if isinstance(images, str) else images.data
    name = files[0][0]
    if found.dataset is not None:
        model = copy.copy(found.model)  # called as its file is, not as this visit calls it
        model.card = replace(model.card, title=letters(name.removesuffix(".onnx")))
        return data.of_understood(found._replace(model=model), name, sum(len(data) for _, data in files))
    with laid_out(files) as (apart, path):
        try:
            return data.subject(path, choices, apart, progress)
        finally:
            apart.close()
