import base64
import io

import numpy as np
import pytest
from PIL import Image

from ui.widgets.crop import SHOWN_SIDE, Square, from_wire, preview


def sent(**changes):
    return {"name": "photo", "left": 10, "top": 20, "side": 30} | changes


@pytest.mark.parametrize(
    ("value", "square"),
    [
        (sent(), Square(10, 20, 30)),
        (sent(left=-5, top=-(10**30)), Square(0, 0, 30)),
        (sent(left=10**30, top=95), Square(170, 70, 30)),
        (sent(side=10**30), Square(10, 0, 100)),
        (sent(side=0), Square(10, 20, 8)),
        (sent(side=-50, left=199, top=99), Square(192, 92, 8)),
    ],
)
def test_a_square_is_brought_inside_the_picture(value, square):
    found = from_wire(value, "photo", 200, 100)
    assert found == square
    assert found.cut(np.zeros((3, 100, 200))).shape == (3, found.side, found.side)


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "square",
        [10, 20, 30],
        {},
        sent(name="another photo"),
        {"name": "photo", "left": 1, "top": 1},
        sent(left=None),
        sent(left="10"),
        sent(top=[1]),
        sent(side=float("nan")),
        sent(side=float("inf")),
        sent(side=12.5),
        sent(side=True),
    ],
)
def test_what_is_no_square_on_this_picture_is_none(value):
    assert from_wire(value, "photo", 200, 100) is None


def test_a_picture_smaller_than_the_smallest_square_is_taken_whole():
    assert from_wire(sent(side=8), "photo", 300, 5) == Square(10, 0, 5)


@pytest.mark.parametrize(("shape", "size"), [((3, 1024, 512), (256, 512)), ((1, 10, 40), (40, 10))])
def test_the_browser_gets_a_copy_of_bounded_size(shape, size):
    data = base64.b64decode(preview(np.zeros(shape, np.float32)).removeprefix("data:image/png;base64,"))
    copy = Image.open(io.BytesIO(data))
    assert copy.size == size
    assert max(copy.size) <= SHOWN_SIDE
