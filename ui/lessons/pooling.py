"""What the page Pooling asks and shows: an image under pooling, round after round, and in numbers."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.bench.shift_errors import output_errors
from invariance.claims.jaloli import max_or_average
from invariance.images.pixels import grey
from invariance.images.resizing import area_resize
from invariance.number_words import percent
from invariance.operators import OPERATORS
from invariance.operators.pooling import average_pool, max_pool
from invariance.operators.shapes import SHAPES
from invariance.transforms.translation import roll
from ui.drawing.download import download
from ui.drawing.pictures import brightness, show
from ui.picking.image import pick_image
from ui.picking.picture import current_or_example
from ui.picking.remembered import choose_dataset, one_of, whole_number
from ui.widgets.number_grids import NumberGrid, number_grids
from ui.words import escaped

SIDE = 64  # pixels of the image that is pooled
YOURS = "your picture"
SHIFTS = np.arange(-16, 17) / 2  # pixels
UNMOVED = len(SHIFTS) // 2  # of SHIFTS
FIRST_SHIFT = 1.0  # pixels
ROUND_SIDE = 130  # screen pixels
EXACT = 1e-5  # relative changes below are rounding of float32
PLAIN, FORGETS, MOVES = "max", "global_max", "polyphase"  # the operators that the verdicts compare
GRID = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 9, 0, 0, 0],
        [0, 0, 9, 2, 0, 0],
        [0, 3, 9, 2, 0, 0],
        [0, 0, 9, 0, 0, 1],
        [0, 0, 0, 0, 1, 0],
    ],
    np.float32,
)


def choose_shape() -> tuple[str, int]:
    """The name of what is pooled, one of SHAPES or YOURS, and the radius of a shape in pixels."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("pooled", "What is pooled", [*SHAPES, YOURS], next(iter(SHAPES)), 220)
        if name == YOURS:
            return name, 0
        return name, whole_number("pooled_radius", "Radius, pixels", 2, SIDE // 2 - 1, 8, 160)


def pooled_image(name: str, radius: int) -> np.ndarray:
    """float32 (SIDE, SIDE) in [0, 1]: the shape, or the person's picture in grey, which they pick here."""
    if name != YOURS:
        return SHAPES[name](SIDE, radius)
    pick_image(choose_dataset())
    return area_resize(grey(current_or_example().pixels)[None], SIDE)[0]


def does(change: float, left: float, also: str = "") -> str:
    """What a shift does to an output, to follow the operator's name; also: what it costs to stay as it is."""
    if change < EXACT:
        return f"doesn't change at all{also}"
    if left < EXACT:
        return "only moves"
    return f"changes by {percent(float(change), 0)}, and moved back it still differs by {percent(float(left), 0)}"


def rounds(image: np.ndarray) -> str:
    """Max and average pooling, one round after the other, with the size after each.

    Returns:
        What the rounds left, and what a shift by one pixel does to it, in a sentence or two.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        window = whole_number("pooled_window", "Window, pixels", 2, 8, 2, 140)
        stride = whole_number("pooled_stride", "Stride, pixels", 1, 8, 2, 140)
        count = whole_number("pooled_rounds", "Rounds", 1, 6, 4, 140)
    changes, size, done, frames = [], image.shape, 0, []
    shifted = roll(image[None, None], FIRST_SHIFT)[0, 0]
    for title, pool in (("Max", max_pool), ("Average", average_pool)):
        st.markdown(f"**{title} pooling**")
        with st.container(horizontal=True):
            current, moved = image, shifted
            for turn in range(count + 1):
                if turn:
                    if min(current.shape) < window:
                        st.caption(f"Round {turn}: the window of {window} no longer fits.")
                        break
                    current, moved, done = pool(current, window, stride), pool(moved, window, stride), turn
                height, width = size = current.shape
                text = f"{height} × {width}" + ("" if turn else ", as it is")
                show(brightness(current), ROUND_SIDE, caption=text, alt=f"{title} pooling, round {turn}: {text}")
                rows, across = (np.arange(SIDE) * side // SIDE for side in size)
                frames.append(current[np.ix_(rows, across)])
            changes.append(does(*(each[0] for each in output_errors(current, moved[None]))))
    st.caption("White is the largest value of each picture; each picture is drawn as large as the first.")
    download(
        "rounds of pooling",
        f"Max and average pooling of {window} × {window} windows, {stride} pixels apart, round after round. White is "
        "the largest value of each picture.",
        lambda figures: figures.maps_side_by_side(
            np.stack(frames), ["Max pooling", "Average pooling"], len(frames) // 2, signed=False, shared=False
        ),
    )
    _trained_with_each()
    left = "one number is" if size == (1, 1) else f"{size[0]} × {size[1]} numbers are"
    times = "one round" if done == 1 else f"{done} rounds"
    return (
        f"After {times}, {left} left of {image.shape[0]} × {image.shape[1]}. Move the image by one pixel, and max "
        f"pooling's result {changes[0]}; average pooling's {changes[1]}."
    )


def _trained_with_each() -> None:
    """Which of the two a network is more often right with, where that was measured."""
    try:
        if measured := max_or_average():
            st.markdown(f"**Which one is better?** {measured}")
    except UserError as error:
        st.warning(escaped(error))


def numbers() -> str:
    """Every operator on a small grid, in numbers, before and after a shift.

    Returns:
        How many numbers the shift changes, in a sentence.
    """
    right = whole_number("pooled_numbers", "Moved to the right, pixels", 0, GRID.shape[1] - 1, 1, 220)
    moved = np.roll(GRID, right, 1)
    grids, counts = [NumberGrid("the numbers", moved, _places(moved != GRID))], {}
    for operator in OPERATORS.values():
        output = operator.apply(moved)
        changed = abs(output - operator.apply(GRID)) > EXACT
        counts[operator.name] = int(changed.sum()), changed.size
        grids.append(NumberGrid(operator.title, output, _places(changed)))
    framed = "Framed: what the move made another number. What leaves at the right comes in at the left."
    number_grids(
        "pooled_numbers_grids",
        grids,
        name="pooling in numbers",
        caption=f"Kinds of pooling on the same numbers, moved by {right} to the right. {framed}",
    )
    st.caption(framed)
    if not right:
        return "Nothing is moved yet: move the numbers to the right, and see which results change."
    pixels = "one pixel" if right == 1 else f"{right} pixels"
    (plain, size), (forgets, single), (moves, many) = (counts[name] for name in (PLAIN, FORGETS, MOVES))
    return (
        f"Moved by {pixels}: {plain} of {size} numbers change with max pooling, {forgets} of {single} with global max "
        f"pooling, {moves} of {many} with polyphase pooling."
    )


def _places(where: np.ndarray) -> list[tuple[int, int]]:
    return [(int(row), int(column)) for row, column in np.argwhere(where)]


def kinds() -> None:
    """What each operator is for, and where it is from."""
    with st.expander("What each kind of pooling is for"):
        for operator in OPERATORS.values():
            st.markdown(f"**{operator.title}.** {operator.about}")
            st.caption(operator.source)
