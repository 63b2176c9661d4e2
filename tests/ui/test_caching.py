"""What is kept between visits: by what it depends on, up to a bound in bytes, and for all visits at once."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from invariance.evaluation import records
from invariance.model import Model
from tests.conftest import linear_classifier
from ui import caching
from ui.caching import keeping


def counted(most=1_000_000):
    """A function that is kept, and the list of what it was really asked."""
    asked = []

    @keeping(most)
    def work(*given, **named):
        asked.append((given, named))
        return np.zeros(1000, np.float64)  # 8,000 bytes

    return work, asked


def test_an_array_is_known_by_its_numbers_shape_and_type():
    work, asked = counted()
    for same in (np.arange(6.0), np.arange(6.0), np.arange(12.0)[::2] / 2):
        work(same)
    assert len(asked) == 1
    for other in (np.arange(6.0) + 1, np.arange(6.0).reshape(2, 3), np.arange(6, dtype=np.float32)):
        work(other)
    assert len(asked) == 4


def test_a_model_is_known_by_its_file_alone(tmp_path):
    work, asked = counted()
    path = records.EXPORTED / "scratch.onnx"
    work(Model(path))
    work(Model(shutil.copy(path, tmp_path / "copy.onnx")))
    assert len(asked) == 1
    work(Model(linear_classifier(tmp_path / "other.onnx")))
    assert len(asked) == 2


def test_dicts_lists_and_named_arguments_are_told_apart():
    work, asked = counted()
    cases = [([1, 2],), ([1], 2), ({"a": [1]},), ({"a": [2]},), (b"ab",), ("ab",)]
    for case in cases + cases:
        work(*case)
    work(axis="x")
    work(axis="y")
    work(axis="x")
    assert len(asked) == len(cases) + 2


def test_more_than_the_bound_is_never_kept():
    work, asked = counted(most=20_000)  # two results and their list
    for number in (1, 2, 1, 2):
        work(number)
    assert len(asked) == 2
    work(3)
    work(2)
    assert len(asked) == 3
    work(1)  # asked for longest ago, and gone
    assert len(asked) == 4
    assert work.cache.currsize <= 20_000


def test_a_result_larger_than_the_bound_is_kept_alone():
    work, asked = counted(most=100)
    assert work(1).shape == work(1).shape == (1000,)
    assert len(asked) == 1
    work(2)
    work(1)
    assert len(asked) == 3


def test_what_everyone_gets_nobody_can_change():
    work, _ = counted()
    with pytest.raises(ValueError, match="read-only"):
        work(1)[0] = 1


def test_visits_that_ask_the_same_at_once_wait_for_one_answer():
    asked, open_ = [], threading.Event()

    @keeping(1000)
    def slow(number):
        asked.append(number)
        open_.wait(10)
        return number

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(slow, 1) for _ in range(4)]
        open_.set()
        assert [each.result(10) for each in waiting] == [1] * 4
    assert asked == [1]


def test_an_error_is_not_kept():
    tries = []

    @keeping(1000)
    def fails(number):
        tries.append(number)
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - our own
            fails(1)
    assert len(tries) == 2


@pytest.mark.parametrize("value", [np.zeros((3, 4)), "text", b"bytes", {"a": [np.zeros(10)]}, (1, 2.0, None)])
def test_sizes_are_at_least_those_of_the_contents(value):
    inside = value["a"][0].nbytes if isinstance(value, dict) else getattr(value, "nbytes", 0)
    assert caching.size(value) >= max(1, inside)
