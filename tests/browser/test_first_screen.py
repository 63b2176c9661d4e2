"""What a page says before anyone scrolls: its verdict and the answers, on a laptop and on a phone."""

import pytest

from tests.browser.conftest import at_rest

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
ANSWERS = {  # page: where its answers stand
    "": ".sweep .row",
    "classify": "[data-testid=answers]",
    "rotation": ".sweep .row",
    "translation": ".shifts .row",
    "changes": ".sweep .row",
    "rotation?tour=2&guess_2=Show+me": ".sweep .row",
}


@pytest.mark.parametrize(("reader", "screen"), [("tab", LAPTOP), ("phone", PHONE)])
def test_the_verdict_and_the_answers_lie_on_the_first_screen(reader, screen, request, address):
    page = request.getfixturevalue(reader)
    page.set_viewport_size(screen)
    missed = {}
    for place, answers in ANSWERS.items():
        page.goto(address + place)
        for what in ("[data-testid=verdict]", answers):
            first = page.locator(what).first
            box = at_rest(first)
            if box["y"] < 0 or box["y"] + box["height"] > screen["height"]:
                missed[place, what] = box
    assert not missed
