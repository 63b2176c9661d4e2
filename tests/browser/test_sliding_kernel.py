"""The pages Convolution and Pooling: a window that is stepped, a kernel that is edited, a circle that is dragged."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from invariance.operators.convolution import convolve
from invariance.operators.kernels import KERNELS
from invariance.operators.shapes import vertical_line
from tests.browser.conftest import at_rest

KERNEL = KERNELS["vertical"].matrix


@pytest.fixture
def convolution(tab, address):
    tab.goto(address + "convolution")
    expect(tab.locator(".slide .place").first).to_have_text("0 of 56 filled")  # then the canvases have their sizes
    return tab


@pytest.fixture
def pooling(tab, address):
    tab.goto(address + "pooling")
    tab.locator(".film canvas").first.wait_for()
    return tab


def shown_output(page):
    """The numbers of the output so far, as they are read out."""
    label = page.locator(".slide .output canvas").first.get_attribute("aria-label")
    return [float(number.replace("−", "-")) for number in label.split("so far:")[1].split()]


def test_three_steps_write_out_the_third_sum(convolution):
    for _ in range(3):
        convolution.locator(".slide .step").first.click()
    expect(convolution.locator(".slide .sum").first).to_have_text("Row 0, column 2: 0·1 + 1·(−1) + 0·1 + 1·(−1) = −2")
    expect(convolution.locator(".slide .place").first).to_have_text("3 of 56 filled")
    assert shown_output(convolution) == [0, 0, -2]


def test_the_filled_output_is_what_the_operator_gives(convolution):
    convolution.locator(".slide .all").first.click()
    expected = convolve(vertical_line(), KERNEL, padding="same")
    assert shown_output(convolution) == expected.ravel().tolist()
    expect(convolution.locator(".slide .place")).to_have_text("all 56 filled")


def test_an_edited_kernel_is_used_at_once_and_told_to_the_page(convolution):
    same = convolution.get_by_text("convolution and cross-correlation agree")
    expect(same).to_have_count(0)
    convolution.locator(".slide .all").first.click()
    cells = convolution.locator(".slide").first.locator("td input")
    for cell, value in ((1, "1"), (2, "1"), (3, "1")):
        cells.nth(cell).fill(value)
        cells.nth(cell).press("Enter")
    expect(same).to_be_visible()
    expected = convolve(vertical_line(), np.ones((2, 2), np.float32), padding="same")
    assert shown_output(convolution) == expected.ravel().tolist()


def test_a_clicked_output_cell_lights_up_its_window(convolution):
    canvas = convolution.locator(".slide .output canvas").first
    box = at_rest(canvas)
    canvas.click(position={"x": box["width"] * 2.5 / 8, "y": box["height"] * 3.5 / 7})
    expect(convolution.locator(".slide .place").first).to_have_text("27 of 56 filled")
    label = convolution.locator(".slide .input canvas").first.get_attribute("aria-label")
    assert "row 3, column 2" in label


def test_while_it_steps_nothing_is_asked_of_the_server_and_then_the_link_says_where_it_is(convolution):
    sent = []
    convolution.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    convolution.reload()
    convolution.locator(".slide .step").first.wait_for()
    expect(convolution.locator(".slide .place")).to_have_text("0 of 56 filled")
    at_rest(convolution.locator(".slide .step").first)
    convolution.wait_for_timeout(1500)
    before = len(sent)
    assert before
    convolution.locator(".slide .step").evaluate("button => { for (let i = 0; i < 5; i++) button.click(); }")
    assert len(sent) == before
    expect(convolution).to_have_url(re.compile(r"slid_at=4(,|%2C)5"))
    expect(convolution.get_by_test_id("verdict")).to_contain_text("At row 0, column 4 the kernel answers 2")


def test_a_link_shows_the_same_window_kernel_and_verdict(convolution, other):
    convolution.get_by_role("combobox", name="Kernel").fill("Laplacian")
    convolution.get_by_role("option", name="Laplacian").click()
    expect(convolution).to_have_url(re.compile("slid_kernel=Laplacian"))
    expect(convolution.locator(".slide td input")).to_have_count(9)
    cell = convolution.locator(".slide td input").first
    cell.fill("5")
    cell.press("Enter")
    convolution.locator(".slide .all").click()
    expect(convolution).to_have_url(re.compile(r"slid_at=0(,|%2C)56"))
    expect(convolution).to_have_url(re.compile("slid_numbers=5"))
    said = convolution.get_by_test_id("verdict")
    expect(said).to_contain_text("At row 0, column 0 the kernel answers")
    other.goto(convolution.url)
    expect(other.get_by_test_id("verdict")).to_have_text(said.inner_text())
    expect(other.locator(".slide .place")).to_have_text("all 56 filled")
    expect(other.locator(".slide td input").first).to_have_value("5")
    assert shown_output(other) == shown_output(convolution)


def test_nothing_of_the_widgets_hangs_over_the_edge_of_a_phone(tab, address):
    """The largest kernel there is, and the rows of numbers on the other pages."""
    tab.set_viewport_size({"width": 390, "height": 844})
    own = "slid_kernel=a+kernel+of+your+own&slid_rows=7&slid_columns=7"
    for place, widget in (
        (f"convolution?{own}", ".slide"),
        ("pooling?pooling_view=In+numbers", ".grids"),
        ("backpropagation?back=image", ".grids"),
    ):
        tab.goto(address + place)
        at_rest(tab.locator(f"{widget} figure").last)
        hanging = tab.locator(f"{widget} table, {widget} canvas").evaluate_all(
            "parts => parts.filter(part => part.getBoundingClientRect().right > innerWidth).length"
        )
        assert not hanging, place


def test_a_pixel_is_read_out_under_the_pointer(tab, address):
    tab.goto(address + "convolution?convolution_view=As+numbers")
    at_rest(tab.locator(".pixels canvas").first)
    tab.locator(".pixels canvas").first.hover(position={"x": 3, "y": 3})
    expect(tab.locator(".pixels .said")).to_have_text(
        re.compile(r"Row 0, column 0: grey 0 \(in bits 00000000\)\. 8 bits in all\.")
    )


def test_the_circle_is_dragged_and_every_pooling_answers(pooling):
    said = pooling.locator(".film figure")
    expect(said.nth(1)).to_contain_text("changed by")
    verdict = pooling.get_by_test_id("verdict")
    expect(verdict).to_contain_text("moved by 1 pixel")
    box = at_rest(pooling.locator(".film canvas").first)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pooling.mouse.move(x, y)
    pooling.mouse.down()
    pooling.mouse.move(x + box["width"] * 2 / 64, y, steps=5)
    pooling.mouse.up()
    expect(pooling.locator(".film .amount")).to_have_text("3 px")
    expect(said.filter(has_text="Max pooling").first).not_to_contain_text("unchanged")
    expect(said.filter(has_text="Global max")).to_contain_text("unchanged")
    expect(verdict).to_contain_text("moved by 3 pixels")
    expect(pooling).to_have_url(re.compile("pooled_shift=3"))
