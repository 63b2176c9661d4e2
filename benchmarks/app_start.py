"""From starting the app to the first answer on its first page, in a real browser; and the memory it then takes."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.timing import Row

ROOT = Path(__file__).parents[1]
STARTS = 3
LIMIT_S = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def start(browser: Browser, app: Path, ready: str) -> tuple[float, float]:
    """Seconds from the command until the page shows what `ready` selects, and the server's memory in MB then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = browser.new_context()  # without anything cached
    page = context.new_page()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless=true", f"--server.port={port}"]
    started = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None or time.perf_counter() - started > LIMIT_S:
                raise RuntimeError("the app did not start; run streamlit run app.py to see why")
            time.sleep(0.01)
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.locator(ready).first.wait_for(timeout=LIMIT_S * 1000)
        return time.perf_counter() - started, psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.terminate()
        server.wait(10)
        context.close()


def measure() -> Iterator[Row]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit(
            "The app's start is measured in a browser; install Debian's package chromium: apt-get install chromium"
        )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\n\nst.title('Empty')\n")
        cases = [(ROOT / "app.py", ".pad canvas"), (ROOT / "app.py", "[data-testid=answer]"), (empty, "h1")]
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = [[start(browser, *case) for case in cases] for _ in range(STARTS)]
        browser.close()
    (usable, _), (answered, memory), (bare, _) = np.median(found, axis=0)
    yield Row("app: from the command to the drawing pad", usable, "s", "at most 3")
    yield Row("app: from the command to the first answer", answered, "s")
    yield Row("app to the drawing pad ÷ an empty Streamlit page", usable / bare, "×")
    yield Row("app: memory of the server after the first answer", memory, "MB", "at most 400")
