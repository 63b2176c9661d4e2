"""invariance results measures every recorded figure again and lists those that differ."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from invariance import UserError
from invariance.cli.evaluate import images_of
from invariance.cli.results import measure_again
from invariance.datasets import MNIST, PROTOCOLS, rotated_mnist
from invariance.evaluation import records
from invariance.evaluation.evaluate import evaluate, evaluate_protocol
from invariance.model import Model
from tests.conftest import ROOT, quiet
from tests.datasets.conftest import small_mnist

BY_PROTOCOL = json.dumps({"images": "rotated_12k"})  # a recipe


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
    assert "right answers and loss of 1 networks came out again" in capsys.readouterr().out


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


def test_figures_by_a_protocol_are_measured_again_too(measured, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(rotated_mnist, "TRAINING", 20)
    monkeypatch.setattr(rotated_mnist, "FROM_TRAINING", 30)
    small_mnist(tmp_path, 60, np.arange(60, dtype=np.uint8) % 10)
    path = measured.with_suffix(".onnx")
    model = onnx.load(path)
    helper.set_model_props(model, {each.key: each.value for each in model.metadata_props} | {"recipe": BY_PROTOCOL})
    onnx.save(model, path)
    found = evaluate(Model(path), MNIST, MNIST.load("test", tmp_path), quiet)
    records.write_evaluation(path, "mnist", found)
    with pytest.raises(
        UserError, match=r"rotated MNIST.*: it was not measured yet\. Run: python -m invariance evaluate"
    ):
        measure_again(tmp_path)
    protocol = PROTOCOLS["rotated_12k"]
    by_protocol = evaluate_protocol(Model(path), protocol, images_of(protocol, tmp_path), quiet)
    records.write_evaluation(path, "mnist", found | {"protocol": by_protocol})
    measure_again(tmp_path)
    assert "right answers and loss of 1 networks came out again" in capsys.readouterr().out
    for change, said in (
        ({"loss": 9.0}, "the loss is"),
        ({"fingerprint": "x"}, r"of other images than those made here\. Run: python -m invariance evaluate scratch"),
    ):
        records.write_evaluation(path, "mnist", found | {"protocol": by_protocol | change})
        with pytest.raises(UserError, match=rf"scratch\.onnx, rotated MNIST, 12,000 training images: .*{said}"):
            measure_again(tmp_path)
    for file in (tmp_path / "mnist").glob("train*"):
        file.unlink()
    measure_again(tmp_path)
    assert "MNIST's training images are not here" in capsys.readouterr().out


def test_without_images_nothing_is_claimed(measured, tmp_path, capsys):
    measure_again(tmp_path / "empty")
    said = capsys.readouterr().out
    assert "1 networks for MNIST were not measured again" in said
    assert "right answers and loss of 0 networks" in said
