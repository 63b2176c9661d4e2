import math

import numpy as np
import torch

from training.augment import CUT, GREY, SHIFT, affine, elastic, flip_and_shift, rotate, shift_and_cut, shifted, sources


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
    alone = shifted(torch.from_numpy(image).repeat(2000, 1, 1, 1)).numpy()
    assert {possible[one.tobytes()] for one in alone} == {each for each in possible.values() if each[2] == 1}


def test_a_square_is_covered_and_the_rest_is_a_shifted_image():
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    changed = shift_and_cut(image.repeat(300, 1, 1, 1))
    covered = (changed == GREY).all(1)
    assert (covered.sum((1, 2)) == CUT * CUT).all()
    for mask in covered[:20]:
        rows, columns = mask.any(1).nonzero().ravel(), mask.any(0).nonzero().ravel()
        assert len(rows) == len(columns) == rows[-1] - rows[0] + 1 == columns[-1] - columns[0] + 1 == CUT
    assert len({tuple(mask.nonzero()[0].tolist()) for mask in covered}) > 100
    assert torch.isin(changed.movedim(1, 0)[:, ~covered], image).all()


def test_a_quarter_turn_moves_pixels_counter_clockwise():
    images = torch.rand(3, 2, 9, 9)
    torch.testing.assert_close(rotate(images, torch.full((3,), math.pi / 2)), torch.rot90(images, 1, (2, 3)))


def test_pixels_come_from_where_the_formula_says():
    """Moved right by 2 and up by 1; enlarged twice about the centre."""
    image = torch.rand(1, 1, 9, 9)
    still = torch.zeros(1)
    moved = sample(image, sources(image, still, shifts=torch.tensor([[2.0, -1.0]])))
    torch.testing.assert_close(moved[:, :, :-1, 2:], image[:, :, 1:, :-2])
    larger = sample(image, sources(image, still, torch.tensor([2.0])))
    torch.testing.assert_close(larger[:, :, ::2, ::2], image[:, :, 2:7, 2:7])


def sample(image, grid):
    return torch.nn.functional.grid_sample(image, grid, align_corners=True)


def test_random_changes_stay_within_their_bounds_and_reach_them():
    """Of an image whose pixels say where they are, a changed one says how far each was moved."""
    places = torch.arange(33.0).expand(33, 33)
    ramp = torch.stack([places, places.T])[None].expand(400, -1, -1, -1)  # right, down
    torch.manual_seed(0)
    assert torch.equal(affine(ramp, turn=0, scale=0, shift=0).round(), ramp)
    centres = affine(ramp, turn=0, scale=0, shift=3)[:, :, 16, 16] - 16
    assert 2.8 < centres.max() <= 3.001
    assert -3.001 <= centres.min() < -2.8
    turned = affine(ramp, turn=20, scale=0, shift=0)
    across = (turned[:, :, 16, 20] - turned[:, :, 16, 12]) / 8  # what became of a step to the right
    angles = torch.atan2(across[:, 1], across[:, 0]).rad2deg()
    assert 19 < angles.max() <= 20.01
    assert -20.01 <= angles.min() < -19
    sizes = affine(ramp, turn=0, scale=0.25, shift=0)
    steps = 1 / ((sizes[:, 0, 16, 20] - sizes[:, 0, 16, 12]) / 8)
    assert 1.2 < steps.max() <= 1.251
    assert 0.749 <= steps.min() < 0.8


def test_bending_moves_pixels_as_far_as_it_says_and_neighbours_alike():
    places = torch.arange(65.0).expand(65, 65)
    ramp = torch.stack([places, places.T])[None].expand(200, -1, -1, -1)
    torch.manual_seed(0)
    inside = (slice(None), slice(None), slice(20, 45), slice(20, 45))
    moved = (elastic(ramp, strength=2) - ramp)[inside]
    assert abs(moved.std() / (2 / math.sqrt(3)) - 1) < 0.05
    assert (moved.diff(dim=3)).std() < 0.25 * moved.std()
    torch.testing.assert_close(elastic(ramp, strength=0), ramp)
