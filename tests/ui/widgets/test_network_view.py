"""The whole network as one strip of pictures, and what the browser sends back."""

import numpy as np
import pytest

from ui.widgets.network_view import _strip, from_wire


def test_each_column_s_pictures_lie_side_by_side_under_those_of_the_one_before():
    grey = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 1, 3, 4)
    colour = np.arange(100, 100 + 3 * 2 * 5, dtype=np.uint8).reshape(1, 3, 2, 5)
    strip, tops = _strip([grey, colour])
    assert strip.shape == (3, 5, 8)
    assert tops == [0, 3]
    for channel in range(3):
        assert (strip[channel, :3, 4:8] == grey[1, 0]).all()
        assert (strip[channel, 3:, :5] == colour[0, channel]).all()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([1, 5], (1, 5)),
        ([0, 0], (0, 0)),
        ([1, 6], None),
        ([2, 0], None),
        ([-1, 0], None),
        ([True, 0], None),
        ([1.0, 0], None),
        ([1], None),
        ("1,5", None),
        (None, None),
    ],
)
def test_what_the_browser_sends_is_a_map_or_nothing(value, place):
    assert from_wire(value, [1, 6]) == place
