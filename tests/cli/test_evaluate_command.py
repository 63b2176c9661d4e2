"""What `invariance evaluate` measures: what is missing, what is named, and other seeds."""

import json
import shutil
import sys
from copy import deepcopy

import numpy as np
import onnx
import pytest

from invariance import cli
from invariance.cli import evaluate as evaluate_command
from invariance.datasets import rotated_mnist
from invariance.evaluation import consistency, evaluate, records
from invariance.transforms import TRANSFORMS
from tests.conftest import ROOT
from tests.datasets.conftest import small_mnist
from tests.tolerances import RECORDED

FEW = ("reflection", "contrast", "translation")


@pytest.fixture
def measuring(exported, tmp_path, monkeypatch):
    """A function that measures mnist-mlp, which lies there with another seed, and gives what both records then say."""
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    small_mnist(tmp_path, 60, np.arange(60, dtype=np.uint8) % 10)
    everything = dict(TRANSFORMS)
    for name in set(everything) - set(FEW):
        del TRANSFORMS[name]
    monkeypatch.setattr(evaluate_command, "OF_SEEDS", ("translation",))
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

    run.models = (path, repeat)
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


def test_what_was_stopped_of_another_seed_goes_on(measuring, monkeypatch):
    _, seed = measuring()
    repeat = measuring.models[1]
    record = deepcopy(records.read(repeat))  # everyone gets the same one, seed too
    del record["evaluation"]["mnist"]["consistency"]
    records.write(repeat, record)
    monkeypatch.setattr(evaluate_command, "evaluate_seed_transform", None)  # curves are there
    assert measuring()[1] == seed


def test_a_network_trained_by_a_protocol_is_measured_by_it(measuring, monkeypatch, capsys):
    monkeypatch.setattr(rotated_mnist, "TRAINING", 20)
    monkeypatch.setattr(rotated_mnist, "FROM_TRAINING", 30)
    assert all("protocol" not in each for each in measuring("--measures"))  # its recipe names none
    for path in measuring.models:
        model = onnx.load(path)
        (recipe,) = (each for each in model.metadata_props if each.key == "recipe")
        recipe.value = json.dumps(json.loads(recipe.value) | {"images": "rotated_12k"})
        onnx.save(model, path)
    for found in measuring("--measures", "protocol"):
        protocol = found["protocol"]
        assert protocol["title"] == "rotated MNIST, 12,000 training images"
        assert protocol["n"] == protocol["accuracy"]["n"] == np.sum(protocol["confusion"]) == 60 + 30
        assert protocol["accuracy"]["value"] * 90 == pytest.approx(np.trace(protocol["confusion"]), rel=RECORDED)
        assert protocol["fingerprint"] != found["fingerprint"]
    for model in measuring.models:  # what is there is kept: it is put there by hand
        record = records.read(model)["evaluation"]["mnist"]
        records.write_evaluation(model, "mnist", record | {"protocol": record["protocol"] | {"loss": 99.0}})
    assert [each["protocol"]["loss"] for each in measuring()] == [99.0, 99.0]
    assert [each["protocol"]["loss"] for each in measuring("--measures", "contrast")] == [99.0, 99.0]
    assert all(each["protocol"]["loss"] < 99 for each in measuring("--measures", "protocol"))
    for model in measuring.models:  # of other images than those made here
        record = records.read(model)["evaluation"]["mnist"]
        other = record["protocol"] | {"loss": 99.0, "fingerprint": "other"}
        records.write_evaluation(model, "mnist", record | {"protocol": other})
    assert all(each["protocol"]["loss"] < 99 for each in measuring())
    for model in measuring.models:
        record = records.read(model)["evaluation"]["mnist"]
        del record["protocol"]
        records.write_evaluation(model, "mnist", record)
    capsys.readouterr()
    assert all("protocol" in each for each in measuring())
    assert capsys.readouterr().out.count("rotated MNIST, 12,000 training images: ") == 2
