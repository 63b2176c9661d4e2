"""Doshi's figures again: a training that levels off, and six digits with the network's probabilities."""

import streamlit as st

from invariance import UserError
from invariance.claims import CLAIMS
from invariance.claims.doshi_network import PLATEAU
from invariance.datasets import Dataset
from invariance.images.pixels import to_float
from invariance.number_words import number, percent
from ui import test_sets
from ui.drawing.pictures import show
from ui.drawing.shown import bare_chart, offer_charts
from ui.picking.samples import SAMPLES
from ui.recorded.trainings import Training
from ui.words import escaped

COUNT = 6
OF_ALL_SEEDS = ("doshi-plateau", "doshi-overfitting", "doshi-dropout")  # claims


def plateau(training: Training) -> None:
    """Say when the training levelled off, and what its seeds and the same without dropout say of that."""
    history = training.runs[0]
    if len(history) > PLATEAU:
        before, then, end = (history[epoch]["validation_accuracy"] for epoch in (0, PLATEAU - 1, -1))
        st.markdown(
            f"The source sees its network level off after {PLATEAU} epochs, without overfitting, which it puts down to "
            "dropout. The training below gained "
            f"{100 * (then - before):.2f} points of right answers on held-out images from epoch 1 to {PLATEAU}, and "
            f"{number(100 * (end - then), '+.2f')} from there to epoch {len(history)}."
        )
    try:
        told = " ".join(filter(None, (CLAIMS[name].beside() for name in OF_ALL_SEEDS)))
    except UserError as error:
        st.warning(escaped(error))
        return
    if told:
        st.markdown(f"**Over several seeds.** {told}")


def six_digits(training: Training, dataset: Dataset) -> None:
    """Show six images with a bar for each class."""
    from ui.drawing.charts import bars  # late: Altair takes half a second to load

    model = training.shown.model
    split = test_sets.readable(dataset)
    if split is None:
        images, labels, kind = SAMPLES.images[:COUNT], SAMPLES.labels[:COUNT], "digits written by code"
    else:
        images, labels, kind = split.images[:COUNT], split.labels[:COUNT], "test images"
    images = to_float(images)
    probabilities = model.predict(images)
    least = min(float(row.max()) for row in probabilities)
    st.markdown(
        f"The first six {kind}: the least sure answer of {escaped(training.title)} has a probability of "
        f"{percent(least)}. That is how far it leads, not how likely it is right."
    )
    drawings = {}
    for place, (column, image, row, label) in enumerate(
        zip(st.columns(COUNT), images, probabilities, (dataset.labels[index] for index in labels), strict=True), 1
    ):
        with column:
            show(image, 114, caption=f"labelled {label}", alt=f"a digit labelled {label}")
            drawings[f"{place}: labelled {label}"] = bare_chart(
                bars.probabilities(row, model.card.labels, training.shown.colour),
                alt=f"answer {model.card.labels[row.argmax()]} with {percent(float(row.max()))}",
            )
    offer_charts("six digits", drawings, f"{training.title}: probabilities for the first six {kind}.")
