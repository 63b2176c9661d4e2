import numpy as np

from invariance.transforms.pixelation import pixelate
from tests.tolerances import FLOAT
from tests.transforms.test_transforms import COLOUR


def blocks(image, side):
    """(H, W) with the mean of each block of side pixels in all of it; the last ones may be cut off."""
    changed = image.copy()
    for top in range(0, image.shape[0], side):
        for left in range(0, image.shape[1], side):
            block = changed[top : top + side, left : left + side]
            block[:] = block.mean()
    return changed


def test_pixelation_takes_the_mean_of_each_block():
    for images, percent, side in ((COLOUR, 25, 4), (COLOUR[..., :10, :14], 20, 2), (COLOUR[..., :10, :14], 30, 3)):
        planes = images.reshape(-1, *images.shape[2:])
        expected = np.reshape([blocks(plane, side) for plane in planes], images.shape)
        np.testing.assert_allclose(pixelate(images, percent), expected, atol=FLOAT)


def test_a_pixel_that_several_blocks_share_has_its_part_of_each():
    """Blocks of 1.6 pixels: of 8 parts, where a pixel has 5."""
    image = np.float64(COLOUR[0, 0])
    fine = blocks(image.repeat(5, 0).repeat(5, 1), 8)
    expected = fine.reshape(16, 5, 16, 5).mean((1, 3))
    np.testing.assert_allclose(pixelate(COLOUR[:1], 10)[0, 0], expected, atol=FLOAT)


def test_blocks_that_divide_pixels_change_nothing():
    np.testing.assert_allclose(pixelate(COLOUR, 100 / 16 / 2), COLOUR, atol=FLOAT)
    np.testing.assert_allclose(pixelate(COLOUR[..., :10, :12], 10), COLOUR[..., :10, :12], atol=FLOAT)
