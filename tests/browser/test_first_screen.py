"""What a page says before anyone scrolls: its verdict and the answers, on a laptop and on a phone."""

import pytest
from playwright.sync_api import expect

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ANSWERS = {  # page: where its answers stand
    "": ".sweep .row",
    "classify": "[data-testid=answers]",
    "rotation": ".sweep .row",
    "translation": ".shifts .row",
    "changes": ".sweep .row",
    "rotation?tour=2&guess_2=Show+me": ".sweep .row",
}


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_verdict_and_the_answers_lie_on_the_first_screen(screen, chromium, address):
    page = chromium.new_context(**screen).new_page()
    missed = {}
    for place, answers in ANSWERS.items():
        page.goto(address + place)
        for what in ("[data-testid=verdict]", answers):
            first = page.locator(what).first
            expect(first).to_be_visible()
            box = first.bounding_box()
            if box["y"] < 0 or box["y"] + box["height"] > screen["viewport"]["height"]:
                missed[place, what] = box
    assert not missed
    page.context.close()
