"""Measure networks anew on this machine, beside what is recorded."""

from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, data_dir, sample
from invariance.evaluation.evaluate import evaluate_transform
from invariance.number_words import with_interval_and_n
from invariance.transforms import Transform
from ui import test_sets
from ui.drawing.shown import table
from ui.networks import Shown
from ui.recorded.measured import keep, progress_in
from ui.words import escaped

COUNTS = {"1,000 drawn at random": 1000, "all": None}


def remeasure(models: list[Shown], dataset: Dataset, transform: Transform, recorded: dict[str, dict[str, Any]]) -> None:
    """A button that measures the networks over a transform's amounts, with progress and a way to stop."""
    if dataset.missing("test", data_dir()):
        st.caption(
            f"To measure again on this machine, get the test images first: python -m invariance fetch {dataset.name}"
        )
        return
    fresh = _fresh()
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    count = COUNTS[left.selectbox("Test images", list(COUNTS), key="again", bind="query-params")]
    state = st.session_state
    measuring = state.pop("measuring", False)
    right.button(  # while it measures, a second click does nothing: Stop lies elsewhere
        "Measuring …" if measuring else "Measure again on this machine",
        key="measure",
        disabled=measuring,
        on_click=lambda: state.update(measuring=True),
    )
    if measuring:
        place, stop = st.columns([5, 1], vertical_alignment="center")
        stop.button("Stop", help="What is done so far is kept", width="stretch")
        try:
            _measure(models, dataset, transform, count, place.progress(0.0, "Reading the images …"))
        except UserError as error:
            state.not_measured = str(error)
        st.rerun()  # own networks' curves stand above
    if problem := state.pop("not_measured", ""):
        st.error(escaped(problem))
    rows = [
        {
            "network": shown.model.card.title,
            "recorded mean": with_interval_and_n(recorded[title]["mean"])
            if (title := shown.model.card.title) in recorded
            else "",
            "measured here": with_interval_and_n(fresh[shown.model.key, transform.name]["mean"]),
            "on test images of": fresh[shown.model.key, transform.name]["title"],
            "runs on": shown.model.provider.name,
        }
        for shown in models
        if (shown.model.key, transform.name) in fresh
    ]
    if rows:
        what = "Mean accuracy as recorded and as measured here"
        table(f"{transform.name} measured here", rows, alt=what, caption=f"{transform.title}: {what.lower()}.")


def _measure(models: list[Shown], dataset: Dataset, transform: Transform, count: int | None, bar: Any) -> None:
    """Measure on so many test images, see sample(), with progress in a bar."""
    split = test_sets.labelled_images(dataset.name)
    part = sample(split, count)
    for number, shown in enumerate(models):
        show = progress_in(bar, "amounts", lambda done, number=number: (number + done) / len(models))
        measured = evaluate_transform(shown.model, part, transform, show)
        if shown.own:
            keep(shown, dataset.name, {"transforms": {transform.name: measured}})
        _fresh()[shown.model.key, transform.name] = {"title": split.title or dataset.title} | measured


def _fresh() -> dict[tuple[str, str], dict[str, Any]]:
    """(file, transform) -> what was measured here."""
    return st.session_state.setdefault("fresh", {})
