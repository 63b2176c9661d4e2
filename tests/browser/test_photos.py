import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from invariance.images.photos import as_photo
from tests.browser.conftest import at_rest

SIDE = 194  # screen pixels of what the network sees: 32 x 32, six times as large, with a border


def photo() -> Image.Image:
    """300 x 200: colours that change from left to right and from top to bottom, so that every part looks different."""
    y, x = np.mgrid[:200, :300]
    return Image.fromarray(np.stack([x * 255 // 299, y * 255 // 199, 255 - x * 255 // 299], -1).astype(np.uint8))


def seen(page) -> np.ndarray:
    """uint8 (32, 32, 3): the picture that the network sees."""
    image = page.get_by_alt_text("photo.png as the networks see it")
    expect(image).to_have_js_property("naturalWidth", SIDE)
    png = base64.b64decode(image.evaluate("image => image.src").partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[4:-1:6, 4:-1:6]


def expected(left: int, top: int, side: int) -> np.ndarray:
    pixels = np.asarray(photo(), np.float32).transpose(2, 0, 1)[:, top : top + side, left : left + side] / 255
    return as_photo(pixels).transpose(1, 2, 0) * 255


def expect_square(page, left: int, top: int, side: int) -> None:
    """The square is there, and the network sees what is in it."""
    place = f"{side} × {side} pixels, {left} from the left and {top} from the top"
    expect(page.locator(".crop .square")).to_have_attribute("aria-label", re.compile(place))
    wanted = expected(left, top, side)
    for _ in range(200):
        if np.abs(seen(page) - wanted).max() <= 1:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the network doesn't see {place}")


def upload(page, address) -> None:
    """Open the first page and upload the photo."""
    page.goto(f"{address}classify?what=Objects&source=Upload")
    file = io.BytesIO()
    photo().save(file, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator(".crop .square")).to_have_attribute("aria-label", re.compile("Arrow keys move it"))


@pytest.fixture
def objects(tab, address):
    """The first page with a photo uploaded."""
    upload(tab, address)
    return tab


def drag(page, place, to) -> None:
    """From one place to another; both in the photo's pixels."""
    box = at_rest(page.locator(".crop img"))
    scale = box["width"] / 300
    points = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in (place, to)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=6)
    page.mouse.up()


def test_the_square_is_dragged_and_resized_and_the_network_sees_what_is_in_it(objects):
    expect_square(objects, 50, 0, 200)
    drag(objects, (150, 100), (30, 100))
    expect_square(objects, 0, 0, 200)
    drag(objects, (199, 199), (99, 99))
    expect_square(objects, 0, 0, 100)
    drag(objects, (50, 50), (250, 110))
    expect_square(objects, 200, 60, 100)
    drag(objects, (250, 110), (999, 999))
    expect_square(objects, 200, 100, 100)


def test_the_square_obeys_the_keyboard(objects):
    objects.locator(".crop .square").focus()
    for key in ("ArrowLeft", "ArrowLeft", "-", "ArrowDown"):
        objects.keyboard.press(key)
    expect_square(objects, 46, 8, 192)
    objects.keyboard.press("+")
    expect_square(objects, 42, 0, 200)


def test_the_square_and_the_drawing_are_still_there_after_another_page_and_another_kind(objects):
    drag(objects, (150, 100), (190, 100))
    expect_square(objects, 90, 0, 200)
    objects.get_by_role("link", name="Backpropagation").click()
    objects.get_by_text("Who is to blame for a mistake?").wait_for()
    objects.get_by_role("link", name="Classify").click()
    expect_square(objects, 90, 0, 200)
    objects.get_by_role("radio", name="Digits").click()
    expect(objects.get_by_test_id("answer").first).to_have_text("4")
    objects.get_by_role("radio", name="Objects").click()
    expect_square(objects, 90, 0, 200)


def test_a_finger_moves_the_square(phone, address):
    upload(phone, address)
    phone.locator(".crop").scroll_into_view_if_needed()
    expect_square(phone, 50, 0, 200)
    box = at_rest(phone.locator(".crop img"))
    touch = phone.context.new_cdp_session(phone)
    y = box["y"] + box["height"] / 2
    middle = box["x"] + box["width"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": middle, "y": y}]})
    for step in range(1, 9):
        point = {"x": middle - 10 * step, "y": y + step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_square(phone, 0, 0, 200)


def test_a_link_shows_the_same_sample_and_networks(tab, address):
    tab.goto(f"{address}classify?what=Objects&source=Samples&sample=2&networks=Linear&values=Energies+%28logits%29")
    expect(tab.get_by_role("button", name="sample 2: a frog")).to_have_attribute("aria-pressed", "true")
    expect(tab.get_by_test_id("answer")).to_have_count(1)
    expect(tab.get_by_test_id("answers")).to_contain_text("Linear")
    expect(tab.get_by_text("before softmax")).to_be_visible()
