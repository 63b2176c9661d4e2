"""Open sessions are bounded in bytes, and a model whose session was closed answers as before."""

import numpy as np
import pytest
from cachetools import LRUCache

from invariance.model import Model, sessions
from tests.conftest import linear_classifier

IMAGES = np.random.default_rng(0).random((20, 1, 4, 4), np.float32)


@pytest.fixture
def room_for_two(monkeypatch):
    """Sessions of two small files, and no more; counts what is opened."""
    opened, open_session = [], sessions.open_session
    monkeypatch.setattr(sessions, "_open", LRUCache(2_100_000, getsizeof=lambda each: each.size))
    monkeypatch.setattr(sessions, "open_session", lambda *given: opened.append(1) or open_session(*given))
    return opened


def models(folder, count):
    return [Model(linear_classifier(folder / f"{number}.onnx", classes=3 + number)) for number in range(count)]


def test_sessions_stay_within_their_bound_and_answers_stay(room_for_two, tmp_path):
    several = models(tmp_path, 5)
    expected = [model.logits(IMAGES) for model in several]
    for _ in range(2):
        for model, answers in zip(several, expected, strict=True):
            np.testing.assert_array_equal(model.logits(IMAGES), answers)
            assert sessions.open_bytes() <= 2_100_000


def test_a_session_that_is_open_is_not_opened_again(room_for_two, tmp_path):
    one, other = models(tmp_path, 2)
    count = len(room_for_two)
    for _ in range(3):
        one.logits(IMAGES)
        other.logits(IMAGES)
    assert len(room_for_two) == count


def test_a_file_larger_than_the_bound_stays_open_alone(room_for_two, tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_open", LRUCache(10, getsizeof=lambda each: each.size))
    one, other = models(tmp_path, 2)
    one.logits(IMAGES)
    count = len(room_for_two)
    for _ in range(3):
        assert one.logits(IMAGES).shape == (20, 3)
    assert len(room_for_two) == count
    other.logits(IMAGES)
    one.logits(IMAGES)
    assert len(room_for_two) == count + 2
    assert sessions.open_bytes() == 10


def test_no_session_keeps_an_arena(tmp_path):
    (model,) = models(tmp_path, 1)
    assert not model._session(100).get_session_options().enable_cpu_mem_arena
