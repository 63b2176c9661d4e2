"""What every page that shows answers asks first: what to recognise, which networks, and which image."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST, Dataset
from ui.networks import Shown, models_for, none_yet
from ui.picking.image import pick_image
from ui.picking.networks import COMPARED, Names, choose_networks
from ui.picking.picture import Picture, prepared, show_picked
from ui.picking.remembered import choose_dataset
from ui.words import escaped

R = TypeVar("R")


class Asked(NamedTuple):
    """What the person answered, the place of the page's verdict, and its two columns."""

    dataset: Dataset  # what there is to recognise
    everyone: list[Shown]  # all networks for it
    chosen: list[Shown]  # those to compare
    verdict: st.delta_generator.DeltaGenerator
    left: st.delta_generator.DeltaGenerator
    right: st.delta_generator.DeltaGenerator


class Seen(NamedTuple):
    """What networks are given."""

    image: np.ndarray | None  # float32 (C, H, W) as they take it, None while there is none
    notes: tuple[str, ...]  # what was done to the picture to make it, in sentences
    picture: Picture | None  # what the person picked

    @property
    def label(self) -> str:
        """What the image shows, "" if nobody knows."""
        return self.picture.label if self.picture else ""

    @property
    def caption(self) -> str:
        """What the image is."""
        return self.picture.caption if self.picture else ""


def ask(
    compared: Names | None = COMPARED,
    *,
    ideas: Sequence[str] = (),
    only: Dataset | None = None,
    answer_first: bool = True,
) -> Asked:
    """Show what to recognise on the left and the networks on the right, both below a verdict; say what is missing.

    Args:
        compared: the networks to begin with, by data set; None: the person isn't asked, all of them are.
        ideas: of which there is one to begin with; see choose_networks().
        only: the one thing that there is to recognise; None: the person is asked.
        answer_first: on a phone the right comes above the left; see frame.css.
    """
    verdict = st.container(key="verdict_place")
    left, right = st.container(key="answer_first" if answer_first else "picture_first").columns([5, 8], gap="large")
    with left:
        dataset = only or choose_dataset()
    everyone = models_for(dataset.name)
    with right:
        if not everyone:
            none_yet(f"network for {dataset.title}")
        chosen = everyone if compared is None else choose_networks(everyone, dataset, compared, ideas)
    return Asked(dataset, everyone, chosen, verdict, left, right)


def live(asked: Asked, show: Callable[[Seen], R], *, while_drawing: bool = False) -> R:
    """Show the picker on the left, and what a page makes of the image; at a stroke this alone runs anew.

    Args:
        asked: what ask() gave.
        show: draws what depends on the image. What it returns is for the rest of the page, which runs anew when it
            becomes another.
        while_drawing: answer while the pen still moves.
    """
    return _live(asked, show, while_drawing, [])


@st.fragment
def _live(asked: Asked, show: Callable[[Seen], R], while_drawing: bool, returned: list[R]) -> R:
    """returned: to the rest of the page, [] while that still waits."""
    for place in (asked.verdict, asked.left, asked.right, st.sidebar):
        place.empty()  # Streamlit lets a fragment write only to where it also wrote when the whole page ran
    with asked.left:
        picture = pick_image(asked.dataset, while_drawing=while_drawing)
    show_picked()
    try:
        result = show(Seen(*_given(asked, picture), picture))
    except UserError as error:  # a network of the person's own that can't be run on this image
        asked.right.error(escaped(error))
        st.stop()
    if returned and returned[0] != result:
        st.rerun()
    returned[:] = [result]
    return result


def _given(asked: Asked, picture: Picture | None) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The image for the networks and what was done to it; says why there is none."""
    with asked.right:
        if picture is None:
            first = "draw a digit, upload a picture" if asked.dataset is MNIST else "upload a photo"
            st.info(f"Nothing to look at yet: {first}, or pick one of the samples.")
        elif asked.everyone and not asked.chosen:
            st.info("Choose at least one network.")
        elif asked.chosen:
            try:
                return prepared(picture, asked.dataset)
            except UserError as error:
                st.info(escaped(error))
    return None, ()
