"""What every page that shows answers asks first: what to recognise, which image, and which networks."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST, Dataset
from ui.networks import Shown, models_for, none_yet
from ui.picking.image import pick_image
from ui.picking.networks import COMPARED, Names, choose_networks
from ui.picking.picture import Picture, prepared
from ui.picking.remembered import choose_dataset


class Asked(NamedTuple):
    """What the person answered, and the page's two columns."""

    dataset: Dataset  # what there is to recognise
    everyone: list[Shown]  # all networks for it
    chosen: list[Shown]  # those to compare
    image: np.ndarray | None  # float32 (C, H, W) as they take it, None while there is none
    notes: tuple[str, ...]  # what was done to the picture to make it, in sentences
    picture: Picture | None  # what the person picked
    left: st.delta_generator.DeltaGenerator
    right: st.delta_generator.DeltaGenerator

    @property
    def label(self) -> str:
        """What the image shows, "" if nobody knows."""
        return self.picture.label if self.picture else ""

    @property
    def caption(self) -> str:
        """What the image is."""
        return self.picture.caption if self.picture else ""


def ask(compared: Names | None = COMPARED) -> Asked:
    """Show what to recognise and the picker on the left, and the networks on the right; say what is missing.

    compared: the networks to begin with, by data set; None: the person isn't asked, all of them are.
    """
    left, right = st.columns([5, 8], gap="large")
    with left:
        dataset = choose_dataset()
        picture = pick_image(dataset)
    everyone = models_for(dataset.name)
    image, notes = None, ()
    with right:
        if not everyone:
            none_yet(f"network for {dataset.title}")
        chosen = everyone if compared is None else choose_networks(everyone, dataset, compared)
        if picture is None:
            first = "draw a digit, upload a picture" if dataset is MNIST else "upload a photo"
            st.info(f"Nothing to look at yet: {first}, or pick one of the samples.")
        elif everyone and not chosen:
            st.info("Choose at least one network.")
        elif chosen:
            try:
                image, notes = prepared(picture, dataset)
            except UserError as error:
                st.info(str(error))
    return Asked(dataset, everyone, chosen, image, notes, picture, left, right)
