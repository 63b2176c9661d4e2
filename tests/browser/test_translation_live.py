"""The page Translation in a real browser: an image is dragged by mouse, keys and finger, and on its maps."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.model import Model
from invariance.number_words import probability
from invariance.surgery.any_size import with_size
from invariance.transforms.translation import roll, shift
from tests.browser.conftest import at_rest, stopped
from ui.picking.samples import SAMPLES

SAMPLE = 4  # a four
QUERY = f"translation?source=Samples&sample={SAMPLE}&networks=LeNet-5"
IMAGE = to_float(SAMPLES.images[SAMPLE : SAMPLE + 1])
MOVES = {"Around the edges": roll, "Black comes in": shift}


def opened(page, address):
    page.goto(address + QUERY)
    page.locator(".shifts .row").first.wait_for()
    return page


@pytest.fixture
def page(tab, address):
    return opened(tab, address)


def place(right, down):
    words = [f"{abs(right)} {'right' if right > 0 else 'left'}"] if right else []
    words += [f"{abs(down)} {'down' if down > 0 else 'up'}"] if down else []
    return ", ".join(words) or "unmoved"


def expect_place(page, right, down, model, move, image=IMAGE, row=0):
    """The place is named, its pixels are drawn, and the answer is that to the shifted image."""
    expect(page.locator(".shifts .place")).to_have_text(place(right, down))
    moved = move(image, right, down)
    pixels = page.locator(".shifts .frame").evaluate(
        "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)"
    )
    side = image.shape[-1]
    shown = np.array(pixels, np.uint8).reshape(side, side, 4)
    np.testing.assert_array_equal(shown[..., 0], np.rint(255 * moved[0, 0]))
    expected = model.predict(moved)[0]
    expect(page.locator(".shifts .answer").nth(row)).to_have_text(str(expected.argmax()))
    said = page.locator(".shifts .confidence").nth(row).inner_text()
    share = expected.max() + np.array([-1e-5, 0, 1e-5])
    assert said.split(" · ")[0] in {probability(value, 1) for value in share}
    return expected.argmax(), said


def drag(page, box, right, down, start=(0, 0), steps=5):
    """Move the pointer, which is down already, until the image, which lay at start, is shifted so."""
    zoom = (box["width"] - 2) / 28
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + (right - start[0]) * zoom, y + (down - start[1]) * zoom, steps=steps)


@pytest.mark.parametrize("edges", MOVES)
def test_the_answer_follows_the_drag_while_the_server_is_silent(edges, page, app, lenet5):
    page.get_by_role("button", name=edges).or_(page.get_by_role("radio", name=edges)).click()
    size = {"Around the edges": 784, "Black comes in": 3249}[edges]
    expect(page.locator(".shifts .count")).to_contain_text(f"of {size:,} shifts")
    box = at_rest(page.locator(".shifts .frame"))
    answers = set()
    with stopped(app.process):
        drag(page, box, 0, 0)
        page.mouse.down()
        for right, down in [(3, 2), (-7, 4), (0, -5), (-13, -14), (9, 0), (5, -11)]:
            drag(page, box, right, down)
            answer, said = expect_place(page, right, down, lenet5, MOVES[edges])
            assert ("✓ right" if answer == 4 else "✗ wrong") in said
            answers.add(answer)
        page.mouse.up()
    assert len(answers) > 1
    page.wait_for_url("**at=5%2C-11**")


@pytest.mark.parametrize(("edges", "found"), [("Around the edges", (-12, 12)), ("Black comes in", (16, -16))])
def test_a_second_drag_goes_on_from_the_first(edges, found, page, lenet5):
    page.get_by_role("button", name=edges).or_(page.get_by_role("radio", name=edges)).click()
    expect(page.locator(".shifts .count")).to_contain_text("of 784" if edges == "Around the edges" else "of 3,249")
    box = at_rest(page.locator(".shifts .frame"))
    for start in ((0, 0), (8, -8)):
        drag(page, box, 0, 0)
        page.mouse.down()
        drag(page, box, start[0] + 8, start[1] - 8, start)
        page.mouse.up()
    expect_place(page, *found, lenet5, MOVES[edges])


def test_black_that_comes_in_stops_where_nothing_is_left(page, lenet5):
    page.get_by_role("button", name="Black comes in").or_(page.get_by_role("radio", name="Black comes in")).click()
    expect(page.locator(".shifts .count")).to_contain_text("of 3,249")
    drag(page, at_rest(page.locator(".shifts .frame")), 0, 0)
    page.mouse.down()
    drag(page, at_rest(page.locator(".shifts .frame")), 40, 0)
    expect_place(page, 28, 0, lenet5, shift)
    page.mouse.up()


def test_arrow_keys_move_by_a_pixel_and_the_address_keeps_the_place(page, other, lenet5):
    page.locator(".shifts .frame").focus()
    for key in (
        "ArrowRight",
        "ArrowRight",
        "ArrowDown",
        "ArrowLeft",
        "ArrowLeft",
        "ArrowLeft",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
    ):
        page.keyboard.press(key)
    expect_place(page, -1, -2, lenet5, roll)
    page.wait_for_url("**at=-1%2C-2**")
    other.goto(page.url)
    expect(other.locator(".shifts .place")).to_have_text("1 left, 2 up")
    expect_place(other, -1, -2, lenet5, roll)
    page.get_by_role("button", name="Back to the middle").click()
    expect_place(page, 0, 0, lenet5, roll)
    page.wait_for_url("**at=0%2C0**")


def test_another_drawing_keeps_the_place(page, lenet5):
    page.locator(".shifts .frame").press("ArrowRight")
    page.get_by_role("button", name="sample 13: a 3").click()
    other = to_float(SAMPLES.images[13:14])
    expect(page.locator(".shifts .answer")).to_have_text("3")
    expect_place(page, 1, 0, lenet5, roll, other)


def test_the_map_counts_shows_and_takes_places(page, app, lenet5):
    every = np.concatenate([roll(IMAGE, right, down) for down in range(-14, 14) for right in range(-14, 14)])
    probabilities = lenet5.predict(every)
    answers = probabilities.argmax(1)
    good = int((answers == 4).sum())
    expect(page.locator(".shifts .count")).to_have_text(f"right at {good} of 784 shifts")
    canvas = page.locator(".shifts .cells")
    expect(canvas).to_have_attribute("aria-label", re.compile(f"LeNet-5: right at {good} of 784 shifts"))
    others = np.bincount(answers[answers != 4], minlength=10)
    expect(page.locator(".shifts .others")).to_contain_text(f"{others.argmax()} at {others.max()}")
    # Without hatching or cross, a square's opacity is the probability everywhere in it.
    pixels, width = canvas.evaluate(
        "canvas => [Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data),"
        " canvas.width]"
    )
    cell = width // 28
    opacity = np.array(pixels, np.uint8).reshape(28, cell, 28, cell, 4)[..., 3].swapaxes(1, 2) / 255
    clear = np.ones((28, 28), bool)
    clear[13:16], clear[:, 13:16] = False, False  # the cross
    right = clear & (answers == 4).reshape(28, 28)
    wrong = clear & (answers != 4).reshape(28, 28)
    assert right.sum() > 30 < wrong.sum()
    plain = probabilities[:, 4].reshape(28, 28)[right]
    np.testing.assert_allclose(
        opacity[right], np.broadcast_to(plain[:, None, None], (len(plain), cell, cell)), atol=0.01
    )
    assert (np.ptp(opacity[wrong], (1, 2)) > 0.1).mean() > 0.7  # most hold a piece of a stripe
    box = at_rest(canvas)

    def over(right, down):
        side = (box["width"] - 2) / 28
        page.mouse.move(box["x"] + 1 + (right + 14.5) * side, box["y"] + 1 + (down + 14.5) * side, steps=3)

    with stopped(app.process):
        over(-14, 13)
        page.mouse.down()
        expect_place(page, -14, 13, lenet5, roll)
        over(6, -3)
        expect_place(page, 6, -3, lenet5, roll)
        page.mouse.up()
    page.wait_for_url("**at=6%2C-3**")
    expect_place(page, 6, -3, lenet5, roll)


def test_a_finger_drags_the_image_and_the_page_stays(phone, address, lenet5):
    page = opened(phone, address)
    frame = page.locator(".shifts .frame")
    frame.scroll_into_view_if_needed()
    box = at_rest(frame)
    touch = page.context.new_cdp_session(page)
    zoom, x, y = (box["width"] - 2) / 28, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def send(kind, *points):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    send("touchStart", (x, y))
    for part in np.linspace(0.1, 1, 10):
        send("touchMove", (x + 4 * zoom * float(part), y - 9 * zoom * float(part)))
    expect_place(page, 4, -9, lenet5, roll)
    assert frame.bounding_box() == box
    send("touchEnd")
    page.wait_for_url("**at=4%2C-9**")
    canvas = page.locator(".shifts .cells")
    canvas.scroll_into_view_if_needed()
    side = (at_rest(canvas)["width"] - 2) / 28
    canvas.tap(position={"x": 11.5 * side, "y": 19.5 * side})
    expect_place(page, -3, 5, lenet5, roll)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_invariant_network_answers_the_same_everywhere(tab, address):
    path = records.EXPORTED / "mnist-invariant.onnx"
    if not path.exists():
        pytest.skip(f"needs {path.name}; run: python -m training mnist-invariant")
    page = tab
    page.goto(f"{address}{QUERY}&see=One+answer+everywhere")
    page.locator(".shifts .row").first.wait_for(timeout=120_000)
    model = with_size(Model(path), 32, 32)
    canvas = np.pad(IMAGE, ((0, 0), (0, 0), (2, 2), (2, 2)))
    still = str(model.predict(canvas)[0].argmax())
    first = page.locator(".shifts .count").first
    expect(first).to_have_text("same answer at 4,096 of 4,096 shifts and turns")
    for quarters in (1, 2, 3, 0):
        page.locator(".shifts .turn").nth(quarters).click()
        words = [f"turned by {90 * quarters}°"] if quarters else []
        expect(page.locator(".shifts .place")).to_have_text(words[0] if words else "unmoved")
        pixels = page.locator(".shifts .frame").evaluate(
            "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 32, 32).data)"
        )
        shown = np.array(pixels, np.uint8).reshape(32, 32, 4)[..., 0]
        np.testing.assert_array_equal(shown, np.rint(255 * np.rot90(canvas[0, 0], quarters)))
        expect(page.locator(".shifts .answer").first).to_have_text(still)
        expect(page.locator(".shifts .row").first.locator(".current figcaption")).to_have_text(f"{90 * quarters}°")
    third = page.locator(".shifts .row").first.locator(".cells").nth(2)
    side = (at_rest(third)["width"] - 2) / 32
    third.click(position={"x": 20.5 * side, "y": 10.5 * side})
    expect(page.locator(".shifts .place")).to_have_text("turned by 180°, 4 right, 6 up")
    page.wait_for_url("**at=4%2C-6%2C2**")
    expect(page.locator(".shifts .turn input").nth(2)).to_be_checked()
    expect(page.locator(".shifts .answer").first).to_have_text(still)
