"""The opened models, and what is worked out of them once."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.surgery.one_matrix import collapse
from ui.caching import keeping
from ui.drawing.palette import colours
from ui.own_models import own_models
from ui.words import escaped


class Shown(NamedTuple):
    """A model as pages show it."""

    model: Model
    path: Path  # of its file
    colour: str  # the same on every page, as "#RRGGBB"
    own: bool = False  # it is the person's own: nothing is recorded of it, and its file is not kept


class Catalogue(NamedTuple):
    """The exported models, and those that can't be opened."""

    models: list[Shown]  # by dataset, and then in the order of their recipes
    problems: list[str]  # why others can't be opened


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
    colour_of = colours(titles)
    models = [Shown(model, path, colour_of[model.card.dataset][model.card.title]) for model, path in opened]
    return Catalogue(models, problems)


def everyone() -> list[Shown]:
    """The exported models, and then the person's own."""
    return catalogue().models + [Shown(own.model, own.path, own.colour, own=True) for own in own_models()]


def models_for(dataset: str) -> list[Shown]:
    """All models for one dataset."""
    return [shown for shown in everyone() if shown.model.card.dataset == dataset]


def none_yet(what: str = "network") -> None:
    """Say that exported/ holds nothing of the kind, such as "network for MNIST", and what makes it."""
    st.info(f"There is no {escaped(what)} in exported/ yet. This makes the networks that come with it: make train")


@keeping(400_000_000)
def _model(path: Path, modified: int) -> Model:
    """modified: makes a file that was exported anew another entry."""
    del modified
    return Model(path)


@keeping(150_000_000)
def inside_of(model: Model) -> Inside:
    """A look inside a model."""
    return Inside(model)


@keeping(4_000_000, "Asking the network about every single pixel …")
def as_one_matrix(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """The matrix and bias that equal a linear network; see collapse()."""
    return collapse(model)
