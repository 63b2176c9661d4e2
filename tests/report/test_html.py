"""The report's page: well-formed, whole in itself, and safe whatever names hold."""

import copy
import itertools
import re
import unicodedata
from html.parser import HTMLParser

import pytest

from invariance.report.html import html
from invariance.strangers_words import letters
from tests.conftest import case
from tests.report import findings

VOID = {"meta", "img", "br"}
MADE = {"example": findings.example, "empty": findings.empty, "hostile": findings.hostile}


class Page(HTMLParser):
    """Reads a page, and fails where a tag is not closed, or closed where another is open."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.style = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), f"{tag} has an attribute twice"
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert "svg" in self.open, f"{tag} closes itself outside a chart"
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self):
        return letters(" ".join(self.texts))


@pytest.fixture(scope="module")
def pages():
    return {name: Page(html(made())) for name, made in MADE.items()}


def test_ids_are_unique_and_what_refers_to_one_finds_it(pages):
    for name, page in pages.items():
        with case(name):
            ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
            assert len(ids) == len(set(ids))
            asked = {each["href"].removeprefix("#") for each in page.all("a")}
            asked |= {one for _, each in page.tags for one in each.get("aria-labelledby", "").split()}
            assert len(asked) >= 8
            assert asked <= set(ids)


def test_a_reader_of_the_screen_finds_its_way(pages):
    for name, page in pages.items():
        with case(name):
            assert page.all("html") == [{"lang": "en"}]
            levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
            assert levels.count(1) == 1
            assert all(new <= old + 1 for old, new in itertools.pairwise(levels))
            assert len(page.all("table")) == len(page.all("caption"))
            assert {each.get("scope") for each in page.all("th")} <= {"row", "col"}
            assert all("alt" in each for each in page.all("img"))
            assert all(each.get("aria-label") for each in page.all("div") if each.get("role") == "region")


def test_a_page_asks_nobody_and_runs_nothing(pages):
    for name, page in pages.items():
        with case(name):
            assert not page.all("script")
            assert not page.all("link")
            assert not re.search(r"url\(|@import|</", page.style)
            for tag, attributes in page.tags:
                assert not [attribute for attribute in attributes if attribute.startswith("on")]
                for attribute in ("src", "href", "xlink:href", "action", "srcset", "poster", "data", "style"):
                    if attribute in attributes:
                        assert attributes[attribute].startswith("data:image/png;base64," if tag == "img" else "#")
            (rule,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
            assert rule.startswith("default-src 'none'")


def test_names_of_strangers_are_text(pages):
    """A hostile page has no tag and no attribute that an ordinary one has not, and shows every name's letters."""
    made = {name: {(tag, one) for tag, each in page.tags for one in ("", *each)} for name, page in pages.items()}
    turned = ("text", "transform")  # of long names of classes
    assert made["hostile"] - made["example"] == {turned}
    for name in findings.HOSTILE:
        with case(name):
            assert letters(name) in pages["hostile"].text


def test_what_cannot_be_seen_is_not_in_a_page():
    text = html(findings.hostile())
    assert {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Cs")} == {"\n"}
    text.encode("utf-8")


def test_pictures_that_are_no_png_of_their_own_are_left_out(pages):
    assert not pages["hostile"].all("img")
    shown = len(pages["example"].all("img"))
    assert shown > 20
    for address in (
        "https://example.com/a.png",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/png;base64,PHN2Zz4=",  # no PNG
        "data:image/png;base64,iVBORw0KGgo=\n",
        "data:image/png;base64,iVBORw0KGgo==",
        'data:image/png;base64,iVBORw0KGgo=" onerror="alert(1)',
        "",
    ):
        with case(address):
            found = findings.example()
            found["flipped"][0]["picture"] = address
            assert len(Page(html(found)).all("img")) == shown - 1


def test_a_page_is_made_of_its_findings_alone():
    found = findings.example()
    before = copy.deepcopy(found)
    assert html(found) == html(found)
    assert found == before


def test_a_partial_and_a_quick_report_say_so():
    found = findings.example()
    assert "not complete" not in html(found)
    assert "first answer" not in html(found)
    found["run"] |= {"complete": False, "quick": True}
    found["layers"], found["measures"] = [], ["rotation", "layers", "accuracy"]
    text = Page(html(found)).text
    assert "This report is not complete: it was written after 104,000 answers of the model in 83 s." in text
    assert "Still to come: layers." in text
    assert "This is the first answer, from 600 of 1,000 images." in text


def test_every_measure_that_is_left_out_still_gives_a_page():
    for part, empty in findings.empty().items():
        if part not in ("format", "version", "model", "data", "run", "measures"):
            with case(part):
                found = findings.example()
                found["transforms"] = {"reflection": found["transforms"]["reflection"]}
                found[part] = empty
                assert Page(html(found)).all("h2")


def test_a_thousand_classes_are_folded_and_their_confusion_is_a_list():
    found = findings.example()
    found["model"]["labels"] = [f"class {number}" for number in range(1000)]
    found["per_class"] = [
        {"label": label, "value": place / 1000, "low": 0.0, "high": 1.0, "n": 5}
        for place, label in enumerate(found["model"]["labels"])
    ]
    found["confusion"] = [[place, 999 - place, 1 + place] for place in range(1000)]
    page = Page(html(found))
    assert "confusion-title" not in {each.get("id") for each in page.all("title")}
    assert "All other classes" in page.text
    assert page.text.index("class 999 class 0 1,000") < page.text.index("class 998 class 1 999")


def test_the_most_different_measures_come_first():
    found = findings.example()
    one = found["comparison"]["measures"][0]
    found["comparison"]["measures"] += [
        one | {"name": f"rotation@{place}", "title": f"Turn {place}", "difference": place / 100, "beyond_chance": True}
        for place in range(30)
    ]
    text = Page(html(found)).text
    places = [
        text.index(f"{title} ") for title in ("Accuracy no", "Turn 29", "Turn 28", "All other measures", "Turn 2")
    ]
    assert places == sorted(places)
    assert "31 of 32 measures differ by more than chance." in text
