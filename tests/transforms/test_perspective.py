import numpy as np
import scipy.ndimage

from invariance.transforms.perspective import recede
from tests.conftest import case
from tests.transforms.test_transforms import COLOUR, DIGITS, smooth


def homography(source, target):
    """The 3×3 map that takes four points (x, y) to four others: eight equations, Hartley's way."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    return np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)


def corners(height, width, percent):
    """Middles of the pixels in the image's corners, and where they go, (x, y)."""
    left, right, top, bottom = 0, width - 1, 0, height - 1
    square = [(left, top), (right, top), (right, bottom), (left, bottom)]
    lost = abs(percent) / 100 * (height - 1) / 2
    near, far = (0, lost) if percent > 0 else (lost, 0)
    return square, [(left, top + near), (right, top + far), (right, bottom - far), (left, bottom - near)]


def test_perspective_is_the_map_of_the_corners():
    for images in (DIGITS[:2], COLOUR, COLOUR[..., :11].copy()):
        height, width = images.shape[2:]
        for percent in (-50, -20, 10, 30, 50):
            square, trapezoid = corners(height, width, percent)
            y, x = np.mgrid[:height, :width]
            sources = np.einsum("ij,jyx->iyx", homography(trapezoid, square), [x, y, np.ones_like(x)])
            sources = (sources[:2] / sources[2])[::-1]
            expected = [
                scipy.ndimage.map_coordinates(plane, sources, order=1, mode="grid-constant")
                for plane in images.reshape(-1, height, width)
            ]
            with case(images.shape, percent):
                np.testing.assert_allclose(recede(images, percent), np.reshape(expected, images.shape), atol=1e-5)


def test_either_side_recedes_as_the_other():
    np.testing.assert_allclose(recede(COLOUR, -30), recede(COLOUR[..., ::-1].copy(), 30)[..., ::-1], atol=1e-5)


def test_the_far_side_is_so_much_shorter_and_the_near_one_as_it_was():
    heights = recede(np.ones((1, 1, 101, 101), np.float32), 30)[0, 0].sum(0)
    np.testing.assert_allclose(heights, np.linspace(101, 71, 101), atol=0.7)
    np.testing.assert_allclose(recede(COLOUR, 30)[..., 0], COLOUR[..., 0], atol=1e-5)
    assert recede(smooth(), 30)[0, 0, 32].argmax() > 32  # what is near has become wider
