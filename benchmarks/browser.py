"""The app as a person meets it: started by the command, opened in a real browser."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
LIMIT_S = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Opened(NamedTuple):
    """A page, the process that serves it, and when that was started (time.perf_counter())."""

    page: Page
    server: subprocess.Popen
    started: float


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium of this machine."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The app is measured in a browser; install Debian's package chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@contextmanager
def opened(browser: Browser, app: Path, place: str = "") -> Iterator[Opened]:
    """Start an app and open it at place, with nothing cached."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(LIMIT_S * 1000)
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
        page.goto(f"http://127.0.0.1:{port}/{place}", wait_until="commit")
        yield Opened(page, server, started)
    finally:
        server.terminate()
        server.wait(10)
        context.close()
