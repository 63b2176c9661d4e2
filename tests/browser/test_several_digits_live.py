"""The wide canvas on the page Translation: drawn on with the mouse, its maps follow."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import at_rest

HEIGHT = 56  # pixels of the canvas
MAP = re.compile(r"Evidence for an? (\d): at most (-?[\d.]+), at row (\d+), column (\d+)")
SEVEN = [(-0.14, -0.17), (0.14, -0.17), (-0.02, 0.17)]  # about its middle, in heights of the pad
THREE = [(-0.1, -0.14), (0, -0.18), (0.1, -0.13), (0.09, -0.05), (0, 0), (0.1, 0.05), (0.12, 0.12), (0.03, 0.18)]
THREE += [(-0.1, 0.15)]
NEAR = 7  # pixels: a digit's middle is not quite where it is recognised best


@pytest.fixture
def wide(tab, address):
    tab.goto(address + "translation?see=Several+digits")
    pad(tab).wait_for()
    tab.locator(".evidence img").first.wait_for()
    expect(tab.get_by_test_id("verdict")).to_have_text(re.compile("sees a 3, a 7 and an 8"))  # it moves the pad down
    return tab


def pad(page):
    return page.get_by_label(re.compile("Wide drawing pad"))


def draw(page, shape, x, y):
    """A line about a place, in heights of the pad."""
    pad(page).scroll_into_view_if_needed()
    box = at_rest(pad(page))
    points = [(box["x"] + (x + dx) * box["height"], box["y"] + (y + dy) * box["height"]) for dx, dy in shape]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


def mark(page, digit):
    """The largest value of a digit's map, its row and its column."""
    alt = page.locator(f'.evidence img[alt*=" {digit}: "]').get_attribute("alt")
    _, value, row, column = MAP.fullmatch(alt).groups()
    return float(value), int(row), int(column)


def ahead(page, *digits):
    """Wait until these are in a frame, and no others."""
    expect(page.locator(".evidence .ahead b")).to_have_text([str(digit) for digit in digits])


def near(place, x, y):
    _, row, column = place
    return max(abs(row - y * HEIGHT), abs(column - x * HEIGHT)) <= NEAR


def test_the_maps_follow_what_is_drawn(wide):
    ahead(wide, 3, 7, 8)
    draw(wide, SEVEN, 2.3, 0.6)  # beyond what a square pad would hold
    ahead(wide, 7)
    expect(wide.get_by_text("vanish as soon as you draw")).to_have_count(0)
    assert near(first := mark(wide, 7), 2.3, 0.6)
    wide.locator(".pad", has=pad(wide)).get_by_role("button", name="Clear").click()
    expect(wide.get_by_text("The canvas is empty")).to_be_visible()
    draw(wide, SEVEN, 0.8, 0.4)
    ahead(wide, 7)
    assert near(second := mark(wide, 7), 0.8, 0.4)
    assert abs(second[0] - first[0]) < 0.25 * first[0]  # drawn by hand again: nearly the same pixels


def test_the_drawing_survives_another_page_and_is_in_the_link(wide, other):
    draw(wide, SEVEN, 2.3, 0.6)
    ahead(wide, 7)
    wide.wait_for_url("**wide=**")
    before, pixels = mark(wide, 7), pad(wide).evaluate("canvas => canvas.toDataURL()")
    wide.get_by_role("link", name="Backpropagation").click()
    wide.get_by_text("Who is to blame for a mistake?").wait_for()
    wide.get_by_role("link", name="Translation").click()
    ahead(wide, 7)
    assert mark(wide, 7) == before
    assert pad(wide).evaluate("canvas => canvas.toDataURL()") == pixels
    wide.wait_for_url("**wide=**")
    other.goto(wide.url)
    other.locator(".evidence img").first.wait_for()
    ahead(other, 7)
    assert mark(other, 7) == before


def test_a_shift_moves_every_mark_and_keeps_every_value(wide):
    ahead(wide, 3, 7, 8)
    before = [mark(wide, digit) for digit in range(10)]
    slider = wide.get_by_role("slider", name="Shift right, in pixels")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(wide.get_by_text("Shifted by 3 px: 10 of 10 marks")).to_be_visible()
    assert [mark(wide, digit) for digit in range(10)] == [(value, row, column + 3) for value, row, column in before]


def test_the_pad_is_wide_and_so_is_its_map(wide):
    box, picture = at_rest(pad(wide)), at_rest(wide.locator(".evidence img").first)
    assert box["width"] / box["height"] == pytest.approx(3, rel=0.02)
    assert picture["width"] / picture["height"] == pytest.approx(3, rel=0.03)
    drawn = pad(wide).evaluate("canvas => [canvas.width, canvas.height]")
    assert drawn == [2040, 680]


def test_two_digits_drawn_side_by_side_are_both_ahead(wide):
    draw(wide, THREE, 0.6, 0.5)
    draw(wide, SEVEN, 1.9, 0.4)
    ahead(wide, 3, 7)
    assert near(mark(wide, 7), 1.9, 0.4)
    assert near(mark(wide, 3), 0.6, 0.5)
