"""A network that gives no number, as when half precision overflows: pages say so, and count it nowhere as right."""

import base64
import json
from functools import partial

import numpy as np
import pytest

from tests.conftest import linear_classifier, texts
from tests.pages.conftest import opened, own, verdict
from ui.widgets.amount_slider import AmountAnswers
from ui.widgets.amount_slider import _wire as sweep_wire
from ui.widgets.shift_pad import ShiftAnswers
from ui.widgets.shift_pad import _wire as pad_wire

LABELS = ("cat", "dog")


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<u2")


@pytest.fixture(autouse=True)
def as_a_browser_reads(monkeypatch):
    """JSON of a widget that holds NaN ends the test, as JavaScript would end the widget."""
    monkeypatch.setattr("json.dumps", partial(json.dumps, allow_nan=False))


@pytest.fixture
def broken(tmp_path):
    weights = np.full((28 * 28, 10), np.nan, np.float32)
    path = linear_classifier(tmp_path / "broken.onnx", 10, image=["n", 1, 28, 28], weights=weights)
    return own("broken.onnx", path.read_bytes(), kind="mnist") | {"networks": ["yours-broken"]}


@pytest.mark.parametrize("page", ["rotation.py", "translation.py"])
def test_a_verdict_says_that_there_is_no_answer(broken, page):
    app = opened(page, **broken)
    assert not app.exception
    assert "has no answer. The unchanged image gets none that could survive." in verdict(app)


@pytest.mark.parametrize("page", ["classify.py", "symmetry.py", "inside.py", "yours.py"])
def test_no_page_breaks(broken, page):
    app = opened(page, **broken)
    assert not app.exception
    assert "nan" not in texts(app).lower().split()


@pytest.mark.parametrize(("truth", "good"), [("", [True, False, True]), ("dog", [False, False, False])])
def test_a_sweep_has_no_answer_where_there_is_no_number(truth, good):
    chances = np.array([[0.9, 0.1], [np.nan, np.nan], [0.8, 0.2]])
    sent = sweep_wire(AmountAnswers("A", "#000", LABELS, chances), truth, 0)
    assert json.dumps(sent)
    assert (sent["answers"], sent["confidence"]) == (["cat", "no answer", "cat"], ["90.0 %", "", "80.0 %"])
    assert sent["good"] == good


def test_no_answer_is_not_the_same_as_none():
    chances = np.full((3, 2), np.nan)
    assert sweep_wire(AmountAnswers("A", "#000", LABELS, chances), "", 0)["good"] == [False] * 3
    sent = pad_wire(ShiftAnswers("A", "#000", LABELS, chances[None, None]), "")
    assert sent["expected"] is None
    assert [sent["labels"][number] for number in unpacked(sent["answers"])] == ["no answer"] * 3
    assert list(unpacked(sent["answers"])) == [len(LABELS)] * 3  # beside which the pad shows no share


def test_a_pad_counts_what_is_right_beside_what_has_no_answer():
    chances = np.array([[np.nan, np.nan], [0.25, 0.75], [0.5, 0.5]])
    sent = pad_wire(ShiftAnswers("A", "#000", LABELS, chances[None, None]), "cat")
    assert sent["expected"] == 0
    assert list(unpacked(sent["answers"])) == [2, 1, 0]
    assert list(unpacked(sent["wanted"])) == [0, 2500, 5000]
