"""What the page Backpropagation asks and shows: a step of the way back at a time, beside its measurement."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.images.pixels import grey
from invariance.images.resizing import area_resize
from invariance.number_words import counted, number, percent, with_interval_and_n
from invariance.operators.convolution import convolve
from invariance.scratch import one_channel as small
from invariance.scratch.one_channel import PRODUCTS, Arrays
from ui.drawing.palette import PALETTE
from ui.drawing.pictures import show, signed
from ui.drawing.shown import chart
from ui.networks import models_for
from ui.picking.picture import current_or_example
from ui.picking.remembered import remembered, whole_number
from ui.widgets.number_grids import NumberGrid, from_wire, largest_place, number_grids
from ui.words import escaped

LABELS = ("A", "B", "C")
AGREE = 1e-6  # gradients that differ by less are the same: far above rounding, far below any mistake
PICTURE_SIDE = 114  # screen pixels of one value in the overview


class Step(NamedTuple):
    """One gradient on the way back."""

    title: str
    formula: str  # in LaTeX
    symbol: str
    left: str  # what the first array is of which the gradient is made
    right: str  # and the second
    says: str  # how it is made, in words


STEPS = {
    "logits": Step(
        "logits",
        r"\frac{\partial E}{\partial z_k} = p_k - y_k",
        "∂E/∂z",
        "p, what softmax says",
        "y, what is right",
        "The mistake itself: how much the network says, less what it should have said.",
    ),
    "weights": Step(
        "weights",
        r"\frac{\partial E}{\partial v_{kn}} = \frac{\partial E}{\partial z_k}\, q_n",
        "∂E/∂v",
        "∂E/∂z, the mistake",
        "q, the pooled values in a row",
        "A weight is to blame as much as the value that went through it, times the mistake that it went to.",
    ),
    "pooled": Step(
        "pooled values",
        r"\frac{\partial E}{\partial q_n} = \sum_k v_{kn}\, \frac{\partial E}{\partial z_k}",
        "∂E/∂q",
        "v, the weights: a row for each class",
        "∂E/∂z, the mistake",
        "The mistake runs back through the same weights, transposed.",
    ),
    "rectified": Step(
        "max pooling",
        r"\frac{\partial E}{\partial o_{ij}} = \frac{\partial E}{\partial q_{\lfloor i/2 \rfloor \lfloor j/2 \rfloor}}"
        r"\cdot \left[\, o_{ij} \text{ is the largest of its } 2 \times 2 \,\right]",
        "∂E/∂o",
        "∂E/∂q",
        "1 at the largest of each 2 × 2",
        "Only the largest of each 2 × 2 was passed on, so only it is to blame.",
    ),
    "convolved": Step(
        "ReLU",
        r"\delta_{ij} = \frac{\partial E}{\partial x_{ij}} = \frac{\partial E}{\partial o_{ij}}\, f'(x_{ij})",
        "δ",
        "∂E/∂o",
        "f′(x): 1 where x is above 0",
        "ReLU was flat below 0: what it cut off is not to blame.",
    ),
    "kernel": Step(
        "kernel",
        r"\frac{\partial E}{\partial w_{mn}} = \sum_{i,j} \delta_{ij}\, I_{i+m,\,j+n}",
        "∂E/∂w",
        "I, the image",
        "δ",
        "δ slides over the image as a kernel would: the correlation of input and δ.",
    ),
    "image": Step(
        "image",
        r"\frac{\partial E}{\partial I_{ij}} = \sum_{m,n} \delta_{i-m,\,j-n}\, w_{mn}",
        "∂E/∂I",
        "δ, with zeros around it",
        "w, turned by 180°",
        "The kernel, turned by 180°, slides over δ with zeros around it: the full convolution.",
    ),
}
BIASES = {  # step: the parameter whose gradient comes with it, and what that is
    "logits": ("biases", "The dense layer's biases have this very gradient"),
    "convolved": ("bias", "The convolution's bias takes part in every x: its gradient is the sum of all δ"),
}
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


def choose_step() -> str:
    """How far back the person has gone: a key of STEPS."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    buttons = row.container(horizontal=True, width="content")
    names, state = list(STEPS), st.session_state
    with row:
        name = remembered("back", names, lambda name: STEPS[name].title, "How far back", quiet=True)
    at = names.index(name)
    for text, to, hint in (("◀ Back", at - 1, "nearer to the loss"), ("Step ▶", at + 1, "nearer to the image")):
        there = 0 <= to < len(names)
        buttons.button(
            text,
            disabled=not there,
            on_click=lambda to=to: state.update(back=names[to]),
            help=f"One step {hint}",
        )
    return name


def choose_network() -> tuple[Arrays, int]:
    """The network's parameters, and the index of the right class."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        right = remembered("right", list(LABELS), str, "The right answer is")
        seed = whole_number("weights", "Random weights, number", 0, 999, 0, 190)
    return small.draw(seed), LABELS.index(right)


def step(name: str, parameters: Arrays, values: Arrays, gradients: Arrays, label: int) -> str:
    """One gradient: the arrays that it is made of, one of its numbers, all of them measured; its formula, folded.

    Returns:
        Which number is most to blame, and whether formula and measurement agree, in two sentences.
    """
    way_back, gradient = STEPS[name], gradients[name]
    measured = small.measure(parameters, values, label, name)
    key = f"grids_{name}"
    row, column = place = _picked(name, key, gradient)
    if name == "logits":
        left, right = small.probabilities(values["logits"]), small.one_hot(label)
        here = there = [place]
        terms = f"{number(left[place])} − {number(right[place])}"  # neither is below 0
    else:
        product = PRODUCTS[name]
        left, right = (side(parameters, values, gradients) for side in (product.left, product.right))
        here, there = product.places(row, column)
        terms = written_out([(left[i], right[j]) for i, j in zip(here, there, strict=True)])
    number_grids(
        key,
        [
            NumberGrid(way_back.left, left, here),
            NumberGrid(way_back.right, right, there),
            NumberGrid(f"{way_back.symbol} by the formula; click a number", gradient, [place], pickable=True),
            NumberGrid(f"{way_back.symbol} by central differences", measured.slope, [place]),
        ],
    )
    st.markdown(f"{way_back.says} At row {row}, column {column}: {terms} = **{number(gradient[place])}**")
    if name == "image":
        unturned = convolve(gradients["convolved"], parameters["kernel"], padding="full")
        st.markdown(
            f"With the kernel not turned, formula and measurement would differ by up to "
            f"**{measured.disagreement(unturned):.2g}**. That is what the check is for."
        )
    with st.expander("The formula, and how it is checked"):
        st.latex(way_back.formula)
        st.markdown(
            f"By the formula {number(gradient[place], '.9f')}, by central difference "
            f"{number(measured.slope[place], '.9f')}. {agreement(measured, gradient)}"
        )
        if name in BIASES:
            _biases(name, parameters, values, gradients, label)
    return f"{blame(gradient, way_back.symbol)} {agrees(measured, gradient, way_back.symbol)}"


def _biases(name: str, parameters: Arrays, values: Arrays, gradients: Arrays, label: int) -> None:
    """The biases' gradients at a step that has them in BIASES."""
    bias, says = BIASES[name]
    numbers = ", ".join(number(value) for value in gradients[bias].flat)
    measured = small.measure(parameters, values, label, bias)
    st.markdown(f"{says}, {numbers}. {agreement(measured, gradients[bias])}")


def _picked(name: str, key: str, gradient: np.ndarray) -> tuple[int, int]:
    """The number that was picked at this step, now or as the page's address says, or the largest, up or down."""
    state, query = st.session_state, st.query_params
    step, place = state.setdefault("back_at", (name, _read(query.get("back_at", ""), gradient.shape)))
    told = from_wire((state.get(key) or {}).get("picked"), gradient.shape)
    place = told or (place if step == name else None)
    state.back_at = name, place
    if place is None:
        query.pop("back_at", None)
        return largest_place(gradient)
    query["back_at"] = f"{place[0]},{place[1]}"
    return place


def _read(text: str, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Text such as "2,1" -> a place in an array of this shape, None if that is none."""
    try:
        return from_wire([int(part) for part in text.split(",")], shape)
    except ValueError:
        return None


def blame(gradient: np.ndarray, symbol: str) -> str:
    """Which number of a gradient is the largest, up or down, in a sentence."""
    row, column = place = largest_place(gradient)
    if not gradient[place]:
        return f"Nothing is to blame here: every number of {symbol} is 0."
    return f"Most to blame here: row {row}, column {column}, where {symbol} is {number(gradient[place])}."


def agrees(measured: small.Measured, gradient: np.ndarray, symbol: str) -> str:
    """Whether formula and measurement agree, in a sentence."""
    difference, kinks = measured.disagreement(gradient), int(measured.kinks.sum())
    where = f"all {gradient.size}" if not kinks else f"{gradient.size - kinks} of {gradient.size}"
    if difference >= AGREE:
        return f"Formula and measurement do not agree: numbers of {symbol} differ by up to {difference:.0e}."
    return f"Formula and measurement agree: {where} numbers of {symbol} are the same to {max(difference, 1e-15):.0e}."


def agreement(measured: small.Measured, gradient: np.ndarray) -> str:
    """How far formula and measurement are apart, in a sentence or two."""
    difference, kinks = measured.disagreement(gradient), int(measured.kinks.sum())
    text = (
        f"Formula and measurement differ by at most **{difference:.1e}** in {gradient.size - kinks} of "
        f"{gradient.size} numbers: "
        + (f"✓ the same to {AGREE:.0e}." if difference < AGREE else f"✗ more than {AGREE:.0e}.")
    )
    if kinks:
        text += (
            f" Left out: {kinks} at a kink, where ReLU bends or several values of a window are equally large, so that "
            "the slopes to both sides differ. There the formula takes one of them."
        )
    return text


def written_out(pairs: list[tuple[float, float]]) -> str:
    """Products written out; if there are many, those that are 0 are only counted."""
    written = [
        " · ".join(f"({number(x)})" if x < 0 else number(x) for x in pair)
        for pair in pairs
        if len(pairs) == 1 or pair[0] * pair[1]
    ]
    nothing = len(pairs) - len(written)
    return " + ".join(written + [f"{nothing} products that are 0"] * (nothing > 0))


def overview(values: Arrays, gradients: Arrays, label: int, caption: str) -> str:
    """Every value on the way forwards, and under it the loss's gradient there; caption: of the image.

    Returns:
        How far the network is off, in a sentence or two.
    """
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
                show(signed(array if columns > 1 else array.T), PICTURE_SIDE, caption=text, alt=text)
    st.caption("Red is above 0, blue below, white is 0; each picture has its own scale.")
    chance, loss = small.probabilities(values["logits"])[label, 0], small.loss(values["logits"], label)
    st.markdown(
        f"A tiny network, which never learned, sorts {escaped(caption)}, shrunk to {small.SIDE} × {small.SIDE} pixels, "
        "into three classes."
    )
    row, column = largest_place(gradients["image"])
    return (
        f"To the right answer, {LABELS[label]}, it gives {percent(float(chance), 1)}: the loss is {loss:.4f}. The "
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
    said = ", ".join(f"{name}: {percent(float(probability))}" for name, probability in zip(LABELS, p.flat, strict=True))
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
