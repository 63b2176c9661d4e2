"""Over every recipe: what it builds, and that it learns and exports."""

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from invariance.datasets import DATASETS, hold_out, strokes
from invariance.evaluation import records
from invariance.model import Model
from tests.conftest import quiet
from tests.tolerances import EXPORT
from tests.untrained import built, card
from training.export import ExportError, export
from training.make import make_card
from training.models import lenet5
from training.recipe import constant
from training.recipes import RECIPES
from training.train import evaluate, train

CPU = torch.device("cpu")


@pytest.fixture(params=RECIPES, scope="module")
def recipe(request):
    return RECIPES[request.param]


@pytest.fixture
def fresh(recipe, untrained):
    return untrained(recipe.name)


def test_lenet5_has_the_parameters_of_its_source_layer_by_layer():
    counts = {
        name: sum(p.numel() for p in layer.parameters())
        for name, layer in lenet5.lenet5().named_children()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    assert counts == {"conv1": 156, "conv2": 2_416, "conv3": 48_120, "fc1": 705_720, "fc2": 10_164, "fc3": 850}
    assert sum(counts.values()) == 767_426


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("cifar-underfit", 69_706),
        ("cifar-fit", 106_008),
        ("cifar-overfit", 167_530),
        ("cifar-linear", 6_434),
        ("cifar-gap", 1_386),
        ("cifar-shallow", 54_046),
        ("cifar-mlp", 133_229),
        ("cifar-small", 146_754),
        ("cifar-best", 2_489_656),
        ("cifar-p4", 144_462),
        ("mnist-best", 571_210),
        ("mnist-any-angle", 204_442),
        ("mnist-pooled", 20_490),
        ("mnist-unpooled", 255_690),
    ],
)
def test_parameters_are_as_many_as_the_source_and_the_docstring_say(name, count):
    assert sum(parameter.numel() for parameter in RECIPES[name].build().parameters()) == count


def test_the_compared_networks_are_trained_alike():
    differing = {"name", "title", "source", "build"}
    kept = [
        {key: value for key, value in recipe.settings().items() if key not in differing}
        for recipe in RECIPES.values()
        if recipe.schedule is constant
    ]
    assert len(kept) == 6
    assert all(one == kept[0] for one in kept)
    assert RECIPES["cifar-fit"].augment is None


def test_with_and_without_pooling_is_all_that_differs():
    """But for the linear layer at the end, which takes all values of the last maps."""
    pair = [RECIPES[name] for name in ("mnist-pooled", "mnist-unpooled")]
    with_it, without = ({name: repr(layer) for name, layer in recipe.build().named_children()} for recipe in pair)
    assert {name for name, _ in with_it.items() ^ without.items()} == {"pool1", "pool2", "fc"}
    assert not any("Avg" in layer for layer in with_it.values())
    differing = {"name", "title", "build"}
    one, other = ({key: each for key, each in recipe.settings().items() if key not in differing} for recipe in pair)
    assert one == other


def test_its_entry_bears_its_name_and_plain_settings(recipe):
    assert RECIPES[recipe.name] is recipe
    assert all(isinstance(value, str | int | float) for value in recipe.settings().values())


def test_the_exported_file_answers_as_torch_does(recipe, fresh):
    model, path = fresh
    images = np.random.default_rng(5).random((33, *card(recipe).shape), np.float32)
    with torch.inference_mode():
        expected = model(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(Model(path).logits(images), expected, atol=EXPORT)


def test_the_export_is_one_file_without_paths(recipe, fresh):
    proto = onnx.load(fresh[1], load_external_data=False)
    for tensor in proto.graph.initializer:
        assert tensor.data_location == onnx.TensorProto.DEFAULT
        tensor.ClearField("raw_data")  # among so many bytes, three may be these by chance
    data = proto.SerializeToString()
    assert b".py" not in data
    assert b"site-packages" not in data


def all_kinds():
    """A few recipes whose networks together are made of every kind of layer that any recipe's network is made of."""
    left = {recipe.name: {type(layer) for layer in built(recipe).modules()} for recipe in RECIPES.values()}
    chosen = []
    while any(left.values()):
        chosen.append(max(left, key=lambda name: len(left[name])))
        left = {name: kinds - left[chosen[-1]] for name, kinds in left.items()}
    return chosen


@pytest.mark.parametrize("name", all_kinds())
def test_two_exports_are_the_same_bytes(name, untrained, tmp_path):
    export(built(RECIPES[name]), card(RECIPES[name]), tmp_path / "again.onnx")
    assert untrained(name).path.read_bytes() == (tmp_path / "again.onnx").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.onnx"]


def test_values_bear_the_names_of_the_layers_that_return_them(recipe, fresh):
    model, path = fresh
    proto = onnx.load(path)
    assert [value.name for value in proto.graph.input] == ["image"]
    assert [value.name for value in proto.graph.output] == ["logits"]
    values = {name for node in proto.graph.node for name in node.output}
    seen = {}
    for name, layer in model.named_modules():
        if name in values:
            layer.register_forward_hook(lambda layer, args, out, name=name: seen.update({name: out.numpy()}))
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Conv2d):  # one that a normalisation follows at once is folded into it
            assert {name, name.replace("conv", "norm")} & values
    proto.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in values - {"logits"})
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).random((2, *card(recipe).shape), np.float32)
    with torch.inference_mode():
        model(torch.from_numpy(image))
    assert seen
    for name, expected in seen.items():
        np.testing.assert_allclose(session.run([name], {"image": image})[0], expected, atol=EXPORT, rtol=1e-5)


class Wandering(nn.Module):
    """A network that adds something new at each call, as no exported file can."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x.flatten(1)[:, :10] + self.calls


def test_a_network_that_answers_otherwise_than_its_export_is_not_written(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_text("old")
    with pytest.raises(ExportError, match="was left as it was"):
        export(Wandering().eval(), card(RECIPES["lenet5"]), path)
    assert path.read_text() == "old"


def small_data(count=300):
    return strokes.generate(count, seed=9)


def test_held_out_images_are_a_tenth_and_disjoint():
    kept, held = hold_out(60_000)
    assert len(held) == 6_000
    assert sorted(np.concatenate([kept, held])) == list(range(60_000))


def test_the_best_epoch_by_validation_is_kept():
    recipe = dataclasses.replace(RECIPES["lenet5"], epochs=4, learning_rate=0.01)
    data, steps = small_data(), []
    trained = train(recipe, data, CPU, lambda *step: steps.append(step))
    assert len(trained.history) == 4
    best = max(trained.history, key=lambda epoch: (epoch["validation_accuracy"], -epoch["validation_loss"]))
    assert best["epoch"] == trained.best_epoch
    _, held = hold_out(len(data.images))
    loss, accuracy = evaluate(trained.model, torch.tensor(data.images[held]), torch.tensor(data.labels[held]))
    assert (loss, accuracy) == pytest.approx((best["validation_loss"], best["validation_accuracy"]), abs=1e-5)
    assert steps[-1] == (4, 3, 3)


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    recipe = dataclasses.replace(RECIPES["lenet5"], epochs=1)
    weights = [
        train(dataclasses.replace(recipe, seed=seed), small_data(), CPU, quiet).model.conv1.weight for seed in (0, 0, 1)
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_training_never_sees_held_out_images():
    # Held-out labels that are all wrong can't be learned, so validation must fail on them.
    data = small_data(2000)
    _, held = hold_out(2000)
    labels = data.labels.copy()
    labels[held] = (labels[held] + 1) % 10
    trained = train(dataclasses.replace(RECIPES["lenet5"], epochs=3), data._replace(labels=labels), CPU, quiet)
    assert trained.history[-1]["train_accuracy"] > 0.8
    assert trained.history[-1]["validation_accuracy"] < 0.2


def test_the_committed_export_has_the_graph_that_this_code_exports(recipe, fresh):
    mine, committed = (onnx.load(path) for path in (fresh[1], records.EXPORTED / f"{recipe.name}.onnx"))
    for proto in (mine, committed):
        for tensor in proto.graph.initializer:
            tensor.ClearField("raw_data")  # the weights themselves
    assert str(committed.graph) == str(mine.graph)


def test_every_repeat_differs_by_its_seed_alone(recipe):
    path = records.EXPORTED / f"{recipe.name}.onnx"
    found = records.repeats(path)
    assert found == [records.repeat(path, recipe.seed + number) for number in range(1, 1 + len(found))]
    for number, repeat in enumerate(found, 1):
        record = records.read(repeat)
        assert record["recipe"] == recipe.settings() | {"seed": recipe.seed + number}
        assert record["sha256"] == record["evaluation"][recipe.dataset]["sha256"]


def test_the_committed_export_s_card_is_that_of_its_recipe(recipe):
    model = Model(records.EXPORTED / f"{recipe.name}.onnx")
    parameters = sum(parameter.numel() for parameter in recipe.build().parameters())
    assert model.card == make_card(recipe, DATASETS[recipe.dataset], parameters)
    assert records.read(records.EXPORTED / f"{recipe.name}.onnx")["recipe"] == recipe.settings()
