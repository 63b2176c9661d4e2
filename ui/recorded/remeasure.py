"""Measure networks anew on this machine, beside what is recorded."""

from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, data_dir
from invariance.evaluation.evaluate import evaluate_transform
from invariance.number_words import with_interval_and_n
from invariance.transforms import Transform
from ui import test_sets
from ui.networks import Shown
from ui.recorded.measured import keep, progress_in
from ui.words import escaped

COUNTS = (1000, 10_000)


def remeasure(models: list[Shown], dataset: Dataset, transform: Transform, recorded: dict[str, dict[str, Any]]) -> None:
    """A button that measures the networks over a transform's amounts, with progress and a way to stop."""
    if dataset.missing("test", data_dir()):
        st.caption(
            f"To measure again on this machine, get the test images first: python -m invariance fetch {dataset.name}"
        )
        return
    fresh = st.session_state.setdefault("fresh", {})  # (file, transform) -> what was measured here
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    count = left.selectbox("Test images", COUNTS, format_func=lambda value: f"the first {value:,}")
    if right.button("Measure again on this machine"):
        right.button("Stop", help="What is done so far is kept")
        bar = st.progress(0.0, "Reading the images …")
        try:
            split = test_sets.labelled_images(dataset.name)
            part = split._replace(images=split.images[:count], labels=split.labels[:count])
            for number, shown in enumerate(models):
                show = progress_in(bar, "amounts", lambda done, number=number: (number + done) / len(models))
                measured = evaluate_transform(shown.model, part, transform, show)
                if shown.own:
                    keep(shown, dataset.name, {"transforms": {transform.name: measured}})
                fresh[shown.model.key, transform.name] = {"title": split.title or dataset.title} | measured
            bar.empty()
        except UserError as error:
            st.error(escaped(error))
        else:
            if any(shown.own for shown in models):
                st.rerun()  # their curves stand above
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
        st.dataframe(rows, hide_index=True, alt="Mean accuracy as recorded and as measured here")
