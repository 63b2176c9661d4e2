"""The pages' addresses, asked for as the very first thing of a server that has just started."""

import re

from playwright.sync_api import Locator, Page, expect

from benchmarks.browser import ROOT, served
from tests.browser.conftest import at_rest, stopped
from ui.tour.steps import STEPS

SOME = 8  # every so many pages get a server of their own: they are all listed in one way


def links(page: Page) -> Locator:
    """The sidebar's links to the pages."""
    return page.get_by_test_id("stSidebarNavLink")


def title(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", level=1)


def where(page: Page) -> str:
    """Its address, without what is chosen there."""
    return page.url.partition("?")[0]


def not_found(page: Page) -> Locator:
    """Streamlit's window about an address that it doesn't know."""
    return page.get_by_role("dialog").get_by_text("Page not found")


def test_a_page_s_own_address_may_be_the_first_thing_that_is_opened(tab, address, tmp_path, subtests):
    tab.goto(address)
    expect(title(tab)).to_have_count(1)
    menu = links(tab).all_text_contents()
    found = {}  # the titles of the page and of its tab, by address: what comes of clicking through the menu
    for link in links(tab).all():
        before = title(tab).inner_text(), tab.title()
        link.click()
        if found:
            expect(title(tab)).not_to_have_text(before[0])
            expect(tab).not_to_have_title(before[1])
        expect(tab).to_have_title(re.compile(" · "))
        found[where(tab).removeprefix(address)] = (title(tab).inner_text(), tab.title())
    for ends in zip(*found.values(), strict=True):  # titles, and tabs
        assert len(set(ends)) == len(found) == len(menu) > 1

    for place, (of_page, of_tab) in list(found.items())[::SOME]:
        with subtests.test(place), served(ROOT / "app.py", INVARIANCE_DATA=str(tmp_path)) as fresh:
            tab.goto(fresh.address + place)
            expect(title(tab)).to_have_text(of_page)
            expect(tab).to_have_title(of_tab)
            expect(links(tab)).to_have_text(menu)
            expect(not_found(tab)).to_have_count(0)
            assert where(tab) == fresh.address + place


def test_an_address_that_does_not_exist_is_said_and_the_first_page_shown(tab, fresh_app):
    tab.goto(f"{fresh_app.address}nowhere")
    expect(not_found(tab)).to_be_visible()
    tab.keyboard.press("Escape")
    expect(not_found(tab)).to_have_count(0)
    expect(title(tab)).to_have_text("What does a network's answer survive?")
    expect(links(tab).first).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)


def test_older_addresses_lead_to_where_their_pages_are_now(tab, address):
    for old, question, choice in (
        ("?what=Objects&sample=2", "What is in this photo?", "Objects"),
        ("fit?what=Objects", "Did it understand, or learn by heart?", "Objects"),
        ("runtime", "What runs here, and what was measured?", ""),
        ("inside?look=Symmetry&what=Objects", "Which layer loses the symmetry?", "Objects"),
    ):
        tab.goto(address + old)
        expect(title(tab)).to_have_text(question)
        if choice:
            expect(tab.get_by_role("radio", name=choice, exact=True).first).to_be_checked()


def test_a_figure_of_a_source_is_two_clicks_away(tab, address):
    tab.goto(address)
    tab.get_by_test_id("stMain").get_by_role("link", name="Jaloli").click()
    tab.get_by_role("link", name="Figure 5", exact=True).click()
    expect(title(tab)).to_have_text("What goes on inside?")
    expect(tab.get_by_text("Map 1 of relu1").first).to_be_visible()
    expect(tab.get_by_role("button", name=re.compile(r"map \d of relu1"))).to_have_count(6)


def test_a_page_that_is_touched_while_it_is_left_does_not_blank_the_next(tab, app):
    for link, question in (
        ("Other changes", "What else does the answer survive?"),  # has the same live part
        ("Training", "Did it understand, or learn by heart?"),  # has none
    ):
        tab.goto(f"{app.address}rotation")
        tab.locator(".sweep .row").nth(2).wait_for()
        at_rest(title(tab))
        with stopped(app.process):
            links(tab).filter(has_text=link).click()
            tab.get_by_role("radio", name="Samples", exact=True).click()
            tab.wait_for_timeout(300)  # until the browser has sent both
        expect(title(tab)).to_have_text(question)
        at_rest(title(tab))


def test_back_leads_to_the_page_before_and_never_to_an_address_of_what_is_not_shown(tab, address):
    tab.goto(f"{address}pooling?pooled_shift=1&pooling_view=In+numbers")
    expect(title(tab)).to_have_text("Does pooling forgive a shift?")
    tab.get_by_role("radio", name="Every shift at once").click()
    expect(tab).to_have_url(re.compile("Every"))
    expect(tab.get_by_text("Moved back").first).to_be_visible()
    at_rest(title(tab))
    chosen = tab.url
    links(tab).filter(has_text="Rotation").click()
    expect(title(tab)).to_have_text("Does the answer survive a turn?")
    for angle in (5, 10):
        tab.get_by_role("slider", name="Rotation").press("ArrowRight")
        expect(tab).to_have_url(re.compile(rf"at={angle}\b"))
    at_rest(title(tab))
    tab.go_back()
    expect(title(tab)).to_have_text("Does pooling forgive a shift?")
    expect(tab.get_by_role("radio", name="Every shift at once")).to_be_checked()
    expect(tab).to_have_url(chosen)
    tab.goto(f"{address}rotation?tour=3")
    step = tab.locator(".st-key-tour")
    for number in (4, 5):
        step.get_by_role("link", name="Next").click()
        expect(step).to_contain_text(f"Step {number} of")
        at_rest(step)
    for number in (4, 3):
        tab.go_back()
        expect(step).to_contain_text(f"Step {number} of")
        at_rest(step)
    expect(title(tab)).to_have_text(STEPS[2].question)


def test_back_leads_to_what_was_chosen_there_and_not_to_what_was_chosen_since(tab, address):
    def shown(question: str, *choices: str, networks: list[str]) -> None:
        expect(title(tab)).to_have_text(question)
        for name in choices:
            expect(tab.get_by_role("radio", name=name, exact=True)).to_be_checked()
        expect(network.and_(tab.locator("[aria-pressed=true]"))).to_have_text(networks)
        at_rest(title(tab))

    network = tab.locator(".st-key-networks").get_by_role("button")
    rotation, changes = "Does the answer survive a turn?", "What else does the answer survive?"
    tab.goto(f"{address}rotation")
    tab.locator(".sweep .row").nth(2).wait_for()
    first = network.all_inner_texts()
    shown(rotation, "Digits", "Draw", networks=first)
    links(tab).filter(has_text="Other changes").click()
    expect(title(tab)).to_have_text(changes)
    tab.get_by_role("radio", name="Samples", exact=True).click()
    expect(tab.get_by_role("button", name="sample 13: a 3")).to_be_visible()
    at_rest(title(tab))
    begun = network.all_inner_texts()  # another page may begin with others
    network.first.click()
    shown(changes, "Digits", "Samples", networks=begun[1:])
    links(tab).filter(has_text="Rotation").click()
    expect(title(tab)).to_have_text(rotation)
    tab.get_by_role("radio", name="Objects", exact=True).click()
    expect(network.first).not_to_have_text(first[0])
    at_rest(title(tab))
    tab.go_back()
    shown(changes, "Digits", "Samples", networks=begun[1:])
    tab.go_back()
    shown(rotation, "Digits", "Draw", networks=first)
