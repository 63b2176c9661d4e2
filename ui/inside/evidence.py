"""Where an answer comes from: what covering a place costs, and the class activation map where there is one."""

import time

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.attribution.class_activation import class_activation
from invariance.attribution.occlusion import occlusion, patch_and_step
from invariance.inside.values import Inside
from invariance.number_words import time_left
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import show, signed
from ui.networks import Shown, inside_of
from ui.picking.remembered import one_of
from ui.words import escaped

ANSWER = "its answer"
LARGE = 226  # screen pixels
WAIT = 0.3  # seconds before a bar shows, which would only flicker where the work is done by then


def evidence(shown: Shown, image: np.ndarray) -> None:
    """Both maps for a class that the person chooses; at first the network's answer."""
    model = shown.model
    labels = model.card.labels
    best = int(model.predict(image[None])[0].argmax())
    asked = one_of("why_class", "Why this class", [ANSWER, *labels])
    label = labels.index(asked) if asked in labels else best
    patch, step = patch_and_step(model.card.shape)
    pictures, missing = [(image, "the image")], []
    try:
        drop = _occluded(inside_of(model), image, label)
        pictures.append((drop, f"Occlusion: {_told(drop, labels[label])}"))
    except UserError as error:
        missing.append(f"No occlusion: {escaped(error)}")
    try:
        activation = class_activation(inside_of(model), image, label)
        text = f"Class activation: red where the last maps speak for {labels[label]}, blue against"
        pictures.append((activation, text))
    except UserError as error:
        missing.append(f"No class activation map: {escaped(error)}")
    with st.container(horizontal=True):
        for values, text in pictures:
            show(signed(values) if values.ndim == 2 else values, LARGE, caption=text, alt=text)
        for text in missing:
            st.markdown(text)
    patches = f"{patch} × {patch} {'pixel' if patch == 1 else 'pixels'}"
    every = "at every place" if step == 1 else f"every {step} pixels"
    download(
        f"{model.card.name} why {labels[label]}",
        f"{model.card.title} asked for {labels[label]}. Occlusion by grey patches of {patches}, {every}: "
        "how far the logit falls.",
        lambda figures: figures.pictures(pictures),
    )
    st.markdown(
        f"**Occlusion** covers a patch of {patches} with grey, {every}, and measures how far the logit of the class, "
        "the number behind it, falls; white: not at all. It works for any network, but a grey patch is itself "
        "something to see, and two places that stand in for each other both look unimportant. **Class activation** "
        "shows which places of the last maps add to the class's logit; it exists only for networks that end in global "
        "pooling and one linear layer, and is as coarse as those maps."
    )


def _told(drop: np.ndarray, label: str) -> str:
    if not drop.any():
        return f"covering no place changes the logit of {label}"
    most = f"{np.abs(drop).max():.2g}"
    return f"red where covering it lowers the logit of {label}, blue where it raises it; by {most} at most"


@keeping(4_000_000)
def _occluded(inside: Inside, image: np.ndarray, label: int) -> np.ndarray:
    patch, step = patch_and_step(inside.model.card.shape)
    place, started = st.empty(), time.monotonic()

    def covered(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - started > WAIT:
            text = f"Covering the image: {done} of {total} {what}, {time_left(started, now, done, total)}"
            place.progress(done / total, text)

    try:
        return occlusion(inside, image, label, patch=patch, step=step, progress=covered)
    finally:
        place.empty()
