"""One picker of an image for all pages: draw, upload, sample or test set. What was picked follows the person.

Widgets forget their value when another page is shown, so what was picked lives in st.session_state under names of
its own: "strokes", "upload", "sample", "test" and, for every page, "picture".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import DATASETS, STROKES, Dataset, data_dir, strokes
from invariance.images import FORMATS, decode, rasterise, to_float
from invariance.model import Card
from ui import cache
from ui.canvas import canvas, from_link, to_link
from ui.gallery import gallery
from ui.pictures import show

SOURCES = {"draw": "Draw", "upload": "Upload", "sample": "Samples", "test": "Test set"}
PAD_SIDE = 280  # pixels at which a drawing is drawn before it becomes a 28x28 digit
SAMPLES = strokes.generate(20, seed=7)
EXAMPLE = strokes.write(4, np.random.default_rng(11))
GALLERY_COUNT = 30
COMPARED = 3  # networks, until the person chooses


@dataclass(frozen=True)
class Picture:
    """What a person picked. pixels: float32 (C, H, W) in [0, 1]; label: what it shows, if that is known;
    ready: it already is as networks for its kind expect it."""

    pixels: np.ndarray
    caption: str
    label: str = ""
    ready: bool = False


def current() -> Picture | None:
    """What was picked last, on whatever page."""
    return st.session_state.get("picture")


def tensor(picture: Picture, card: Card) -> np.ndarray:
    """What a network is given for a picture: float32 of the card's shape.

    Raises:
        UserError: the picture shows nothing to recognise.
    """
    if picture.ready and picture.pixels.shape == card.shape:
        return picture.pixels
    return DATASETS[card.dataset].prepare(picture.pixels)


def remembered(name: str, options: list[str], titles: Callable[[str], str], label: str) -> str:
    """One of several, kept in the page's address and when another page is shown."""
    state = st.session_state
    if state.get(name) not in options:
        state[name] = state.get(f"picked_{name}", options[0])
    chosen = st.pills(label, options, format_func=titles, required=True, key=name, bind="query-params", wrap=True)
    chosen = state[f"picked_{name}"] = chosen or state.get(f"picked_{name}", options[0])
    return chosen


def choose(models: list[cache.Shown]) -> list[cache.Shown]:
    """Let the person choose which networks to compare; nothing is asked where there is only one."""
    if len(models) < 2:
        return models
    titles = {shown.model.card.name: shown.model.card.title for shown in models}
    state = st.session_state
    if "networks" not in state:
        state.networks = state.get("picked_networks", list(titles)[:COMPARED])
    chosen = st.pills(
        "Networks to compare",
        list(titles),
        format_func=titles.get,
        selection_mode="multi",
        key="networks",
        bind="query-params",
        wrap=True,
    )
    state.picked_networks = chosen
    return [shown for shown in models if shown.model.card.name in chosen]


def picker(dataset: Dataset) -> Picture | None:
    """Show the picker for images like those of a dataset; return what is picked, None if nothing is yet."""
    state = st.session_state
    if state.get("source") not in SOURCES:  # another page, where the widget's value was forgotten
        state.source = state.get("picked_source", "draw")
    source = st.segmented_control(
        "Where the image comes from",
        list(SOURCES),
        format_func=SOURCES.get,
        required=True,
        key="source",
        bind="query-params",
        wrap=True,
        label_visibility="collapsed",
    )
    source = state.picked_source = source or state.get("picked_source", "draw")
    for other in {"draw", "sample"} - {source}:
        st.query_params.pop(other, None)  # the address names only what is shown
    picture = {"draw": _draw, "upload": _upload, "sample": _sample, "test": _test}[source](dataset)
    if picture is not None or source == "draw":
        state.picture = picture  # an upload that is still to come doesn't take away what was picked before
    return picture


def _draw(dataset: Dataset) -> Picture | None:
    state = st.session_state
    if "strokes" not in state:
        state.strokes = None  # nothing was drawn yet: the example is shown
        if link := st.query_params.get("draw"):
            try:
                state.strokes = from_link(link)
            except UserError as error:
                st.warning(str(error))
    try:
        drawn = canvas(
            "pad",
            EXAMPLE if state.strokes is None else state.strokes,
            example=state.strokes is None,
            hint="Drawing pad: draw one digit, 0 to 9, with mouse, pen or finger",
        )
        if drawn is not None:
            state.strokes = drawn
    except UserError as error:
        st.error(str(error))
    if state.strokes is None:
        st.caption("This 4 is an example. It vanishes as soon as you draw.")
        return Picture(rasterise(EXAMPLE, PAD_SIDE), "the example drawing")
    if not state.strokes:
        st.query_params.pop("draw", None)
        return None
    st.query_params["draw"] = to_link(state.strokes)
    return Picture(rasterise(state.strokes, PAD_SIDE), "your drawing")


def _upload(dataset: Dataset) -> Picture | None:
    state = st.session_state
    kinds = [kind.lower() for kind in FORMATS] + ["jpg"]
    file = st.file_uploader("A photo or drawing of one digit, on paper or screen", kinds)
    if file is not None and file.file_id != state.get("upload_id"):
        try:
            state.upload = (file.name, decode(file.getvalue()))
            state.upload_id = file.file_id
        except UserError as error:
            st.error(f"{file.name}: {error}")
    if "upload" not in state:
        return None
    name, decoded = state.upload
    for note in decoded.notes:
        st.info(note)
    show(decoded.pixels, 300, caption=name, alt=f"the uploaded picture {name}")
    return Picture(decoded.pixels, f"your picture {name}")


def _sample(dataset: Dataset) -> Picture | None:
    state = st.session_state
    if "sample" not in state:
        asked = st.query_params.get("sample", "")
        state.sample = int(asked) if asked.isdecimal() and int(asked) < len(SAMPLES.images) else 0
    gallery(
        "samples",
        SAMPLES.images,
        [f"sample {index}: a {label}" for index, label in enumerate(SAMPLES.labels)],
        chosen=state.sample,
        hint="Samples to choose from",
        on_click=lambda index: state.update(sample=index),
    )
    st.caption("Digits written by code, not by a person: pen strokes of random shape, slant and width.")
    st.query_params["sample"] = str(state.sample)
    label = STROKES.labels[SAMPLES.labels[state.sample]]
    return Picture(to_float(SAMPLES.images[state.sample]), f"sample {state.sample}", label, ready=True)


def _test(dataset: Dataset) -> Picture | None:
    if dataset.missing(data_dir()):
        _offer_download(dataset)
        return None
    try:
        images, labels = cache.test_set(dataset.name)
    except UserError as error:
        st.error(str(error))
        return None
    state = st.session_state
    which, others = st.columns([3, 1], vertical_alignment="bottom")
    wanted = _filter(which, dataset, labels)
    if others.button("Others", help="Show other images of the same choice", width="stretch"):
        state.page_seed = state.get("page_seed", 0) + 1
    rng = np.random.default_rng(state.get("page_seed", 0))
    page = np.sort(rng.permutation(wanted)[:GALLERY_COUNT])
    index = state.setdefault("test", state.get("picked_test", int(page[0]) if len(page) else 0))
    gallery(
        "test_gallery",
        images[page],
        [f"test image {i}: labelled {dataset.labels[labels[i]]}" for i in page],
        chosen=int(np.searchsorted(page, index)) if index in page else None,
        hint="Test images to choose from",
        on_click=lambda position: state.update(test=int(page[position])),
    )
    index = st.number_input(
        f"Number in the test set, 0 to {len(images) - 1:,}", 0, len(images) - 1, key="test", bind="query-params"
    )
    state.picked_test = index
    return Picture(
        to_float(images[index]), f"{dataset.title} test image {index}", dataset.labels[labels[index]], ready=True
    )


def _filter(place: st.delta_generator.DeltaGenerator, dataset: Dataset, labels: np.ndarray) -> np.ndarray:
    """Let the person choose what to see of the test set; the indices of that."""
    shown = {entry.model.card.title: entry.model for entry in cache.models_for(dataset.name)}
    mistakes = {f"what {title} gets wrong": model for title, model in shown.items()}
    choice = place.selectbox("Show", ["any image", *(f"only {label}" for label in dataset.labels), *mistakes])
    if choice in mistakes:
        model = mistakes[choice]
        return np.flatnonzero(cache.answers(model, model.sha256, dataset.name) != labels)
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
        seconds = time.monotonic() - started.setdefault(name, time.monotonic())
        left = seconds * (total - done) / done
        bar.progress(done / total, f"{name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB, about {left:.0f} s left")

    try:
        dataset.fetch(data_dir(), show)
    except UserError as error:
        st.error(str(error))
    else:
        st.rerun()
