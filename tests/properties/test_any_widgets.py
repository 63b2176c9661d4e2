"""Of any value from a browser, and any drawing in an address: what it means, or nothing, or a sentence."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invariance import UserError
from invariance.images.strokes import rasterise
from tests.properties.damage import NUMBERS, VALUES, damaged, like, outcome
from ui.picking.picture import EXAMPLE
from ui.widgets import canvas, crop, number_grids, shift_pad, sliding_kernel
from ui.widgets.component import index_from_wire

LINES = st.lists(like(width=NUMBERS, points=st.lists(NUMBERS, max_size=6)), max_size=3)
LINK = canvas.to_link(EXAMPLE)
URL_SAFE = string.ascii_letters + string.digits + "-_"


def check(strokes, aspect):
    """Whether strokes lie on their pad and can be drawn and linked to."""
    for points, width in strokes:
        assert points.ndim == 2
        assert points.shape[1] == 2
        assert (points >= 0).all()
        assert (points <= (np.round(aspect * canvas.UNITS) / canvas.UNITS, 1)).all()
        assert 0 < width <= 1
    image = rasterise(strokes, 14, round(14 * aspect), oversample=1)
    assert 0 <= image.min() <= image.max() <= 1
    if strokes:
        assert len(canvas.from_link(canvas.to_link(strokes), aspect)) == len(strokes)


@pytest.mark.parametrize("aspect", [1, 2.5])
@given(value=LINES | VALUES)
def test_a_drawing_from_a_browser_lies_on_its_pad_or_gets_a_sentence(value, aspect):
    canvas.points_in(value)
    if (strokes := outcome(UserError, canvas.from_wire, value, aspect)) is not None:
        check(strokes, aspect)


@given(text=damaged(LINK.encode()).map(lambda data: data.decode("latin-1")) | st.text() | st.text(URL_SAFE))
def test_a_drawing_in_an_address_lies_on_its_pad_or_gets_a_sentence(text):
    if (strokes := outcome(UserError, canvas.from_link, text)) is not None:
        check(strokes, 1)


@given(
    value=like(name=st.just("cat"), left=NUMBERS, top=NUMBERS, side=NUMBERS), size=st.tuples(*2 * [st.integers(1, 99)])
)
def test_a_square_lies_in_its_picture_or_is_none(value, size):
    square = crop.from_wire(value, "cat", *size)
    if square is not None:
        assert square.cut(np.zeros((3, size[1], size[0]))).shape == (3, square.side, square.side)
        assert 1 <= square.side <= min(size)


@given(value=VALUES | st.lists(NUMBERS | st.integers(0, 4), min_size=2, max_size=2))
def test_a_place_is_one_of_its_grid_or_none(value):
    place = number_grids.from_wire(value, (3, 4))
    assert place is None or np.zeros((3, 4))[place] == 0


@given(value=like(name=st.just("black"), right=st.integers(-4, 4), down=st.integers(-4, 4), turn=st.integers(-1, 2)))
def test_a_shift_is_one_of_its_map_or_none(value):
    place = shift_pad.from_wire(value, "black", 2, 5, 7)
    assert place is None or (-3 <= place.right <= 3 and -2 <= place.down <= 2 and place.turn in (0, 1))


@given(
    value=like(name=st.just("blur"), kernel=st.lists(st.lists(st.lists(NUMBERS, max_size=3), max_size=2), max_size=1))
)
def test_an_edited_kernel_is_finite_and_of_its_shape(value):
    kernel = sliding_kernel.from_wire(value, "blur", np.ones((1, 2, 3), np.float32))
    assert kernel.shape == (1, 2, 3)
    assert np.isfinite(kernel).all()


@given(value=like(place=st.just("blur"), at=st.integers(-2, 4), filled=st.integers(-2, 4)))
def test_a_window_lies_on_a_filled_cell_or_nowhere(value):
    rested = sliding_kernel.rested_from_wire(value, "blur")
    assert rested is None or rested == (-1, max(0, rested[1])) or 0 <= rested[0] < rested[1]


@given(value=VALUES | st.integers(-1, 6))
def test_an_index_is_one_of_those_there_are_or_none(value):
    index = index_from_wire(value, 5)
    assert index is None or range(5)[index] == index
