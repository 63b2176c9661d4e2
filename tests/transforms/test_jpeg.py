from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from invariance.transforms import TransformError
from invariance.transforms.jpeg import jpeg
from tests.transforms.test_transforms import COLOUR, DIGITS


def test_jpeg_is_what_pillow_writes_and_reads():
    for image in (DIGITS[3], COLOUR[1], COLOUR[1, :, :, :11]):
        bytes_ = np.uint8(np.rint(image * 255))
        grey = len(image) == 1
        for quality in (1, 25, 80):
            file = BytesIO()
            Image.fromarray(bytes_[0] if grey else bytes_.transpose(1, 2, 0)).save(file, "JPEG", quality=quality)
            read = np.asarray(Image.open(file))
            expected = (read[None] if grey else read.transpose(2, 0, 1)).astype(np.float32) / 255
            np.testing.assert_array_equal(jpeg(image[None], quality)[0], expected)


def test_jpeg_takes_whole_qualities():
    with pytest.raises(TransformError, match=r"whole numbers from 1 to 100, not 55\.5"):
        jpeg(DIGITS, 55.5)
