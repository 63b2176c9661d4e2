"""The experiment on the order of flattening: its networks, that only the order differs, its command."""

import dataclasses
import json
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

import training.__main__ as command
from invariance.datasets import MNIST, strokes
from invariance.evaluation import records
from invariance.measures import share_of
from invariance.operators.flatten import ORDERS, PER_IMAGE, reordered
from tests.conftest import quiet
from tests.tolerances import EXPORT
from tests.training.conftest import exports
from tests.training.conftest import run as typed
from training import make
from training import train as training_loop
from training.experiments import EXPERIMENTS, run
from training.models import flatten_order
from training.recipe import nesterov
from training.recipes import RECIPES
from training.train import evaluate, train

CPU = torch.device("cpu")
EXPERIMENT = EXPERIMENTS["flatten-order"]
MAPS = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)

PARAMETERS = 11_738  # worked out by hand


def built(order, seed=0):
    torch.manual_seed(seed)
    return flatten_order.flatten_order(order).eval()


def short(**changes):
    return EXPERIMENT.changed({"epochs": 1} | changes)


@pytest.mark.parametrize("order", EXPERIMENT.variants)
def test_every_network_has_the_same_weights_at_first_and_the_parameters_it_says(order):
    network, other = built(order), built("row by row")
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETERS
    assert network.state_dict().keys() == other.state_dict().keys()
    assert all(torch.equal(*pair) for pair in zip(network.parameters(), other.parameters(), strict=True))
    assert network(torch.zeros(7, *MNIST.shape)).shape == (7, 10)


@pytest.mark.parametrize("name", ORDERS)
def test_a_fixed_order_is_laid_out_as_numpy_does(name):
    order = ORDERS[name](4, 5)
    found = flatten_order.Reorder(order)(MAPS)
    assert np.array_equal(found, reordered(MAPS.flatten(1).numpy(), order))


def test_row_by_row_is_plain_flattening():
    assert torch.equal(flatten_order.Reorder(ORDERS["row by row"](4, 5))(MAPS), nn.Flatten()(MAPS))


def test_a_new_order_moves_the_places_of_an_image_alike_in_all_its_channels():
    torch.manual_seed(0)
    images = torch.arange(20).repeat(50, 3, 1).reshape(50, 3, 4, 5) + torch.arange(3)[None, :, None, None] * 100
    found = flatten_order.Shuffle()(images).reshape(50, 3, 20)
    assert torch.equal(found[:, 0] + 100, found[:, 1])
    assert torch.equal(found[:, 0] + 200, found[:, 2])
    assert (found[:, 0].sort(1).values == torch.arange(20)).all()
    assert len(found[:, 0].unique(dim=0)) == 50


def test_new_orders_follow_the_seed_and_leave_what_else_is_random_as_it_was():
    found = []
    for seed in (4, 4, 5):
        torch.manual_seed(seed)
        shuffle = flatten_order.Shuffle()
        first, second = shuffle(MAPS), shuffle(MAPS)
        assert not torch.equal(first, second)
        found.append((second, torch.rand(1)))
    assert torch.equal(found[0][0], found[1][0])
    assert not torch.equal(found[0][0], found[2][0])
    torch.manual_seed(4)
    assert found[0][1] == torch.rand(1)


def test_every_variant_is_trained_with_every_seed_and_all_else_alike():
    trainings = EXPERIMENT.changed({"seed": 7}).trainings()
    assert Counter((variant, recipe.seed) for variant, recipe in trainings) == Counter(
        (variant, seed) for variant in (*ORDERS, PER_IMAGE) for seed in (7, 8, 9, 10, 11)
    )
    for variant, recipe in trainings:
        assert dataclasses.replace(recipe, build=EXPERIMENT.recipe.build, seed=0) == EXPERIMENT.recipe
        layer = recipe.build().flatten
        if variant in ORDERS:
            assert np.array_equal(layer.order, ORDERS[variant](12, 12))
        else:
            assert isinstance(layer, flatten_order.Shuffle)


def test_images_come_in_the_same_order_whatever_the_order_of_places(monkeypatch):
    seen = {}

    def recorded(variant):
        def augment(images):
            seen.setdefault(variant, []).append(images.clone())
            return images

        return augment

    data = strokes.generate(300, seed=9)
    for variant, recipe in short(epochs=2).trainings()[: len(EXPERIMENT.variants)]:
        train(dataclasses.replace(recipe, augment=recorded(variant)), data, CPU, quiet)
    assert len(seen) == len(EXPERIMENT.variants)
    for batches in seen.values():
        assert torch.equal(torch.cat(batches), torch.cat(seen["row by row"]))


@pytest.mark.parametrize("name", ["column by column", "spiral", "random, fixed"])
def test_initial_weights_moved_along_with_the_order_learn_the_same_function(name, monkeypatch):
    # In float32 and with plain gradient descent, whose steps don't enlarge rounding as Adam's do.
    monkeypatch.setattr(training_loop, "half_precision", lambda device: False)
    order = ORDERS[name](flatten_order.SIDE, flatten_order.SIDE)

    def moved():
        network = flatten_order.flatten_order(name)
        network.fc1.weight.data = torch.from_numpy(reordered(network.fc1.weight.detach().numpy(), order))
        return network

    recipe = dataclasses.replace(EXPERIMENT.recipe, optimiser=nesterov, learning_rate=0.05, epochs=2)
    data = strokes.generate(600, seed=9)
    ours, plain, unmoved = (
        train(dataclasses.replace(recipe, build=build), data, CPU, quiet).model
        for build in (
            moved,
            lambda: flatten_order.flatten_order("row by row"),
            lambda: flatten_order.flatten_order(name),
        )
    )
    images = torch.from_numpy(data.images).float() / 255
    with torch.inference_mode():
        expected, found, other = plain(images), ours(images), unmoved(images)
    np.testing.assert_allclose(found, expected, atol=EXPORT)
    assert (other - expected).abs().max() > 100 * EXPORT
    weights = reordered(plain.fc1.weight.detach().numpy(), order)
    np.testing.assert_allclose(ours.fc1.weight.detach(), weights, atol=EXPORT)


def test_a_result_is_what_the_trained_networks_do_on_test_images():
    data, test, steps = strokes.generate(300, seed=9), strokes.generate(130, seed=10), []
    experiment = dataclasses.replace(short(epochs=2, seed=3), variants=("spiral", "diagonal"), seeds=2)
    found = run(experiment, data, test, CPU, lambda *step: steps.append(step))
    for one, (variant, recipe) in zip(found, experiment.trainings(), strict=True):
        trained = train(recipe, data, CPU, quiet)
        loss, accuracy = evaluate(trained.model, torch.tensor(test.images), torch.tensor(test.labels))
        assert one.pop("history") == [
            {key: value for key, value in epoch.items() if key != "seconds"} for epoch in trained.history
        ]
        assert one == {
            "variant": variant,
            "seed": recipe.seed,
            "parameters": PARAMETERS,
            "epochs": 2,
            "best_epoch": trained.best_epoch,
            "loss": pytest.approx(loss),
            "accuracy": share_of(round(130 * accuracy), 130)._asdict(),
        }
    batches = 3 * 2 * 4  # batches, epochs, trainings
    assert [step[1:] for step in steps] == [(done, batches) for done in range(1, batches + 1)]
    assert (steps[0][0], steps[-1][0]) == ("spiral, seed 3", "diagonal, seed 4")


def test_the_results_are_written_whole_and_name_their_images(tmp_path, capsys):
    data, test = strokes.generate(300, seed=9), strokes.generate(130, seed=10)
    experiment = dataclasses.replace(short(), variants=("spiral", PER_IMAGE), seeds=2)
    path, states = tmp_path / "exported" / "flatten-order.json", tmp_path / "states"
    make.answer(experiment, data, test, CPU, path, states).remove()
    written = [each for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".lock"]
    assert written == [path]
    record = json.loads(path.read_text())
    assert record["recipe"] == experiment.recipe.settings()
    assert record["training"]["fingerprint"] == data.fingerprint()
    assert record["test"] == {"dataset_title": "MNIST", "fingerprint": test.fingerprint()}
    right = [one["accuracy"]["value"] for one in record["runs"] if one["variant"] == "spiral"]
    assert f"spiral: {np.mean(right):.2%} of the test images right" in capsys.readouterr().out


def test_a_dry_run_tries_every_training_and_writes_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(make, "NOISE_IMAGES", 20)  # a batch an epoch
    monkeypatch.setenv("INVARIANCE_STATE", str(tmp_path / "states"))
    monkeypatch.setattr("sys.argv", ["training", "flatten-order", "--dry-run", "--device", "cpu", "--seed", "3"])
    before = exports()
    command.main()
    output, errors = capsys.readouterr()
    for variant in EXPERIMENT.variants:
        assert f"{variant}: " in output
    assert "30/30" in errors  # trainings, of one batch each
    assert exports() == before
    assert not list(tmp_path.iterdir())


def test_the_command_lists_it_and_all_includes_it(monkeypatch):
    assert "flatten-order" in typed("--help").stdout
    monkeypatch.setattr("sys.argv", ["training", "all"])
    assert command.parse().names == [*RECIPES, *EXPERIMENTS]
    assert not set(RECIPES) & set(EXPERIMENTS)


@pytest.fixture(scope="module")
def committed():
    return records.experiment("flatten-order")


def test_the_committed_results_are_of_this_experiment(committed):
    assert committed["recipe"] == EXPERIMENT.recipe.settings()
    assert [(one["variant"], one["seed"]) for one in committed["runs"]] == [
        (variant, recipe.seed) for variant, recipe in EXPERIMENT.trainings()
    ]
    for one in committed["runs"]:
        assert (one["parameters"], one["epochs"]) == (PARAMETERS, EXPERIMENT.recipe.epochs)
        found = one["accuracy"]
        assert found == share_of(round(found["value"] * found["n"]), found["n"])._asdict()


def test_the_committed_results_are_of_these_test_images(committed, mnist_test):
    assert committed["test"]["fingerprint"] == mnist_test.fingerprint()
    assert {one["accuracy"]["n"] for one in committed["runs"]} == {len(mnist_test.labels)}


def test_fixed_orders_agree_and_new_ones_fail(committed):
    right = {
        variant: [one["accuracy"]["value"] for one in committed["runs"] if one["variant"] == variant]
        for variant in EXPERIMENT.variants
    }
    means = [np.mean(right[name]) for name in ORDERS]
    assert np.ptp(means) < np.mean([np.ptp(right[name]) for name in ORDERS])
    assert max(right[PER_IMAGE]) < min(map(min, (right[name] for name in ORDERS))) - 0.1
