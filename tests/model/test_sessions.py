"""Open sessions are bounded in bytes, and a model whose session was closed answers as before."""

import subprocess
import sys

import numpy as np
import pytest
from cachetools import LRUCache

from invariance.evaluation.records import EXPORTED, ROOT
from invariance.model import Model, sessions
from invariance.model import model as model_module
from tests.conftest import linear_classifier

IMAGES = np.random.default_rng(0).random((20, 1, 4, 4), np.float32)


@pytest.fixture
def room_for_two(monkeypatch):
    """Sessions of two small files, and no more; counts what is opened."""
    monkeypatch.setenv("INVARIANCE_PROVIDER", "cpu")  # one session for batches and single images
    opened, open_session = [], sessions.open_session

    def counted(*given, **more):
        opened.append(1)
        return open_session(*given, **more)

    monkeypatch.setattr(sessions, "_open", LRUCache(2 * sessions.OWN_BYTES + 100_000, getsizeof=lambda each: each.size))
    monkeypatch.setattr(sessions, "open_session", counted)
    return opened


def models(folder, count):
    return [Model(linear_classifier(folder / f"{number}.onnx", classes=3 + number)) for number in range(count)]


def test_sessions_stay_within_their_bound_and_answers_stay(room_for_two, tmp_path):
    several = models(tmp_path, 5)
    expected = [model.logits(IMAGES) for model in several]
    for _ in range(2):
        for model, answers in zip(several, expected, strict=True):
            np.testing.assert_array_equal(model.logits(IMAGES), answers)
            assert sessions._open.currsize <= sessions._open.maxsize


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
    assert sessions._open.currsize == 10


GROWTH = """
import sys, psutil, numpy as np
from pathlib import Path
from invariance.model import Model
model, held = Model(Path(sys.argv[1])), []
for count in (30, 4000):
    model.logits(np.zeros((count, *model.card.shape), np.float32))
    held.append(psutil.Process().memory_info().rss)
print((held[1] - held[0]) / 1e6)
"""


def test_a_session_keeps_no_more_after_many_images_than_after_few():
    grown = subprocess.run(
        [sys.executable, "-c", GROWTH, str(EXPORTED / "lenet5.onnx")], cwd=ROOT, capture_output=True, text=True
    )
    assert float(grown.stdout) < 12, grown.stderr  # MB; a batch of all of them takes more than 400


def test_of_a_batch_larger_than_the_bound_nothing_is_kept(tmp_path, monkeypatch):
    (model,) = models(tmp_path, 1)
    told = []

    class Listening:
        def run(self, names, given, options=None):
            told.append(options)
            return session.run(names, given, options)

    session = model._session(20)
    monkeypatch.setattr(model, "_session", lambda count: Listening())
    for bound, options in ((IMAGES.size, None), (IMAGES[0].size - 1, model_module.ONCE)):
        monkeypatch.setattr(model_module, "BATCH_VALUES", bound)
        model.logits(IMAGES)
        assert set(told) == {options}
        told.clear()
