"""Every entry of the page Sources leads to the place in the app that shows it."""

import re
from collections import Counter
from urllib.parse import parse_qs, parse_qsl

import numpy as np
import pytest
from google.protobuf import text_format
from streamlit.testing.v1 import AppTest

from invariance.claims import CLAIMS, SOURCES
from tests.conftest import ROOT, case
from tests.pages.conftest import opened, verdict
from ui.answers import every_shift

TERM = re.compile(r"<abbr[^>]*>|</abbr>")  # around a word of the glossary
CODE = ("js_content", "css_content", "html_content")  # of our own widgets: nothing that a person reads


def visited(place):
    """A visit that begins at a place."""
    return follow(AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60), place)


def follow(app, place):
    """Follow a link."""
    page, _, query = place.partition("?")
    app.switch_page(f"{page}.py").query_params.clear()
    app.query_params.update(parse_qs(query, strict_parsing=bool(query)))
    return app.run()


def words(app):
    """All that stands on a page, folded texts, tables, alternative texts and what widgets are given included."""
    said, waiting = [], [app.main]
    while waiting:
        node = waiting.pop()
        waiting += getattr(node, "children", {}).values()
        if proto := getattr(node, "proto", None):
            shown = type(proto)()
            shown.CopyFrom(proto)
            for field in set(CODE) & set(proto.DESCRIPTOR.fields_by_name):
                shown.ClearField(field)
            said.append(text_format.MessageToString(shown, as_utf8=True))
    said += [frame.value.to_csv() for kind in (app.dataframe, app.table) for frame in kind]
    return TERM.sub("", "\n".join(said).replace("\\\\", "\\").replace("\\'", "'"))


def as_unmoved(model, image, edges, downs, rights):
    """In place of asking a network about thousands of shifts: its logits for the image as it is, at every one."""
    return np.tile(model.logits(image[None])[0], (len(downs), len(rights), 1))


def test_every_entry_s_place_shows_it(tmp_path, monkeypatch):
    """One visit follows all links, so that what an earlier one chose must give way."""
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    monkeypatch.setattr(every_shift, "_map", as_unmoved)
    places = {claim.page: [] for claim in CLAIMS.values()}
    for source in SOURCES.values():
        for item in source.items:
            if item.page:
                places.setdefault(item.page, []).append(item)
    app = visited("glossary")
    for place, items in places.items():
        with case(place):
            follow(follow(app, "glossary"), place)
            assert not app.exception
            said = words(app)
        for item in items:
            with case(place, item.where):
                assert item.shows in said


def test_a_link_counts_more_than_what_was_chosen_before():
    app = visited("classify?networks=p4cnn&source=Samples&sample=7")
    follow(app, "inside?inside=lenet5&source=Samples&sample=4&look=Maps&layer=relu1&map=1")
    assert "sample 4" in words(app)
    follow(app, "symmetry?networks=lenet5&broken_by=Shift")
    assert "**LeNet-5**" in words(app)
    assert "**p4 network**" not in words(app)
    follow(app, "inside?inside=mnist-cnn&look=Layers")
    assert "1,134,426" in words(app)


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
@pytest.mark.parametrize("section", ["Figure by figure", "Theirs beside ours"])
def test_every_row_leads_to_its_place(source, section):
    app = visited(f"sources?paper={source.author}&beside={section}")
    assert not app.exception
    rows = source.items if section == "Figure by figure" else source.claims
    links = [link.proto for link in app.main.get("page_link")]
    assert [(link.page, parse_qsl(link.query_string)) for link in links] == [
        (row.page.partition("?")[0], parse_qsl(row.page.partition("?")[2])) for row in rows if row.page
    ]
    assert [link.label.lower() for link in links] == [row.where.lower() for row in rows if row.page]


def test_the_verdict_counts_the_figures():
    said = verdict(opened("sources.py", query={"paper": "Doshi"}))
    counts = Counter(claim.verdict() for claim in CLAIMS.values())
    for word, count in counts.items():
        assert f"{count} {word}" in said
    held = sum(counts[word] for word in ("equal", "reproduced", "same finding, other figure", "surpassed"))
    assert f"Of {len(CLAIMS)} claims of the four sources, {held} hold here. All: " in said
    assert f"Doshi's {len(SOURCES['doshi'].claims)}: " in said
