"""What the page Backpropagation asks and shows: a tiny network, there and back at once, and softmax by hand."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.images.pixels import grey
from invariance.images.resizing import area_resize
from invariance.number_words import counted, number, percent, probability, with_interval_and_n
from invariance.scratch import one_channel as small
from invariance.scratch.one_channel import Arrays
from ui.drawing.palette import PALETTE
from ui.drawing.pictures import show, signed
from ui.drawing.shown import chart, offer_pictures
from ui.lessons.backpropagation_steps import agreement
from ui.networks import models_for
from ui.picking.picture import current_or_example
from ui.picking.remembered import remembered, whole_number
from ui.widgets.number_grids import NumberGrid, largest_place, number_grids
from ui.words import escaped

LABELS = ("A", "B", "C")
PICTURE_SIDE = 114  # screen pixels of one value in the overview


CHAIN = {
    "image": "image I",
    "convolved": "convolved: x",
    "rectified": "after ReLU: o",
    "pooled": "pooled: q",
    "logits": "logits z",
}


def image() -> tuple[np.ndarray, str]:
    """float64 (8, 8): the middle of the person's picture, shrunk, or of the example's; and what it is."""
    picture = current_or_example()
    return area_resize(grey(picture.pixels)[None], small.SIDE)[0].astype(np.float64), picture.caption


def choose_network() -> tuple[Arrays, int]:
    """The network's parameters, and the index of the right class."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        right = remembered("right", list(LABELS), str, "The right answer is")
        seed = whole_number("weights", "Random weights, number", 0, 999, 0, 190)
    return small.draw(seed), LABELS.index(right)


def overview(values: Arrays, gradients: Arrays, label: int, caption: str) -> str:
    """Every value on the way forwards, and under it the loss's gradient there; caption: of the image.

    Returns:
        How far the network is off, in a sentence or two.
    """
    seen = []
    for title, arrays, span in (
        ("**Forwards:** what the network computes", values, "from {} to {}"),
        ("**Backwards:** how much the loss grows with each of these numbers", gradients, "gradient from {} to {}"),
    ):
        st.markdown(title)
        with st.container(horizontal=True):
            for name, what in CHAIN.items():
                array = arrays[name]
                rows, columns = array.shape
                text = f"{what}, {rows} × {columns}: {span.format(number(array.min()), number(array.max()))}"
                seen.append((signed(array if columns > 1 else array.T), text))
                show(seen[-1][0], PICTURE_SIDE, caption=text, alt=text)
    scale = "Red is above 0, blue below, white is 0; each picture has its own scale."
    offer_pictures(
        "there and back",
        seen,
        "What a tiny network computes, and below it how much the loss grows with each of these numbers, where "
        f"{LABELS[label]} is right. {scale}",
        columns=len(CHAIN),
    )
    st.caption(scale)
    chance, loss = small.probabilities(values["logits"])[label, 0], small.loss(values["logits"], label)
    st.markdown(
        f"A tiny network, which never learned, sorts {escaped(caption)}, shrunk to {small.SIDE} × {small.SIDE} pixels, "
        "into three classes."
    )
    row, column = largest_place(gradients["image"])
    return (
        f"To the right answer, {LABELS[label]}, it gives {probability(float(chance), 1)}: the loss is {loss:.4f}. The "
        f"pixel at row {row}, column {column} could change it most."
    )


def softmax_by_hand() -> str:
    """Softmax and cross-entropy of the person's own logits, with the gradient beside its measurement.

    Returns:
        The loss, in a sentence.
    """
    from ui.drawing.charts import bars  # late: Altair takes half a second to load

    row = st.container(horizontal=True, vertical_alignment="bottom")
    typed = [
        row.number_input(
            f"Logit of {name}",
            -50.0,
            50.0,
            first,
            0.5,
            key=f"z_{name}",
            bind="query-params",
            persist_state="session",
            width=130,
        )
        for name, first in zip(LABELS, (2.0, 1.0, -1.0), strict=True)
    ]
    with row:
        right = remembered("own_right", list(LABELS), str, "The right answer is")
    label = LABELS.index(right)
    logits = np.array(typed)[:, None]
    p, gradient = small.probabilities(logits), small.mistake(logits, label)
    measured = small.measure({}, {"logits": logits}, label, "logits")
    left, numbers = st.columns([2, 3], gap="large")
    said = ", ".join(f"{name}: {probability(float(chance))}" for name, chance in zip(LABELS, p.flat, strict=True))
    with left:
        drawing = bars.probabilities(p[:, 0], LABELS, PALETTE[0])
        chart("softmax", drawing, alt=f"Probabilities. {said}", caption=f"Softmax of the logits {typed}. {said}.")
    with numbers:
        st.latex(rf"E = -\ln p_{{{right}}} = -\ln {p[label, 0]:.4g} = {small.loss(logits, label):.4f}")
        number_grids(
            "own",
            [
                NumberGrid("logits z", logits),
                NumberGrid("p", p),
                NumberGrid("y", small.one_hot(label)),
                NumberGrid("p − y", gradient),
                NumberGrid("central difference", measured.slope),
            ],
            name="softmax in numbers",
            caption=f"Softmax of the logits {typed} where {right} is right, and the gradient beside its measurement.",
        )
        st.markdown(agreement(measured, gradient))
    return (
        f"Softmax gives the right answer, {right}, {percent(float(p[label, 0]), 1)}: the loss is "
        f"{small.loss(logits, label):.4f}. The gradient is what was said, less what is right."
    )


def learned_by_this() -> str:
    """What the network that learned by these formulas alone makes of digits, in a sentence (Markdown)."""
    networks = [shown for shown in models_for("mnist") if shown.model.card.name == "scratch"]
    if not networks:
        return "The network that learns by these formulas is not in exported/. Train it: python -m invariance scratch"
    model, card = networks[0].model, networks[0].model.card
    try:
        record, problem = records.evaluation(networks[0].path, model.sha256, card.dataset)
    except UserError as error:
        record, problem = None, str(error)
    if problem:
        st.warning(escaped(problem))
    st.page_link("classify.py", label="Ask it about your own digit", icon=":material/draw:")
    learned = f"**{escaped(card.title)}**, of {counted(card.parameters)} parameters, learned by these formulas alone"
    if not record:
        return f"{learned}."
    return f"Yes: {learned}, and is right on {with_interval_and_n(record['accuracy'])} of the MNIST test images."
