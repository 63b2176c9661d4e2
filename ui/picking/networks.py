"""Which networks the person compares."""

import streamlit as st

from invariance.datasets import Dataset
from ui.networks import Shown
from ui.picking.remembered import picked, take_up
from ui.words import escaped

Names = dict[str, tuple[str, ...]]
# Networks to compare until the person chooses: ones that differ.
COMPARED: Names = {
    "mnist": ("lenet5", "lenet5-rotated", "p4cnn"),
    "cifar10": ("cifar-overfit", "cifar-linear", "cifar-best"),
}


def choose_networks(models: list[Shown], dataset: Dataset, compared: Names = COMPARED) -> list[Shown]:
    """Let the person choose which networks to compare; nothing is asked where there is only one.

    compared: those to begin with on this page, by data set. What a person chose otherwise follows to other pages.
    """
    if len(models) < 2:
        return models
    titles = {shown.model.card.name: shown.model.card.title for shown in models}
    own = [shown.model.card.name for shown in models if shown.own]
    first = [name for name in titles if name in compared.get(dataset.name, ())] or list(titles)[:3]
    first += [name for name in own if name not in first]
    state, picks = st.session_state, picked(dataset)
    if "networks" in picks:  # a network that came since is compared too, one that went isn't
        came = [name for name in own if name not in picks.get("own", own)]
        picks["networks"] = [name for name in picks["networks"] if name in titles] + came
        if came or any(name not in titles for name in state.get("networks") or []):
            state.networks = None
    picks["own"] = own
    if "networks" not in picks and state.get("compared", first) != first:
        state.networks = None  # of a page that begins with others
    state.compared = first
    take_up("networks", dataset, first)
    chosen = st.pills(
        "Networks to compare",
        list(titles),
        format_func=lambda name: escaped(titles[name]),
        selection_mode="multi",
        key="networks",
        bind="query-params",
        wrap=True,
    )
    if chosen != first or "networks" in picks:
        picks["networks"] = chosen
    return [shown for shown in models if shown.model.card.name in chosen]
