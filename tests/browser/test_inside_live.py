"""The page Inside in a real browser: a map and a kernel are clicked, the pen is followed, a picture is downloaded."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from invariance.evaluation.records import EXPORTED
from invariance.inside.values import Inside
from invariance.model import Model


@pytest.fixture
def inside(tab, address):
    tab.goto(address + "inside?networks=LeNet-5")
    tab.locator(".gallery button[title='map 1 of conv1']").wait_for()
    return tab


def test_a_clicked_map_is_enlarged(inside):
    expect(inside.get_by_alt_text("Map 1 of conv1, 28 × 28")).to_be_visible()
    inside.locator(".gallery button[title='map 4 of conv1']").click()
    expect(inside.get_by_alt_text("Map 4 of conv1, 28 × 28")).to_be_visible()
    expect(inside.get_by_text("Made by kernel 4 of conv1")).to_be_visible()


def test_a_clicked_kernel_is_told_in_numbers(inside):
    inside.get_by_role("radio", name="Kernels").click()
    atlas = inside.locator(".atlas")
    atlas.scroll_into_view_if_needed()
    box = atlas.bounding_box()
    atlas.click(position={"x": box["width"] * 4.5 / 6, "y": box["height"] / 2})
    expect(inside.get_by_alt_text("Kernel 5, slice 1 of conv1, enlarged")).to_be_visible()
    filters, _ = Inside(Model(EXPORTED / "lenet5.onnx")).kernels("conv1")
    expect(inside.get_by_text(f"{filters[4, 0, 0, 0]:.3f}".replace("-", "−")).first).to_be_visible()
    atlas.press("ArrowLeft")
    expect(inside.get_by_alt_text("Kernel 4, slice 1 of conv1, enlarged")).to_be_visible()


def test_the_maps_follow_the_pen(inside):
    first = inside.locator(".gallery button[title='map 1 of conv1']")
    before = first.evaluate("button => getComputedStyle(button).backgroundImage")
    box = inside.locator(".pad canvas").bounding_box()
    inside.mouse.move(box["x"] + 30, box["y"] + 30)
    inside.mouse.down()
    inside.mouse.move(box["x"] + 120, box["y"] + 200, steps=8)
    inside.mouse.up()
    expect(first).not_to_have_css("background-image", before)


@pytest.mark.parametrize("kind", ["PNG", "PDF"])
def test_a_picture_downloads_with_its_caption(inside, kind, tmp_path):
    with inside.expect_download() as downloading:
        inside.get_by_role("button", name=kind).first.click()
    path = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(path)
    assert path.suffix == f".{kind.lower()}"
    if kind == "PNG":
        picture = np.asarray(Image.open(path).convert("L"))
        assert picture.shape[1] > 600
        assert picture.std() > 1
    else:
        assert path.read_bytes().startswith(b"%PDF")
