"""What is measured, of small and of large images, and in the first answer."""

import numpy as np
import pytest

from invariance import UserError
from invariance.evaluation.survival import measured_amounts
from invariance.report.plan import CHOICES, plan, shard_size
from invariance.transforms import TRANSFORMS

SMALL, LARGE = (1, 28, 28), (3, 224, 224)


def test_small_images_are_measured_at_every_amount_and_every_shift():
    todo = plan(CHOICES, SMALL)
    assert todo.transforms == {name: measured_amounts(transform) for name, transform in TRANSFORMS.items()}
    assert {step.measure for step in todo.steps(100, SMALL)} == {"still", "transform", "shift", "every shift"}


def test_large_images_are_measured_at_some_amounts_the_marked_and_telling_ones_among_them():
    todo = plan(CHOICES, LARGE)
    for name, transform in TRANSFORMS.items():
        every, some = measured_amounts(transform), todo.transforms[name]
        needed = {transform.neutral, transform.tells_most, every[0], every[-1], *transform.severities}
        assert needed <= set(some) <= set(every)
        if len(every) > 20:
            assert len(some) < len(every) / 2
    assert set(range(0, 360, 15)) <= set(todo.transforms["rotation"])
    assert {step.measure for step in todo.steps(100, LARGE)} == {"still", "transform", "shift"}


def test_amounts_and_shifts_that_a_requirement_needs_are_measured_too():
    todo = plan(["gain"], LARGE, {"rotation": [-7, 7]}, [("crops", 9)])
    assert {7, 353} <= set(todo.transforms["rotation"])
    assert set(todo.transforms) == {"rotation", "gain"}
    assert todo.shifts == (("crops", 9),)
    with pytest.raises(UserError, match="too small"):
        plan(["gain"], (1, 8, 8), shifts=[("crops", 4)])


def test_the_first_answer_is_of_as_much_as_there_is_time_for():
    """Of a few amounts of each change, of one, or of rotation alone."""
    for shape in (SMALL, LARGE):
        todo = plan(CHOICES, shape)
        some, one, rotation, least = (todo.quick(most) for most in (1000, 60, 20, 0))
        assert len(some.transforms) == len(one.transforms) == len(TRANSFORMS)
        assert some.answers > 100 > 60 >= one.answers > 20 >= rotation.answers > least.answers
        assert list(rotation.transforms) == list(least.transforms) == ["rotation"]
        assert some.shifts == one.shifts == rotation.shifts == todo.shifts
        for few in (some, one, rotation, least):
            for name, amounts in few.transforms.items():
                assert TRANSFORMS[name].neutral in amounts
                assert 1 < len(amounts) <= 9
                assert set(amounts) <= set(todo.transforms[name])
            assert few.answers == sum(step.answers for step in few.steps(200, shape))
    assert plan([], SMALL).quick(0).answers == 1


def test_however_many_images_there_are_a_part_is_bounded():
    """In number, and where images are large in bytes."""
    for count in (1, 10_000, 10**6, 10**8):
        size = shard_size(count, 25, SMALL)
        assert size % 25 == 0
        assert np.ceil(count / size) <= 16_384
        assert shard_size(count, 1, LARGE) * np.prod(LARGE) <= 64_000_000
    assert shard_size(10**8, 1, LARGE) > shard_size(10**4, 1, LARGE)
