"""What stands around every page: the name, and in the sidebar the chosen image and what runs the models."""

from pathlib import Path

import streamlit as st

from ui.networks import catalogue
from ui.picking.picture import show_picked
from ui.words import escaped

HERE = Path(__file__).parent


NAME = "Invariance Lab"


def top() -> None:
    """Name the app; called before anything else."""
    st.set_page_config(page_title=NAME, page_icon=str(HERE / "icon.png"), layout="wide")
    st.logo(str(HERE / "logo.svg"), size="large")
    st.session_state.picked_shown = False


def name_tab(page: str) -> None:
    """Let the browser's tab say which page it shows."""
    st.set_page_config(page_title=f"{page} · {NAME}")


def bottom() -> None:
    """Show the chosen image and one line that says what runs the models."""
    if not st.session_state.picked_shown:  # the page has no live part that does so at every stroke
        show_picked()
    with st.sidebar:
        models, problems = catalogue()
        for provider in {shown.model.provider for shown in models}:
            st.caption(f"Models run on: {escaped(provider)}.")
        for problem in problems:
            st.warning(escaped(problem))
