"""Every page as axe-core sees it, light and dark: nothing that people can't read, name or reach."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import page_of
from tests.conftest import ROOT

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "menu")
FAULTS = ("serious", "critical")
MENU = "[data-testid=stSidebarNav]"
# Streamlit 1.67 lays the menu's entries into a div for each of its groups within one list; no setting changes that.
MENU_RULES = ("list", "listitem")
BUSY = "[data-testid=stSkeleton], [data-testid=stAppSkeleton], [data-testid=stSpinner], [data-stale=true]"


@pytest.fixture(scope="module")
def reader(context_of):
    """A page for all tests, so that the app is loaded once."""
    with page_of(context_of("one")) as page:
        yield page


def faults(page, context: dict, **options) -> list[str]:
    """What axe-core finds serious or critical in a part of a page, each in a line that names the element."""
    found = Axe().run(page, context, {"resultTypes": ["violations"]} | options).response["violations"]
    return [
        f"{page.url} {fault['id']}: {node['html'][:300]} {' '.join(node['failureSummary'].split())[:300]}"
        for fault in found
        if fault["impact"] in FAULTS
        for node in fault["nodes"]
    ]


def opened(page, address: str, scheme: str) -> None:
    """Open a page of the app, light or dark, and wait until nothing changes on it."""
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    page.locator(".stMainBlockContainer h1").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.evaluate("document.fonts.ready")
    page.wait_for_function(f"!document.querySelector('{BUSY}')")


@pytest.mark.parametrize("name", PAGES)
def test_people_can_read_and_reach_all_of_a_page(reader, address, name):
    opened(reader, address + name.replace("start", ""), "light")
    found = faults(reader, {"exclude": [[MENU]]})
    reader.emulate_media(color_scheme="dark")  # without a word from the server
    reader.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme == 'dark'")
    reader.wait_for_function(
        "!document.getAnimations().some(each => each instanceof CSSTransition && each.playState == 'running')"
    )
    found += faults(reader, {"exclude": [[MENU]]})
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_can_read_and_reach_the_menu(reader, address, scheme):
    opened(reader, address + "about", scheme)
    found = faults(reader, {"include": [[MENU]]}, rules={rule: {"enabled": False} for rule in MENU_RULES})
    assert not found, "\n".join(found)
