"""Every chart, map, table and picture that a page shows has its buttons: PNG and PDF, and CSV for numbers."""

import re
from urllib.parse import urlencode

import pytest

from tests.conftest import ROOT, case
from tests.pages.conftest import opened
from tests.pages.test_sources_page import as_unmoved, follow
from ui.answers import every_shift

# Our own widgets that show what was worked out; the others take what the person draws, picks or copies.
SHOWING = {"amount_slider", "film", "network_view", "number_grids", "pixels", "shift_pad", "sliding_kernel", "atlas"}
TAKING = {"canvas", "copy_link", "crop", "gallery"}
NUMBERS = {"dataframe", "table", "number_grids", "pixels", "sliding_kernel"}  # what can be had as CSV
TEXT = {"caption", "empty", "html", "image", "info", "latex", "markdown", "metric", "warning"}
# Pictures of which there is nothing to take along, by what is said of them to people who don't see them.
DECORATION = re.compile(
    r".* as the networks see it, \d+ by \d+ pixels"  # what the person gave
    r"|the picture as the network gets it"
    r"|slice \d+ of the kernel"  # a lone kernel, as an icon; the page has them all
    r"|a digit labelled .*"  # its chart's title says what it is
    r"|a drawing of .*"  # what the person picked
    r"|.*QR code.*"
)
DRAWN = re.compile("<img|<table|<svg")
CHOICES = ("Look at", "What was measured")  # what leads from one view of a page to the next
KINDS_SHOWN = {"training.py": ["Digits", "Objects"]}  # where what there is to see is not the same for both
PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py") if path.stem != "menu")


def leaves(block):
    """What stands in a part of a page, from top to bottom."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from leaves(child)
        else:
            yield child


def what(element):
    """What an element shows: a kind of chart, table, picture or widget; "" if nothing of the sort."""
    if element.type == "bidi_component":
        name = element.proto.component_name.rpartition(".")[2]
        assert name in SHOWING | TAKING, f"is what the widget {name} shows to be downloaded? Say so above"
        return name if name in SHOWING else ""
    if element.type == "image":
        return "" if all(DECORATION.fullmatch(each.alt) for each in element.proto.imgs) else "picture"
    if element.type in ("dataframe", "table"):
        return element.type
    if element.type == "html":
        return "picture" if DRAWN.search(element.proto.body) and not DECORATION.search(element.proto.body) else ""
    if element.type == "markdown" and "|---" in element.value:
        return "table"
    return "chart" if "chart" in element.type else ""


def lacking(app):
    """What a page shows without the buttons that are due right below it."""
    shown, kinds, without = [], set(), []

    def close():
        due = {"PNG", "PDF"} | ({"CSV"} if NUMBERS & set(shown) else set())
        if shown and not due <= kinds:
            without.append((*shown, *sorted(due - kinds)))
        shown.clear()
        kinds.clear()

    for element in leaves(app.main):
        if kind := what(element):
            if kinds or set(shown) - {kind}:  # below the last one's buttons, or of another kind than it
                close()
            shown.append(kind)
        elif element.type == "download_button":
            kinds.add(element.proto.label)
        elif element.type not in TEXT:
            close()
    close()
    return without


def views(app):
    """The choices that lead to the page's views: the address's name of each, and the options."""
    return [
        (group.key, [option.content for option in group.proto.options])
        for group in app.get("button_group")
        if group.proto.label in CHOICES
    ]


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_page_shows_can_be_taken_along(page, monkeypatch):
    monkeypatch.setattr(every_shift, "_map", as_unmoved)
    app = opened(page)
    for kind in KINDS_SHOWN.get(page, ["Digits"]):
        follow(app, f"{page.removesuffix('.py')}?what={kind}")
        found = views(app)  # the page begins with one of them
        places = [{"what": kind, name: option} for name, options in found for option in options] or [{"what": kind}]
        for place in places:
            with case(page, place):
                assert not app.exception
                assert lacking(follow(follow(app, "glossary"), f"{page.removesuffix('.py')}?{urlencode(place)}")) == []
