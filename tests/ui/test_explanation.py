import pytest

from invariance.evaluation.records import ROOT
from ui import explanation as module
from ui.explanation import explanation

WITHOUT = ("menu", "start", "teach", "glossary")  # pages that need no long explanation
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem not in WITHOUT)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_its_text_beside_it(page):
    assert (ROOT / "pages" / f"{page}.md").read_text().strip()


@pytest.mark.parametrize("text", sorted(path.stem for path in (ROOT / "pages").glob("*.md")))
def test_every_text_belongs_to_a_page(text):
    assert text.split("_")[0] in PAGES


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes NAME.md where pages look for it."""
    monkeypatch.setattr(module, "PAGES", tmp_path)
    return lambda name, text: (tmp_path / f"{name}.md").write_text(text)


def test_placeholders_are_filled_and_formulas_stay(written):
    formula = r"$$\frac{a_{ij}}{\sum_{k} {b}^{2}}$$ costs $1"
    written("page", f"{formula} is {{{{size}}}} of {{{{what}}}}, {{{{size}}}} in all")
    assert explanation("page", size=3, what="{{size}} $x") == f"{formula} is 3 of {{{{size}}}} $x, 3 in all"


@pytest.mark.parametrize("values", [{}, {"size": 3}, {"size": 3, "what": 1, "more": 1}], ids=["none", "few", "many"])
def test_a_placeholder_without_a_value_and_a_value_without_a_placeholder_are_errors(written, values):
    written("page", "{{size}} of {{what}}")
    with pytest.raises(ValueError, match=r"page\.md has the placeholders \['size', 'what'\]"):
        explanation("page", **values)
