"""How the networks learned: what they understood, and what they learned by heart."""

import streamlit as st

from invariance.claims import CLAIMS
from invariance.claims.halbreich import HALBREICH_CLASSES, TWO_CONVOLUTIONS
from invariance.datasets import CIFAR10, MNIST
from invariance.evaluation.learning import BY_HEART, WELL
from invariance.number_words import counted
from ui.explanation import how_it_works
from ui.frame import head
from ui.lessons.one_matrix import one_matrix
from ui.networks import models_for, none_yet
from ui.picking.networks import choose_networks
from ui.picking.remembered import choose_dataset
from ui.recorded.doshi import plateau, six_digits
from ui.recorded.trainings import (
    seeds,
    sentence,
    show_classes_beside,
    show_curves,
    show_gap,
    show_wrong,
    story,
    trainings,
)

FOUND_THERE = {
    "cifar-underfit": "underfits",
    "cifar-fit": "overfits",
    "cifar-overfit": "overfits",
    "cifar-linear": "loss stays at about 1.75",
    "cifar-gap": "poor",
    "cifar-shallow": "poor",
}

head(
    "Did it understand, or learn by heart?",
    "Follow a network's training: where the dashed line (images it learns from) leaves the solid one (images held "
    "out), it learns by heart. The diamond marks the epoch that was kept.",
)
dataset = choose_dataset()
everyone = trainings(models_for(dataset.name))
chosen_models = choose_networks([training.shown for training in everyone], dataset)
chosen = [training for training in everyone if training.shown in chosen_models]
if not everyone:
    none_yet(f"trained network for {dataset.title}")
elif not chosen:
    st.info("Choose at least one network.")
if chosen:
    show_curves(chosen, "curves")
    for training in chosen:
        st.markdown(sentence(training))

if everyone:
    st.header("Do larger networks learn more by heart?")
    st.markdown(
        "Each point is a network at the end of its training: how many points more of its training images than of the "
        "held-out ones it answers right. Several points of one colour are several random seeds."
    )
    show_gap(everyone)
    story(everyone, FOUND_THERE if dataset is CIFAR10 else {})
    st.caption(
        "± is the standard deviation over random seeds; in brackets the 95 % interval or each seed. Where training "
        "images are changed at random or parts of the network dropped, training is the harder task and the gap can be "
        "negative."
    )

named = {training.shown.model.card.name: training for training in everyone}
if dataset is CIFAR10 and "cifar-linear" in named:
    st.header("Without bends, a network is one matrix")
    one_matrix(named["cifar-linear"].shown, [training.shown for training in everyone], dataset)

if dataset is CIFAR10 and "cifar-gap" in named:
    parameters = named["cifar-gap"].shown.model.card.parameters
    theirs = CLAIMS["halbreich-parameters-gap"].theirs
    st.header("One convolution is not enough")
    st.markdown(
        f"Question 3 of the source asks for shallow networks: one convolution and global average pooling "
        f"({seeds(named['cifar-gap'])} of the test images), or one large convolution and a linear layer"
        + (f" ({seeds(named['cifar-shallow'])})." if "cifar-shallow" in named else ".")
    )
    st.markdown(
        rf"""
For the first, the source gives {theirs:,.0f} parameters. The code printed there has
$16\,(3 \cdot 5 \cdot 5 + 1) + 10\,(16 + 1) = 1{{,}}216 + 170$, and the exported network has **{counted(parameters)}**.
"""
    )

if dataset is CIFAR10 and chosen:
    st.header("Which things are hard?")
    st.markdown(
        "Grey: the network that the source found best. Where a coloured span does not reach the grey point, ours and "
        "theirs differ by more than the choice of test images explains."
    )
    show_classes_beside(chosen, dataset, HALBREICH_CLASSES, "Halbreich, best of question 1")

if dataset is MNIST and "mnist-cnn" in named:
    st.header("Doshi's training, and six digits without doubt")
    show_curves([named["mnist-cnn"]], "curves_of_doshi")
    plateau(named["mnist-cnn"])
    six_digits(named["mnist-cnn"], dataset)

if chosen:
    st.header("Most sure, and wrong")
    title = st.selectbox("Network", [training.title for training in chosen])
    st.markdown("The test images on which it errs with the greatest confidence. Would you have known?")
    show_wrong(next(training.shown for training in chosen if training.title == title), dataset)

how_it_works(
    "training",
    by_heart=f"{100 * BY_HEART:g}",
    well=f"{100 * WELL:g}",
    two_convolutions=len(TWO_CONVOLUTIONS),
)
