"""The record of the first kernels before training: what the recipe's seed makes."""

import dataclasses

import numpy as np
import pytest
import torch

from invariance.evaluation import records
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.exports import rounded_filters
from tests.untrained import card
from training.export import export
from training.initial import first_filters
from training.recipes import RECIPES


@pytest.mark.parametrize(("name", "seed"), [("lenet5", 0), ("lenet5", 5), ("cifar-shallow", 0)])
def test_they_are_the_ones_that_training_starts_from(name, seed, untrained):
    first = first_filters(dataclasses.replace(RECIPES[name], seed=seed), Model(untrained(name).path))
    torch.manual_seed(seed)
    expected = RECIPES[name].build().conv1.weight.detach().numpy()
    assert first["layer"] == "conv1"
    assert np.reshape(first["values"], first["shape"]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("cifar-small", "network.conv1"),  # inside the mean over two sides of the image
        ("p4cnn", "conv1"),  # turned copies written out, normalisation folded in by the recipe
        ("mnist-shift-plain", "norm1"),  # normalisation folded in by the export
    ],
)
def test_they_are_what_an_export_of_the_new_network_holds(name, layer, untrained, tmp_path):
    recipe = dataclasses.replace(RECIPES[name], seed=3)
    torch.manual_seed(3)
    network = recipe.build().eval()
    export(recipe.finish(network) if recipe.finish else network, card(recipe), tmp_path / "new.onnx")
    filters, _ = Inside(Model(tmp_path / "new.onnx")).kernels(layer)
    assert first_filters(recipe, Model(untrained(name).path)) == rounded_filters(layer, filters)


@pytest.mark.parametrize("name", RECIPES)
def test_the_committed_records_hold_them(name):
    path = records.EXPORTED / f"{name}.onnx"
    recorded = records.read(path)["training"]["first_filters"]
    first = first_filters(RECIPES[name], Model(path))
    assert (first is None) == (recorded is None)
    if first:
        assert first | {"values": None} == recorded | {"values": None}
        assert first["values"] == pytest.approx(recorded["values"], rel=1e-3)


def test_a_network_without_convolutions_has_none(untrained):
    assert first_filters(RECIPES["cifar-mlp"], Model(untrained("cifar-mlp").path)) is None
