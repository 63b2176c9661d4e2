import base64
import io

import numpy as np
import pytest
from PIL import Image

from invariance.images.encoding import data_url
from ui.drawing.pictures import enlarge


@pytest.mark.parametrize(("side", "zoom"), [(30, 1), (198, 7), (200, 7), (282, 10)])
def test_every_pixel_becomes_a_square_of_whole_pixels(side, zoom):
    image = np.random.default_rng(0).random((1, 28, 28), np.float32)
    large = np.asarray(enlarge(image, side))[1:-1, 1:-1]
    assert large.shape == (28 * zoom, 28 * zoom)
    assert np.array_equal(large, np.kron(np.round(image[0] * 255), np.ones((zoom, zoom))).astype(np.uint8))


@pytest.mark.parametrize("shape", [(1, 1024, 300), (3, 700, 1024)])
def test_a_large_image_is_reduced_to_fit_keeping_its_proportions(shape):
    picture = enlarge(np.zeros(shape, np.float32), 114)
    assert max(picture.size) == 114
    assert picture.height / picture.width == pytest.approx(shape[1] / shape[2], rel=0.05)


def test_a_data_url_holds_the_very_pixels():
    image = np.random.default_rng(0).integers(0, 256, (3, 5, 7), np.uint8)
    data = base64.b64decode(data_url(image).removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), image.transpose(1, 2, 0))
