"""The real app in a real Chromium."""

import os
import signal
from contextlib import contextmanager

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from benchmarks.browser import ROOT, browser, served
from invariance import UserError

BUSY = "[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-testid=stAppSkeleton]"  # while a page is drawn
STILL_MS, MOST_MS = 300, 60_000
ONE_NETWORK = "classify?networks=LeNet-5"
expect.set_options(timeout=20_000)  # ms; a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def chromium():
    try:
        with browser() as found:
            yield found
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app on a machine without data, started once for all tests."""
    with served(ROOT / "app.py", INVARIANCE_DATA=str(tmp_path_factory.mktemp("data"))) as running:
        yield running


@pytest.fixture
def fresh_app(tmp_path):
    """The app on a machine without data, started for one test that must be its first visitor."""
    with served(ROOT / "app.py", INVARIANCE_DATA=str(tmp_path)) as running:
        yield running


@pytest.fixture
def address(app) -> str:
    return app.address


@pytest.fixture
def tab(chromium) -> Page:
    """An empty page."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab, address) -> Page:
    """The first page, with the example drawn."""
    tab.goto(address + ONE_NETWORK)
    tab.locator(".pad canvas").wait_for()
    return tab


@contextmanager
def stopped(process):
    """While this lasts the server answers nothing."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def at_rest(found: Locator) -> FloatRect:
    """Where an element is once the page is drawn and nothing moves it any more: a gesture must not miss it."""
    before = None
    for _ in range(MOST_MS // STILL_MS):
        now = found.bounding_box()
        if now and now == before and not found.page.locator(BUSY).count():
            return now
        before = now
        found.page.wait_for_timeout(STILL_MS)
    raise AssertionError(f"{found} does not come to rest")
