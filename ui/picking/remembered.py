"""Choices that follow the person from page to page and stand in the page's address.

Widgets forget their value when another page is shown, so what was picked lives in st.session_state under names of
its own: "strokes", "picture" for every page, and for each kind of thing to recognise what picked() holds.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from invariance.datasets import DATASETS, Dataset
from ui.own_models import kinds
from ui.words import escaped

DIGITS = 6  # of a number in the address
KINDS = {"mnist": "Digits", "cifar10": "Objects"}  # what there is to recognise, by data set


def arrive(page: str) -> None:
    """Note, before a page runs, whether the person came to it just now, and by Back; page: its address."""
    state, context = st.session_state, get_script_run_ctx()
    back = bool(context and context.is_history_navigation)
    if back or state.get("page_shown") != page:
        state.page_shown, state.arrivals, state.came_back = page, state.get("arrivals", 0) + 1, back
    state.named_before = state.get("named_before", set()) | state.get("named", set())
    state.named = set()


def from_link(name: str, left_out: str | None = None) -> str | None:
    """What the address says under a name when the person comes to a page, told once; None if nothing, and later.

    It then counts more than what was picked before. Later the address may be older than what the person just chose.

    left_out: what it means, where Back leads to an address, that this says nothing: what was chosen when it was left.
    """
    state = st.session_state
    if state.get(f"arrival_{name}") == state.get("arrivals"):
        return None
    state[f"arrival_{name}"] = state.arrivals
    return st.query_params.get(name, left_out if state.came_back else None)


def to_link(name: str, value: str, first: str) -> None:
    """Put a choice into the address, which leaves out what a page begins with.

    Widgets that several pages have are not bound to the address: on the way Back to a page Streamlit takes out of the
    address what is bound on the page that is left.
    """
    st.session_state.setdefault("named", set()).add(name)
    if value == first:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def forget_hidden() -> None:
    """Take out of the address, once a page has run, what can't be chosen on it any more."""
    state = st.session_state
    for name in state.named_before - state.named:
        st.query_params.pop(name, None)
    state.named_before = set()


def remembered(name: str, options: list[str], titles: Callable[[str], str], label: str, *, quiet: bool = False) -> str:
    """One of several, kept in the page's address and when another page is shown.

    quiet: the options say by themselves what is chosen; the label is only for those who can't see them.
    """
    state = st.session_state
    first = escaped(titles(options[0]))
    came = state.get(f"arrival_{name}") != state.get("arrivals")  # what Streamlit then holds of it is not to be trusted
    asked = {escaped(titles(option)): option for option in options}.get(from_link(name, first))
    # The last was perhaps picked where there are more options.
    kept = (state.get(name), state.get(f"picked_{name}"))
    wanted = (asked, *(reversed(kept) if came else kept))
    state[name] = next((value for value in wanted if value in options), options[0])  # see take_up()
    ask = st.segmented_control if quiet else st.pills
    chosen = ask(
        label,
        options,
        format_func=lambda option: escaped(titles(option)),
        required=True,
        key=name,
        wrap=True,
        label_visibility="collapsed" if quiet else "visible",
    )
    chosen = chosen or state.get(f"picked_{name}")
    chosen = state[f"picked_{name}"] = chosen if chosen in options else options[0]
    to_link(name, escaped(titles(chosen)), first)
    return chosen


def one_of(
    name: str, label: str, options: list[str], first: str | None = None, width: int | Literal["stretch"] = "stretch"
) -> str:
    """One of a list, kept while it isn't shown and in the page's address.

    first: where none of them was chosen; None: the first of them. When it becomes another, the list begins anew with
    it: the address leaves out what a list begins with.
    """
    state = st.session_state
    first = options[0] if first is None else first
    asked, began = from_link(name, first), state.get(f"first_{name}", first)
    kept = state.get(name, state.get(f"picked_{name}")) if began == first else None
    state[f"first_{name}"] = first
    state[name] = next((value for value in (asked, kept) if value in options), first)
    chosen = state[f"picked_{name}"] = st.selectbox(label, options, key=name, width=width)
    to_link(name, chosen, first)
    return chosen


def whole_number(name: str, label: str, low: int, high: int, first: int, width: int) -> int:
    """A whole number from low to high, kept while it isn't shown and in the page's address."""
    state = st.session_state
    asked = from_link(name, str(first)) or ""
    wanted = (
        int(asked) if asked.isdecimal() and len(asked) <= DIGITS else None,
        state.get(name),
        state.get(f"picked_{name}"),
    )
    state[name] = next((value for value in wanted if value is not None and low <= value <= high), first)
    chosen = state[f"picked_{name}"] = st.number_input(label, low, high, key=name, width=width)
    to_link(name, str(chosen), str(first))
    return chosen


def if_finite(name: str) -> str | None:
    """How a widget for a whole number keeps to the page's address: bind=if_finite(key).

    Streamlit 1.67 fails on an address that says infinity, so that is taken out of it and not read.
    """
    try:
        finite = math.isfinite(float(st.query_params.get(name, 0)))
    except ValueError:  # it is no number at all, which Streamlit finds out too
        finite = True
    if finite:
        return "query-params"
    del st.query_params[name]
    return None


def choose_dataset() -> Dataset:
    """Let the person choose what to recognise: the data set of such things."""
    state = st.session_state
    titles = KINDS | {name: dataset.title for name, dataset in kinds().items() if name not in DATASETS}
    name = remembered("what", list(titles), titles.get, "What to recognise", quiet=True)
    asked = from_link("sample")
    if state.setdefault("kind", name) != name:
        state.kind = name
        if asked is None:
            st.query_params.pop("sample", None)  # the address still names one of the other kind
    return kinds()[name]


def picked(dataset: Dataset) -> dict[str, Any]:
    """What the person picked for this kind of thing, by name: "source", "networks", "upload", "square", "linked",
    "sample", "test" and "picture"."""
    return st.session_state.setdefault(f"picked_{dataset.name}", {})


def take_up(name: str, dataset: Dataset, first: Any) -> None:
    """Give a widget what was picked for this kind of thing, or `first`, if it has no value or another kind's."""
    state = st.session_state
    value = state.get(name)
    if value is None or state.get(f"{name}_of", dataset.name) != dataset.name:
        value = picked(dataset).get(name, first)
    state[name] = value  # even if it is the same: the widget of another page loses what isn't given to it anew
    state[f"{name}_of"] = dataset.name
