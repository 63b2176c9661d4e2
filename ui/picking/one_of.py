"""One of several from a list that may be another at the next visit."""

import streamlit as st

from ui.picking.remembered import from_link, kept


def one_of(name: str, options: list[str], label: str, first: str | None = None) -> str:
    """A list to choose from, kept in the page's address under this name and when another page is shown.

    first: the one to begin with, and where what was chosen is none of the options; None: the first of them.
    """
    state = st.session_state
    first = options[0] if first is None else first
    if (asked := from_link(name)) in options:
        state[name] = asked
    if state.get(name, state.get(f"kept_{name}")) not in options:
        state[name] = first
    return st.selectbox(label, options, key=kept(name, first), bind="query-params")
