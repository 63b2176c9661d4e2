"""What is kept of a network before and while it learns is what an export would hold, and changes nothing of it."""

import dataclasses

import numpy as np
import pytest
import torch

from invariance.datasets import DATASETS, Split, strokes
from invariance.evaluation import record_form, records
from invariance.evaluation.watched import WATCHED_ANGLES
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.exports import rounded, rounded_filters
from invariance.transforms import TRANSFORMS
from tests.conftest import case, quiet
from tests.untrained import built, card
from training import make
from training.export import export
from training.recipes import RECIPES
from training.train import evaluate, train, untrained
from training.watching import FILTERS, first_filters, watch

CPU = torch.device("cpu")
DATA = strokes.generate(200, seed=4)


def some(recipe):
    return torch.zeros(1, *DATASETS[recipe.dataset].shape, dtype=torch.uint8)


def begun(recipe):
    """The network as training finds it: recipes may set parts of it by the images."""
    model = untrained(recipe)
    if recipe.begin:
        recipe.begin(model, torch.rand(8, *DATASETS[recipe.dataset].shape))
    return model


def short(name, **changes):
    return dataclasses.replace(RECIPES[name], epochs=2, batch_size=64, **changes)


@pytest.mark.parametrize(("name", "seed"), [("lenet5", 0), ("lenet5", 5), ("cifar-shallow", 0)])
def test_they_are_the_ones_that_training_starts_from(name, seed):
    recipe = dataclasses.replace(RECIPES[name], seed=seed)
    first = first_filters(recipe, untrained(recipe), some(recipe))
    torch.manual_seed(seed)
    expected = RECIPES[name].build().conv1.weight.detach().numpy()
    assert first["layer"] == "conv1"
    assert np.reshape(first["values"], first["shape"]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("cifar-small", "network.conv1"),  # inside the mean over two sides of the image
        ("p4cnn", "conv1"),  # turned copies written out, normalisation folded in by the recipe
        ("mnist-any-angle", "norm1"),  # normalisation folded in by the export, behind turns of the image
    ],
)
def test_filters_and_biases_are_what_an_export_of_the_network_holds(name, layer, tmp_path):
    recipe = RECIPES[name]
    network = built(dataclasses.replace(recipe, finish=None))  # with numbers of normalisations as after training
    images = torch.zeros(1, *DATASETS[recipe.dataset].shape, dtype=torch.uint8)
    seen = watch(recipe, network, images, torch.zeros(1, dtype=torch.int64))
    first = first_filters(recipe, network, images)
    export(recipe.finish(network) if recipe.finish else network, card(recipe), tmp_path / "new.onnx")
    filters, biases = Inside(Model(tmp_path / "new.onnx")).kernels(layer)
    expected = rounded_filters(layer, filters)
    assert (first | {"values": None}) == (expected | {"values": None})
    assert first["values"] == pytest.approx(expected["values"], rel=2e-3)
    assert seen["layer"] == layer
    assert seen["values"] == first["values"][: len(seen["values"])]
    assert seen["shape"] == [min(FILTERS, len(filters)), *filters.shape[1:]]
    assert seen["biases"] == pytest.approx(rounded(biases[:FILTERS]), rel=2e-3)


@pytest.mark.parametrize("name", RECIPES)
def test_the_committed_records_hold_them(name):
    path, recipe = records.EXPORTED / f"{name}.onnx", RECIPES[name]
    record = records.read(path)
    if record.get("recipe") != recipe.settings():
        pytest.skip(f"{name} is not trained as its recipe says")
    recorded = record["training"]["first_filters"]
    first = first_filters(recipe, begun(recipe), some(recipe))
    assert (first is None) == (recorded is None)
    if first:
        assert first | {"values": None} == recorded | {"values": None}
        if not recipe.begin:
            assert first["values"] == pytest.approx(recorded["values"], rel=1e-3)


def test_a_network_without_convolutions_has_none():
    recipe = RECIPES["cifar-mlp"]
    assert first_filters(recipe, untrained(recipe), some(recipe)) is None


def test_a_training_that_is_watched_gives_the_same_to_the_last_bit():
    for name in ("lenet5", "p4cnn"):
        watched, not_watched = (train(short(name, watched=on), DATA, CPU, quiet) for on in (True, False))
        kept = [epoch.pop("watched") for epoch in watched.history]
        with case(name):
            for epoch in (*watched.history, *not_watched.history):
                del epoch["seconds"]
            assert watched.history == not_watched.history
            assert len(kept) == 2
            assert not_watched.watched is None
            for key, values in not_watched.model.state_dict().items():
                assert torch.equal(watched.model.state_dict()[key], values)


def test_the_filters_of_the_exported_epoch_are_those_of_the_file(tmp_path):
    path = tmp_path / "network.onnx"
    make.make(short("lenet5"), DATA, CPU, path, tmp_path / "states")
    record = records.read(path)
    training = record["training"]
    seen = training["history"][training["best_epoch"] - 1]["watched"]
    filters, biases = Inside(Model(path)).kernels(seen["layer"])
    assert seen | {"images": 20, "right": seen["right"]} == {
        "images": 20,
        "right": seen["right"],
        **rounded_filters("conv1", filters),
        "biases": rounded(biases),
    }
    assert {key: training["watched"][key] for key in training["first_filters"]} == training["first_filters"]
    assert len({tuple(each["values"]) for each in (training["watched"], seen)}) == 2
    record_form.network(record)


def test_answers_to_turned_images_are_those_of_the_app_s_rotation():
    recipe = RECIPES["lenet5"]
    trained = train(short("lenet5", learning_rate=3e-3), DATA, CPU, quiet).model
    images, labels = torch.tensor(DATA.images[:100]), torch.tensor(DATA.labels[:100])
    right = watch(recipe, trained, images, labels)["right"]
    assert len(set(right)) > 3  # turning changes answers
    assert right[0] == pytest.approx(evaluate(trained, images, labels)[1], abs=1e-4)
    rotation = TRANSFORMS["rotation"]
    for angle, share in zip(WATCHED_ANGLES, right, strict=True):
        turned = rotation.apply(DATA.images[:100].astype(np.float32) / 255, angle)
        with torch.inference_mode():
            said = trained(torch.from_numpy(turned)).argmax(1)
        with case(angle):
            # Turned in other arithmetic: what lies on the edge between two answers may fall on the other side.
            assert share == pytest.approx((said == labels).float().mean().item(), abs=0.021)


def test_the_last_accuracy_upright_is_the_one_on_held_out_images():
    trained = train(short("lenet5"), Split(DATA.images, DATA.labels), CPU, quiet)
    for epoch in trained.history:
        assert epoch["watched"]["images"] == 20
        assert epoch["watched"]["right"][0] == pytest.approx(epoch["validation_accuracy"], abs=1e-4)
