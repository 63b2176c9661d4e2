"""invariance results measures every recorded figure again and lists those that differ."""

import json
import shutil
from pathlib import Path

import pytest

from invariance import UserError
from invariance.cli.results import measure_again
from invariance.datasets import MNIST
from invariance.evaluation import records
from invariance.evaluation.evaluate import evaluate
from invariance.model import Model
from tests.conftest import ROOT, quiet
from tests.datasets.conftest import small_mnist


@pytest.fixture
def measured(exported, tmp_path):
    """scratch.onnx with its figures on a few made-up images; the record's path."""
    small_mnist(tmp_path)
    path = Path(shutil.copy(ROOT / "exported" / "scratch.onnx", exported))
    split = MNIST.load("test", tmp_path)
    records.write_evaluation(path, "mnist", evaluate(Model(path), MNIST, split, quiet))
    return path.with_suffix(".json")


def test_figures_that_come_out_again_are_said_to(measured, tmp_path, capsys):
    measure_again(tmp_path)
    assert "the figures of 1 networks came out again" in capsys.readouterr().out


def test_a_figure_that_was_changed_by_hand_is_found(measured, tmp_path):
    record = json.loads(measured.read_text())
    record["evaluation"]["mnist"]["loss"] *= 1.01
    measured.write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"do not come out again:\nscratch\.onnx: the loss is"):
        measure_again(tmp_path)


def test_figures_of_another_file_are_listed(measured, tmp_path):
    record = json.loads(measured.read_text())
    record["evaluation"]["mnist"]["sha256"] = "another"
    measured.write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"scratch\.onnx: These figures were measured on another file"):
        measure_again(tmp_path)


def test_without_images_nothing_is_claimed(measured, tmp_path, capsys):
    measure_again(tmp_path / "empty")
    said = capsys.readouterr().out
    assert "1 networks for MNIST were not measured again" in said
    assert "the figures of 0 networks" in said
