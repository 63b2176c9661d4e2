import re

import numpy as np
from playwright.sync_api import expect

from invariance.images.pixels import to_float
from invariance.number_words import probability
from invariance.transforms import TRANSFORMS
from tests.browser.conftest import at_rest, stopped
from ui.picking.samples import SAMPLES

SAMPLE = 4  # a four


def opened(page, address, path):
    page.goto(f"{address}{path}source=Samples&sample={SAMPLE}&networks=LeNet-5")
    page.locator(".sweep .row").wait_for()
    expect(page.locator(".sweep .name")).to_have_text(["LeNet-5"])
    return page


def frame(page):
    return page.locator(".sweep .frame").evaluate("canvas => canvas.toDataURL()")


def test_the_image_and_the_answers_turn_while_the_server_is_silent(tab, app, lenet5):
    page = opened(tab, app.address, "rotation?")
    image = to_float(SAMPLES.images[SAMPLE : SAMPLE + 1])
    slider, answer = page.locator(".sweep .slider"), page.locator(".sweep .answer")
    expect(page.locator(".sweep .amount")).to_have_text("0°")
    seen, box = {frame(page)}, at_rest(slider)
    with stopped(app.process):
        page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
        page.mouse.down()
        for part in (0.1, 0.26, 0.5, 0.74, 0.95):
            page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2, steps=4)
            angle = float(page.locator(".sweep .amount").inner_text().removesuffix("°"))
            assert abs(angle - 355 * part) < 15
            expected = lenet5.predict(TRANSFORMS["rotation"].apply(image, angle))[0]
            expect(answer).to_have_text(str(expected.argmax()))
            expect(page.locator(".sweep .confidence")).to_contain_text(probability(float(expected.max()), 1))
            seen.add(frame(page))
        page.mouse.up()
        assert len(seen) == 6
        before = page.locator(".sweep .amount").inner_text()
        page.get_by_role("button", name="Play").click()
        expect(page.locator(".sweep .amount")).not_to_have_text(before)
        pause = page.get_by_role("button", name="Pause")
        assert pause.get_attribute("aria-pressed") is None  # its name says what it does
        pause.click()


def test_the_frame_shows_the_turned_pixels(tab, app):
    page = opened(tab, app.address, "rotation?")
    page.locator(".sweep .slider").focus()
    for _ in range(18):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".sweep .amount")).to_have_text("90°")
    pixels = page.locator(".sweep .frame").evaluate(
        "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)"
    )
    shown = np.array(pixels, np.uint8).reshape(196, 196, 4)[3::7, 3::7, 0]
    np.testing.assert_array_equal(shown, np.rot90(SAMPLES.images[SAMPLE, 0]))


def test_a_link_to_the_front_page_holds_still_where_it_was_let_go_even_if_it_is_upright(tab, address):
    tab.goto(address)
    expect(tab.locator(".sweep .amount")).to_have_text(re.compile(r"^[1-9]\d*°$"))  # it plays
    tab.locator(".sweep .slider").press("Home")
    expect(tab).to_have_url(re.compile(r"\bat=0\b"))
    tab.reload()
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    expect(tab.locator(".sweep .amount")).to_have_text("0°")


def test_letting_go_shows_the_mistakes_at_that_angle(tab, other, app):
    page = opened(tab, app.address, "rotation?measured=Which+become+which&")
    expect(page.get_by_role("slider", name="Rotation")).to_be_visible()
    page.locator(".sweep .slider").focus()
    page.keyboard.press("End")
    expect(page.get_by_text("What it takes them for at 355°.")).to_be_visible()
    expect(page.locator(".sweep .heard")).to_have_text("355°: LeNet-5 says 4, right.")
    expect(page.get_by_test_id("verdict")).to_contain_text("Turned by 355°, LeNet-5 says 4, which is right.")
    page.wait_for_url("**at=355**")
    other.goto(page.url)
    expect(other.locator(".sweep .amount")).to_have_text("355°")
    expect(other.get_by_test_id("verdict")).to_have_text(page.get_by_test_id("verdict").inner_text())
    expect(other.get_by_text("What it takes them for at 355°.")).to_be_visible()


def test_every_other_change_has_its_own_sweep(tab, app):
    page = opened(tab, app.address, "changes?")
    for transform in TRANSFORMS.values():
        if transform.own_page:
            continue
        page.get_by_role("radio", name=transform.group, exact=True).click()
        page.get_by_role("radio", name=transform.title, exact=True).click()
        expect(page.get_by_text(transform.about)).to_be_visible()
        expect(page.locator(".sweep .amount")).to_have_text(transform.label(transform.neutral))
