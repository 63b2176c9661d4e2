"""What stands around every page: its question and verdict, a link to it, the chosen image, what runs the models."""

from pathlib import Path

import streamlit as st

from ui.glossary import glossed
from ui.networks import catalogue
from ui.own_models import own_models
from ui.picking import remembered
from ui.picking.picture import show_picked
from ui.present import leave, presenting
from ui.tour import bar as tour
from ui.tour.steps import STEPS
from ui.widgets.copy_link import copy_link
from ui.words import escaped

HERE = Path(__file__).parent


NAME = "Invariance Lab"


def top() -> None:
    """Name the app; called before anything else."""
    st.set_page_config(page_title=NAME, page_icon=str(HERE / "icon.png"), layout="wide")
    for sheet in ("frame.css", "glossary.css"):
        st.html(HERE / sheet)
    tour.begin()
    if presenting():
        st.html(HERE / "present.css")
    st.logo(str(HERE / "logo.svg"), size="large")
    st.session_state.picked_shown = False


def arrive(page: st.Page) -> None:
    """Let the browser's tab say which page it shows, and note whether the person came to it just now."""
    st.set_page_config(page_title=f"{page.title} · {NAME}")
    remembered.arrive(page.url_path)


def head(question: str, sentence: str) -> None:
    """A page's question as its title, a link to what it shows, and one sentence that says what to try (Markdown)."""
    tour.bar()
    row = st.container(key="page_head", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.title(question, anchor=False, width="content")
    with row.container(width="content", horizontal=True, vertical_alignment="center"):
        leave()
        copy_link("Copied, but for your own networks." if own_models() else "Copied: it opens what you see here.")
    st.markdown(glossed(sentence), unsafe_allow_html=True)


def guess_first() -> bool:
    """Ask what the tour's step asks, in the place of its page; False: there is no step, or it was guessed."""
    if (number := tour.unguessed()) is None:
        return False
    head(STEPS[number - 1].question, "Guess: the page that answers it shows once you have.")
    tour.ask(number)
    return True


def say_verdict(text: str) -> None:
    """A page's verdict, in words (Markdown) that follow what is shown; people who can't see it are told of a change."""
    st.markdown(f'<div role="status" data-testid="verdict">\n\n{text}\n\n</div>', unsafe_allow_html=True)


def bottom() -> None:
    """Show the chosen image and one line that says what runs the models; the address says no more than the page."""
    remembered.forget_hidden()
    if not st.session_state.picked_shown:  # the page has no live part that does so at every stroke
        show_picked()
    with st.sidebar:
        models, problems = catalogue()
        for provider in {shown.model.provider for shown in models}:
            st.caption(f"Models run on: {escaped(provider)}.")
        st.page_link("about.py", label="What runs here, and what was measured", icon=":material/info:")
        st.page_link("glossary.py", label="Words, and what they mean", icon=":material/dictionary:")
        for problem in problems:
            st.warning(escaped(problem))
