"""A place on a page for one view at a time."""

from collections.abc import Hashable

import streamlit as st


def place_for(name: str, view: Hashable) -> st.delta_generator.DeltaGenerator:
    """A container for one of several views; when another is shown, the last vanishes before the new one is worked out.

    Streamlit leaves what a container held until something takes its place. So there are two of them, taken in turns.

    name: of the place; view: which one is shown.
    """
    last, turn = st.session_state.get(f"view_{name}", (view, 0))
    turn = turn if last == view else 1 - turn
    st.session_state[f"view_{name}"] = view, turn
    places = [st.container() if at == turn else st.empty() for at in range(2)]
    return places[turn]
