"""Presentation: a page for a wall, with large letters and nothing beside it; "present" in the page's address."""

from pathlib import Path

import streamlit as st

SHEET = Path(__file__).parent / "present.css"


def presenting() -> bool:
    """Whether pages are shown so; it holds from page to page until the person leaves it."""
    state = st.session_state
    if "present" in st.query_params:
        state.presenting = st.query_params["present"] == "1"
    if state.get("presenting"):
        st.query_params["present"] = "1"
        return True
    st.query_params.pop("present", None)
    return False


def present(on: bool) -> None:
    """Begin or end it; called before the page runs anew, as of a button."""
    st.session_state.presenting = on
    st.query_params.pop("present", None)


def leave() -> None:
    """A small button that ends it, where it is on."""
    if st.session_state.get("presenting"):
        st.button(
            "Leave presentation",
            key="leave_presentation",
            type="tertiary",
            icon=":material/close_fullscreen:",
            on_click=present,
            args=(False,),
        )
