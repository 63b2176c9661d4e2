import dataclasses
import signal
import subprocess
import sys

import pytest

import training.__main__ as command
from invariance import cli
from invariance.datasets import strokes
from invariance.evaluation import records
from tests.conftest import hear_ctrl_c
from tests.training.conftest import ROOT, exports, run
from training.recipes import RECIPES


def test_a_dry_run_trains_and_exports_nothing():
    before = exports()
    found = run("lenet5", "--dry-run", "--device", "cpu")
    assert found.returncode == 0, found.stderr
    assert "of the held-out images right" in found.stdout
    assert exports() == before


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_the_exports_whole(sent):
    before = exports()
    process = subprocess.Popen(
        [sys.executable, "-m", "training", "lenet5", "--dry-run", "--epochs", "500"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_ctrl_c,
    )
    while b"epoch" not in process.stderr.read(1024):
        assert process.poll() is None
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"stopped; the earlier export" in errors
    assert b"goes on" not in errors  # a dry run keeps nothing
    assert b"Traceback" not in errors
    assert exports() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lenet6"], "no recipe lenet6; there are: lenet5"),
        (["lenet5", "--epochs", "0"], "--epochs must be at least 1"),
        (["lenet5", "--data-dir", "nowhere"], "MNIST is incomplete"),
    ],
)
def test_mistakes_get_one_line(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["training", *arguments])
    with pytest.raises(SystemExit) as stopped:
        command.main()
    assert stopped.value.code != 0
    assert message in f"{stopped.value.code} {capsys.readouterr().err}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "lenet6"], "No exported model lenet6; there are: "),
        (["evaluate", "lenet5"], "python -m invariance fetch mnist"),
    ],
)
def test_the_library_s_command_line_says_what_to_do(arguments, message, tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["invariance", *arguments])
    with pytest.raises(SystemExit, match=message):
        cli.main()


def test_seeds_are_trained_once_and_lie_beside_the_first(exported, tmp_path, monkeypatch, capsys):
    """On written digits in place of MNIST; the third seed's weights were thrown away after they were measured."""
    monkeypatch.setattr(command, "load", lambda dataset, split, arguments: strokes.generate(150, seed=9))
    monkeypatch.setenv("INVARIANCE_STATE", str(tmp_path / "states"))
    monkeypatch.setitem(RECIPES, "mnist-mlp", dataclasses.replace(RECIPES["mnist-mlp"], watched=True))

    def train(*arguments):
        monkeypatch.setattr(sys, "argv", ["training", "mnist-mlp", "--epochs", "1", "--device", "cpu", *arguments])
        command.main()
        return capsys.readouterr().out

    train("--seeds", "3")
    path = exported / "mnist-mlp.onnx"
    of_seeds = [path, records.repeat(path, 1), records.repeat(path, 2)]
    assert records.repeats(path) == of_seeds[1:]
    assert [records.read(each)["recipe"]["seed"] for each in of_seeds] == [0, 1, 2]
    assert ["watched" in records.read(each)["training"] for each in of_seeds] == [True, False, False]
    assert ["first_filters" in records.read(each)["training"] for each in of_seeds] == [True, False, False]
    before = [each.read_bytes() for each in of_seeds]
    assert len(set(before)) == 3
    records.write(of_seeds[2], records.read(of_seeds[2]) | {"evaluation": {}})
    of_seeds[2].unlink()
    assert train("--seeds", "3").count("is there") == 3
    assert [each.read_bytes() for each in of_seeds[:2]] == before[:2]
    assert not of_seeds[2].exists()
    train()  # without --seeds the first is made anew
    assert path.read_bytes() == before[0]
    records.write(path, records.read(path) | {"recipe": {}})
    assert train("--seeds", "2").count("is there") == 1
