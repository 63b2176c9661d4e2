"""Long work is done a few at a time, first come, first served.

Were all answers begun at once, each would wait for all, and switching between them would take longer than the answers:
fifty people who draw on two cores got one answer in ten.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import streamlit as st


class Turns:
    """Who works, and who waits."""

    def __init__(self, at_once: int):
        self.at_once = at_once
        self._order: list[object] = []  # who works, and then who waits
        self._moved = threading.Condition()

    def __len__(self) -> int:
        return len(self._order)

    @property
    def waiting(self) -> bool:
        """Whether someone waits."""
        return len(self._order) > self.at_once

    def join(self) -> object:
        """Come to the end of the line. Who came must leave()."""
        with self._moved:
            self._order.append(one := object())
            return one

    def before(self, one: object) -> int:
        """How many have to leave until it is this one's turn; 0: it is."""
        with self._moved:
            return max(0, self._order.index(one) - self.at_once + 1)

    def wait(self, one: object, seconds: float | None = None) -> bool:
        """Wait until it is this one's turn, or so many seconds; whether it is."""
        with self._moved:
            return self._moved.wait_for(lambda: self._order.index(one) < self.at_once, seconds)

    def leave(self, one: object) -> None:
        """Let the next have its turn."""
        with self._moved:
            self._order.remove(one)
            self._moved.notify_all()


ANSWERS = Turns(os.cpu_count() or 1)


@contextmanager
def in_turn() -> Iterator[None]:
    """Do what takes long when it is this one's turn; the page says for how many others it waits."""
    one = ANSWERS.join()
    try:
        before = ANSWERS.before(one)
        others = "one other" if before == 1 else f"{before} others"
        said = st.spinner(f"Many are asking at once: your newest image is next after {others} …")
        with said if before > 0 else nullcontext():
            ANSWERS.wait(one)
        yield
    finally:
        ANSWERS.leave(one)
