"""What an operator answers to one bright pixel, against the operator itself; and matrices that follow shifts or not."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.bench.circulant import followers, nearest_circulant, off_circulant
from invariance.bench.impulse import Comparison, compare, depth, support
from invariance.bench.systems import convolution_matrix, dense, without_constant
from invariance.number_words import percent
from ui.drawing.pictures import signed
from ui.drawing.shown import pictures
from ui.lessons.laws import Subject, all_verdicts
from ui.picking.remembered import whole_number
from ui.widgets.number_grids import NumberGrid, number_grids
from ui.words import escaped

PICTURE, MATRIX_PICTURE = 162, 290  # screen pixels
MATRIX = (4, 4)  # size of the images on which the matrices that are shown act
NUMBERS = 7  # a side of the largest response that is shown as numbers


def impulse(subject: Subject) -> str:
    """The answer to one bright pixel, and whether the convolution with it is the operator.

    Returns:
        That in a sentence (Markdown).
    """
    title = f"**{escaped(subject.system.title)}**"
    system, image, index = subject.system, subject.images[0], 0
    if image.shape[-2:] == (1, 1):
        return f"{title} has no answer to one bright pixel: what goes in has one place only."
    outputs, channel = system.apply(image[None]).shape[1], 0
    if outputs > 1 or len(image) > 1:
        with st.container(horizontal=True):
            index = whole_number("lti_out", "Map that comes out", 1, outputs, 1, 180) - 1
            channel = whole_number("lti_in", "Map that the impulse is in", 1, len(image), 1, 180) - 1
    constant = subject.verdicts["affine"].holds and not subject.verdicts["additive"].holds
    if constant and st.toggle(
        "Without its constant: L(x) − L(0)",
        key="lti_linear",
        bind="query-params",
        persist_state="session",
        help="What is left is linear.",
    ):
        system = without_constant(system)
    try:
        comparison = compare(system, image, index)
    except UserError as error:
        return escaped(error)
    full = float(max(np.abs(comparison.output).max(), np.abs(comparison.convolution).max()))
    parts = (
        (image[channel], None, "x, what goes in"),
        (np.fft.fftshift(comparison.response[channel]), None, "h, the answer to an impulse in the middle"),
        (comparison.output, full, "L(x), what comes out"),
        (comparison.convolution, full, "x ∗ h, the convolution with the answer"),
        (comparison.output - comparison.convolution, full, "L(x) − x ∗ h, on the same scale"),
    )
    pictures(
        f"impulse through {system.title}",
        [(signed(values, scale), text) for values, scale, text in parts],
        PICTURE,
        of=system.title,
        caption=f"L is {system.title}. Red is above 0, blue below, white 0. L(x) and x ∗ h differ by "
        f"{comparison.deviation:.2g} of their size.",
    )
    st.markdown(f"L(x) and x ∗ h differ by **{comparison.deviation:.2g}** of their size.{_only_the_border(comparison)}")
    kernel = support(comparison.response[channel])
    if 0 < max(kernel.shape) <= NUMBERS:
        number_grids(
            f"response_{system.name}",
            [NumberGrid("h in numbers, all around it being 0", kernel)],
            name=f"impulse response of {system.title}",
            caption=f"What {system.title} answers to one bright pixel, in numbers.",
        )
    if comparison.deviation <= subject.verdicts["additive"].tolerance:
        return f"What {title} does to this picture is the convolution with its answer to one bright pixel."
    return (
        f"{title} is no convolution: its answer to one bright pixel does not tell what it does to this picture; it is "
        f"{percent(comparison.deviation, 0)} off."
    )


def _only_the_border(comparison: Comparison) -> str:
    """A sentence, where operator and convolution differ near the border alone."""
    inward = depth(comparison)
    if not 0 < 4 * inward <= min(comparison.output.shape):
        return ""
    where = "on the border" if inward == 1 else f"on the outer {inward} rows and columns"
    return f" They differ {where} alone, where the operator sees zeros and the convolution goes around."


def matrices() -> str:
    """A dense matrix, the nearest that follows shifts, and one that is a convolution.

    Returns:
        How far they are from following shifts, in a sentence.
    """
    matrix = dense(MATRIX)
    drawn = (
        (matrix, "Drawn by chance"),
        (nearest_circulant(matrix, MATRIX), "The nearest to it that follows shifts"),
        (convolution_matrix(MATRIX), "A convolution, as a matrix"),
    )
    pictures(
        "matrices",
        [
            (signed(values), f"{text}: {percent(off_circulant(values, MATRIX), 0)} of it breaks the pattern")
            for values, text in drawn
        ],
        MATRIX_PICTURE,
        caption=f"Matrices: rows are output pixels, columns input pixels of images of {MATRIX[0]} × {MATRIX[1]}. Red "
        "is above 0, blue below, white 0.",
    )
    verdicts = all_verdicts()
    st.markdown(
        f"Rows are output pixels, columns input pixels of images of {MATRIX[0]} × {MATRIX[1]}. A fully connected layer "
        "is a matrix, and so is a convolution around the edges. What sets it apart: each number depends only on how "
        "far the output's pixel lies from the input's, so that every row, laid out as an image, is another, shifted."
    )
    free = followers(MATRIX)
    of_convolutions = sum(off_circulant(each.astype(float), MATRIX) == 0 for each in free)
    st.markdown(
        f"And no other matrix follows shifts. To follow them all, a matrix must have the same number wherever a shift "
        f"takes both pixels, the output's and the input's, to those of another place: of {matrix.size} numbers "
        f"**{len(free)}** are left free. With one of them 1 and the others 0, **{of_convolutions} of {len(free)}** are "
        f"convolutions, and all that follow shifts are weighted sums of these."
    )
    chance, moves = (verdicts[name]["shift"].deviation for name in ("fully_connected", "circulant"))
    return (
        f"All three are linear. But under some shift the matrix drawn by chance is off by {percent(chance, 0)}; the "
        + (
            "convolution follows every one, but for rounding."
            if moves <= verdicts["circulant"]["shift"].tolerance
            else f"convolution by {percent(moves, 0)}."
        )
    )
