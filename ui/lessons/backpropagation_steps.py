"""A step of the way back at a time: each gradient, what it is made of, and its measurement."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance.number_words import number
from invariance.operators.convolution import convolve
from invariance.scratch import one_channel as small
from invariance.scratch.one_channel import PRODUCTS, Arrays
from ui.picking.remembered import remembered
from ui.widgets.number_grids import NumberGrid, from_wire, largest_place, number_grids

AGREE = 1e-6  # gradients that differ by less are the same: far above rounding, far below any mistake


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
            NumberGrid(f"{way_back.symbol} by the formula", gradient, [place], pickable=True),
            NumberGrid(f"{way_back.symbol} by central differences", measured.slope, [place]),
        ],
        name=f"gradient of {way_back.title}",
        caption=f"{way_back.symbol} of a tiny network, and what it is made of. {way_back.says} In a frame: what makes "
        f"the number at row {row}, column {column}.",
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
