"""What `invariance evaluate` measures: what is missing, what is named, and other seeds."""

import shutil
import sys

import numpy as np
import pytest

from invariance import cli
from invariance.evaluation import consistency, evaluate, records
from invariance.transforms import TRANSFORMS
from tests.conftest import ROOT
from tests.datasets.conftest import small_mnist

FEW = ("reflection", "contrast", "translation")


@pytest.fixture
def measuring(exported, tmp_path, monkeypatch):
    """A function that measures mnist-mlp, which lies there with another seed, and gives what both records then say."""
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    small_mnist(tmp_path, 60, np.arange(60, dtype=np.uint8) % 10)
    everything = dict(TRANSFORMS)
    for name in set(everything) - set(FEW):
        del TRANSFORMS[name]
    monkeypatch.setattr(evaluate, "OF_SEEDS", ("translation",))
    monkeypatch.setattr(consistency, "TRIED", 20)
    path = exported / "mnist-mlp.onnx"
    shutil.copy(ROOT / "exported" / path.name, path)
    repeat = records.repeat(path, 1)
    repeat.parent.mkdir()
    shutil.copy(path, repeat)
    records.write(repeat, {})

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "mnist-mlp", *arguments])
        cli.main()
        return records.read(path)["evaluation"]["mnist"], records.read(repeat)["evaluation"]["mnist"]

    yield run
    TRANSFORMS.clear()
    TRANSFORMS.update(everything)  # in their order, which pages begin with


def test_what_is_missing_is_measured_and_the_rest_kept(measuring, capsys):
    first, _ = measuring("--measures", "reflection")
    assert (list(first["transforms"]), first["consistency"]) == (["reflection"], {})
    capsys.readouterr()
    whole, seed = measuring()
    said = capsys.readouterr().out
    assert set(whole["transforms"]) == set(FEW)
    assert TRANSFORMS["reflection"].title not in said  # it was there
    assert TRANSFORMS["contrast"].title in said
    assert {each["flips"][0]["n"] for each in whole["consistency"].values()} == {20}
    assert {name: curve["n"] for name, curve in seed["transforms"].items()} == {"translation": 60}
    curve = whole["transforms"]["translation"]  # the same network lies in the place of another seed
    assert seed["transforms"]["translation"] == {key: curve[key] for key in evaluate.CURVE}
    assert seed["loss_margin"] == pytest.approx(curve["loss_margin"][curve["amounts"].index(0)])
    for name, each in seed["consistency"].items():
        assert each["consistency"] == whole["consistency"][name]["consistency"]
    measuring()
    assert "right on average" not in capsys.readouterr().out  # nothing was missing
    measuring("--measures", "contrast")
    assert capsys.readouterr().out.count("right on average") == 1
