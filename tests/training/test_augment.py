import numpy as np
import torch

from training.augment import SHIFT, flip_and_shift


def test_an_image_is_mirrored_or_not_and_shifted_with_its_border_reflected():
    image = np.random.default_rng(0).random((3, 6, 7), np.float32)
    padded = np.pad(image, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)), mode="reflect")
    possible = {
        window[:, :, ::step].tobytes(): (down, right, step)
        for down in range(2 * SHIFT + 1)
        for right in range(2 * SHIFT + 1)
        for window in [padded[:, down : down + 6, right : right + 7]]
        for step in (1, -1)
    }
    torch.manual_seed(0)
    changed = flip_and_shift(torch.from_numpy(image).repeat(2000, 1, 1, 1)).numpy()
    assert changed.shape == (2000, 3, 6, 7)
    seen = {possible[one.tobytes()] for one in changed}  # a KeyError is an image that none of the changes gives
    assert seen == set(possible.values())
