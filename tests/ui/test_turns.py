"""Long answers: a few at a time, first come, first served."""

import threading
import time

import pytest

from ui.turns import ANSWERS, Turns, in_turn


def wait_until(holds):
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


def test_no_more_at_once_than_may_be_and_in_the_order_in_which_they_came(monkeypatch):
    monkeypatch.setattr(ANSWERS, "at_once", 2)
    begun, may_end = [], [threading.Event() for _ in range(6)]

    def work(number):
        with in_turn():
            begun.append(number)
            may_end[number].wait(10)

    workers = []
    for number in range(6):
        workers.append(threading.Thread(target=work, args=(number,)))
        workers[-1].start()
        wait_until(lambda: len(ANSWERS) == len(workers))
    wait_until(lambda: len(begun) == 2)
    for ended, expected in ((1, [0, 1, 2]), (0, [0, 1, 2, 3]), (3, [0, 1, 2, 3, 4])):
        may_end[ended].set()
        wait_until(lambda expected=expected: begun == expected)
        time.sleep(0.01)
        assert begun == expected
    for each in may_end:
        each.set()
    for worker in workers:
        worker.join(10)
    assert begun == [0, 1, 2, 3, 4, 5]
    assert not len(ANSWERS)


def test_one_that_fails_leaves_its_place(monkeypatch):
    monkeypatch.setattr(ANSWERS, "at_once", 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), in_turn():
            1 / 0  # noqa: B018
    with in_turn():
        assert len(ANSWERS) == 1


def test_who_waits_knows_for_how_many_and_may_leave():
    turns = Turns(1)
    assert not turns.waiting
    first, second, third = (turns.join() for _ in range(3))
    assert [turns.before(one) for one in (first, second, third)] == [0, 1, 2]
    assert [turns.wait(one, 0) for one in (first, second, third)] == [True, False, False]
    assert turns.waiting
    turns.leave(second)
    assert turns.before(third) == 1
    turns.leave(first)
    assert turns.wait(third, 0)
    assert not turns.waiting
