"""One picker of an image for all pages: draw, upload, sample or test set. What was picked follows the person.

Widgets forget their value when another page is shown, so what was picked lives in st.session_state under names of
its own: "strokes", "picture" for every page, and for each kind of thing to recognise what picked() holds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import DATASETS, MNIST, STROKES, Dataset, data_dir, strokes
from invariance.datasets.scenes import scenes
from invariance.images.decoding import FORMATS, Decoded, decode
from invariance.images.photos import as_photo
from invariance.images.pixels import to_float, to_uint8
from invariance.images.resizing import centre_square
from invariance.images.strokes import rasterise
from ui import cache, words
from ui.pictures import show
from ui.widgets.canvas import drawing
from ui.widgets.crop import Square, crop, preview
from ui.widgets.gallery import gallery

KINDS = {"mnist": "Digits", "cifar10": "Objects"}  # what there is to recognise, by data set
SOURCES = {"draw": "Draw", "upload": "Upload", "sample": "Samples", "test": "Test set"}
SCENE_SIDE = 258  # screen pixels, with a border
PAD_SIDE = 280  # pixels at which a drawing is drawn before it becomes a 28x28 digit
SAMPLES = strokes.generate(20, seed=7)
EXAMPLE = strokes.write(4, np.random.default_rng(11))
GALLERY_COUNT = 30
Names = dict[str, tuple[str, ...]]
# Networks to compare until the person chooses: ones that differ.
COMPARED: Names = {
    "mnist": ("lenet5", "lenet5-rotated", "p4cnn"),
    "cifar10": ("cifar-overfit", "cifar-linear", "cifar-best"),
}


@dataclass(frozen=True)
class Picture:
    """What a person picked. pixels: float32 (C, H, W) in [0, 1]; label: what it shows, if that is known;
    ready: it already is as networks for its kind expect it."""

    pixels: np.ndarray
    caption: str
    label: str = ""
    ready: bool = False


def current() -> Picture | None:
    """What was picked last of the kind of thing that was shown last, on whatever page."""
    return st.session_state.get("picture")


def prepared(picture: Picture, dataset: Dataset) -> np.ndarray:
    """What networks are given for a picture: float32 of the dataset's shape.

    Raises:
        UserError: the picture shows nothing to recognise.
    """
    if picture.ready and picture.pixels.shape == dataset.shape:
        return picture.pixels
    return dataset.prepare(picture.pixels)


def remembered(name: str, options: list[str], titles: Callable[[str], str], label: str, *, quiet: bool = False) -> str:
    """One of several, kept in the page's address and when another page is shown.

    quiet: the options say by themselves what is chosen; the label is only for those who can't see them.
    """
    state = st.session_state
    value = state.get(name)
    state[name] = value if value in options else state.get(f"picked_{name}", options[0])  # see _take_up()
    ask = st.segmented_control if quiet else st.pills
    chosen = ask(
        label,
        options,
        format_func=titles,
        required=True,
        key=name,
        bind="query-params",
        wrap=True,
        label_visibility="collapsed" if quiet else "visible",
    )
    chosen = state[f"picked_{name}"] = chosen or state.get(f"picked_{name}", options[0])
    return chosen


def kind() -> Dataset:
    """Let the person choose what to recognise: the data set of such things."""
    state = st.session_state
    name = remembered("what", list(KINDS), KINDS.get, "What to recognise", quiet=True)
    if state.setdefault("kind", name) != name:
        state.kind = name
        st.query_params.pop("sample", None)  # the address still names one of the other kind
    return DATASETS[name]


def picked(dataset: Dataset) -> dict[str, Any]:
    """What the person picked for this kind of thing, by name: "source", "networks", "upload", "square", "sample",
    "test" and "picture"."""
    return st.session_state.setdefault(f"picked_{dataset.name}", {})


def _take_up(name: str, dataset: Dataset, first: Any) -> None:
    """Give a widget what was picked for this kind of thing, or `first`, if it has no value or another kind's."""
    state = st.session_state
    value = state.get(name)
    if value is None or state.get(f"{name}_of", dataset.name) != dataset.name:
        value = picked(dataset).get(name, first)
    state[name] = value  # even if it is the same: the widget of another page loses what isn't given to it anew
    state[f"{name}_of"] = dataset.name


def choose(models: list[cache.Shown], dataset: Dataset, compared: Names = COMPARED) -> list[cache.Shown]:
    """Let the person choose which networks to compare; nothing is asked where there is only one.

    compared: those to begin with on this page, by data set. What a person chose otherwise follows to other pages.
    """
    if len(models) < 2:
        return models
    titles = {shown.model.card.name: shown.model.card.title for shown in models}
    first = [name for name in titles if name in compared[dataset.name]] or list(titles)[:3]
    state, own = st.session_state, picked(dataset)
    if "networks" not in own and state.get("compared", first) != first:
        state.networks = None  # of a page that begins with others
    state.compared = first
    _take_up("networks", dataset, first)
    chosen = st.pills(
        "Networks to compare",
        list(titles),
        format_func=titles.get,
        selection_mode="multi",
        key="networks",
        bind="query-params",
        wrap=True,
    )
    if chosen != first or "networks" in own:
        own["networks"] = chosen
    return [shown for shown in models if shown.model.card.name in chosen]


def picker(dataset: Dataset) -> Picture | None:
    """Show the picker for images like those of a dataset; return what is picked, None if nothing is yet."""
    state, own = st.session_state, picked(dataset)
    first = "draw" if dataset is MNIST else "sample"
    _take_up("source", dataset, first)
    source = st.segmented_control(
        "Where the image comes from",
        [source for source in SOURCES if source != "draw" or dataset is MNIST],
        format_func=SOURCES.get,
        required=True,
        key="source",
        bind="query-params",
        wrap=True,
        label_visibility="collapsed",
    )
    source = own["source"] = source or own.get("source", first)
    for other in {"draw", "sample"} - {source}:
        st.query_params.pop(other, None)  # the address names only what is shown
    picture = {"draw": _draw, "upload": _upload, "sample": _sample, "test": _test}[source](dataset)
    if picture is not None or source == "draw":
        own["picture"] = picture  # an upload that is still to come doesn't take away what was picked before
    state.picture = own.get("picture")
    return picture


def _draw(dataset: Dataset) -> Picture | None:
    del dataset
    drawn = drawing(
        "pad", "strokes", "draw", EXAMPLE, hint="Drawing pad: draw one digit, 0 to 9, with mouse, pen or finger"
    )
    if drawn is None:
        st.caption("This 4 is an example. It vanishes as soon as you draw.")
        return Picture(rasterise(EXAMPLE, PAD_SIDE), "the example drawing")
    return Picture(rasterise(drawn, PAD_SIDE), "your drawing") if drawn else None


def _upload(dataset: Dataset) -> Picture | None:
    own = picked(dataset)
    kinds = [kind.lower() for kind in FORMATS] + ["jpg"]
    wanted = "or drawing of one digit, on paper or screen" if dataset is MNIST else f"of: {', '.join(dataset.labels)}"
    file = st.file_uploader(f"A photo {wanted}", kinds)
    if file is not None and file.file_id != own.get("upload_id"):
        try:
            decoded = decode(file.getvalue())
            own.update(upload=(file.name, decoded), upload_id=file.file_id, preview=preview(decoded.pixels))
            own.pop("square", None)
        except UserError as error:
            st.error(f"{file.name}: {error}")
    if "upload" not in own:
        return None
    name, decoded = own["upload"]
    for note in decoded.notes:
        st.info(note)
    if dataset is MNIST:
        show(decoded.pixels, 300, caption=name, alt=f"the uploaded picture {name}")
        return Picture(decoded.pixels, f"your picture {name}")
    return Picture(_square(own, decoded, name), f"your picture {name}")


def _square(own: dict[str, Any], decoded: Decoded, name: str) -> np.ndarray:
    """Let the person choose a square of an uploaded picture; its pixels."""
    _, height, width = decoded.pixels.shape
    own["square"] = crop(
        "crop",
        own["preview"],
        width,
        height,
        own["upload_id"],
        own.get("square", Square(*centre_square(width, height))),
        f"The part of {name} that the network sees",
    )
    st.caption(
        "Drag the square over what the network should see, and resize it by its corner; or use the arrow keys, + and −."
    )
    return own["square"].cut(decoded.pixels)


def samples(dataset: Dataset) -> np.ndarray:
    """uint8 (N, C, H, W): pictures drawn by code, as networks for a dataset take them."""
    if dataset is MNIST:
        return SAMPLES.images
    return np.stack([to_uint8(as_photo(pixels)) for _, pixels in scenes()])


def _sample(dataset: Dataset) -> Picture | None:
    own, images = picked(dataset), samples(dataset)
    if dataset is MNIST:
        names = [f"sample {i}: {words.one(str(d))}" for i, d in enumerate(SAMPLES.labels)]
    else:
        names = [f"sample {i}: {words.one(label)}" for i, (label, _) in enumerate(scenes())]
    if "sample" not in own:
        asked = st.query_params.get("sample", "")
        own["sample"] = int(asked) if asked.isdecimal() and int(asked) < len(images) else 0
    gallery(
        "samples",
        images,
        names,
        chosen=own["sample"],
        hint="Samples to choose from",
        on_click=lambda index: own.update(sample=index),
    )
    index = own["sample"]
    st.query_params["sample"] = str(index)
    if dataset is MNIST:
        st.caption("Digits written by code, not by a person: pen strokes of random shape, slant and width.")
        label = STROKES.labels[SAMPLES.labels[index]]
        return Picture(to_float(SAMPLES.images[index]), f"sample {index}", label, ready=True)
    label, pixels = scenes()[index]
    show(pixels, SCENE_SIDE, caption="Drawn by code, not a photo", alt=f"a drawing of {words.one(label)}")
    return Picture(pixels, f"sample {index}, drawn by code", label)


def _test(dataset: Dataset) -> Picture | None:
    if dataset.missing(data_dir()):
        _offer_download(dataset)
        return None
    try:
        split = cache.test_set(dataset.name)
    except UserError as error:
        st.error(str(error))
        return None
    images, labels, state, own = split.images, split.labels, st.session_state, picked(dataset)
    which, others = st.columns([3, 1], vertical_alignment="bottom")
    wanted = _filter(which, dataset, labels)
    if others.button("Others", help="Show other images of the same choice", width="stretch"):
        own["page_seed"] = own.get("page_seed", 0) + 1
    rng = np.random.default_rng(own.get("page_seed", 0))
    page = np.sort(rng.permutation(wanted)[:GALLERY_COUNT])
    _take_up("test", dataset, int(page[0]) if len(page) else 0)
    place = st.container()  # filled below: the number may come from the page's address
    index = own["test"] = st.number_input(
        f"Number in the test set, 0 to {len(images) - 1:,}", 0, len(images) - 1, key="test", bind="query-params"
    )
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
