import numpy as np
import scipy.ndimage

from invariance.transforms.shear import shear
from tests.transforms.test_transforms import COLOUR, DIGITS


def test_the_top_leans_to_the_right():
    image = np.zeros((1, 1, 9, 9), np.float32)
    image[0, 0, :, 4] = 1
    y, x = np.nonzero(shear(image, 45)[0, 0] > 0.5)
    np.testing.assert_array_equal(x - 4, 4 - y)


def test_shear_agrees_with_scipy_at_every_angle():
    for images in (DIGITS[:3], COLOUR, COLOUR[..., :11].copy()):
        for degrees in (-45, -10, 5, 20, 30):
            slope = np.tan(np.deg2rad(degrees))
            matrix = np.diag([1.0, 1, 1, 1])  # of places (n, c, y, x)
            matrix[3, 2] = slope
            offset = [0, 0, 0, -slope * (images.shape[2] - 1) / 2]
            expected = scipy.ndimage.affine_transform(images, matrix, offset, order=1, mode="grid-constant")
            np.testing.assert_allclose(shear(images, degrees), expected, atol=1e-5)


def test_there_and_back_gives_the_middle_row_and_whole_steps_exactly():
    np.testing.assert_allclose(shear(DIGITS[:, :, :27], 20)[:, :, 13], DIGITS[:, :, 13], atol=1e-6)
    lost = shear(shear(COLOUR[..., :15, :15], 45), -45)[..., 4:11, 7]  # moved by whole pixels, none of them beyond
    np.testing.assert_allclose(lost, COLOUR[..., 4:11, 7], atol=1e-5)
