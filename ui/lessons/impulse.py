"""What an operator answers to one bright pixel, against the operator itself; and matrices that follow shifts or not."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.bench.circulant import nearest_circulant, off_circulant
from invariance.bench.impulse import Comparison, compare, depth, support
from invariance.bench.systems import convolution_matrix, dense, without_constant
from ui.drawing.pictures import show, signed
from ui.lessons.laws import Subject, all_verdicts
from ui.widgets.number_grids import NumberGrid, number_grids
from ui.words import escaped

PICTURE, MATRIX_PICTURE = 162, 290  # screen pixels
MATRIX = (4, 4)  # size of the images on which the matrices that are shown act
NUMBERS = 7  # a side of the largest response that is shown as numbers


def impulse(subject: Subject) -> None:
    """The answer to one bright pixel, and whether the convolution with it is the operator."""
    system, image, index = subject.system, subject.images[0], 0
    if image.shape[-2:] == (1, 1):
        st.info("What goes in has one place, and an impulse needs places.")
        return
    outputs, channel = system.apply(image[None]).shape[1], 0
    if outputs > 1 or len(image) > 1:
        row = st.container(horizontal=True)
        index = row.number_input("Map that comes out", 1, outputs, 1, key=f"out_{system.title}", width=180) - 1
        channel = (
            row.number_input("Map that the impulse is in", 1, len(image), 1, key=f"in_{system.title}", width=180) - 1
        )
    constant = subject.verdicts["affine"].holds and not subject.verdicts["additive"].holds
    if constant and st.toggle("Without its constant: L(x) − L(0)", help="What is left is linear."):
        system = without_constant(system)
    try:
        comparison = compare(system, image, index)
    except UserError as error:
        st.info(escaped(error))
        return
    full = float(max(np.abs(comparison.output).max(), np.abs(comparison.convolution).max()))
    pictures = (
        (image[channel], None, "x, what goes in"),
        (np.fft.fftshift(comparison.response[channel]), None, "h, the answer to an impulse in the middle"),
        (comparison.output, full, "L(x), what comes out"),
        (comparison.convolution, full, "x ∗ h, the convolution with the answer"),
        (comparison.output - comparison.convolution, full, "L(x) − x ∗ h, on the same scale"),
    )
    with st.container(horizontal=True):
        for values, scale, text in pictures:
            show(signed(values, scale), PICTURE, caption=text, alt=f"{system.title}: {text}")
    st.markdown(
        f"L(x) and x ∗ h differ by **{comparison.deviation:.2g}** of their size: "
        + (
            "what it does to this picture is the convolution with its answer to one impulse."
            if comparison.deviation <= subject.verdicts["additive"].tolerance
            else "its answer to one impulse does not tell what it does to this picture."
        )
        + _only_the_border(comparison)
    )
    kernel = support(comparison.response[channel])
    if 0 < max(kernel.shape) <= NUMBERS:
        number_grids(f"response_{system.name}", [NumberGrid("h in numbers, all around it being 0", kernel)])


def _only_the_border(comparison: Comparison) -> str:
    """A sentence, where operator and convolution differ near the border alone."""
    inward = depth(comparison)
    if not 0 < 4 * inward <= min(comparison.output.shape):
        return ""
    where = "on the border" if inward == 1 else f"on the outer {inward} rows and columns"
    return f" They differ {where} alone, where the operator sees zeros and the convolution goes around."


def matrices() -> None:
    """A dense matrix, the nearest that commutes with shifts, and one that is a convolution."""
    matrix = dense(MATRIX)
    with st.container(horizontal=True):
        for values, text in (
            (matrix, "Drawn by chance"),
            (nearest_circulant(matrix, MATRIX), "The nearest to it that commutes with shifts"),
            (convolution_matrix(MATRIX), "A convolution, as a matrix"),
        ):
            text = f"{text}: {off_circulant(values, MATRIX):.2g} of it breaks the pattern"
            show(signed(values), MATRIX_PICTURE, caption=text, alt=text)
    verdicts = all_verdicts()
    st.markdown(
        f"Rows are output pixels, columns input pixels of images of {MATRIX[0]} × {MATRIX[1]}. Under all shifts the "
        f"first kind deviates by **{verdicts['fully_connected']['shift'].deviation:.2g}**, the last by "
        f"**{verdicts['circulant']['shift'].deviation:.2g}**, both times as measured by the test bench. Both are "
        f"linear: they deviate by {verdicts['fully_connected']['additive'].deviation:.2g} and "
        f"{verdicts['circulant']['additive'].deviation:.2g} from additivity."
    )
