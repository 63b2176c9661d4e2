"""The network in numpy as an .onnx file, and the command that makes it."""

import dataclasses
import os
import signal
import subprocess
import sys

import numpy as np
import onnx
import pytest

from invariance import UserError
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.inside.architecture import layers
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.scratch import export as exporting
from invariance.scratch.export import export, make
from invariance.scratch.training import ScratchSettings, build, forward
from tests.conftest import hear_ctrl_c, quiet
from tests.datasets.conftest import small_mnist
from tests.tolerances import EXPORT, RECORDED

NAMES = ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "logits"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A network that learned a little, as make() leaves it."""
    path = tmp_path_factory.mktemp("exported") / "scratch.onnx"
    settings = ScratchSettings(epochs=2, batch_size=32, seed=5)
    return make(settings, strokes.generate(300, seed=1), path, quiet), settings, path


def test_a_folder_that_cannot_be_written_is_noticed_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "train", lambda *given: pytest.fail("it was trained"))
    (tmp_path / "exported").write_text("a file, no folder")
    with pytest.raises(UserError, match=r"No file can be written in .*exported.* start again"):
        make(ScratchSettings(), strokes.generate(10, seed=1), tmp_path / "exported" / "scratch.onnx", quiet)


@pytest.mark.parametrize("count", [0, 1, 7, 60])
def test_the_file_answers_as_numpy_does(written, count):
    trained, _, path = written
    images = np.random.default_rng(count).random((count, 1, 28, 28), np.float32)
    found = Model(path).logits(images)
    assert found.shape == (count, 10)
    if count:
        np.testing.assert_allclose(found, forward(trained.network, images), atol=EXPORT)


def test_the_shipped_file_holds_this_network():
    model = Model(records.EXPORTED / "scratch.onnx")
    stored, network = Inside(model).weights, build(seed=0)
    for name, layer in network.items():
        parts = zip(layer.parameters, ("weight", "bias"), strict=False)
        layer.parameters = [stored[f"{name}.{part}"].reshape(each.shape) for each, part in parts]
    images = to_float(strokes.generate(50, seed=3).images)
    np.testing.assert_allclose(model.logits(images), forward(network, images), atol=EXPORT)


def test_the_card_says_what_it_is(written):
    _, settings, path = written
    card = Model(path).card
    assert (card.name, card.title, card.dataset) == ("scratch", "From scratch, in numpy", "mnist")
    assert card.labels == tuple("0123456789")
    assert card.recipe == dataclasses.asdict(settings)
    assert card.parameters == sum(each.size for layer in build(0).values() for each in layer.parameters) == 5_994
    assert card.source
    assert card.licence == "MIT"


def test_its_layers_bear_readable_names(written):
    inside = Inside(Model(written[2]))
    assert [layer.name for layer in layers(inside)] == NAMES
    assert sum(layer.parameters for layer in layers(inside)) == inside.model.card.parameters
    filters, _ = inside.kernels("conv1")
    np.testing.assert_array_equal(filters, written[0].network["conv1"].parameters[0])


def test_it_is_written_in_the_version_of_the_others(written):
    ours, theirs = (onnx.load(path) for path in (written[2], records.EXPORTED / "lenet5.onnx"))
    assert ours.ir_version == theirs.ir_version
    assert ours.opset_import[0].version == theirs.opset_import[0].version


def test_its_record_has_what_the_others_have(written):
    trained, settings, path = written
    ours, theirs = records.read(path), records.read(records.EXPORTED / "mnist-cnn.onnx")
    assert set(ours) == set(theirs) - {"evaluation"}
    assert set(ours["training"]) >= set(theirs["training"])
    assert set(ours["training"]["history"][0]) == set(theirs["training"]["history"][0])
    assert ours["sha256"] == Model(path).sha256
    for recorded, then in zip(ours["training"]["history"], trained.history, strict=True):
        assert recorded == pytest.approx(then, rel=RECORDED)
    assert ours["training"]["best_epoch"] == trained.best_epoch
    first = ours["training"]["first_filters"]
    untrained = build(settings.seed)["conv1"].parameters[0]
    np.testing.assert_allclose(np.reshape(first["values"], first["shape"]), untrained, rtol=1e-3)


@pytest.mark.parametrize("wrong", [1e-3, np.nan])
def test_a_file_that_answers_otherwise_is_not_written(tmp_path, monkeypatch, wrong):
    path = tmp_path / "scratch.onnx"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(exporting, "forward", lambda network, images: forward(network, images) + np.float32(wrong))
    with pytest.raises(UserError, match="differ from numpy"):
        export(build(0), ScratchSettings(), path)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_batch_of_several_is_caught(tmp_path, monkeypatch):
    def first_only(network, images):
        return forward(network, images[:1]).repeat(len(images), 0)

    monkeypatch.setattr(exporting, "forward", first_only)
    with pytest.raises(UserError, match="differ from numpy"):
        export(build(0), ScratchSettings(), tmp_path / "scratch.onnx")


def shipped():
    return {path.name: path.stat().st_mtime_ns for path in records.EXPORTED.iterdir() if "scratch" in path.name}


def start(root):
    return subprocess.Popen(
        [sys.executable, "-m", "invariance", "scratch"],
        cwd=records.ROOT,
        env=os.environ | {"INVARIANCE_DATA": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_ctrl_c,
    )


def test_ctrl_c_leaves_the_exports_whole(tmp_path):
    small_mnist(tmp_path, 20_000, np.arange(20_000, dtype=np.uint32).astype(np.uint8) % 10)
    before = shipped()
    process = start(tmp_path)
    while b"batch" not in (read := process.stderr.read(256)):
        assert read
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"stopped; no file was changed half-way" in errors
    assert b"Traceback" not in errors
    assert shipped() == before


def test_without_data_the_command_says_what_to_do(tmp_path):
    process = start(tmp_path)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"python -m invariance fetch mnist" in errors
