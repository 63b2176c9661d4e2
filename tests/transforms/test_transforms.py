import contextlib
from itertools import product

import numpy as np
import pytest
import scipy.ndimage
import torch

from invariance.datasets import strokes
from invariance.images.pixels import to_float
from invariance.transforms import TRANSFORMS, TransformError
from invariance.transforms.action import Maps, Undefined
from invariance.transforms.rotation import rotate
from invariance.transforms.scale import rescale
from invariance.transforms.transform import between_places, moves_nothing, resample
from invariance.transforms.translation import roll, shift
from tests.conftest import case
from tests.tolerances import FLOAT, INTERPOLATED
from training import augment

DIGITS = to_float(strokes.generate(12, seed=4).images)
RNG = np.random.default_rng(0)
COLOUR = RNG.random((3, 3, 16, 16), np.float32)


def smooth(size=65):
    """A band-limited image that fades to 0 inside the largest circle, so that turning it loses nothing."""
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) / (size / 2)
    waves = 0.5 + 0.25 * np.cos(3 * x + 1) + 0.25 * np.sin(2 * y - x)
    return (waves * np.exp(-8 * (x**2 + y**2)))[None, None].astype(np.float32)


@pytest.fixture(params=TRANSFORMS)
def transform(request):
    return TRANSFORMS[request.param]


def test_shape_type_and_range_are_kept_at_every_amount(transform):
    for images, amount in product((DIGITS, COLOUR, DIGITS[:0], DIGITS[:1]), transform.amounts):
        with case(images.shape, amount):
            changed = transform.apply(images, amount)
            assert changed.shape == images.shape
            assert changed.dtype == np.float32
            if len(images):
                assert 0 <= changed.min() <= changed.max() <= 1 + FLOAT


def test_the_neutral_amount_changes_nothing_and_gives_a_copy(transform):
    changed = transform.apply(DIGITS, transform.neutral)
    np.testing.assert_array_equal(changed, DIGITS)
    assert not np.shares_memory(changed, DIGITS)


def test_other_amounts_change_something_and_leave_the_input_alone(transform):
    before = COLOUR.copy()
    for amount in filter(transform.distance, (transform.low, transform.high)):
        assert not np.array_equal(transform.apply(COLOUR, amount), COLOUR)
    np.testing.assert_array_equal(COLOUR, before)


def test_the_grid_runs_from_low_to_high_through_neutral(transform):
    amounts = transform.amounts
    assert list(amounts) == sorted(set(amounts))
    assert transform.neutral in amounts
    assert transform.low <= amounts[0]
    assert amounts[-1] <= transform.high
    assert len({transform.label(amount) for amount in amounts}) == len(amounts)


def test_severities_are_five_amounts_each_further_from_no_change(transform):
    distances = [transform.distance(amount) for amount in transform.severities]
    assert len(distances) in (0, 5)
    assert distances == sorted(set(distances))
    assert set(transform.severities) <= set(transform.amounts) - {transform.neutral}


def test_what_tells_most_is_an_amount_that_changes_something(transform):
    assert transform.tells_most in set(transform.amounts) - {transform.neutral}


def test_the_distance_is_0_at_the_neutral_amount_alone_and_grows_on_both_sides(transform):
    for side in (range(-1, -3, -1), range(1, 3)):
        places = [transform.amounts.index(transform.neutral) + step for step in (0, *side)]
        distances = [transform.distance(transform.amounts[i]) for i in places if 0 <= i < len(transform.amounts)]
        assert distances[0] == 0
        assert distances == sorted(set(distances))


def test_amounts_a_period_apart_are_the_same_change(transform):
    for amount in (transform.low - 0.5, *transform.amounts, transform.high + 0.5):
        with case(amount):
            if transform.period is None:
                assert transform.wrapped(amount) == amount
                assert transform.distance(amount) == abs(amount - transform.neutral)
            else:
                once_more = transform.wrapped(amount + transform.period)
                assert transform.low <= once_more <= transform.high
                assert transform.distance(once_more) == transform.distance(amount) <= transform.period / 2
                expected = transform.apply(COLOUR, transform.wrapped(amount))
                np.testing.assert_array_equal(transform.apply(COLOUR, once_more), expected)


def test_turning_back_is_turning_on():
    turn = TRANSFORMS["rotation"]
    found = [(turn.wrapped(degrees), turn.distance(degrees)) for degrees in (-15, 345, 0, 360, 375, 180)]
    assert found == [(345, 15), (345, 15), (0, 0), (360, 0), (15, 15), (180, 180)]


def acted(transform, images, amount):
    """f(Tx) and T f(x) of a layer that gives its image."""
    maps = Maps(images, transform.apply(images, amount), (1, 1), images.shape[2:])
    return transform.action(transform, maps, amount)


def test_the_action_does_to_maps_what_the_transform_does_to_images(transform):
    defined = 0
    for amount in set(transform.amounts) - {transform.neutral}:
        with contextlib.suppress(Undefined):
            changed, moved = acted(transform, COLOUR, amount)
            np.testing.assert_array_equal(moved, changed)
            defined += 1
    assert bool(defined) == (transform.action not in (between_places, moves_nothing))


def test_quarter_turns_are_those_of_the_image(transform):
    for amount in transform.amounts:
        if quarters := transform.quarters(amount):
            np.testing.assert_array_equal(transform.apply(COLOUR, amount), np.rot90(COLOUR, quarters, (2, 3)))


def test_what_moves_by_pixels_moves_a_shrunk_image_by_as_many_fewer(transform):
    """Every second pixel of an image that moved by 2 d is every second pixel of the image, moved by d."""
    for amount in transform.amounts:
        if transform.by_pixels and amount % 2 == 0:
            moved = transform.apply(COLOUR, amount)[..., ::2, ::2]
            np.testing.assert_array_equal(moved, transform.apply(COLOUR[..., ::2, ::2].copy(), amount / 2))


def test_images_are_changed_each_for_itself(transform):
    amount = transform.amounts[len(transform.amounts) // 3]
    one_by_one = np.concatenate([transform.apply(image[None], amount) for image in DIGITS])
    np.testing.assert_array_equal(transform.apply(DIGITS, amount), one_by_one)


def test_one_image_at_each_amount_is_as_at_one_after_the_other(transform):
    for image in (DIGITS[0], COLOUR[0], COLOUR[1, :, :, :11].copy()):
        found = transform.apply_each(image, transform.amounts)
        expected = [transform.apply(image[None], amount)[0] for amount in transform.amounts]
        np.testing.assert_array_equal(found, expected)


def test_amounts_out_of_range_are_refused(transform):
    for amount in (transform.low - 1, transform.high + 1, float("nan")):
        with pytest.raises(TransformError, match=f"{transform.title} takes"):
            transform.apply(DIGITS, amount)
        with pytest.raises(TransformError, match=f"{transform.title} takes"):
            transform.apply_each(DIGITS[0], [transform.neutral, amount])


def test_other_arrays_are_refused(transform):
    for wrong in (DIGITS[0], DIGITS.astype(np.float64), (DIGITS * 255).astype(np.uint8)):
        with case(wrong.shape, wrong.dtype), pytest.raises(TransformError, match=r"float32 images \(N, C, H, W\)"):
            transform.apply(wrong, transform.neutral)


# --- rotation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quarters", range(5))
def test_quarter_turns_are_rot90_exactly(quarters):
    np.testing.assert_array_equal(rotate(COLOUR, 90 * quarters), np.rot90(COLOUR, quarters, (2, 3)))


def test_a_turn_by_more_than_90_degrees_is_one_by_less_and_quarter_turns_exactly():
    for degrees, quarters in product((5, 30.5, 137), range(1, 4)):
        turned = np.rot90(rotate(COLOUR, degrees), quarters, (2, 3))
        np.testing.assert_array_equal(rotate(COLOUR, (degrees + 90 * quarters) % 360), turned)


def test_four_quarter_turns_give_the_image_back():
    turned = COLOUR
    for _ in range(4):
        turned = rotate(turned, 90)
    np.testing.assert_array_equal(turned, COLOUR)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_resampling_agrees_with_the_exact_quarter_turns(degrees):
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    np.testing.assert_allclose(resample(COLOUR, [[cos, -sin, 0], [sin, cos, 0]]), rotate(COLOUR, degrees), atol=1e-5)


def test_turns_are_counter_clockwise():
    image = np.zeros((1, 1, 9, 9), np.float32)
    image[0, 0, 4, 7] = 1  # to the right of the centre
    y, x = np.unravel_index(rotate(image, 45).argmax(), (9, 9))
    assert y < 4 < x  # up and to the right


@pytest.mark.parametrize("degrees", [10, 33, 45, 77, 140])
def test_there_and_back_gives_a_smooth_image_back(degrees):
    there_and_back = rotate(rotate(smooth(), degrees), 360 - degrees)
    np.testing.assert_allclose(there_and_back, smooth(), atol=INTERPOLATED)


@pytest.mark.parametrize("degrees", [5, 30, 45, 133, 260, 355])
def test_rotation_agrees_with_scipy(degrees):
    expected = scipy.ndimage.rotate(DIGITS, degrees, (3, 2), reshape=False, order=1, mode="grid-constant")
    np.testing.assert_allclose(rotate(DIGITS, degrees), expected, atol=1e-4)


@pytest.mark.parametrize("degrees", [5, 45, 90, 200])
def test_training_turns_images_the_same_way(degrees):
    angles = torch.full((len(DIGITS),), np.deg2rad(degrees))
    found = augment.rotate(torch.from_numpy(DIGITS), angles).numpy()
    np.testing.assert_allclose(found, rotate(DIGITS, degrees), atol=1e-4)


def test_random_angles_differ_between_images():
    torch.manual_seed(0)
    same = torch.from_numpy(np.repeat(DIGITS[:1], 5, 0))
    assert len({image.numpy().tobytes() for image in augment.any_angle(same)}) == 5


# --- the others ---------------------------------------------------------------------------------------------------


def test_whole_shifts_move_pixels_exactly():
    image = np.zeros((1, 1, 8, 8), np.float32)
    image[0, 0, 3, 2] = 1
    assert np.argwhere(shift(image, 4, -2)[0, 0]).tolist() == [[1, 6]]
    assert shift(image, 6).max() == 0
    assert shift(image, 100).max() == 0
    assert np.argwhere(roll(image, 7, 6)[0, 0]).tolist() == [[1, 1]]


@pytest.mark.parametrize(("x", "y"), [(2, 0), (-3, 1), (0, -4)])
def test_resampled_shifts_agree_with_whole_ones(x, y):
    np.testing.assert_allclose(resample(COLOUR, [[1, 0, -x], [0, 1, -y]]), shift(COLOUR, x, y), atol=1e-5)


def test_half_a_pixel_is_the_mean_of_two_neighbours():
    halfway = (shift(DIGITS, 0) + shift(DIGITS, 1)) / 2
    np.testing.assert_allclose(shift(DIGITS, 0.5), halfway, atol=1e-5)
    np.testing.assert_allclose(roll(DIGITS, 0.5), (DIGITS + roll(DIGITS, 1)) / 2, atol=FLOAT)


def test_circular_shifts_lose_nothing_and_add_up():
    np.testing.assert_array_equal(roll(roll(COLOUR, 5, -3), -5, 3), COLOUR)
    np.testing.assert_allclose(roll(COLOUR, 2.25, 0.5).sum(), COLOUR.sum(), rtol=1e-5)
    np.testing.assert_array_equal(roll(COLOUR, 16), COLOUR)


def test_enlarging_by_two_agrees_with_scipy():
    expected = scipy.ndimage.affine_transform(smooth()[0, 0], [0.5, 0.5], offset=16, order=1)
    np.testing.assert_allclose(rescale(smooth(), 2)[0, 0], expected, atol=1e-4)


def test_area_grows_with_the_square_of_the_scale():
    small = smooth() * 0.9
    np.testing.assert_allclose(rescale(small, 1.3).sum() / small.sum(), 1.3**2, rtol=0.02)


def test_mirrors_undo_themselves_and_both_are_a_half_turn():
    mirror = TRANSFORMS["reflection"].apply
    for which in (1, 2, 3):
        np.testing.assert_array_equal(mirror(mirror(COLOUR, which), which), COLOUR)
    np.testing.assert_array_equal(mirror(COLOUR, 3), rotate(COLOUR, 180))
    np.testing.assert_array_equal(mirror(COLOUR, 1), COLOUR[..., ::-1])
    with pytest.raises(TransformError, match=r"0 .* 1 .* 2 .* 3"):
        mirror(COLOUR, 1.5)


def test_light_follows_its_formulas():
    x = np.float64(COLOUR)
    light = {name: TRANSFORMS[name].apply for name in ("gain", "offset", "gamma", "gradient")}
    np.testing.assert_allclose(light["gain"](COLOUR, 2), np.minimum(2 * x, 1), atol=FLOAT)
    np.testing.assert_allclose(light["offset"](COLOUR, -0.3), np.maximum(x - 0.3, 0), atol=FLOAT)
    np.testing.assert_allclose(light["gamma"](COLOUR, 0.5), np.sqrt(x), atol=FLOAT)
    contrasted = TRANSFORMS["contrast"].apply(COLOUR, 0.3)
    means = x.mean((2, 3), keepdims=True)
    np.testing.assert_allclose(contrasted, means + 0.3 * (x - means), atol=FLOAT)
    np.testing.assert_allclose(contrasted.mean((2, 3), keepdims=True), means, atol=FLOAT)
    lit = light["gradient"](np.full((1, 1, 4, 5), 0.5, np.float32), 0.8)[0, 0]
    np.testing.assert_allclose(lit, np.tile([0.1, 0.3, 0.5, 0.7, 0.9], (4, 1)), atol=FLOAT)
