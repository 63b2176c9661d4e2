"""From starting the app to the first answers on its front page, in a real browser; and the memory it then takes."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser

from benchmarks.browser import ROOT, browser, opened
from benchmarks.timing import Row

STARTS = 3


def start(chromium: Browser, app: Path, place: str, ready: str) -> tuple[float, float]:
    """Seconds from the command until the page shows what `ready` selects, and the server's memory in MB then."""
    with opened(chromium, app, place) as (page, server):
        page.locator(ready).first.wait_for()
        return time.perf_counter() - server.started, psutil.Process(server.process.pid).memory_info().rss / 1e6


def measure() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\n\nst.title('Empty')\n")
        cases = [
            (ROOT / "app.py", "classify", ".pad canvas"),
            (ROOT / "app.py", "", ".sweep .answer"),
            (empty, "", "h1"),
        ]
        figures = [[start(chromium, *case) for case in cases] for _ in range(STARTS)]
    (usable, _), (answered, memory), (bare, _) = np.median(figures, axis=0)
    yield Row("app: from the command to the drawing pad", usable, "s", "at most 3")
    yield Row("app: from the command to the front page's answers", answered, "s")
    yield Row("app to the drawing pad ÷ an empty Streamlit page", usable / bare, "×")
    yield Row("app: memory of the server after the first answer", memory, "MB", "at most 400")
