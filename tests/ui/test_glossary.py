import re

import pytest

from invariance.evaluation.records import ROOT
from ui.glossary import TERMS, glossed
from ui.words import escaped

MARK = re.compile(r'<abbr class="term" tabindex="0" data-meaning="([^"]*)">(.*?)</abbr>')
TEXTS = sorted((ROOT / "pages").glob("*.md"))


def marked(text):
    """The words that are marked in a text."""
    return [word for _, word in MARK.findall(glossed(text))]


def test_marks_change_nothing_of_a_page_s_text_and_each_meaning_stands_once():
    found = set()
    for path in TEXTS:
        text = path.read_text("utf-8")
        with_marks = glossed(text)
        assert MARK.sub(r"\2", with_marks) == text
        meanings = [meaning for meaning, _ in MARK.findall(with_marks)]
        assert len(set(meanings)) == len(meanings)
        found.update(meanings)
    assert len(found) > len(TERMS) / 2


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_found_in_all_its_forms_as_a_word_by_itself(name):
    for form in (name, *TERMS[name].forms):
        assert marked(f"Its {form}, and no {form}: (the {form})") == [form]
        assert marked(f"{form.capitalize()}s") == [f"{form.capitalize()}s"]
        assert form not in marked(f"a{form} and {form}ology and un-{form}-like")


@pytest.mark.parametrize(
    "left",
    [
        "# The kernel\n",
        "`kernel`",
        "```\nkernel\n```",
        "$kernel_{ij}$",
        "$$\nkernel\n$$",
        "[kernel](kernel.html)",
        "![kernel](kernel.png)",
        '<span title="kernel">',
        "{{kernel}}",
        "https://example.org/kernel",
        "*Source:* A. Nobody, A kernel\nand a kernel.",
    ],
)
def test_only_words_of_a_text_are_marked(left):
    assert glossed(left) == left
    assert marked(f"{left}\n\nThe kernel and the stride.") == ["kernel", "stride"]


def test_a_meaning_is_one_sentence_that_html_and_markdown_leave_alone():
    for name, term in TERMS.items():
        assert term.meaning.endswith("."), name
        assert escaped(term.meaning) == term.meaning, name
        assert not re.search(r'[<>"]', term.meaning), name
