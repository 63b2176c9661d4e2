"""The real app in a real Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
START_LIMIT_S = 60
ONE_NETWORK = "?networks=LeNet-5"
expect.set_options(timeout=20_000)  # ms; a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs a browser; install Debian's package chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class App(NamedTuple):
    """The running app: where it answers, and its process."""

    address: str
    process: subprocess.Popen


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app, started once for all tests."""
    with started(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def fresh_app(tmp_path):
    """The app, started for one test that must be its first visitor."""
    with started(tmp_path) as running:
        yield running


@contextmanager
def started(folder: Path) -> Iterator[App]:
    """The app, started with `streamlit run app.py` on a machine without data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ | {"INVARIANCE_DATA": str(log.parent)},
            stdout=out,
            stderr=out,
        )
    begun = time.monotonic()
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() - begun < START_LIMIT_S, log.read_text()
                time.sleep(0.1)
        yield App(f"http://127.0.0.1:{port}/", server)
    finally:
        server.terminate()
        server.wait(10)
    text = log.read_text()
    # Streamlit's own words before what a page raised; a closed browser makes it complain about its socket too.
    mark = "Uncaught app execution"
    assert mark not in text, text[text.index(mark) :]


@pytest.fixture
def address(app) -> str:
    return app.address


@pytest.fixture
def page(chromium, address) -> Page:
    """The first page, with the example drawn."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(address + ONE_NETWORK)
    page.locator(".pad canvas").wait_for()
    yield page
    context.close()


@contextmanager
def stopped(process):
    """While this lasts the server answers nothing."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
