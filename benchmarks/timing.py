"""Time things in turns, so that a busy moment of the machine hits all of them alike."""

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

PAUSE_S = 0.05


class Row(NamedTuple):
    """One line of the table."""

    what: str  # is measured
    value: float
    unit: str
    budget: str = ""  # "at most 1.5" or "at least 3"; "" where none is set

    def as_dict(self) -> dict[str, Any]:
        """For JSON and tables, with whether the budget is kept."""
        verdict = ""
        if self.budget:
            word, limit = self.budget.removeprefix("at ").split()
            verdict = "yes" if (self.value <= float(limit) if word == "most" else self.value >= float(limit)) else "no"
        return {
            "what": self.what,
            "value": float(f"{self.value:.3g}"),
            "unit": self.unit,
            "budget": self.budget,
            "kept": verdict,
        }


def in_turns(calls: list[Callable[[], object]], rounds: int, repeats: int = 1) -> list[float]:
    """Median seconds of one call of each, over rounds in which each is called repeats times in turn.

    Each turn starts with a pause and a call that is not counted: the threads of whatever ran before keep a core busy
    for some milliseconds after it, and what is called for the first time is slow.
    """
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, seconds in zip(calls, times, strict=True):
            time.sleep(PAUSE_S)
            call()
            started = time.perf_counter()
            for _ in range(repeats):
                call()
            seconds.append((time.perf_counter() - started) / repeats)
    return [statistics.median(each) for each in times]
