"""The app as a person meets it: started by the command, opened in a real browser. The browser's tests use it too."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Error, Page, sync_playwright

from invariance import UserError
from invariance.evaluation.records import ROOT

LIMIT_S = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DOWNLOAD = [sys.executable, "-m", "playwright", "install", "chromium"]  # does nothing where that is done
DOWNLOAD_LIMIT_S = 300  # for some 150 MB
INSTALL = "The app is tried in a browser; install Debian's package chromium: apt-get install chromium"
RAISED = "Uncaught app execution"  # Streamlit's words in its log before what a page raised


class Server(NamedTuple):
    """A running app."""

    address: str  # where it answers
    process: subprocess.Popen
    started: float  # when the process was, by time.perf_counter()


def find_chromium() -> str | None:
    """The path of this machine's Chromium; None where Playwright's own serves, which is downloaded if need be.

    Raises:
        UserError: there is neither.
    """
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None and not _downloaded():
        raise UserError(f"{INSTALL} (Playwright could not download its own)")
    return path


def _downloaded() -> bool:
    """Let Playwright download its browser, unless it has it; whether it has it then."""
    silent = subprocess.DEVNULL
    download = subprocess.Popen(DOWNLOAD, stdout=silent, stderr=silent, start_new_session=True)
    try:
        return download.wait(DOWNLOAD_LIMIT_S) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if download.poll() is None:
            os.killpg(download.pid, signal.SIGKILL)  # with the processes that it started
            download.wait()


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    """A Chromium. flags: of its command line, beside those that it always gets.

    Raises:
        UserError: there is none, and none could be downloaded.
    """
    path = find_chromium()
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        except Error as error:
            if path is not None:
                raise
            raise UserError(f"{INSTALL} (Playwright's own does not start here)") from error
        yield launched
        launched.close()


@contextmanager
def served(app: Path, **environment: str) -> Iterator[Server]:
    """Start an app with `streamlit run` and end it. environment: variables that are set for it.

    Raises:
        RuntimeError: it did not start, or one of its pages raised an exception; with its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless=true", f"--server.port={port}"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            started = time.perf_counter()
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out)
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - started > LIMIT_S:
                    raise RuntimeError(f"the app did not start:\n{log.read_text()}")
                time.sleep(0.01)
            yield Server(f"http://127.0.0.1:{port}/", process, started)
        finally:
            process.terminate()
            process.wait(LIMIT_S)
        # A closed browser makes Streamlit complain about its socket, too: that is no error.
        _, raised, what = log.read_text().partition(RAISED)
        if raised:
            raise RuntimeError(f"a page of the app raised an exception:\n{what}")


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def opened(browser: Browser, app: Path, place: str = "") -> Iterator[tuple[Page, Server]]:
    """Start an app and open it at place, with nothing cached."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(LIMIT_S * 1000)
    with served(app) as server:
        page.goto(server.address + place, wait_until="commit")
        yield page, server
    context.close()
