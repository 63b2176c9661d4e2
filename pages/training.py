"""How the networks learned: what they understood, and what they learned by heart."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from invariance.claims import CLAIMS
from invariance.claims.claim import card, figure, theirs
from invariance.claims.halbreich import FOUND_THERE, HALBREICH_CLASSES
from invariance.claims.halbreich_counts import TWO_CONVOLUTIONS, best, half_wrong
from invariance.claims.verdict import REPRODUCED
from invariance.datasets import CIFAR10
from invariance.evaluation.learning import BY_HEART, WELL
from invariance.evaluation.watched import GUESSING, KEEPS, LOSES, WATCHED_ANGLES
from invariance.number_words import counted, percent
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.lessons.one_matrix import one_matrix
from ui.networks import models_for, none_yet
from ui.picking.networks import choose_networks
from ui.picking.remembered import choose_dataset, one_of, remembered
from ui.recorded.doshi import plateau, six_digits
from ui.recorded.mistakes import show_classes_beside, show_wrong
from ui.recorded.trainings import (
    Training,
    by_heart,
    larger_by_heart,
    on_all_images,
    seeds,
    sentence,
    show_curves,
    show_ends,
    show_gap,
    story,
    trainings,
)
from ui.recorded.watching import watch_it_learn
from ui.words import escaped

COMPARED = (
    "Choose networks: each was asked about images that it learned from and about others, held out, that it never saw."
)
WATCHED = "Press Play: kernels grow out of chance, epoch by epoch. Does the curve rise at every angle?"


class View(NamedTuple):
    """One question of the page."""

    title: str
    needs: str | None  # a network without which there is nothing to show
    show: Callable[[], str]  # gives its verdict
    sentence: str = COMPARED  # what to try
    compares: bool = True  # whether it shows the networks that are chosen


def at_the_end() -> str:
    """Where the chosen networks' trainings ended, and the way there."""
    show_ends(chosen)
    name_those_of_other_images("Learned from other training images than the rest", chosen)
    st.markdown(
        "Follow the training: where the dashed line (images it learns from) leaves the solid one (images held out), it "
        "learns by heart. The diamond marks the epoch that was kept."
    )
    show_curves(chosen, "learning-curves")
    st.markdown("\n".join(f"- {sentence(training)}" for training in chosen))
    return by_heart(chosen)


def name_those_of_other_images(told: str, among: list[Training]) -> None:
    """Whose gap is hardly to be compared with the others'."""
    if others := [training.title for training in among if not on_all_images(training)]:
        st.caption(escaped(f"{told}: {', '.join(others)}."))


def watch() -> str:
    """One training, replayed."""
    return watch_it_learn(everyone, dataset)


def larger() -> str:
    """The gap against the size of all networks; their figures in a table, folded."""
    st.header("Do larger networks learn more by heart?")
    st.markdown(
        "Each point is a network at the end of its training: how many points more of its training images than of the "
        "held-out ones it answers right. Several points of one network are several random seeds. In colour: the "
        "networks chosen above."
    )
    comparable = [training for training in everyone if on_all_images(training)]
    show_gap(comparable, chosen)
    st.caption(
        "Where training images are changed at random or parts of the network dropped, training is the harder task, and "
        "the gap can be negative. So it can after few epochs: a training image is answered while the network learns, a "
        "held-out one after the epoch."
    )
    name_those_of_other_images("Left out, since they learned from other training images", everyone)
    with st.expander(f"All {len(everyone)} networks in a table"):
        story(everyone, FOUND_THERE if dataset is CIFAR10 else {})
        st.caption("± is the standard deviation over random seeds; in brackets the 95 % interval or each seed.")
    if "cifar-gap" in named:
        one_convolution()
    return larger_by_heart(comparable)


def one_convolution() -> None:
    """What the source's shallow networks came to, and the parameters of the first."""
    parameters = named["cifar-gap"].shown.model.card.parameters
    printed = theirs(CLAIMS["halbreich-parameters-gap"])
    st.header("One convolution is not enough")
    st.markdown(
        "Question 3 of the source asks for shallow networks. Right answers to test images: one convolution and global "
        f"average pooling, {seeds(named['cifar-gap'])}"
        + (
            f"; one large convolution and a linear layer, {seeds(named['cifar-shallow'])}."
            if "cifar-shallow" in named
            else "."
        )
    )
    st.markdown(
        rf"""
For the first, the source gives {printed}. The code printed there has
$16\,(3 \cdot 5 \cdot 5 + 1) + 10\,(16 + 1) = 1{{,}}216 + 170$, and the exported network has **{counted(parameters)}**.
"""
    )


def as_one_matrix() -> str:
    """The linear network and the matrix that it is."""
    st.header("Without activation functions, a network is one matrix")
    one_matrix(named["cifar-linear"].shown, [training.shown for training in everyone], dataset)
    losses()
    return by_heart(chosen)


def losses() -> None:
    """What that costs: the linear network's loss beside the source's, and that of the network of question 1."""
    test, training, first = (
        CLAIMS[f"halbreich-{name}"] for name in ("linear-test-loss", "linear-training-loss", "loss")
    )
    st.markdown(
        f"What that costs: the source's loss stays at about {theirs(test)} on training and test images. Ours is "
        f"{figure(test, test.ours())} on test images and {figure(training, training.ours())} on training images. Of "
        f"its network with ReLU and max pooling the source gives about {theirs(first)}, not saying on which images. "
        f"Ours is {figure(first, first.ours())} on test images. {first.beside()}"
    )


def classes() -> str:
    """Right answers by class, beside the source's."""
    st.header("Which things are hard?")
    st.markdown(
        "Grey: the network that the source found best, one training. In colour: the networks here, on average over "
        "their seeds; the spans leave room for the choice of test images and of seeds."
    )
    told = show_classes_beside(chosen, dataset, HALBREICH_CLASSES, "Halbreich, best of question 1")
    beside_the_source()
    return told


def beside_the_source() -> None:
    """In how many classes the network that stands for the source's differs from it, and how the source counted."""
    verdicts = [CLAIMS[f"halbreich-accuracy-{label}"].verdict() for label in HALBREICH_CLASSES]
    whole, airplanes = CLAIMS["halbreich-accuracy"], CLAIMS["halbreich-accuracy-airplane"]
    alike, title = verdicts.count(REPRODUCED), escaped(card(best()).title)
    st.markdown(
        f"The source's network is one draw too. Of its {len(verdicts)} classes, {alike} differ from those of "
        f"**{title}** by no more than chance gives. Over all classes it has {theirs(whole)}, and ours "
        f"{figure(whole, whole.ours())}. As printed, its loop counts an image only if the answer is right: run so, it "
        f"gives {percent(half_wrong(), 0)} for every class of every network, and not {theirs(airplanes)}."
    )


def doshi() -> str:
    """A training that levels off, and six digits."""
    st.header("Doshi's training, and six digits without doubt")
    six_digits(named["mnist-cnn"], dataset)
    plateau(named["mnist-cnn"])
    show_curves([named["mnist-cnn"]], "learning-curves-doshi")
    return by_heart([named["mnist-cnn"]])


def mistakes() -> str:
    """The most confident mistakes of one of the chosen networks."""
    st.header("Most sure, and wrong")
    titles = [training.title for training in chosen]
    title = one_of("wrong_network", "Network", titles, titles[0], 300)
    st.markdown("The test images on which it errs with the greatest confidence. Would you have known?")
    return show_wrong(next(training.shown for training in chosen if training.title == title), dataset)


VIEWS = {
    "end": View("By heart?", None, at_the_end),
    "watch": View("Watch it learn", None, watch, WATCHED, compares=False),
    "larger": View("Larger networks", None, larger),
    "matrix": View("One matrix", "cifar-linear", as_one_matrix),
    "classes": View("Class by class", "cifar-underfit", classes),
    "doshi": View("Six digits", "mnist-cnn", doshi),
    "wrong": View("Sure and wrong", None, mistakes),
}

heading, verdict = st.container(), st.container(key="verdict_place")
row = st.container(horizontal=True, gap="medium")
with row:
    dataset = choose_dataset()
everyone = trainings(models_for(dataset.name))
named = {training.shown.model.card.name: training for training in everyone}
views = [name for name, view in VIEWS.items() if not view.needs or view.needs in named]
with row:
    look = remembered("learned", views, lambda name: VIEWS[name].title, "Look at", quiet=True)
view = VIEWS[look]
with heading:
    head("Did it understand, or learn by heart?", view.sentence)
models = [training.shown for training in everyone]
chosen_models = choose_networks(models, dataset) if view.compares else models
chosen = [training for training in everyone if training.shown in chosen_models]
if not everyone:
    none_yet(f"trained network for {dataset.title}")
elif not chosen:
    st.info("Choose at least one network.")
elif told := view.show():
    with verdict:
        say_verdict(told)

how_it_works(
    "training",
    by_heart=f"{100 * BY_HEART:g}",
    well=f"{100 * WELL:g}",
    two_convolutions=len(TWO_CONVOLUTIONS),
    watched_angles=len(WATCHED_ANGLES),
    guessing=GUESSING,
    keeps=f"{100 * KEEPS:g}",
    loses=f"{100 * LOSES:g}",
)
