"""Memory of the running app: after its first page, and after everything a person can ask of it."""

from collections.abc import Iterator
from itertools import count

import psutil
from playwright.sync_api import Page

from benchmarks.browser import ROOT, browser, opened
from benchmarks.timing import Row
from invariance.datasets import DATASETS, data_dir
from invariance.evaluation import records
from invariance.model import Model

STROKES = 300
QUIET_MS = 400  # for a page to come to rest
LIMIT_MS = 300_000  # for a network to answer its whole test set, on a busy machine


def megabytes(server: psutil.Process) -> float:
    """What the server holds now."""
    return server.memory_info().rss / 1e6


def rest(page: Page) -> None:
    """Wait until nothing runs."""
    page.wait_for_timeout(QUIET_MS)
    page.locator(
        '[data-testid="stStatusWidget"], [data-testid="stSpinner"], [data-testid="stSkeleton"]'
    ).first.wait_for(state="detached", timeout=LIMIT_MS)
    page.wait_for_timeout(QUIET_MS)


def every_page(page: Page) -> None:
    """Open every page of the menu."""
    links = page.locator('[data-testid="stSidebarNavLink"]')
    for number in range(links.count()):
        links.nth(number).click()
        rest(page)


def whole_test_sets(page: Page, address: str) -> Iterator[int]:
    """Ask every network about its whole test set, by what each gets wrong; gives how many have answered."""
    answered = count(1)
    for dataset in DATASETS.values():
        if dataset.fetch is None or dataset.missing("test", data_dir()):
            continue  # made by code, or not on this machine
        what = {"mnist": "Digits", "cifar10": "Objects"}[dataset.name]
        page.goto(f"{address}classify?what={what}&source=Test+set")
        rest(page)
        chooser = page.get_by_role("combobox", name="Show")
        # Not as the list is shown, which holds only those that are in sight.
        for card in (Model(path).card for path in records.models()):
            if card.dataset == dataset.name:
                chooser.click()
                chooser.fill(f"what {card.title} gets wrong")
                page.get_by_role("option").first.wait_for()
                chooser.press("Enter")
                rest(page)
                yield next(answered)


def strokes(page: Page, address: str) -> None:
    """Draw on the page Rotation, where every stroke is asked at 72 angles."""
    page.goto(f"{address}rotation")
    pad = page.locator(".pad canvas")
    pad.wait_for()
    rest(page)
    box = pad.bounding_box()
    for number in range(STROKES):
        x = box["x"] + box["width"] * (0.2 + 0.6 * (number * 0.618 % 1))
        y = box["y"] + box["height"] * (0.2 + 0.4 * (number * 0.382 % 1))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 8, y + box["height"] * 0.2, steps=3)
        page.mouse.up()
        page.wait_for_timeout(QUIET_MS)
        if number % 10 == 9:  # the pad holds a limited number of lines
            page.get_by_role("button", name="Clear").click()
            rest(page)


def measure() -> Iterator[Row]:
    with browser() as chromium, opened(chromium, ROOT / "app.py", "classify") as (page, app):
        page.locator("[data-testid=answer]").first.wait_for()
        rest(page)
        server, address = psutil.Process(app.process.pid), app.address
        yield Row("memory of the server after the first page", megabytes(server), "MB", "at most 400")
        every_page(page)
        pages = megabytes(server)
        answered = max(whole_test_sets(page, address), default=0)
        asked = megabytes(server)
        strokes(page, address)
        yield Row("memory after every page", pages, "MB")
        yield Row(f"memory after {answered} networks answered their test sets", asked, "MB")
        what = f"memory after every page, {answered} test sets and {STROKES} strokes"
        yield Row(what, megabytes(server), "MB", "at most 800")
