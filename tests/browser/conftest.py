"""The real app in a real Chromium."""

import functools
import os
import re
import signal
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

from benchmarks.browser import ROOT, browser, served
from invariance import UserError

BUSY = (  # while a page is drawn; Streamlit's own sign of it comes only after half a second
    "[data-test-script-state]:not([data-test-script-state=notRunning]), [data-testid=stStatusWidget], "
    "[data-testid=stSkeleton], [data-testid=stAppSkeleton]"
)
STILL_MS, MOST_MS = 300, 60_000
OPENING_MS = 60_000  # a network of one's own is opened in a process of its own
PEOPLE = {  # whose browsers the tests use, and how these are
    "one": {"viewport": {"width": 1400, "height": 1000}},
    "another": {"viewport": {"width": 1400, "height": 1000}},
    "on a phone": {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True},
}
PAD = re.compile("^Drawing pad")  # its name, once it can be drawn on
ONE_NETWORK = "classify?networks=LeNet-5"
expect.set_options(timeout=20_000)  # ms; a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def chromium():
    try:
        with browser("--process-per-site") as found:  # a new page of the app goes on in the process of the last one
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


@pytest.fixture(scope="session")
def address(app) -> str:
    return app.address


@pytest.fixture(scope="session")
def context_of(chromium, address):
    """A function: a person's name -> their browser, which is theirs in all tests.

    A page of the app opens in it with half the work of a new one, in which all its code is read anew.
    """

    @functools.cache
    def found(name: str) -> BrowserContext:
        context = chromium.new_context(**PEOPLE[name])
        context.new_page().goto(f"{address}_stcore/health")  # a page that stays keeps the process
        return context

    return found


@contextmanager
def page_of(context: BrowserContext):
    """An empty page; in the end it is closed, and so are those that were opened beside it."""
    kept = context.pages
    yield context.new_page()
    for page in context.pages:
        if page not in kept:
            page.close()


@pytest.fixture
def tab(context_of) -> Page:
    """An empty page."""
    with page_of(context_of("one")) as page:
        yield page


@pytest.fixture
def other(context_of) -> Page:
    """An empty page of somebody else, who gets a link."""
    with page_of(context_of("another")) as page:
        yield page


@pytest.fixture
def phone(context_of) -> Page:
    """An empty page on a phone."""
    with page_of(context_of("on a phone")) as page:
        yield page


@pytest.fixture
def page(tab, address) -> Page:
    """The first page, with the example drawn."""
    tab.goto(address + ONE_NETWORK)
    tab.get_by_label(PAD).wait_for()
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
    found.wait_for(timeout=MOST_MS)
    before = None
    for _ in range(MOST_MS // STILL_MS):
        now = None if found.page.locator(BUSY).count() else found.bounding_box()
        if now and now == before:
            return now
        before = now
        found.page.wait_for_timeout(STILL_MS)
    raise AssertionError(f"{found} does not come to rest")
