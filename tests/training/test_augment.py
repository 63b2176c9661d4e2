import numpy as np
import torch

from training.augment import CUT, GREY, SHIFT, flip_and_shift, flip_shift_and_cut


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


def test_a_square_is_covered_and_the_rest_is_a_shifted_image():
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    changed = flip_shift_and_cut(image.repeat(300, 1, 1, 1))
    covered = (changed == GREY).all(1)
    assert (covered.sum((1, 2)) == CUT * CUT).all()
    for mask in covered[:20]:
        rows, columns = mask.any(1).nonzero().ravel(), mask.any(0).nonzero().ravel()
        assert len(rows) == len(columns) == rows[-1] - rows[0] + 1 == columns[-1] - columns[0] + 1 == CUT
    assert len({tuple(mask.nonzero()[0].tolist()) for mask in covered}) > 100
    assert torch.isin(changed.movedim(1, 0)[:, ~covered], image).all()
