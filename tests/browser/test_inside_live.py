"""The page Inside in a real browser: a map and a kernel are picked, the pen is followed, a picture is downloaded."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from invariance.evaluation.records import EXPORTED
from invariance.inside.values import Inside
from invariance.model import Model
from tests.browser.conftest import at_rest


@pytest.fixture
def inside(tab, address):
    tab.goto(address + "inside?inside=lenet5")
    tab.locator(".network button[title='map 1 of conv1']").wait_for()
    return tab


def picked(page):
    return page.locator(".network [aria-pressed=true]")


def test_the_whole_network_is_shown_with_its_answer(inside):
    labels = inside.locator(".network .label b").all_text_contents()
    assert labels[0] == "image"
    assert labels[-1] == "logits"
    assert len(labels) == 16
    box = inside.locator(".network")
    expect(box.locator(".bars .first")).to_have_text("4")
    expect(box.get_by_role("button", name="the answer: 4, over 99.9 %", exact=True)).to_be_visible()
    last = at_rest(box.locator(".more").last)
    assert last["y"] + last["height"] < 768
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")  # nothing to scroll


def test_a_picked_map_is_enlarged_and_stands_in_the_address(inside, other):
    expect(inside.get_by_alt_text("Map 1 of conv1, 28 × 28")).to_be_visible()
    inside.locator(".network button[title='map 4 of relu1']").click()
    expect(inside.get_by_alt_text("Map 4 of relu1, 28 × 28")).to_be_visible()
    expect(inside.get_by_text("Made by kernel 4 of conv1")).to_be_visible()
    expect(picked(inside)).to_have_attribute("title", "map 4 of relu1")
    expect(inside).to_have_url(re.compile("layer=relu1&map=4"))
    verdict = inside.get_by_test_id("verdict").inner_text()
    other.goto(inside.url)
    expect(other.get_by_alt_text("Map 4 of relu1, 28 × 28")).to_be_visible()
    expect(other.get_by_test_id("verdict")).to_have_text(verdict)


def test_the_network_is_walked_through_by_keyboard(inside):
    inside.locator(".network button[title='map 1 of conv1']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        inside.keyboard.press(key)
    focused = inside.locator(".network button:focus")
    expect(focused).to_have_attribute("title", "map 2 of pool1")
    inside.keyboard.press("Enter")
    expect(inside.get_by_alt_text("Map 2 of pool1, 14 × 14")).to_be_visible()
    expect(inside.get_by_text("map 2 of pool1, shown below")).to_be_attached()
    expect(focused).to_have_attribute("title", "map 2 of pool1")
    assert inside.locator(".network button[tabindex='0']").count() == 1


def test_all_maps_of_a_layer_with_many_can_be_picked(inside):
    inside.get_by_role("button", name="the other 112 maps of conv3").click()
    expect(inside.get_by_alt_text("Map 9 of conv3, 7 × 7")).to_be_visible()
    inside.locator(".gallery button[title='map 120 of conv3']").click()
    expect(inside.get_by_alt_text("Map 120 of conv3, 7 × 7")).to_be_visible()


def test_on_a_phone_the_network_scrolls_in_a_box_of_its_own(inside):
    inside.set_viewport_size({"width": 390, "height": 844})
    box = inside.locator(".network")
    at_rest(box)
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    inside.wait_for_function("document.documentElement.scrollWidth <= 390")


def test_a_clicked_kernel_is_told_in_numbers_all_of_which_are_seen(inside):
    inside.get_by_role("radio", name="Kernels").click()
    atlas = inside.locator(".atlas")
    atlas.scroll_into_view_if_needed()
    expect(inside.locator(".network")).to_have_count(0)
    expect(atlas).to_have_attribute("aria-label", re.compile("Arrow keys choose one"))
    box = at_rest(atlas)
    atlas.click(position={"x": box["width"] * 4.5 / 6, "y": box["height"] / 2})
    expect(inside.get_by_alt_text("Kernel 5, slice 1 of conv1, enlarged")).to_be_visible()
    filters, _ = Inside(Model(EXPORTED / "lenet5.onnx")).kernels("conv1")
    numbers = inside.get_by_role("group", name="Kernel 5, slice 1 of conv1, in numbers")
    for value in filters[4, 0, :, 4]:  # the last column
        expect(numbers.get_by_text(f"{value:.3f}".replace("-", "−")).first).to_be_visible()
    for width in (1400, 1366, 390):
        inside.set_viewport_size({"width": width, "height": 900})
        ends = [at_rest(part) for part in (numbers, numbers.get_by_role("cell").nth(4))]
        assert ends[1]["x"] + ends[1]["width"] <= ends[0]["x"] + ends[0]["width"] + 1 <= width
    atlas.press("ArrowLeft")
    expect(inside.get_by_alt_text("Kernel 4, slice 1 of conv1, enlarged")).to_be_visible()
    expect(inside).to_have_url(re.compile(r"kernel=4\.1"))


def test_the_maps_follow_the_moving_pen(inside):
    network = inside.locator(".network")
    before = network.get_attribute("style")  # it holds the pictures
    box = at_rest(inside.locator(".pad canvas"))
    inside.mouse.move(box["x"] + 30, box["y"] + 30)
    inside.mouse.down()
    inside.mouse.move(box["x"] + 120, box["y"] + 200, steps=8)
    expect(network).not_to_have_attribute("style", before)
    inside.mouse.up()
    expect(picked(inside)).to_have_attribute("title", "map 1 of conv1")


@pytest.mark.parametrize("kind", ["PNG", "PDF"])
def test_a_picture_downloads_with_its_caption(inside, kind, tmp_path):
    with inside.expect_download() as downloading:
        inside.get_by_role("button", name=kind).first.click()
    path = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(path)
    assert path.suffix == f".{kind.lower()}"
    if kind == "PNG":
        picture = np.asarray(Image.open(path).convert("L"))
        assert picture.shape[1] > 300
        assert picture.std() > 1
    else:
        assert path.read_bytes().startswith(b"%PDF")
