"""What was measured of a network: recorded beside its file, or in this session if it is the person's own."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, data_dir
from invariance.evaluation import records
from invariance.evaluation.evaluate import evaluate
from invariance.number_words import time_left
from ui import test_sets
from ui.networks import Shown
from ui.own_models import labelled
from ui.words import escaped


def evaluation(shown: Shown, dataset: str) -> tuple[dict[str, Any] | None, str]:
    """The measurement of a network on a dataset, None if there is none, and what a person must know of it.

    Raises:
        UserError: the record beside the file is damaged.
    """
    if shown.own:
        return _of_this_session().get((shown.model.key, dataset)), ""
    return records.evaluation(shown.path, shown.model.sha256, dataset)


def evaluation_or_problem(shown: Shown, dataset: str) -> tuple[dict[str, Any] | None, str]:
    """The same, and of a damaged record nothing and what is wrong with it."""
    try:
        return evaluation(shown, dataset)
    except UserError as error:
        return None, str(error)


def training_loss(shown: Shown) -> float | None:
    """See records.training_loss(); None too of an own network, and of a damaged record, of which evaluation() tells."""
    try:
        return None if shown.own else records.training_loss(shown.path)
    except UserError:
        return None


def keep(shown: Shown, dataset: str, part: dict[str, Any]) -> None:
    """Keep a part of the measurement of an own network."""
    before = _of_this_session().get((shown.model.key, dataset), {})
    transforms = before.get("transforms", {}) | part.get("transforms", {})
    _of_this_session()[shown.model.key, dataset] = before | part | {"transforms": transforms}


def offer(shown: Shown, dataset: Dataset) -> None:
    """A button that asks an own network about all test images."""
    title = escaped(shown.model.card.title)
    if not labelled(dataset):
        return
    if dataset.missing("test", data_dir()):
        st.caption(f"How often {title} is right needs test images: python -m invariance fetch {dataset.name}")
        return
    if not st.button(f"Ask {title} about all test images", key=f"ask_{shown.model.card.name}"):
        return
    bar = st.progress(0.0, "Reading the images …")
    try:
        split = test_sets.labelled_images(dataset.name)
        keep(shown, dataset.name, evaluate(shown.model, dataset, split, progress_in(bar, "images")))
    except UserError as error:
        st.error(escaped(error))
    else:
        st.rerun()


def progress_in(bar: Any, units: str, share: Callable[[float], float] = lambda done: done) -> Callable:
    """A progress function that shows counts and the time left in a bar; share: of all the work, from that of this."""
    started = time.monotonic()

    def show(label: str, done: int, total: int) -> None:
        left = time_left(started, time.monotonic(), done, total)
        bar.progress(share(done / total), f"{escaped(label)}: {done:,} of {total:,} {units}, {left}")

    return show


def _of_this_session() -> dict[tuple[str, str], dict[str, Any]]:
    return st.session_state.setdefault("own_measured", {})
