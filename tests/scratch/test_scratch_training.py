"""Training in numpy: it learns, it never sees what is held out, and it can be stopped."""

import dataclasses

import numpy as np
import pytest

from invariance.datasets import hold_out, strokes
from invariance.evaluation import records
from invariance.scratch.export import make
from invariance.scratch.training import ScratchSettings, build, evaluate, train
from tests.conftest import quiet

QUICK = ScratchSettings(epochs=2, batch_size=32)


@pytest.fixture(scope="module")
def data():
    return strokes.generate(600, seed=1)


def weights(network):
    return np.concatenate([each.ravel() for layer in network.values() for each in layer.parameters])


def test_the_loss_falls_and_digits_are_learned(data):
    trained = train(dataclasses.replace(QUICK, epochs=4), data, quiet)
    losses = [epoch["train_loss"] for epoch in trained.history]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.3 * losses[0]
    assert trained.history[-1]["validation_accuracy"] > 0.8
    assert weights(trained.network).dtype == np.float32


def test_progress_counts_every_batch(data):
    steps = []
    train(QUICK, data, lambda *step: steps.append(step))
    batches = 2 * -(-540 // 32)
    assert steps == [("scratch", done, batches) for done in range(1, batches + 1)]


def test_a_seed_decides_everything(data):
    first, second = (train(QUICK, data, quiet) for _ in range(2))
    np.testing.assert_array_equal(weights(first.network), weights(second.network))
    other = train(dataclasses.replace(QUICK, seed=1), data, quiet)
    assert not np.array_equal(weights(other.network), weights(first.network))


def test_what_is_held_out_is_never_learned(data):
    one = dataclasses.replace(QUICK, epochs=1)
    _, held = hold_out(len(data.images))
    assert len(held) == 60
    images, labels = data.images.copy(), data.labels.copy()
    images[held], labels[held] = 255 - images[held], (labels[held] + 1) % 10
    changed = data._replace(images=images, labels=labels)
    before, after = train(one, data, quiet), train(one, changed, quiet)
    np.testing.assert_array_equal(weights(before.network), weights(after.network))
    assert before.history[0]["validation_loss"] != after.history[0]["validation_loss"]


def test_the_best_epoch_is_what_comes_back(data):
    _, held = hold_out(len(data.images))
    labels = data.labels.copy()
    labels[held] = np.random.default_rng(0).integers(0, 10, len(held))  # learning to read is of no use here
    trained = train(dataclasses.replace(QUICK, epochs=4), data._replace(labels=labels), quiet)
    assert trained.best_epoch < 4
    best = trained.history[trained.best_epoch - 1]
    found = evaluate(trained.network, data.images[held], labels[held])
    assert found == (best["validation_loss"], best["validation_accuracy"])
    assert best["validation_accuracy"] == max(epoch["validation_accuracy"] for epoch in trained.history)


def test_the_figures_of_training_are_means_over_its_images(data):
    still = dataclasses.replace(QUICK, epochs=1, learning_rate=0.0, batch_size=50)  # the last batch is smaller
    (epoch,) = train(still, data, quiet).history
    learned, held = hold_out(len(data.images))
    for name, part in (("train", learned), ("validation", held)):
        found = evaluate(build(still.seed), data.images[part], data.labels[part])
        assert (epoch[f"{name}_loss"], epoch[f"{name}_accuracy"]) == pytest.approx(found)


def test_evaluation_in_parts_is_evaluation_of_all():
    split = strokes.generate(1100, seed=5)
    network = build(seed=0)
    parts = [evaluate(network, split.images[i : i + 275], split.labels[i : i + 275]) for i in range(0, 1100, 275)]
    assert evaluate(network, split.images, split.labels) == pytest.approx(np.mean(parts, 0), rel=1e-5)


@pytest.mark.parametrize("at", [1, 20])
def test_stopping_leaves_the_earlier_files_as_they_were(data, tmp_path, at):
    def stop(label, done, total):
        if done == at:
            raise KeyboardInterrupt

    for kind in ("onnx", "json"):
        (tmp_path / f"scratch.{kind}").write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        make(QUICK, data, tmp_path / "scratch.onnx", stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch.json", "scratch.onnx"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"earlier"}


def test_the_shipped_network_keeps_its_claim():
    share = records.read(records.EXPORTED / "scratch.onnx")["evaluation"]["mnist"]["accuracy"]
    assert share["n"] == 10_000
    assert share["value"] >= 0.98
