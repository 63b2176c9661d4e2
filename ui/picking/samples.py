"""Pictures drawn by code, to pick one."""

import numpy as np
import streamlit as st

from invariance.datasets import MNIST, STROKES, Dataset, strokes
from invariance.images.pixels import to_float, to_uint8
from invariance.images.resizing import area_resize
from ui import words
from ui.drawing.pictures import show
from ui.picking.picture import Picture
from ui.picking.remembered import picked
from ui.picking.scenes import scenes
from ui.widgets.gallery import gallery

SCENE_SIDE = 258  # screen pixels, with a border
LARGEST = 64  # pixels of a side of a picture to choose from
SAMPLES = strokes.generate(20, seed=7)


def samples(dataset: Dataset) -> np.ndarray:
    """uint8 (N, C, H, W): pictures drawn by code, as networks for a dataset take them."""
    if dataset is MNIST:
        return SAMPLES.images
    return np.stack([to_uint8(dataset.prepare(pixels).pixels) for _, pixels in _drawn(dataset)])


def sample_labels(dataset: Dataset) -> list[str]:
    """What each of samples() shows."""
    return [label for label, _ in _drawn(dataset)]


def _drawn(dataset: Dataset) -> list[tuple[str, np.ndarray]]:
    """Labels and float32 pixels: digits for grey images, scenes for colour."""
    if dataset.shape[0] == 1:
        return [
            (STROKES.labels[digit], to_float(image))
            for digit, image in zip(SAMPLES.labels, SAMPLES.images, strict=True)
        ]
    return list(scenes())


def pick_sample(dataset: Dataset) -> Picture | None:
    picks, drawn = picked(dataset), _drawn(dataset)
    small = max(dataset.shape[1:]) <= LARGEST
    images = samples(dataset) if small else np.stack([to_uint8(area_resize(pixels, LARGEST)) for _, pixels in drawn])
    names = [f"sample {i}: {words.one(label)}" for i, (label, _) in enumerate(drawn)]
    places = {str(index): index for index in range(len(images))}
    picks["sample"] = places.get(st.query_params.get("sample", ""), picks.get("sample", 0))
    gallery(
        "samples",
        images,
        names,
        chosen=picks["sample"],
        hint="Samples to choose from",
        on_click=lambda index: st.query_params.update(sample=str(index)),
    )
    index = picks["sample"]
    st.query_params["sample"] = str(index)
    label, pixels = drawn[index]
    known = label if label in dataset.labels else ""
    if dataset.shape[0] == 1:
        st.caption("Digits written by code, not by a person: pen strokes of random shape, slant and width.")
        return Picture(pixels, f"sample {index}", known, ready=True)
    show(pixels, SCENE_SIDE, caption="Drawn by code, not a photo", alt=f"a drawing of {words.one(label)}")
    return Picture(pixels, f"sample {index}, drawn by code", known)
