"""The long explanation at a page's end: NAME.md beside the page, with its computed values filled in."""

import re
from pathlib import Path

import streamlit as st

from ui.glossary import glossed

PAGES = Path(__file__).parents[1] / "pages"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")  # {{name}}: neither Python's {name} nor $name, which are LaTeX's


def explanation(name: str, /, **values: object) -> str:
    """The text of pages/NAME.md, its terms marked as glossed() does, each {{placeholder}} replaced by its value.

    Raises:
        ValueError: a placeholder has no value, or a value has no placeholder.
    """
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    if (asked := set(PLACEHOLDER.findall(text))) != set(values):
        raise ValueError(f"pages/{name}.md has the placeholders {sorted(asked)}; the page gives {sorted(values)}.")
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), glossed(text))


def how_it_works(name: str, title: str = "How it works", /, **values: object) -> None:
    """Show pages/NAME.md, folded under a title; values: for its placeholders."""
    with st.expander(title):
        st.markdown(explanation(name, **values), unsafe_allow_html=True)
