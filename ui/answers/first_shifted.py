"""The image that Translation begins with: one on which max pooling changes its answer when it is shifted."""

import numpy as np
import streamlit as st

from invariance.datasets import DATASETS, Dataset
from invariance.evaluation.consistency import SHIFTS, shift_map
from invariance.images.pixels import to_float
from invariance.measures import answered
from invariance.model import Model
from ui.caching import keeping
from ui.networks import models_for
from ui.own_models import own_models
from ui.picking.networks import Names
from ui.picking.picture import EXAMPLE_CAPTION, current_picture
from ui.picking.remembered import picked
from ui.picking.samples import sample_labels, samples

AROUND = SHIFTS["circular"]
# In an address that says what to look at; where the image lies is in each that was copied.
NAMED = {"what", "source", "draw", "image", "sample", "test", "at"}


def begin_with_a_flip(compared: Names) -> None:
    """Pick an image drawn by code that the page begins with, once a visit.

    Its shifts change the answer of the first plain network, not of the last that is built to shift. Nothing is picked
    where the person or the address did so, and where no such network or image is there.

    compared: the networks that the page begins with, by data set.
    """
    state = st.session_state
    if state.get("begun_with_a_flip") or _something_is_picked():
        return
    state.begun_with_a_flip = True
    for name, networks in compared.items():
        named = {shown.model.card.name: shown.model for shown in models_for(name)}
        here = [named[network] for network in networks if network in named]
        plain, shifting = ([model for model in here if model.card.idea == idea] for idea in ("plain", "shifting"))
        if not (plain and shifting):
            continue
        if (index := most_telling(plain[0], shifting[-1], DATASETS[name])) is not None:
            state.what = state.picked_what = name
            picked(DATASETS[name]).update(source="sample", sample=index)
            return


def most_telling(flips: Model, keeps: Model, dataset: Dataset) -> int | None:
    """The sample whose near shifts change the answer of `flips` most often, of those that both get right; or None."""
    images, labels = to_float(samples(dataset)), sample_labels(dataset)
    counts = changes(flips, images)
    said = [[model.card.labels[answer] for answer in model.logits(images).argmax(1)] for model in (flips, keeps)]
    telling = [count * (one == other == label) for count, one, other, label in zip(counts, *said, labels, strict=True)]
    best = int(np.argmax(telling))
    return best if telling[best] else None


@keeping(10_000)
def changes(model: Model, images: np.ndarray) -> list[int]:
    """For each image (N, C, H, W), the number of near shifts around the edges that change the model's answer."""
    steps = range(-AROUND.reach, AROUND.reach + 1)
    answers = (answered(shift_map(model, image, AROUND, steps, steps)) for image in images)
    return [int((each != each[AROUND.reach, AROUND.reach]).sum()) for each in answers]


def _something_is_picked() -> bool:
    picture = current_picture()
    own = st.session_state.get("what") if picture is None else picture.caption != EXAMPLE_CAPTION
    return bool(own or own_models() or NAMED & set(st.query_params))
