"""The test images, read once, and what networks say to all of them."""

from pathlib import Path

import numpy as np
import streamlit as st

from invariance.datasets import DATASETS, Split, data_dir
from invariance.images.pixels import to_float
from invariance.model import Model


def labelled_images(dataset: str) -> Split:
    """The test images of a dataset; shared by everyone, so nobody may write into them."""
    return _split(dataset, "test", data_dir())


@st.cache_resource(max_entries=4, show_spinner="Reading the images …")
def _split(dataset: str, split: str, root: Path) -> Split:
    return DATASETS[dataset].load(split, root)


def answers(model: Model, sha256: str, dataset: str) -> np.ndarray:
    """int64 (N,): the class that a model answers for each test image. sha256: of the model's file."""
    return probabilities(model, sha256, dataset).argmax(1)


@st.cache_data(max_entries=32, show_spinner="Asking the network about every test image …")
def probabilities(_model: Model, sha256: str, dataset: str) -> np.ndarray:
    """float32 (N, classes): what a model says to each test image. sha256: of the model's file."""
    del sha256
    images = labelled_images(dataset).images
    return np.concatenate([_model.predict(to_float(images[i : i + 1000])) for i in range(0, len(images), 1000)])
