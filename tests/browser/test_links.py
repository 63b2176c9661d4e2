"""A link shows in another browser what its sender saw: the same picture and the same verdict line, on every page."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import BUSY, at_rest
from tests.browser.test_classify import SEVEN, draw

SIZE = {"width": 1366, "height": 768}
STILL_MS, MOST_MS = 400, 60_000
TOLD_MS = 500  # a widget tells the server up to 400 ms after the last key
EDGES = 50  # pixels of rounded edges that one drawing and the next may round otherwise
TRIES = 12
SEEN = 64  # of 255: what differs by less is not seen


def show(page: Page, place: str) -> None:
    """Open a place on a page on which nothing moves by itself."""
    page.set_viewport_size(SIZE)
    page.emulate_media(reduced_motion="reduce")
    page.goto(place)
    at_rest(page.get_by_test_id("verdict").first)


def screen(page: Page) -> np.ndarray:
    """The first screen (H, W, 3) in 0 to 255, once it has stopped changing."""
    page.evaluate("document.activeElement?.blur()")
    page.mouse.move(0, 0)
    before = b""
    for _ in range(MOST_MS // STILL_MS):
        now = page.screenshot(animations="disabled", caret="hide")
        if now == before and not page.locator(BUSY).count():
            return np.asarray(Image.open(io.BytesIO(now)).convert("RGB")).astype(int)
        before = now
        page.wait_for_timeout(STILL_MS)
    raise AssertionError(f"{page.url} does not come to rest")


def unlike(one: np.ndarray, other: np.ndarray) -> int:
    """How many pixels of two screens are seen to differ, also if what is there lay a row higher or lower: half a pixel
    is rounded up in one drawing and down in the next."""
    near = [np.abs(one - np.roll(other, rows, 0)).max(2) for rows in (-1, 0, 1)]
    return int((np.min(near, 0) > SEEN).sum())


def radio(name: str):
    return lambda page: page.get_by_role("radio", name=name, exact=True).first.click()


def steps(key: str, count: int, control: str = ".slider"):
    """Press a key on a control so many times."""

    def press(page: Page) -> None:
        page.locator(control).first.focus()
        for _ in range(count):
            page.keyboard.press(key)

    return press


def seven(page: Page) -> None:
    draw(page, SEVEN)


# What a person does on each page before the link is copied.
DONE = {
    "": [],
    "classify": [seven, radio("Energies (logits)")],
    "rotation": [seven, steps("ArrowRight", 9)],
    "translation": [radio("Samples"), steps("ArrowRight", 3, ".shifts canvas[tabindex]")],
    "changes": [radio("Samples"), steps("ArrowRight", 4)],
    "convolution": [lambda page: page.get_by_role("button", name="Step", exact=False).first.click()],
    "pooling": [steps("ArrowRight", 2)],
    "inside": [seven, radio("Kernels")],
    "symmetry": [radio("Samples")],
    "linear": [lambda page: page.get_by_role("radio").nth(1).click()],
    "backpropagation": [lambda page: page.get_by_role("button", name="Step ▶").click()],
    "sources": [radio("Halbreich")],
    "training": [radio("Objects")],
}


@pytest.mark.parametrize("place", DONE)
def test_a_link_shows_another_browser_the_same(place, tab, other, address):
    show(tab, address + place)
    for act in DONE[place]:
        act(tab)
        tab.wait_for_timeout(TOLD_MS)
        screen(tab)
    said = tab.get_by_test_id("verdict").first.inner_text()
    show(other, tab.url)
    expect(other.get_by_test_id("verdict").first).to_have_text(said)
    # A busy machine may leave a page still before it is whole.
    assert any(unlike(screen(tab), screen(other)) < EDGES for _ in range(TRIES))
