"""The page Backpropagation: a number is picked by click and by arrow key, and steps lead back to the loss."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def kernel(tab, address):
    tab.goto(address + "backpropagation?back=kernel")
    tab.locator(".grids td.pickable").first.wait_for()
    return tab


def test_a_clicked_number_is_explained_and_its_makers_are_framed(kernel):
    grids = kernel.locator(".grids").first
    grids.locator("td.pickable").nth(5).click()
    expect(kernel.get_by_text("At row 1, column 2: ")).to_be_visible()
    image = grids.locator("table").first
    expect(image.locator("td.marked")).to_have_count(6 * 6)
    expect(image.locator("tr").nth(1).locator("td").nth(1)).not_to_have_class("marked")
    expect(image.locator("tr").nth(1).locator("td").nth(2)).to_have_class("marked")


def test_arrow_keys_pick_the_next_number_and_stop_at_the_edge(kernel):
    cells = kernel.locator(".grids").first.locator("td.pickable")
    cells.nth(4).click()
    expect(kernel.get_by_text("At row 1, column 1: ")).to_be_visible()
    cells.nth(4).press("ArrowDown")
    expect(kernel.get_by_text("At row 2, column 1: ")).to_be_visible()
    expect(cells.nth(7)).to_be_focused()
    cells.nth(7).press("ArrowDown")
    cells.nth(7).press("ArrowLeft")
    expect(kernel.get_by_text("At row 2, column 0: ")).to_be_visible()


def test_the_step_is_in_the_address(kernel):
    kernel.get_by_role("button", name="Step ▶").click()
    expect(kernel.get_by_text("With the kernel not turned")).to_be_visible()
    expect(kernel).to_have_url(re.compile("back=image"))
    kernel.get_by_role("button", name="◀ Back").click()
    expect(kernel.get_by_text("the correlation of input and δ")).to_be_visible()
