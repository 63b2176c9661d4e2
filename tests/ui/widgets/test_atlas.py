"""All kernels of a convolution in one picture: each at its place, at any number and size."""

import numpy as np
import pytest

from ui.inside.kernels import coloured
from ui.widgets.atlas import GAP, HEIGHT, WIDTH, arrangement, mosaic

SHAPES = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 16, 5, 5), (24, 3, 2, 2), (256, 256, 3, 3), (1, 1, 1, 1), (3, 2, 40, 9)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_kernel_has_its_place(shape):
    outputs, inputs, height, width = shape
    pictures = np.random.default_rng(0).integers(0, 256, (outputs, inputs, 3, height, width), np.uint8)
    zoom, columns, bands = arranged = arrangement(*shape)
    whole = mosaic(pictures, arranged)
    assert columns * bands >= outputs > columns * (bands - 1)
    band = inputs * (height + GAP) + GAP
    for index in range(0, outputs * inputs, 7):
        output, part = divmod(index, inputs)
        top, left = output // columns * band + part * (height + GAP), output % columns * (width + GAP)
        assert (whole[:, top : top + height, left : left + width] == pictures[output, part]).all()
    if zoom > 1:
        assert whole.shape[1] * zoom <= HEIGHT
        assert whole.shape[2] * zoom <= WIDTH


def test_zero_is_white_below_it_blue_above_it_red():
    filters = np.array([[[[-1.0, 0.0, 1.0]]]])
    assert coloured(filters, shared=True)[0, 0, :, 0].T.tolist() == [[0, 0, 255], [255, 255, 255], [255, 0, 0]]
    assert coloured(-abs(filters) + 2, shared=True).shape == (1, 1, 3, 1, 3)  # also where no weight is negative
