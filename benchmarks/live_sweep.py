"""The live rotation: from the end of a pen's line to all answers at all angles, and what a frame of dragging costs."""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Locator, Page

from benchmarks.browser import ROOT, browser, opened
from benchmarks.timing import Row

LINES = 12
QUIET_MS = 1500  # between two lines, for the page to come to rest

# From the pen's lifting until the frame shows the new image; the answers are put there just before it.
WATCH = """canvas => { window.swept = new Promise(done => addEventListener('pointerup', () => {
    const before = canvas.toDataURL(), began = performance.now();
    const look = () => canvas.toDataURL() === before ? requestAnimationFrame(look) : done(performance.now() - began);
    look();
}, { capture: true, once: true })); }"""

# Milliseconds a frame when the slider is dragged over all its places and back.
DRAG = """slider => {
    const places = Number(slider.max) + 1, began = performance.now();
    for (let frame = 0; frame < 2 * places; frame++) {
        slider.value = String(frame % places);
        slider.dispatchEvent(new Event('input'));
    }
    return (performance.now() - began) / (2 * places);
}"""


def line(page: Page, pad: Locator, number: int) -> float:
    """Draw a line; milliseconds from its end to the new answers."""
    page.locator(".sweep .frame").evaluate(WATCH)
    box = pad.bounding_box()
    x = box["x"] + box["width"] * (0.25 + 0.5 * number / LINES)
    y = box["y"] + box["height"] * 0.25
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + box["height"] * 0.4, steps=10)
    page.mouse.up()
    return page.evaluate("window.swept")


def measure() -> Iterator[Row]:
    with browser() as chromium, opened(chromium, ROOT / "app.py", "rotation") as (page, _):
        pad = page.locator(".pad canvas")
        page.locator(".sweep .answer").first.wait_for()
        times = []
        for number in range(LINES):
            page.wait_for_timeout(QUIET_MS)
            times.append(line(page, pad, number))
        networks = page.locator(".sweep .answer").count()
        frame = page.locator(".sweep .slider").evaluate(DRAG)
    what = f"of {networks} networks at 72 angles"
    yield Row(f"a line's end → answers {what}", statistics.median(times[1:]), "ms", "at most 250")
    yield Row("dragging: work for a frame", frame, "ms", "at most 16.7")
