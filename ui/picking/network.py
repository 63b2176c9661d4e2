"""Which one network the person looks into."""

import streamlit as st

from invariance.datasets import Dataset
from ui.networks import Shown
from ui.picking.remembered import from_link, picked, take_up


def choose_network(name: str, label: str, models: list[Shown], dataset: Dataset, first: str) -> Shown:
    """Let the person choose one of several networks.

    It stands in the page's address under this name, by the name of its file; links may give its title too.

    Args:
        name: of the choice.
        label: what is asked.
        models: to choose from, at least one.
        dataset: what they recognise; for each kind of thing there is a choice of its own.
        first: the name of the one to begin with.
    """
    by_name = {shown.model.card.name: shown for shown in models}
    state, asked = st.session_state, from_link(name)
    named = [each for each, shown in by_name.items() if asked in (each, shown.model.card.title)]
    if named or state.get(name) not in by_name or state.get(f"{name}_of", dataset.name) != dataset.name:
        last = picked(dataset).get(name)
        state[name] = named[0] if named else last if last in by_name else first
        state[f"{name}_of"] = dataset.name
    take_up(name, dataset, first)
    chosen = st.selectbox(label, list(by_name), format_func=lambda each: by_name[each].model.card.title, key=name)
    picked(dataset)[name] = st.query_params[name] = chosen
    return by_name[chosen]
