"""Gradients in numpy beside PyTorch's automatic ones, and what the network in numpy shares with the others."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from invariance.evaluation import records
from invariance.model import Model
from invariance.scratch import one_channel as small
from invariance.scratch.layers import Convolution, Dense, MaxPool, ReLU, softmax_cross_entropy
from invariance.scratch.training import backward, build, forward
from tests.tolerances import GRADIENT
from training.recipes import RECIPES

OURS = {
    "convolution": (lambda rng: Convolution(rng.normal(size=(4, 3, 5, 5)), rng.normal(size=4)), functional.conv2d),
    "relu": (lambda rng: ReLU(), functional.relu),
    "max pooling": (lambda rng: MaxPool(), lambda x: functional.max_pool2d(x, 2)),
    "dense": (
        lambda rng: Dense(rng.normal(size=(7, 3 * 9 * 8)), rng.normal(size=7)),
        lambda x, weights, biases: functional.linear(x.flatten(1), weights, biases),
    ),
}


def same(found, expected):
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=GRADIENT, atol=1e-10)


@pytest.mark.parametrize("tied", [False, True], ids=["", "tied"])
@pytest.mark.parametrize("name", OURS)
def test_a_layer_s_gradients_are_torch_s(name, tied):
    rng = np.random.default_rng(0)
    make, reference = OURS[name]
    layer, values = make(rng), rng.normal(size=(2, 3, 9, 8))
    if tied:
        values = np.sign(values)  # most windows have several largest values
    outputs = layer.forward(values)
    delta = rng.normal(size=outputs.shape)
    given = layer.backward(delta)
    tensors = [torch.tensor(each, requires_grad=True) for each in (values, *layer.parameters)]
    expected = reference(*tensors)
    expected.backward(torch.tensor(delta))
    same(outputs, expected)
    for gradient, tensor in zip([given, *layer.gradients], tensors, strict=True):
        same(gradient, tensor.grad)


def test_the_whole_network_s_gradients_are_torch_s():
    rng = np.random.default_rng(1)
    network = build(seed=2)
    for layer in network.values():
        layer.parameters = [each.astype(np.float64) for each in layer.parameters]
    twin = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 10),
    ).double()  # fmt: skip
    ours = [each for layer in network.values() for each in layer.parameters]
    with torch.no_grad():
        for parameter, each in zip(twin.parameters(), ours, strict=True):
            parameter.copy_(torch.tensor(each))
    images, labels = rng.random((6, 1, 28, 28)), rng.integers(0, 10, 6)
    x = torch.tensor(images, requires_grad=True)
    expected = functional.cross_entropy(twin(x), torch.tensor(labels))
    expected.backward()
    loss, delta = softmax_cross_entropy(forward(network, images), labels)
    given = backward(network, delta)
    assert loss == pytest.approx(expected.item())
    same(given, x.grad)
    gradients = [each for layer in network.values() for each in layer.gradients]
    for gradient, parameter in zip(gradients, twin.parameters(), strict=True):
        same(gradient, parameter.grad)


@pytest.mark.parametrize("seed", range(3))
def test_the_small_network_s_formulas_are_torch_s(seed):
    parameters = small.draw(seed)
    image, label = np.random.default_rng(seed).random((small.SIDE, small.SIDE)), seed % small.CLASSES
    values = small.forward(parameters, image)
    gradients = small.backward(parameters, values, label)
    at = {name: torch.tensor(each, requires_grad=True) for name, each in (parameters | {"image": image}).items()}
    at["convolved"] = functional.conv2d(at["image"][None, None], at["kernel"][None, None], at["bias"][0])
    at["rectified"] = functional.relu(at["convolved"])
    at["pooled"] = functional.max_pool2d(at["rectified"], 2)
    at["logits"] = at["weights"] @ at["pooled"].reshape(-1, 1) + at["biases"]
    for tensor in at.values():
        tensor.retain_grad()
    functional.cross_entropy(at["logits"].T, torch.tensor([label])).backward()
    assert set(gradients) == set(at)
    for name, gradient in gradients.items():
        same(gradient, at[name].grad.reshape(gradient.shape))


def test_it_comes_after_the_trained_networks_and_leaves_them_their_colours():
    assert Model(records.EXPORTED / "scratch.onnx").card.order >= len(RECIPES)
