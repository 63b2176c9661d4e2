"""Pictures drawn by code, to pick one."""

import numpy as np
import streamlit as st

from invariance.datasets import MNIST, STROKES, Dataset, strokes
from invariance.images.photos import as_photo
from invariance.images.pixels import to_float, to_uint8
from ui import words
from ui.drawing.pictures import show
from ui.picking.picture import Picture
from ui.picking.remembered import picked
from ui.picking.scenes import scenes
from ui.widgets.gallery import gallery

SCENE_SIDE = 258  # screen pixels, with a border
SAMPLES = strokes.generate(20, seed=7)


def samples(dataset: Dataset) -> np.ndarray:
    """uint8 (N, C, H, W): pictures drawn by code, as networks for a dataset take them."""
    if dataset is MNIST:
        return SAMPLES.images
    return np.stack([to_uint8(as_photo(pixels)) for _, pixels in scenes()])


def pick_sample(dataset: Dataset) -> Picture | None:
    picks, images = picked(dataset), samples(dataset)
    if dataset is MNIST:
        names = [f"sample {i}: {words.one(str(d))}" for i, d in enumerate(SAMPLES.labels)]
    else:
        names = [f"sample {i}: {words.one(label)}" for i, (label, _) in enumerate(scenes())]
    if "sample" not in picks:
        asked = st.query_params.get("sample", "")
        picks["sample"] = int(asked) if asked.isdecimal() and int(asked) < len(images) else 0
    gallery(
        "samples",
        images,
        names,
        chosen=picks["sample"],
        hint="Samples to choose from",
        on_click=lambda index: picks.update(sample=index),
    )
    index = picks["sample"]
    st.query_params["sample"] = str(index)
    if dataset is MNIST:
        st.caption("Digits written by code, not by a person: pen strokes of random shape, slant and width.")
        label = STROKES.labels[SAMPLES.labels[index]]
        return Picture(to_float(SAMPLES.images[index]), f"sample {index}", label, ready=True)
    label, pixels = scenes()[index]
    show(pixels, SCENE_SIDE, caption="Drawn by code, not a photo", alt=f"a drawing of {words.one(label)}")
    return Picture(pixels, f"sample {index}, drawn by code", label)
