import io
import re
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import ONE_NETWORK, at_rest, stopped

GIVEN_UP = 3  # seconds after which the pad no longer waits for an answer, LOST_MS in canvas.js
ONE = [[(0.5, 0.2), (0.5, 0.8)]]
SEVEN = [[(0.28, 0.22), (0.7, 0.22), (0.45, 0.8)]]
ZERO = [[(0.5 + 0.2 * np.sin(t), 0.5 - 0.3 * np.cos(t)) for t in np.linspace(0, 2 * np.pi, 25)]]


def draw(page: Page, strokes) -> None:
    """Draw with the mouse; points in units of the pad's side."""
    box = at_rest(page.locator(".pad canvas"))
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=5)
        page.mouse.up()


def answer(page: Page):
    return page.get_by_test_id("answer")


def pad_pixels(page: Page) -> str:
    return page.locator(".pad canvas").evaluate("canvas => canvas.toDataURL()")


def png(image: Image.Image, kind="PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    page.get_by_role("radio", name="Upload").click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


@pytest.mark.parametrize(("strokes", "digit"), [(ONE, "1"), (SEVEN, "7"), (ZERO, "0")])
def test_a_drawn_digit_is_read(page, strokes, digit):
    expect(answer(page)).to_have_text("4")
    draw(page, strokes)
    expect(answer(page)).to_have_text(digit)
    expect(page.get_by_text("This 4 is an example")).to_have_count(0)


def test_the_drawing_is_still_there_after_another_page(page):
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    at_rest(page.locator(".pad canvas"))
    before = pad_pixels(page)
    page.get_by_role("link", name="Backpropagation").click()
    page.get_by_text("Who is to blame for a mistake?").wait_for()
    expect(page.get_by_text("Picked: your drawing")).to_be_visible()
    page.get_by_role("link", name="Classify").click()
    expect(answer(page)).to_have_text("7")
    at_rest(page.locator(".pad canvas"))
    assert pad_pixels(page) == before


def test_undo_and_clear_by_mouse_and_keyboard(page):
    draw(page, [*ONE, *ZERO])
    page.get_by_role("button", name="Undo").click()
    expect(answer(page)).to_have_text("1")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing to look at yet")).to_be_visible()
    draw(page, [*SEVEN, *ONE])
    page.keyboard.press("Control+z")
    expect(answer(page)).to_have_text("7")
    page.keyboard.press("Delete")
    expect(page.get_by_text("Nothing to look at yet")).to_be_visible()


def test_a_digit_is_drawn_by_keyboard(page):
    page.locator(".pad canvas").focus()
    for key, times in (("ArrowUp", 9), ("Space", 1), ("ArrowDown", 18), ("Space", 1), ("ArrowRight", 9)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(answer(page)).to_have_text("1")  # the pen was lifted before it went to the side
    expect(page.locator(".pad .said")).to_have_text(re.compile("Pen up, 78 % from the left"))
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing to look at yet")).to_be_visible()


def test_strokes_drawn_in_quick_succession_are_all_kept(page):
    draw(page, [[(x, 0.2), (x, 0.8)] for x in (0.3, 0.4, 0.5, 0.6, 0.7)])
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Undo").click(click_count=1)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    expect(answer(page)).to_have_text("1")


def test_networks_answer_while_the_pen_moves(page):
    box = at_rest(page.locator(".pad canvas"))
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 0.6 * box["height"], steps=20)
    expect(answer(page)).to_have_text("1")  # the pen is still down
    page.mouse.up()


def test_while_the_server_is_busy_a_moving_pen_sends_once_and_its_end_once(tab, address, app):
    sent = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    tab.goto(address + ONE_NETWORK)
    tab.locator(".pad canvas").wait_for()
    expect(answer(tab)).to_have_text("4")
    at_rest(tab.locator(".pad canvas"))
    before = len(sent)
    with stopped(app.process):
        started = time.monotonic()
        draw(tab, [[(x, 0.3) for x in np.linspace(0.3, 0.7, 30)]])
        tab.wait_for_timeout(300)
        given_up = int((time.monotonic() - started) / GIVEN_UP)  # a slow machine's pen moves for longer than that
        assert 1 <= len(sent) - before <= 2 + given_up < 25
    draw(tab, ONE)
    expect(tab.get_by_text("Picked: your drawing")).to_be_visible()


def test_a_finger_draws_too(phone, address):
    phone.goto(address + ONE_NETWORK)
    pad = phone.locator(".pad canvas")
    pad.wait_for()
    expect(answer(phone)).to_have_text("4")
    box = at_rest(pad)
    touch = phone.context.new_cdp_session(phone)

    def send(kind, *place):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in place]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    path = [(float(x), 0.22) for x in np.linspace(0.28, 0.7, 10)]
    path += [(0.7 - 0.25 * float(t), 0.22 + 0.58 * float(t)) for t in np.linspace(0.1, 1, 12)]
    send("touchStart", path[0])
    for place in path[1:]:
        send("touchMove", place)
    send("touchEnd")
    expect(answer(phone)).to_have_text("7")  # the page would scroll away under a finger that moves down


def test_a_link_shows_the_same_drawing_to_someone_else(page, other):
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.wait_for_url("**draw=**")
    at_rest(page.locator(".pad canvas"))
    other.goto(page.url)
    other.locator(".pad canvas").wait_for()
    expect(answer(other)).to_have_text("7")
    expect(other.get_by_text("This 4 is an example")).to_have_count(0)


def test_a_sample_is_chosen_by_mouse_and_by_keyboard(page):
    page.get_by_role("radio", name="Samples").click()
    page.get_by_role("button", name="sample 13: a 3").click()
    expect(answer(page)).to_have_text("3")
    expect(page.get_by_role("button", name="sample 13: a 3")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="sample 18: an 8").focus()
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("8")
    page.wait_for_url("**sample=18**")


def test_a_photo_is_read_and_a_broken_file_gets_one_sentence(page):
    photo = np.full((900, 700, 3), (214, 205, 190)) + np.linspace(-30, 30, 700)[:, None].astype(int)
    photo = Image.fromarray(photo.clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(photo).line([(200, 250), (460, 250), (330, 640)], fill=(40, 45, 110), width=34, joint="curve")
    upload(page, "photo.jpg", png(photo, "JPEG"))
    expect(answer(page)).to_have_text("7")
    square = page.locator(".crop .square")
    expect(square).to_have_attribute("aria-label", re.compile("700 × 900 pixels, 0 from the left and 0 from the top"))
    square.focus()
    page.keyboard.press("ArrowUp")
    expect(square).to_have_attribute("aria-label", re.compile("700 × 700 pixels, 0 from the left and 86 from the top"))
    page.wait_for_timeout(1000)  # the square tells the server when no arrow key follows
    at_rest(square)
    expect(answer(page)).to_have_text("7")
    upload(page, "broken.png", b"this is text")
    expect(page.get_by_text("broken.png: This file is not an image")).to_be_visible()
    page.get_by_role("radio", name="Draw").click()
    page.locator(".pad canvas").wait_for()
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")


def test_without_the_test_set_its_download_is_offered(page):
    page.get_by_role("radio", name="Test set").click()
    expect(page.get_by_role("button", name="Download MNIST, 12 MB")).to_be_visible()


def test_nothing_is_asked_of_other_machines(chromium, address):
    context = chromium.new_context()  # in which nothing is kept
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + ONE_NETWORK)
    page.locator(".pad canvas").wait_for()
    expect(answer(page)).to_have_text("4")
    page.get_by_role("link", name="Backpropagation").click()
    page.get_by_text("Who is to blame for a mistake?").wait_for()
    page.wait_for_load_state("networkidle")
    assert asked
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    context.close()
