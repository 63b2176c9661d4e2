"""An image of a dataset's test set, to pick one; or the offer to download it."""

import time

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, data_dir
from invariance.images.pixels import to_float
from invariance.number_words import time_left
from ui import test_sets
from ui.networks import models_for
from ui.picking.picture import Picture
from ui.picking.remembered import DIGITS, from_link, one_of, picked, take_up
from ui.widgets.gallery import gallery
from ui.words import escaped

GALLERY_COUNT = 30


def pick_test_image(dataset: Dataset) -> Picture | None:
    if dataset.missing("test", data_dir()):
        _offer_download(dataset)
        return None
    try:
        split = test_sets.labelled_images(dataset.name)
    except UserError as error:
        st.error(escaped(error))
        return None
    images, labels, state, picks = split.images, split.labels, st.session_state, picked(dataset)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    wanted = _filter(left, dataset, labels)
    picks["others"] = _number("others", picks.get("others", 0))
    st.query_params["others"] = str(picks["others"])
    right.button(
        "Others",
        help="Show other images of the same choice",
        width="stretch",
        on_click=lambda: picks.update(others=picks["others"] + 1),
    )
    rng = np.random.default_rng(picks["others"])
    page = np.sort(rng.permutation(wanted)[:GALLERY_COUNT])
    if (asked := min(_number("test", -1), len(images) - 1)) >= 0:
        state.test, picks["test"] = None, asked
    take_up("test", dataset, int(page[0]) if len(page) else 0)
    place = st.container()  # filled below: the number may come from the page's address
    index = picks["test"] = st.number_input(
        f"Number in the test set, 0 to {len(images) - 1:,}", 0, len(images) - 1, key="test"
    )
    st.query_params["test"] = str(index)
    with place:
        gallery(
            "test_gallery",
            images[page],
            [f"test image {i}: labelled {dataset.labels[labels[i]]}" for i in page],
            chosen=int(np.searchsorted(page, index)) if index in page else None,
            hint="Test images to choose from",
            on_click=lambda position: state.update(test=int(page[position])),
        )
    title = split.title or dataset.title
    return Picture(to_float(images[index]), f"{title} test image {index}", dataset.labels[labels[index]], ready=True)


def _number(name: str, otherwise: int) -> int:
    """The whole number that the address says when the person comes to a page, or another."""
    asked = from_link(name) or ""
    return int(asked) if asked.isdecimal() and len(asked) <= DIGITS else otherwise


def _filter(place: st.delta_generator.DeltaGenerator, dataset: Dataset, labels: np.ndarray) -> np.ndarray:
    """Let the person choose what to see of the test set; the indices of that."""
    models = {entry.model.card.title: entry.model for entry in models_for(dataset.name)}
    mistakes = {f"what {title} gets wrong": model for title, model in models.items()}
    options = ["any image", *(f"only {label}" for label in dataset.labels), *mistakes]
    with place:
        choice = one_of("show", "Show", options, options[0])
    if choice in mistakes:
        model = mistakes[choice]
        return np.flatnonzero(test_sets.answers(model, dataset.name) != labels)
    if choice == "any image":
        return np.arange(len(labels))
    return np.flatnonzero(labels == dataset.labels.index(choice.removeprefix("only ")))


def _offer_download(dataset: Dataset) -> None:
    st.info(
        f"The test set of {dataset.title} is not on this machine. It is public; the button fetches it into "
        f"{data_dir().name}/{dataset.name}, as does: python -m invariance fetch {dataset.name}"
    )
    if not st.button(f"Download {dataset.title}, {dataset.download_bytes / 1e6:.0f} MB", type="primary"):
        return
    bar, started = st.progress(0.0, "Connecting …"), {}

    def show(name: str, done: int, total: int) -> None:
        now = time.monotonic()
        left = time_left(started.setdefault(name, now), now, done, total)
        bar.progress(done / total, f"{name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB, {left}")

    try:
        dataset.fetch(data_dir(), show)
    except UserError as error:
        st.error(escaped(error))
    else:
        st.rerun()
