from itertools import product

import numpy as np
import pytest

from invariance.operators import OperatorError
from invariance.operators.windows import Fit, around, cells, fit, output_size, padding_for
from tests.conftest import case


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"size": 0}, "size of an image .* at least 1, not 0"),
        ({"window": 0}, "size of a window .* at least 1, not 0"),
        ({"padding": -1}, "padding .* at least 0, not -1"),
        ({"stride": 0}, "stride .* at least 1, not 0"),
        ({"stride": 1.5}, "stride is a whole number .* not 1.5"),
        ({"window": 8}, "as large as the image with its padding, 7, not 8"),
    ],
)
def test_what_cannot_slide_is_refused(given, expected):
    with pytest.raises(OperatorError, match=expected):
        output_size(**{"size": 7, "window": 3, **given})


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("valdi", '"valid", "same" or "full", not \'valdi\''),
        ((1, -1), "at least 0, not -1"),
        ((1, 2, 3), r"pair \(before, after\)"),
        (0.5, "not 0.5"),
    ],
)
def test_what_is_no_padding_is_refused(padding, expected):
    with pytest.raises(OperatorError, match=expected):
        around(padding, 3)


def test_windows_that_do_not_fit_give_nothing():
    with pytest.raises(OperatorError, match="at most as large"):
        list(cells(np.zeros((4, 2)), 2, 3, 1))


def test_sizes_agree_with_counting():
    for size, window, before, after, stride in product(range(1, 10), range(1, 6), range(4), range(4), range(1, 6)):
        with case(size, window, before, after, stride):
            length = before + size + after
            starts = [start for start in range(0, length, stride) if start + window <= length]
            if not starts:
                with pytest.raises(OperatorError):
                    fit(size, window, (before, after), stride)
                continue
            end = starts[-1] + window  # of the last window, in the padded image
            own = set(range(before, before + size))
            expected = Fit(len(starts), end == length, len(own & set(range(end, length))))
            assert fit(size, window, (before, after), stride) == expected
            assert output_size(size, window, before + after, stride) == len(starts)


@pytest.mark.parametrize("k", range(1, 8))
def test_named_padding_does_what_its_name_says(k):
    size = 9
    assert output_size(size, k, sum(padding_for("valid", k))) == size - k + 1
    assert output_size(size, k, sum(padding_for("same", k))) == size
    assert output_size(size, k, sum(padding_for("full", k))) == size + k - 1
    before, after = padding_for("same", k)
    assert after - before == (0 if k % 2 else 1)
    assert padding_for("same", 3) == (1, 1)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_cells_are_the_windows_pixels(stride):
    images = np.arange(2 * 5 * 6).reshape(2, 5, 6)
    found = list(cells(images, 3, 2, stride))
    assert len(found) == 6
    for index, cell in enumerate(found):
        m, n = divmod(index, 2)
        for i in range(output_size(5, 3, 0, stride)):
            for j in range(output_size(6, 2, 0, stride)):
                np.testing.assert_array_equal(cell[:, i, j], images[:, stride * i + m, stride * j + n])
