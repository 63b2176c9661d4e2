from itertools import product

import numpy as np
import pytest

from invariance.operators import OperatorError
from invariance.operators.antialiased import antialiased_max_pool
from invariance.operators.polyphase import phases, polyphase_max_pool, polyphase_sample
from invariance.operators.pooling import max_pool
from invariance.operators.shapes import checkerboard, circle, cross, disc, square
from tests.conftest import all_rolls, case, is_a_roll

RNG = np.random.default_rng(4)
BLOB = np.exp(-sum((np.mgrid[:16, :16] - 8.0) ** 2) / 9)  # not a drawing, but as symmetric
DRAWINGS = {
    "random": RNG.random((12, 16), np.float32),
    "signed": RNG.standard_normal((12, 12)),
    "circle": circle(24),
    "disc": disc(16, 5),
    "square": square(16, 4),
    "cross": cross(16, 6, (7, 4)),
    "board": checkerboard(12, 3),
    "fine board": checkerboard(12, 1),
    "blob": BLOB,
    "faint blob": (0.1 * BLOB).astype(np.float32),
    "grey": np.full((6, 6), 0.1, np.float32),
    "black": np.zeros((6, 6), np.float32),
}


@pytest.mark.parametrize(
    ("images", "stride", "expected"),
    [
        (np.zeros((7, 8)), 2, "multiples of the stride, 2, not 7 x 8"),
        (np.zeros((6, 8)), 3, "multiples of the stride, 3, not 6 x 8"),
        (np.zeros((6, 6)), 0, "stride .* at least 1, not 0"),
        (np.zeros(6), 2, r"takes float32 or float64 images \(\.\.\., H, W\)"),
        (np.zeros((6, 6), int), 2, "not int64"),
    ],
)
def test_other_images_and_strides_are_refused(images, stride, expected):
    for run in (polyphase_sample, polyphase_max_pool, phases):
        with case(run.__name__), pytest.raises(OperatorError, match=expected):
            run(images, stride=stride)


def test_other_windows_and_missing_channels_are_refused():
    with pytest.raises(OperatorError, match="at most as large as the image, 4, not 5"):
        polyphase_max_pool(np.zeros((4, 6)), 5)
    with pytest.raises(OperatorError, match=r"size of a window .* at least 1, not 0"):
        polyphase_max_pool(np.zeros((4, 6)), 0)
    with pytest.raises(OperatorError, match=r"\(\.\.\., C, H, W\)"):
        polyphase_max_pool(np.zeros((4, 6)), jointly=True)


@pytest.mark.parametrize("jointly", [False, True])
def test_no_images_give_none(jointly):
    found = polyphase_max_pool(np.zeros((0, 3, 8, 6), np.float32), jointly=jointly)
    assert found.shape == (0, 3, 4, 3)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_phases_are_every_sth_pixel(stride):
    images = RNG.random((2, 3, 6, 12))
    found = phases(images, stride)
    assert found.shape == (2, 3, stride**2, 6 // stride, 12 // stride)
    for p in range(stride):
        for q in range(stride):
            np.testing.assert_array_equal(found[:, :, stride * p + q], images[..., p::stride, q::stride])


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("jointly", [False, True])
def test_the_longest_phase_is_kept(stride, jointly):
    images = RNG.standard_normal((4, 3, 6, 12)).astype(np.float32)
    found = polyphase_sample(images, stride, jointly=jointly)
    assert found.dtype == np.float32
    for n in range(4):
        for group in [slice(None)] if jointly else range(3):
            every = [images[n, group, p::stride, q::stride] for p in range(stride) for q in range(stride)]
            np.testing.assert_array_equal(found[n, group], max(every, key=np.linalg.norm))


def test_every_shift_of_the_image_only_shifts_the_output():
    for name, (window, stride) in product(DRAWINGS, [(2, 2), (3, 2), (1, 2), (3, 3), (2, 1)]):
        with case(name, window, stride):
            image = DRAWINGS[name][: 12 if stride == 3 else None, : 12 if stride == 3 else None]
            still = polyphase_max_pool(image, window, stride)
            moved = polyphase_max_pool(all_rolls(image), window, stride)
            assert {output.tobytes() for output in moved} <= {output.tobytes() for output in all_rolls(still)}


def test_channels_that_choose_jointly_stay_aligned():
    image = np.stack([DRAWINGS["random"], RNG.random((12, 16), np.float32), DRAWINGS["random"][::-1]])
    mirrored = np.stack([circle(12, 4), circle(12, 4)])
    below_grey = np.stack([np.full((12, 12), 0.5, np.float32), circle(12, 4)])
    for channels in (image, mirrored, below_grey):
        still = polyphase_max_pool(channels, jointly=True)
        for moved in all_rolls(channels):
            assert is_a_roll(still, polyphase_max_pool(moved, jointly=True))
    each = polyphase_max_pool(image)
    assert not np.array_equal(each, polyphase_max_pool(image, jointly=True))


@pytest.mark.parametrize("pool", [max_pool, antialiased_max_pool])
def test_pooling_from_a_fixed_place_breaks_the_law(pool):
    image = DRAWINGS["random"]
    assert not is_a_roll(pool(image), pool(np.roll(image, 1, 1)))
    assert is_a_roll(pool(image), pool(np.roll(image, (2, -4), (0, 1))))  # whole blocks keep it
