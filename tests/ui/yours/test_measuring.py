"""Reports in the background: first come, first served, stopped and gone on with, and gone with the visit."""

import gc
import tempfile
import threading
from types import SimpleNamespace

import pytest

from invariance import UserError
from tests.conftest import until
from ui.turns import Turns
from ui.yours import measuring
from ui.yours.measuring import BROKEN, Kept, Measuring

STEPS = 4  # of a report
SUBJECT = SimpleNamespace(images=SimpleNamespace(sample=lambda count: None), _replace=lambda images: SUBJECT)


class Played:
    """A report that does one step after the other as it is let, and goes on where it was."""

    def __init__(self, order):
        del order
        self.let, self.done, self.fails = threading.Semaphore(0), 0, None

    def go(self, subject, first, whole):
        del subject, first
        while self.done < STEPS:
            while not self.let.acquire(timeout=0.005):
                whole("Rotation", self.done, STEPS)  # a sign of life, at which it may be stopped
            if self.fails:
                raise self.fails
            self.done += 1
            yield {"run": {"quick": False, "complete": self.done == STEPS}, "accuracy": self.done}


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Nobody else's reports, one at a time."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(measuring, "Report", Played)
    monkeypatch.setattr(measuring, "REPORTS", Turns(1))
    monkeypatch.setattr(measuring, "LOOK_SECONDS", 0.005)


@pytest.fixture
def started():
    made = []

    def start():
        one = Measuring(lambda progress: SUBJECT, 10)
        made.append(one)
        one.go()
        return one, one._report

    yield start
    for one in made:
        one.stop()
        until(lambda one=one: not one.running)


def test_it_stops_and_goes_on_where_it_stopped(started):
    one, played = started()
    played.let.release(2)
    until(lambda: one.found and one.found["accuracy"] == 2 and one.doing)
    assert one.doing.words.startswith("Rotation: 2 of 4 answers")
    one.stop()
    until(lambda: not one.running)
    assert not one.finished
    assert one.doing is None
    assert one.best["accuracy"] == 2
    one.go()
    played.let.release(2)
    until(lambda: not one.running)
    assert one.finished
    assert played.done == STEPS
    assert one.found["run"]["complete"]


def test_who_waits_knows_for_how_many_and_can_be_stopped(started):
    (first, played), (second, _), (third, theirs) = (started() for _ in range(3))
    until(lambda: (second.waits_for, third.waits_for) == (1, 2))
    second.stop()
    until(lambda: not second.running and third.waits_for == 1)
    played.let.release(STEPS)
    theirs.let.release(STEPS)
    until(lambda: not third.running)
    assert [each.finished for each in (first, second, third)] == [True, False, True]


def test_one_that_takes_long_lets_others_go_before_it(started, monkeypatch):
    monkeypatch.setattr(measuring, "TURN_SECONDS", 0)
    long, played = started()
    played.let.release(1)
    until(lambda: long.found)
    short, theirs = started()
    until(lambda: long.waits_for == 1 or short.found)
    theirs.let.release(STEPS)
    until(lambda: not short.running)
    assert short.finished
    assert not long.finished
    played.let.release(STEPS)
    until(lambda: long.finished)
    assert played.done == STEPS


def test_why_it_can_t_go_on_is_said(started):
    one, played = started()
    played.fails = UserError(f"{one._folder.path}/parts.sqlite3 can't be used.")
    played.let.release(1)
    until(lambda: not one.running)
    assert one.error == "parts.sqlite3 can't be used."
    played.fails = None
    one.go()
    played.let.release(STEPS)
    until(lambda: not one.running)
    assert one.finished
    assert not one.error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_in_the_app_is_no_silent_end(started):
    one, played = started()
    played.fails = ZeroDivisionError()
    played.let.release(1)
    until(lambda: not one.running)
    assert one.error == BROKEN


def test_it_ends_with_the_visit_and_leaves_nothing(tmp_path):
    threads = threading.active_count()
    session = {"report": Kept(Measuring(lambda progress: SUBJECT, 10), ("yours", ""))}
    session["report"].measuring.go()
    until(lambda: session["report"].measuring.doing)
    assert len(list(tmp_path.iterdir())) == 1
    session.clear()
    until(lambda: threading.active_count() == threads)
    gc.collect()
    assert not list(tmp_path.iterdir())
