"""A long day: visitors come, draw and go; what the server holds more than after the first of them."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import psutil

from benchmarks.browser import ROOT, Server, served
from benchmarks.load import PAGES, person
from benchmarks.timing import Row

VISITORS, STROKES_EACH, FIRST_STROKES = 50, 20, 100
# Streamlit keeps a visit that was cut off for two minutes, in case the visitor comes back; here for less.
KEPT_S = 5
QUIET_S = 60  # for visits that are over to be let go; see ui/upkeep.py


class Soak(NamedTuple):
    """What was measured."""

    grown: float  # MB from FIRST_STROKES to the end
    quiet: float  # MB from there to when all visitors have been gone for a while
    files: int  # open ones then, more than before the first visitor


async def soak(server: Server) -> Soak:
    process = psutil.Process(server.process.pid)
    await asyncio.sleep(QUIET_S / 4)  # until it has made ready
    files, first, held = process.num_fds(), 0.0, 0.0
    for visitor in range(VISITORS):
        async with person(server, visitor) as one:
            await one.open(list(PAGES.values())[visitor % len(PAGES)])
            for _ in range(STROKES_EACH):
                await one.draw()
                await one.rest()
        held = process.memory_info().rss / 1e6
        if (visitor + 1) * STROKES_EACH == FIRST_STROKES:
            first = held
    await asyncio.sleep(QUIET_S)
    return Soak(held - first, process.memory_info().rss / 1e6 - first, process.num_fds() - files)


def measure() -> Iterator[Row]:
    with served(ROOT / "app.py", STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=str(KEPT_S)) as server:
        found = asyncio.run(soak(server))
    strokes = f"from {FIRST_STROKES} strokes to {VISITORS * STROKES_EACH:,}, by {VISITORS} visitors"
    yield Row(f"memory grown {strokes}", found.grown, "MB", "at most 100")
    yield Row("memory grown since then, when all visitors are gone", found.quiet, "MB", "at most 100")
    yield Row("files that are open then and were not before the first came", found.files, "", "at most 10")
