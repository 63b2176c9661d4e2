"""A training that was interrupted goes on, and ends as one that was not."""

import dataclasses
import random
import signal
import subprocess
import sys

import pytest
import torch

import training.__main__ as command
from invariance import UserError
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.files import try_writing
from invariance.model import Model
from invariance.operators.flatten import PER_IMAGE
from tests.conftest import quiet
from tests.training.conftest import ROOT
from training import checkpoint, make
from training.checkpoint import Checkpoint, identity
from training.experiments import EXPERIMENTS, run
from training.export import ExportError
from training.models.flatten_order import flatten_order
from training.models.mlp import mlp
from training.models.shift import mnist_plain
from training.recipe import constant, nesterov, triangle
from training.recipes import RECIPES
from training.state import NOTHING, Done
from training.train import train

CPU = torch.device("cpu")
DATA = strokes.generate(140, seed=9)
EPOCHS, STEPS = 3, 4  # of the recipes here, on these images
SHIFTED = dataclasses.replace(RECIPES["mnist-shift-augmented"], epochs=EPOCHS, batch_size=32)
LINEAR = dataclasses.replace(RECIPES["mnist-mlp"], epochs=EPOCHS, batch_size=32)
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.training.test_interrupted import CPU, DATA, SHIFTED, make, stopping

folder, at = Path(sys.argv[1]), int(sys.argv[2])
make.progress_bar = stopping(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
make.make(SHIFTED, DATA, CPU, folder / "network.onnx", folder / "states")
"""


class StoppedError(Exception):
    """A training was interrupted."""


def stop():
    raise StoppedError


def after(batches, then):
    """A function that does something when it is called the so manieth time."""
    left = iter([*[quiet] * (batches - 1), then])
    return lambda *step: next(left, quiet)()


def stopping(batch, then):
    """In place of progress_bar(): does something after so many batches."""
    bar = make.progress_bar

    def made(recipe):
        shown, show = bar(recipe)
        count = after(batch, then)
        return shown, lambda *step: (show(*step), count())

    return made


def any_batch(first, last):
    batch = random.randint(first, last)
    print("interrupted after batch", batch)  # shown if the test fails
    return batch


def checked(folder, recipe=LINEAR, data=DATA, device=CPU):
    return Checkpoint(folder / "state.pt", identity(recipe, data, device))


def trained(recipe, saved, progress=quiet):
    return train(recipe, DATA, CPU, progress, saved.read().state, lambda state: saved.write(Done(state)))


def begun(folder, recipe=LINEAR, batches=STEPS + 1):
    """A training with one finished epoch, unless said otherwise; what is done of it."""
    saved = checked(folder, recipe)
    with pytest.raises(StoppedError):
        trained(recipe, saved, after(batches, stop))
    return saved


def without_times(history):
    return [{**epoch, "seconds": 0} for epoch in history]


def made(folder, recipe=LINEAR):
    return make.make(recipe, DATA, CPU, folder / "network.onnx", folder / "states")


def states(folder):
    return list((folder / "states").glob("*.pt"))


def test_a_killed_training_ends_with_the_same_bytes(tmp_path):
    batch = any_batch(1, EPOCHS * STEPS)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.run([sys.executable, "-c", KILLED, killed, str(batch)], cwd=ROOT, check=False)
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "network.onnx").exists()
    assert len(states(killed)) == (batch > STEPS)
    for folder in (killed, whole):
        made(folder, SHIFTED)
    ours, expected = ((folder / "network.onnx").read_bytes() for folder in (killed, whole))
    assert ours == expected
    ours, expected = (records.read(folder / "network.onnx") for folder in (killed, whole))
    assert without_times(ours["training"]["history"]) == without_times(expected["training"]["history"])
    assert ours["training"]["first_filters"] == expected["training"]["first_filters"]


def test_a_second_training_of_the_same_network_is_told_and_spoils_nothing(tmp_path, uninterrupted, monkeypatch):
    other = dataclasses.replace(LINEAR, seed=9)  # for the same file, from a state of its own
    seen = []

    def second():
        seen.append(states(tmp_path)[0].read_bytes())
        for recipe in (LINEAR, other):
            with pytest.raises(UserError, match=r"network\.onnx is already being trained by another process\. Wait"):
                made(tmp_path, recipe)
        assert [path.read_bytes() for path in states(tmp_path)] == seen

    monkeypatch.setattr(make, "progress_bar", stopping(2 * STEPS, second))
    made(tmp_path)
    assert len(seen) == 1
    assert (tmp_path / "network.onnx").read_bytes() == uninterrupted
    monkeypatch.undo()
    made(tmp_path, other)  # the first has ended


def with_dropout():
    network = mlp(torch.nn.Identity(), 784, 20, 10)
    return torch.nn.Sequential(network, torch.nn.Dropout(0.1))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimiser": torch.optim.Adam, "schedule": constant},
        {"optimiser": nesterov, "schedule": triangle, "learning_rate": 0.01},
        {"build": with_dropout},
        {"build": mnist_plain},  # its normalisations take averages along
        {"build": lambda: flatten_order(PER_IMAGE)},  # a layer with a random generator of its own
    ],
)
def test_everything_that_an_epoch_depends_on_is_kept(changes, tmp_path):
    recipe = dataclasses.replace(LINEAR, **changes)
    batch = any_batch(STEPS + 1, EPOCHS * STEPS)
    saved = begun(tmp_path, recipe, batch)
    steps = []
    ours = trained(recipe, saved, lambda *step: steps.append(step))
    expected = train(recipe, DATA, CPU, quiet)
    assert steps[0] == ((batch - 1) // STEPS + 1, 1, STEPS)
    assert without_times(ours.history) == without_times(expected.history)
    assert ours.best_epoch == expected.best_epoch
    for name, values in expected.model.state_dict().items():
        assert torch.equal(ours.model.state_dict()[name], values), name


def test_an_experiment_goes_on_where_it_was(tmp_path):
    recipe = dataclasses.replace(EXPERIMENTS["flatten-order"].recipe, epochs=2, batch_size=64)
    experiment = dataclasses.replace(
        EXPERIMENTS["flatten-order"], recipe=recipe, variants=("spiral", PER_IMAGE), seeds=2
    )
    steps, total = [], 2 * 2 * 4  # batches, epochs, trainings
    expected = run(experiment, DATA, DATA, CPU, lambda *step: steps.append(step))
    saved = checked(tmp_path)
    batch = any_batch(3, total)
    with pytest.raises(StoppedError):
        run(experiment, DATA, DATA, CPU, after(batch, stop), saved.read(), saved.write)
    done = saved.read()
    assert len(done.runs) == (batch - 1) // 4
    again = []
    ours = run(experiment, DATA, DATA, CPU, lambda *step: again.append(step), done, saved.write)
    assert ours == expected
    assert again == steps[(batch - 1) // 2 * 2 :]
    assert saved.read() == Done(None, tuple(expected))


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that runs the command on a few images, its files in tmp_path."""
    monkeypatch.setattr(command.records, "EXPORTED", tmp_path / "exported")
    monkeypatch.setenv("INVARIANCE_STATE", str(tmp_path / "states"))
    monkeypatch.setattr(command, "load", lambda *asked: DATA)

    def run_it(*arguments):
        monkeypatch.setattr("sys.argv", ["training", *arguments])
        command.main()

    return run_it


def test_a_command_that_makes_several_networks_trains_none_of_them_twice(typed, tmp_path, monkeypatch, capsys):
    names, batches = ["mnist-mlp", "mnist-shift-plain"], []
    monkeypatch.setattr(make, "train", lambda *given: train(*given[:3], lambda *step: batches.append(step), *given[4:]))

    def interrupted(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(make, "Model", lambda path: Model(path) if path.stem == names[0] else interrupted())
        with pytest.raises(SystemExit, match=r"stopped; .* is whole; the same command goes on after the last"):
            typed(*names, "--epochs", "2")
    assert len(batches) == 4
    capsys.readouterr()
    typed("status")
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in listed] == [f"{name}, seed 0" for name in names]
    typed(*names, "--epochs", "2")
    assert len(batches) == 4
    assert "Dense layers only, digits: 2 of 2 epochs are done" in capsys.readouterr().out
    assert not states(tmp_path)
    assert len(list((tmp_path / "exported").iterdir())) == 4
    typed("status")
    assert "no training is under way" in capsys.readouterr().out


def test_what_was_learned_from_other_teachers_is_not_used():
    """Also where their recipe is the same, and only the network that it builds is another."""

    def build():
        return LINEAR.build()

    def other():
        return with_dropout()

    other.__name__ = "build"
    one, another = (
        identity(dataclasses.replace(LINEAR, teacher=dataclasses.replace(LINEAR, build=of_teacher)), DATA, CPU)
        for of_teacher in (build, other)
    )
    assert [key for key in one if one[key] != another[key]] == ["teacher"]


def test_teachers_are_trained_once_for_all_their_pupils(typed, tmp_path, monkeypatch, capsys):
    """Also if the command is stopped while the first pupil learns; in the end nothing is kept of them."""
    teacher = dataclasses.replace(LINEAR, name="mnist-mlp-teacher", title="Teacher")
    monkeypatch.setitem(RECIPES, "mnist-mlp", dataclasses.replace(LINEAR, teacher=teacher, teachers=2))
    begun = []

    def started(recipe):
        begun.append((recipe.name, recipe.seed))
        if begun[2:] == [("mnist-mlp", 0)]:
            raise KeyboardInterrupt
        return bar(recipe)

    bar = make.progress_bar
    monkeypatch.setattr(make, "progress_bar", started)
    with pytest.raises(SystemExit, match="the same command goes on"):
        typed("mnist-mlp", "--seeds", "2", "--epochs", "1")
    assert begun == [("mnist-mlp-teacher", 0), ("mnist-mlp-teacher", 1), ("mnist-mlp", 0)]
    capsys.readouterr()
    typed("mnist-mlp", "--seeds", "2", "--epochs", "1")
    assert capsys.readouterr().out.count("Teacher: 1 of 1 epochs are done") == 4
    assert not states(tmp_path)
    assert {path.name for path in (tmp_path / "exported").rglob("*.onnx")} == {"mnist-mlp.onnx", "mnist-mlp-seed1.onnx"}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"recipe": dataclasses.replace(LINEAR, epochs=9)}, "another epochs. "),
        ({"recipe": dataclasses.replace(LINEAR, seed=9)}, "another seed, network. "),
        ({"recipe": dataclasses.replace(LINEAR, watched=True)}, "another watched. "),
        ({"recipe": dataclasses.replace(LINEAR, build=with_dropout)}, "another build, network. "),
        ({"data": DATA._replace(labels=9 - DATA.labels)}, "another data. "),
        ({"device": torch.device("cuda")}, "another device. "),
    ],
)
def test_what_is_done_of_another_training_is_not_used(other, message, tmp_path, capsys):
    assert len(begun(tmp_path).read().state.history) == 1
    assert capsys.readouterr().out == ""
    assert checked(tmp_path, **other).read() == NOTHING
    (line,) = capsys.readouterr().out.splitlines()
    assert message in line
    assert "starts anew" in line


@pytest.mark.parametrize("part", [slice(0), slice(20), slice(100), slice(-1), slice(None)])
def test_a_damaged_file_is_not_used(part, tmp_path, capsys):
    saved = begun(tmp_path)
    data = bytearray(saved.path.read_bytes())
    data[random.randrange(len(data))] ^= 1
    saved.path.write_bytes(data[part])
    assert saved.read() == NOTHING
    assert capsys.readouterr().out == f"{saved.path} is damaged. The training starts anew.\n"
    assert checkpoint.status(tmp_path) == [f"{saved.path} is damaged."]
    assert len(trained(LINEAR, saved).history) == EPOCHS


def test_the_status_says_how_far_each_is(tmp_path):
    assert checkpoint.status(tmp_path / "nothing") == []
    saved = begun(tmp_path)
    right = saved.read().state.history[-1]["validation_accuracy"]
    (line,) = checkpoint.status(tmp_path)
    assert line.startswith(f"mnist-mlp, seed 0: epoch 1 of 3, {right:.2%} of the held-out images right; written 20")
    experiment = Checkpoint(saved.path, saved.identity | {"trainings": 30})
    experiment.write(Done(saved.read().state, ({}, {})))
    (line,) = checkpoint.status(tmp_path)
    assert line.startswith("mnist-mlp, seed 0: 2 of 30 trainings, then epoch 1 of 3, ")
    experiment.write(Done(None, ({},)))
    (line,) = checkpoint.status(tmp_path)
    assert line.startswith("mnist-mlp, seed 0: 1 of 30 trainings; written 20")


@pytest.mark.parametrize("name", ["exported", "states"])
def test_a_folder_that_cannot_be_written_is_noticed_before_the_first_epoch(name, tmp_path, monkeypatch):
    monkeypatch.setattr(make, "train", lambda *given: pytest.fail("it was trained"))
    (tmp_path / name).write_text("a file, no folder")
    with pytest.raises(UserError, match=f"No file can be written in .*{name}.*(start again|set INVARIANCE_STATE)"):
        make.make(LINEAR, DATA, CPU, tmp_path / "exported" / "a.onnx", tmp_path / "states")
    assert (tmp_path / name).is_file()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    made(folder)
    return (folder / "network.onnx").read_bytes()


def test_trying_leaves_nothing_behind(tmp_path):
    try_writing(tmp_path / "new" / "folder", "")
    assert not list((tmp_path / "new" / "folder").iterdir())


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        ("export", OSError(28, "No space left on device")),
        ("export", ExportError("logits differ")),
        ("records.replacing", OSError(28, "No space left on device")),
    ],
)
def test_if_nothing_can_be_exported_the_weights_are_kept(failing, error, tmp_path, monkeypatch, capsys, uninterrupted):
    def fail(*given):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(f"training.make.{failing}", fail)
        with pytest.raises(UserError, match=r"kept in .*mnist-mlp-seed0\.pt: the same command tries again") as raised:
            made(tmp_path)
    assert error.args[-1] in str(raised.value)
    monkeypatch.setattr(
        make, "train", lambda *given: train(*given[:3], lambda *step: pytest.fail("an epoch"), *given[4:])
    )
    for kept in made(tmp_path):
        kept.remove()
    assert "Dense layers only, digits: 3 of 3 epochs are done" in capsys.readouterr().out
    assert not states(tmp_path)
    assert (tmp_path / "network.onnx").read_bytes() == uninterrupted


def test_an_epoch_that_cannot_be_kept_stops_the_training_and_leaves_the_one_before(tmp_path, monkeypatch):
    saved = begun(tmp_path)
    before = saved.path.read_bytes()

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(UserError, match=r"No space left.* goes on after the epoch before"):
        trained(LINEAR, saved)
    assert saved.path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [saved.path]


def test_the_bar_begins_where_the_training_does():
    bar, show = make.progress_bar(LINEAR)
    with bar:
        show(3, 1, STEPS)
        assert (bar.n, bar.initial, bar.total) == (2 * STEPS + 1, 2 * STEPS, EPOCHS * STEPS)
        show(3, 2, STEPS)
        assert bar.n == 2 * STEPS + 2
