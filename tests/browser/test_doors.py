"""The front page's three doors, the tour from end to end, and the view for a wall."""

import pytest
from playwright.sync_api import expect

from benchmarks.browser import ROOT
from invariance.claims import SOURCES
from tests.browser.conftest import OPENING_MS, at_rest
from ui.tour.steps import STEPS


def title(page):
    return page.get_by_test_id("stMain").get_by_role("heading", level=1)


def bar(page):
    return page.locator(".st-key-tour")


@pytest.fixture
def front(tab, address):
    tab.set_viewport_size({"width": 1366, "height": 768})
    tab.goto(address)
    tab.locator(".sweep .row").nth(1).wait_for()
    return tab


def test_the_digit_turns_by_itself_until_a_hand_takes_it(front):
    amount, frame = front.locator(".sweep .amount"), front.locator(".sweep .frame")
    for angle in (amount.inner_text(), "0°"):
        expect(amount).not_to_have_text(angle)
    box = at_rest(frame)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    front.mouse.move(middle[0] + 100, middle[1])
    front.mouse.down()
    expect(front.get_by_role("button", name="Play")).to_be_visible()
    before = float(amount.inner_text().removesuffix("°"))
    front.mouse.move(middle[0], middle[1] - 100, steps=5)  # a quarter turn, counter-clockwise
    expect(amount).to_have_text(f"{(before + 90) % 360:g}°")
    front.mouse.up()
    front.wait_for_url(f"**at={(before + 90) % 360:g}")
    expect(front.locator(".sweep .answer").nth(1)).to_have_text("4")
    for part in (front.get_by_test_id("verdict"), front.get_by_text("I read a paper"), front.get_by_text("I teach")):
        assert at_rest(part)["y"] < 768


def test_who_asked_for_less_motion_sees_it_still(tab, address):
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(address)
    tab.locator(".sweep .row").nth(1).wait_for()
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    expect(tab.locator(".sweep .amount")).to_have_text("0°")


def test_a_paper_s_door_opens_its_index(front):
    source = list(SOURCES.values())[-1]
    front.get_by_test_id("stMain").get_by_role("link", name=source.author).click()
    expect(title(front)).to_have_text("Do the sources' claims hold?")
    expect(front.get_by_role("radio", name=source.author)).to_be_checked()


def test_a_model_dropped_at_the_door_opens_your_model(front):
    front.locator("input[type=file]").set_input_files(ROOT / "exported" / "mnist-mlp.onnx")
    expect(title(front)).to_have_text("What does your own network make of it?", timeout=OPENING_MS)
    expect(front.get_by_role("heading", name="mnist-mlp, yours")).to_be_visible()


def test_the_teacher_s_door_leads_to_the_tour_and_that_to_its_end_on_a_wall(front):
    front.get_by_test_id("stMain").get_by_role("link", name="For a class").click()
    front.get_by_role("button", name="Present").click()
    expect(front.get_by_test_id("stSidebar")).to_be_hidden()
    front.get_by_role("link", name="Start the tour").click()
    for number, step in enumerate(STEPS, 1):
        expect(bar(front).get_by_text(f"Step {number} of {len(STEPS)}: {step.title}")).to_be_visible()
        expect(title(front)).to_have_text(step.question)
        expect(front.get_by_test_id("tour-answer").or_(front.get_by_test_id("verdict"))).to_have_count(0)
        front.get_by_role("radio", name=step.choices[0], exact=True).click()
        expect(front.get_by_test_id("tour-answer")).to_contain_text(step.choices[step.answer().choice])
        expect(front.get_by_test_id("stSidebar")).to_be_hidden()
        bar(front).get_by_role("link", name="Next" if number < len(STEPS) else "Done").click()
    expect(title(front)).to_have_text("How do you take a class through this?")
    front.get_by_role("button", name="Leave presentation").click()
    expect(front.get_by_test_id("stSidebar")).to_be_visible()


def test_a_link_to_a_guess_shows_the_same_answer(front, other, address):
    front.goto(f"{address}pooling?tour=5")
    front.get_by_text(STEPS[4].choices[0]).click()
    said = front.get_by_test_id("tour-answer").inner_text()
    front.wait_for_url("**guess_5=**")
    other.goto(front.url)
    expect(other.get_by_test_id("tour-answer")).to_have_text(said)


def test_a_term_says_what_it_means_at_tab(front, address):
    front.goto(f"{address}rotation")
    front.get_by_text("How it works").click()
    term = front.locator("abbr.term").first
    at_rest(term)
    term.focus()
    shown = term.evaluate("term => getComputedStyle(term, '::after').content")
    assert term.get_attribute("data-meaning") in shown
