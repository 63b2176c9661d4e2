"""Long answers are worked out a few at a time, first come, first served.

Were all begun at once, each would wait for all, and switching between them would take longer than the answers: fifty
people who draw on two cores got one answer in ten.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import streamlit as st

AT_ONCE = os.cpu_count() or 1

_order: list[object] = []  # who works, and then who waits
_moved = threading.Condition()


@contextmanager
def in_turn() -> Iterator[None]:
    """Do what takes long when it is this one's turn; the page says for how many others it waits."""
    one = object()
    with _moved:
        _order.append(one)
        before = len(_order) - AT_ONCE
    try:
        others = "one other" if before == 1 else f"{before} others"
        said = st.spinner(f"Many are asking at once: your newest image is next after {others} …")
        with said if before > 0 else nullcontext(), _moved:
            _moved.wait_for(lambda: _order.index(one) < AT_ONCE)
        yield
    finally:
        with _moved:
            _order.remove(one)
            _moved.notify_all()
