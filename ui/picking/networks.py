"""Which networks the person compares: a few at once, the others behind "more", by idea."""

from collections.abc import Sequence

import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset
from invariance.evaluation import records
from invariance.evaluation.ideas import IDEAS, figure_of
from ui.networks import Shown
from ui.picking.remembered import from_link, picked, take_up
from ui.words import escaped

Names = dict[str, tuple[str, ...]]
# Networks to compare until the person chooses: ones that differ.
COMPARED: Names = {
    "mnist": ("lenet5", "lenet5-rotated", "p4cnn"),
    "cifar10": ("cifar-overfit", "cifar-linear", "cifar-best"),
}
FEW = 3  # networks that are shown before the person looks for more
AT_FIRST = "those to begin with"
OWN, OTHERS = "your own", "others"  # what networks without an idea have in common


def choose_networks(
    models: list[Shown], dataset: Dataset, compared: Names = COMPARED, ideas: Sequence[str] = ()
) -> list[Shown]:
    """Let the person choose which networks to compare; nothing is asked where there is only one.

    What a person chose follows to other pages. It stands in the page's address as "networks", by the names of their
    files.

    Args:
        models: to choose from.
        dataset: what they recognise.
        compared: those to begin with on this page, by data set.
        ideas: keys of IDEAS; the page begins with a network of each, and with those compared while there are too FEW.
    """
    if len(models) < 2:
        return models
    by_name = {shown.model.card.name: shown for shown in models}
    own = [name for name, shown in by_name.items() if shown.own]
    of_ideas = (next((name for name in IDEAS[idea].first if name in by_name), "") for idea in ideas)
    begun = [name for name in dict.fromkeys((*of_ideas, *compared.get(dataset.name, ()))) if name in by_name]
    first = [name for name in by_name if name in begun[:FEW]] or list(by_name)[:FEW]
    first += [name for name in own if name not in first]
    state, picks = st.session_state, picked(dataset)
    told = from_link("networks", AT_FIRST)
    asked = _in_address(by_name) if "networks" not in picks or told is not None else None
    if told == AT_FIRST:
        picks.pop("networks", None)
        state.networks = None
    elif asked is not None:
        picks["networks"] = asked
        state.networks = None
    elif "networks" in picks:  # a network that came since is compared too, one that went isn't
        came = [name for name in own if name not in picks.get("own", own)]
        picks["networks"] = [name for name in picks["networks"] if name in by_name] + came
        if came or any(name not in by_name for name in state.get("networks") or []):
            state.networks = None
    picks["own"] = own
    if "networks" not in picks and state.get("compared", first) != first:
        state.networks = None  # of a page that begins with others
    state.compared = first
    take_up("networks", dataset, first)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    chosen = row.pills(
        "Networks to compare",
        [name for name in by_name if name in {*first, *state.networks}],
        format_func=lambda name: escaped(by_name[name].model.card.title),
        selection_mode="multi",
        key="networks",
        wrap=True,
        label_visibility="collapsed",
    )
    if chosen != first or "networks" in picks:
        picks["networks"] = st.query_params["networks"] = chosen
    else:
        st.query_params.pop("networks", None)
    told = [f"**{escaped(by_name[name].model.card.title)}**: {_about(by_name[name])}" for name in chosen]
    with row.popover(
        "more …", help="\n\n".join(told) or "All networks, by idea", key="more_networks", on_change="rerun"
    ) as more:
        if more.open:
            _by_idea(models, chosen, picks)
    return [shown for shown in models if shown.model.card.name in chosen]


def _in_address(by_name: dict[str, Shown]) -> list[str] | None:
    """The networks that the page's address names, by file or, in older links, by title; None if it names none."""
    if not (asked := st.query_params.get_all("networks")):
        return None
    named = [name for name, shown in by_name.items() if name in asked or shown.model.card.title in asked]
    return named if named or asked == [""] else None


def _about(shown: Shown) -> str:
    """What a network is, and the one figure that tells about it; as Markdown."""
    card = shown.model.card
    if shown.own:
        return "dropped on Your model, for this visit"
    try:
        measured, _ = records.evaluation(shown.path, shown.model.sha256, card.dataset)
    except UserError:  # the record is damaged, which is said where the measurements are shown
        measured = None
    return f"{escaped(card.about)} {escaped(figure_of(card, measured))}."


def _by_idea(models: list[Shown], chosen: list[str], picks: dict) -> None:
    """Every network under its idea, to be ticked."""
    groups: dict[str, list[Shown]] = {}
    for idea in (*IDEAS, OTHERS, OWN):
        for shown in models:
            if idea == (OWN if shown.own else shown.model.card.idea if shown.model.card.idea in IDEAS else OTHERS):
                groups.setdefault(idea, []).append(shown)
    for idea, group in groups.items():
        title, meaning = (IDEAS[idea].title, IDEAS[idea].meaning) if idea in IDEAS else (idea, "")
        st.markdown(f"**{title[0].upper()}{title[1:]}.** {meaning}")
        for shown in group:
            card, key = shown.model.card, f"network_{shown.model.card.name}"
            st.session_state[key] = card.name in chosen
            st.checkbox(
                f':color[■]{{foreground="{shown.colour}"}} **{escaped(card.title)}**. {_about(shown)}',
                key=key,
                on_change=_tick,
                args=(card.name, chosen, picks),
            )


def _tick(name: str, chosen: list[str], picks: dict) -> None:
    """Compare one network more, or one less."""
    picks["networks"] = [each for each in chosen if each != name] + ([] if name in chosen else [name])
    st.session_state.networks = None  # what was picked is taken up
