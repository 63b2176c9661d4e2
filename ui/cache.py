"""What is computed once and kept: opened models, loaded datasets, answers to whole test sets."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import DATASETS, Split, data_dir
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.surgery.one_matrix import collapse
from ui.drawing.palette import colours


class Shown(NamedTuple):
    """A model as pages show it: with its file and the colour that it has on every page."""

    model: Model
    path: Path
    colour: str


class Catalogue(NamedTuple):
    """The exported models by dataset and then in the order of their recipes, and why others can't be opened."""

    models: list[Shown]
    problems: list[str]


def catalogue() -> Catalogue:
    """Open every exported model that can be opened."""
    opened, problems = [], []
    for path in records.models():
        try:
            opened.append((_model(path, path.stat().st_mtime_ns), path))
        except (UserError, OSError) as error:
            problems.append(str(error))
    opened.sort(key=lambda entry: (entry[0].card.dataset, entry[0].card.order, entry[0].card.name))
    titles: dict[str, list[str]] = {}
    for card in sorted((model.card for model, _ in opened), key=lambda card: (card.order, card.name)):
        titles.setdefault(card.dataset, []).append(card.title)
    found = colours(titles)
    models = [Shown(model, path, found[model.card.dataset][model.card.title]) for model, path in opened]
    return Catalogue(models, problems)


def models_for(dataset: str) -> list[Shown]:
    """The exported models for one dataset."""
    return [shown for shown in catalogue().models if shown.model.card.dataset == dataset]


@st.cache_resource(max_entries=64, show_spinner=False)
def _model(path: Path, modified: int) -> Model:
    """modified: makes a file that was exported anew another entry."""
    del modified
    return Model(path)


def test_set(dataset: str) -> Split:
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
    images = test_set(dataset).images
    return np.concatenate([_model.predict(to_float(images[i : i + 1000])) for i in range(0, len(images), 1000)])


@st.cache_resource(max_entries=16, show_spinner=False)
def inside(_model: Model, sha256: str) -> Inside:
    """A look inside a model. sha256: of the model's file."""
    del sha256
    return Inside(_model)


@st.cache_data(max_entries=8, show_spinner="Asking the network about every single pixel …")
def collapsed(_model: Model, sha256: str) -> tuple[np.ndarray, np.ndarray]:
    """The matrix and bias that equal a linear network; see invariance.linear. sha256: of the model's file."""
    del sha256
    return collapse(_model)
