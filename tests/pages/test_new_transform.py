"""A new transform is one file and one line in TRANSFORMS: one that is made up here is found everywhere."""

import dataclasses
import runpy
import shutil
import sys

import numpy as np
import pytest

from invariance.datasets import DATASETS
from invariance.evaluation import records
from invariance.inside.symmetry import layer_errors
from invariance.transforms import TRANSFORMS, Transform
from invariance.transforms.action import Parts
from tests import graphs
from tests.conftest import ROOT, texts
from tests.datasets.conftest import small_mnist
from tests.pages.conftest import opened

ROUNDING = 1e-5  # relative, in float32


def sink(images, down):
    return np.roll(images, int(down), 2)


def sunk(transform, maps, down):
    return Parts(maps.changed, np.roll(maps.still, int(down) // maps.stride[0], -2))


SINKING = Transform(
    name="sinking",
    title="Sinking",
    unit=" px",
    neutral=0,
    low=0,
    high=4,
    amounts=(0, 2, 4),
    change=sink,
    about="Moves down; what leaves at the bottom comes in at the top.",
    action=sunk,
    by_pixels=True,
    telling=2,
)


@pytest.fixture(autouse=True)
def sinking(monkeypatch):
    monkeypatch.setitem(TRANSFORMS, SINKING.name, SINKING)


def test_it_has_errors_of_layers(tmp_path):
    inside = graphs.opened(tmp_path, *graphs.circular("wrap"))
    images = np.random.default_rng(0).random((3, 1, 8, 8), np.float32)
    errors = {found.layer: found.error for found in layer_errors(inside, images, SINKING, 2)}
    for name in ("conv", "relu", "pool", "logits"):
        assert errors[name].value < ROUNDING
    unmoved = dataclasses.replace(SINKING, action=lambda transform, maps, down: Parts(maps.changed, maps.still))
    assert {found.layer: found.error for found in layer_errors(inside, images, unmoved, 2)}["conv"].value > 0.1


def test_the_page_on_lost_symmetry_moves_maps_by_as_many_fewer_places_as_their_stride_says(monkeypatch):
    moved = []  # heights and amounts
    recording = dataclasses.replace(SINKING, change=lambda x, down: moved.append((x.shape[2], down)) or sink(x, down))
    monkeypatch.setitem(TRANSFORMS, SINKING.name, recording)
    app = opened("symmetry.py", query={"broken_by": SINKING.title})
    assert not app.exception
    assert app.select_slider(key="broken_at").value == "2 px"
    app.selectbox(key="broken_layer").set_value("conv2").run()  # 14 rows, 2 px apart
    app.select_slider(key="broken_at").set_value("4 px").run()
    assert not app.exception
    assert "Maps of the image, and then sinking by 4 px" in texts(app)
    assert [down for rows, down in moved if rows == 14] == [1, 2]


def test_the_page_other_changes_shows_it_unless_it_has_a_page_of_its_own(monkeypatch):
    app = opened("changes.py", change="sinking")
    assert not app.exception
    assert SINKING.about in texts(app)
    assert "Not measured under sinking yet: LeNet-5. Run: python -m invariance evaluate lenet5 --measures sinking" in (
        texts(app)
    )
    monkeypatch.setitem(TRANSFORMS, SINKING.name, dataclasses.replace(SINKING, own_page=True))
    app = opened("changes.py", change="sinking")
    assert not app.exception
    assert SINKING.about not in texts(app)


def test_the_command_line_measures_it(exported, tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    small_mnist(tmp_path, 1002, np.arange(1002, dtype=np.uint8) % 10)
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    for drawn, count in ((None, 1002), (40, 40)):
        monkeypatch.setitem(DATASETS, "mnist", dataclasses.replace(DATASETS["mnist"], sample=drawn))
        monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "lenet5", "--measures", "sinking"])
        runpy.run_module("invariance", run_name="__main__")
        measured = records.read(exported / "lenet5.onnx")["evaluation"]["mnist"]["transforms"]
        assert {name: curve["n"] for name, curve in measured.items()} == {"sinking": count}
        assert measured["sinking"]["amounts"] == [0, 2, 4]


def test_the_command_line_names_it_and_refuses_what_it_does_not_know(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("invariance", run_name="__main__")
    assert "sinking" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "lenet5", "--measures", "rising"])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("invariance", run_name="__main__")
    assert "rising" in capsys.readouterr().err
