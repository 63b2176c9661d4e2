"""The proof that a network is linear: its matrix as pictures, and how far it is from the network."""

import numpy as np
import streamlit as st

from invariance.datasets import Dataset
from invariance.images.pixels import to_float
from invariance.surgery.one_matrix import deviation, templates
from ui import test_sets
from ui.drawing.shown import pictures
from ui.networks import Shown, as_one_matrix
from ui.picking.remembered import one_of
from ui.words import escaped

CHECKED = 1000  # images
SIDE = 98  # screen pixels of a template


def one_matrix(shown: Shown, networks: list[Shown], dataset: Dataset) -> None:
    """Show the templates of a linear network, and compare its matrix with it; networks: to contrast it with."""
    channels, height, width = shown.model.card.shape
    matrix, bias = as_one_matrix(shown.model)
    classes = len(bias)
    st.markdown(
        f"Convolutions, average pooling and linear layers are linear but for what they add, their biases, and so is "
        f"any chain of them. The network "
        f"**{escaped(shown.model.card.title)}** has nothing else: it is one matrix of "
        f"{channels * height * width:,} × {classes} numbers and a bias. Each class's column, laid out as an image, is "
        "a template: the answer is the class whose template fits best. Grey is 0; a colour that is bright in the "
        "template counts for the class."
    )
    drawn = templates(matrix, shown.model.card.shape)
    pictures(
        f"templates of {shown.model.card.name}",
        list(zip(drawn, dataset.labels, strict=True)),
        SIDE,
        of="template of a class",
        caption=f"{shown.model.card.title} as one matrix: each class's column as an image. Grey is 0; a colour that is "
        "bright in the template counts for the class.",
    )

    images, kind = _images(dataset)
    difference = deviation(shown.model, matrix, bias, images)
    st.markdown(
        f"On {len(images):,} {kind}, matrix and network differ by at most **{difference:.1e}** in a logit: rounding. "
        "Ask any other network in the same way, once for each pixel, and the matrix is not the network:"
    )
    others = {entry.model.card.title: entry for entry in networks if entry is not shown}
    if others:
        titles = list(others)
        other = others[one_of("other_matrix", "Another network", titles, titles[0], 300)]
        matrix, bias = as_one_matrix(other.model)
        difference = deviation(other.model, matrix, bias, images)
        title = escaped(other.model.card.title)
        st.markdown(f"**{title}** and its matrix differ by up to **{difference:.3g}** in a logit.")


def _images(dataset: Dataset) -> tuple[np.ndarray, str]:
    """float32 (N, C, H, W) to compare on, and what they are: test images, or noise where there are none to read."""
    split = test_sets.readable(dataset)
    if split is None:
        return np.random.default_rng(0).random((CHECKED, *dataset.shape), np.float32), "images of noise"
    return to_float(split.images[:CHECKED]), "test images"
