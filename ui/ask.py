"""What every page that shows answers asks first: which image, and which networks."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset
from ui import cache, inputs
from ui.cache import Shown


class Asked(NamedTuple):
    """everyone: all networks for the dataset; chosen: those to compare; image: float32 (C, H, W) as they take it, None
    while there is none; label: what it shows, if known; caption: what it is; left, right: the page's two columns."""

    everyone: list[Shown]
    chosen: list[Shown]
    image: np.ndarray | None
    label: str
    caption: str
    left: st.delta_generator.DeltaGenerator
    right: st.delta_generator.DeltaGenerator


def ask(dataset: Dataset) -> Asked:
    """Show the picker on the left and the networks on the right; say what is missing."""
    everyone = cache.models_for(dataset.name)
    if not everyone:
        st.info(f"There is no network for {dataset.title} in exported/ yet. Make them with: make train")
    left, right = st.columns([5, 8], gap="large")
    with left:
        picture = inputs.picker(dataset)
    image = None
    with right:
        chosen = inputs.choose(everyone)
        if picture is None:
            st.info("Nothing to look at yet: draw a digit, upload a picture, or pick one of the samples.")
        elif everyone and not chosen:
            st.info("Choose at least one network.")
        elif chosen:
            try:
                image = inputs.tensor(picture, chosen[0].model.card)
            except UserError as error:
                st.info(str(error))
    label, caption = (picture.label, picture.caption) if picture else ("", "")
    return Asked(everyone, chosen, image, label, caption, left, right)
