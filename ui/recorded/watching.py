"""A training replayed: the first kernels, the maps that they give and the answers to turned images, epoch by epoch."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset
from invariance.evaluation import records
from invariance.evaluation.watched import WATCHED_ANGLES, Recording, learned, recording
from invariance.images.pixels import to_float
from invariance.inside.orientations import TURNS, oriented_values
from invariance.inside.other_filters import maps_with
from invariance.inside.values import Inside
from invariance.number_words import percent
from ui.caching import keeping
from ui.drawing.download import offer
from ui.drawing.pictures import enlarged, kernel_picture, maps_of
from ui.drawing.shown import as_csv, offer_charts, offer_pictures
from ui.networks import inside_of
from ui.picking.picture import EXAMPLE, EXAMPLE_CAPTION, LINK, drawn, in_address, linked, prepared
from ui.picking.remembered import KINDS, from_link, picked, remembered, to_link
from ui.picking.samples import sample_labels, samples
from ui.recorded.trainings import Training
from ui.widgets.atlas import Arrangement, mosaic
from ui.widgets.film import Plot, Reel, film
from ui.words import bold, escaped, one

TILE = 56  # screen pixels of a kernel's side, about
SIDE = 256  # and of all kernels, or all maps, at most
RGB = 3  # slices that are shown as colours
ROUND = (*WATCHED_ANGLES, 360)  # a curve ends where it begins
MARKS = (0, 90, 180, 270, 360)


class Watched(NamedTuple):
    """A network's training and its recording."""

    training: Training
    recording: Recording


def recorded(everyone: list[Training]) -> list[Watched]:
    """Those among some trainings that were recorded, of the very files that are here."""
    found = []
    for training in everyone:
        record = records.read(training.shown.path)
        kept = recording(record["training"])
        if kept and record.get("sha256") == training.shown.model.sha256:
            found.append(Watched(training, kept))
    return found


def watch_it_learn(everyone: list[Training], dataset: Dataset) -> str:
    """Replay the training of one network; the verdict on the epoch where the slider was let go."""
    watched = {each.training.shown.model.card.name: each for each in recorded(everyone)}
    if not watched:
        st.info(
            f"No training on {escaped(dataset.title)} was recorded yet. One is while a network is trained whose recipe "
            "says watched=True, in training/recipes.py: python -m training NAME"
        )
        return ""
    name = remembered("watched", list(watched), lambda each: watched[each].training.title, "Network", quiet=True)
    (training, kept), title = watched[name], watched[name].training.title
    image, caption = _image(dataset)
    amounts = [f"{epoch} of {kept.epochs}" for epoch in range(kept.epochs + 1)]
    inside = inside_of(training.shown.model)
    reels = []
    try:
        reels = _reels(inside, kept, image, caption) if kept.layer else []
    except UserError as error:  # the record tells of a convolution that isn't there, or not of its form
        st.warning(escaped(error))
    at = film(
        f"training of {name}",
        reels,
        amounts,
        name="Epoch",
        start=_start(name, kept.epochs),
        plot=Plot(
            f"Right, of {kept.images:,} held-out images turned to {len(WATCHED_ANGLES)} angles",
            ROUND,
            [_around(right) for right in kept.right.tolist()],
            MARKS,
            "°",
            training.shown.colour,
            [f"{percent(right[0], 1)} upright, {percent(right.mean(), 1)} on average" for right in kept.right],
        ),
    )
    st.session_state[_key(name)] = at
    to_link("epoch", str(at), str(kept.epochs))
    _explain(inside, kept, training.best_epoch, pictures=bool(reels))
    _offer(name, training, kept, at, reels)
    return verdict(title, kept, at, KINDS.get(dataset.name, "images").lower(), len(dataset.labels))


def verdict(title: str, kept: Recording, at: int, what: str, classes: int) -> str:
    """What a network knows after an epoch, from its answers to turned images; as Markdown."""
    right, images = kept.right[at], f"{kept.images:,} held-out images"
    return (
        f"{_when(at, kept)}, {bold(title)} is right on {percent(right[0], 1)} of {images} as they are and on "
        f"{percent(right.mean(), 1)} on average over {len(right)} angles: {learned(right, what, classes)}."
    )


def _when(at: int, kept: Recording) -> str:
    return f"After {at} of {kept.epochs} epochs" if at else "Before training"


def _key(name: str) -> str:
    return f"epoch_of_{name}"


def _start(name: str, epochs: int) -> int:
    """The epoch that the page's address names, or where this network's slider was last; else the end."""
    asked = from_link("epoch", str(epochs)) or ""
    known = asked.isascii() and asked.isdecimal() and len(asked) < 9
    return min(int(asked) if known else st.session_state.get(_key(name), epochs), epochs)


def _image(dataset: Dataset) -> tuple[np.ndarray, str]:
    """What the maps are of, (C, H, W), and what it is: what the person picked, in the address too, or an example."""
    picks = picked(dataset)
    if from_link(LINK) and (given := in_address(dataset)):
        picks["picture"] = given
    if picture := picks.get("picture"):
        try:
            image = linked(prepared(picture, dataset).pixels)
        except UserError:  # it shows nothing to recognise, as the pages say where networks are asked
            pass
        else:
            to_link(LINK, st.query_params.get(LINK, ""), "")
            return image, picture.caption
    if dataset.shape[0] == 1:
        return prepared(drawn(EXAMPLE, EXAMPLE_CAPTION), dataset).pixels, EXAMPLE_CAPTION
    return to_float(samples(dataset)[0]), f"a drawing of {one(sample_labels(dataset)[0])}"


def _reels(inside: Inside, kept: Recording, image: np.ndarray, caption: str) -> list[Reel]:
    """The kernels and their maps over the epochs."""
    kernels, maps = _frames(inside, kept.layer, kept.filters, kept.biases, image)
    moved = [f"moved by {far:.2f} times their own size" if far else "as chance made them" for far in kept.moved()]
    return [
        Reel("Kernels of the first convolution", kernels, moved, side=_side(kernels)),
        Reel(f"What they see in {caption}", maps, [""] * len(maps), side=_side(maps)),
    ]


def _side(frames: np.ndarray) -> int:
    """A whole number of screen pixels for each of a frame's."""
    return frames.shape[3] * max(1, SIDE // frames.shape[3])


@keeping(20_000_000)
def _frames(
    inside: Inside, layer: str, filters: np.ndarray, biases: np.ndarray, image: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kernels, and maps, (E + 1, C, H, W) each: all of an epoch in one picture, on one scale for all epochs."""
    epochs, count = filters.shape[:2]
    full = float(np.abs(filters).max())
    kernels = np.stack([kernel_picture(each, full) for each in filters.reshape(-1, *filters.shape[2:])])
    maps = maps_with(inside, layer, filters.reshape(-1, *filters.shape[2:]), biases.reshape(-1), image)
    pictures = maps_of(maps, shared=True)
    return tuple(
        np.stack([_together(each) for each in frames.reshape(epochs, count, *frames.shape[1:])])
        for frames in (enlarged(kernels, TILE), pictures)
    )


def _together(pictures: np.ndarray) -> np.ndarray:
    """uint8 (F, C, h, w) -> (C, H, W): about as many beside as below each other."""
    columns = int(np.ceil(np.sqrt(len(pictures))))
    return mosaic(pictures[:, None], Arrangement(1, columns, -(-len(pictures) // columns)))


def _around(shares: Sequence[float]) -> list[float]:
    return [*shares, shares[0]]


def _explain(inside: Inside, kept: Recording, best_epoch: int, *, pictures: bool) -> None:
    """What is seen, in a few words."""
    text = f"In grey, the epochs before. The exported file has the weights of epoch {best_epoch}. "
    if pictures:
        colours = (
            "red, green and blue are its three slices, grey is zero"
            if kept.filters.shape[2] == RGB
            else "blue is below zero, white is zero, red above"
        )
        text += f"Of a kernel, {colours}; kernels and maps have one scale each, for all epochs. "
        versions, outputs, *_ = inside.shape(kept.layer)
        count = kept.filters.shape[1]
        if count * TURNS == outputs and kept.layer in oriented_values(inside):
            text += f"The other {outputs - count} kernels are these, turned by 90, 180 and 270°."
        elif count < outputs:
            text += f"These are the first {count} of {outputs} kernels."
        if versions > 1:
            text += f" The network looks at {versions} versions of the image; these maps are of the first."
    st.caption(text)


def _offer(name: str, training: Training, kept: Recording, at: int, reels: list[Reel]) -> None:
    """The curves, and the pictures of the epoch, as files."""
    from ui.drawing.charts import trainings as charts  # late: Altair takes half a second to load

    row = st.container(horizontal=True, vertical_alignment="center")
    when = f"{training.title} {_when(at, kept).lower()}"
    curves = [_around(right) for right in kept.right.tolist()]
    cells = [[str(epoch), *(f"{share:g}" for share in right)] for epoch, right in enumerate(kept.right.tolist())]
    columns = ["epoch", *(f"{angle}°" for angle in WATCHED_ANGLES)]
    with row:
        st.caption("The curves", width="content")
        offer_charts(
            f"{name} turned while it learns",
            {"": (charts.turned(curves[: at + 1], ROUND, training.shown.colour), None)},
            f"{when}: share of {kept.images:,} held-out images answered right at {len(WATCHED_ANGLES)} angles; in grey "
            "the epochs before.",
        )
        offer(f"{name} right at {len(WATCHED_ANGLES)} angles", {"csv": partial(as_csv, columns, cells)})
        if reels:
            st.caption("The pictures", width="content")
            offer_pictures(
                f"{name} kernels and maps",
                [(reel.frames[at], reel.title) for reel in reels],
                f"{when}: the first kernels of {kept.layer}, and their maps.",
            )
