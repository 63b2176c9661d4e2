"""The gradients of a small network: formulas, central differences, and the layers in numpy agree."""

from itertools import product

import numpy as np
import pytest

from invariance.operators.convolution import convolve
from invariance.scratch import one_channel as small
from invariance.scratch.layers import Convolution, Dense, MaxPool, ReLU, softmax_cross_entropy
from invariance.scratch.one_channel import PRODUCTS, backward, draw, forward, measure
from tests.conftest import case
from tests.tolerances import GRADIENT


def drawn(seed):
    """Parameters, values and a label; no two pixels are equal, and for seed 5 ReLU cuts off a whole window."""
    parameters = draw(seed)
    parameters["bias"] = np.array([[0.3]])  # much of the maps is above 0
    image = np.random.default_rng(seed).random((small.SIDE, small.SIDE))
    return parameters, forward(parameters, image), seed % small.CLASSES


SEEDS = (2, 5, 7)
NAMES = list(backward(*drawn(5)))


def test_every_formula_is_what_is_measured():
    for name, seed in product(NAMES, SEEDS):
        with case(name, seed):
            parameters, values, label = drawn(seed)
            gradient, measured = backward(parameters, values, label)[name], measure(parameters, values, label, name)
            at = parameters[name] if name in parameters else values[name]
            assert gradient.shape == measured.slope.shape == at.shape
            assert measured.kinks.mean() < 0.5
            smooth = ~measured.kinks
            np.testing.assert_allclose(gradient[smooth], measured.slope[smooth], rtol=GRADIENT, atol=1e-9)
            assert measured.disagreement(gradient) < GRADIENT
            assert np.abs(gradient).max() > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_the_formulas_are_the_layers_in_numpy(seed):
    parameters, values, label = drawn(seed)
    network = {
        "image": Convolution(parameters["kernel"][None, None], parameters["bias"][0]),
        "convolved": ReLU(),
        "rectified": MaxPool(),
        "pooled": Dense(parameters["weights"], parameters["biases"][:, 0]),
    }
    maps = values["image"][None, None]
    for name, layer in network.items():
        np.testing.assert_allclose(maps[0, 0], values[name], atol=1e-14)
        maps = layer.forward(maps)
    np.testing.assert_allclose(maps.T, values["logits"], atol=1e-14)
    loss, delta = softmax_cross_entropy(maps, np.array([label]))
    assert loss == pytest.approx(small.loss(values["logits"], label))
    gradients = backward(parameters, values, label)
    np.testing.assert_allclose(delta.T, gradients["logits"], atol=1e-14)
    for name, layer in reversed(network.items()):
        delta = layer.backward(delta)
        np.testing.assert_allclose(delta[0, 0], gradients[name], atol=1e-14)
    for layer, names in (("image", ("kernel", "bias")), ("pooled", ("weights", "biases"))):
        for own, name in zip(network[layer].gradients, names, strict=True):
            np.testing.assert_allclose(own.ravel(), gradients[name].ravel(), atol=1e-14)


def test_a_kernel_that_is_not_turned_is_caught():
    parameters, values, label = drawn(5)
    gradients = backward(parameters, values, label)
    wrong = convolve(gradients["convolved"], parameters["kernel"], padding="full")
    assert measure(parameters, values, label, "image").disagreement(wrong) > 0.01


def test_the_source_s_star_is_two_things():
    """Equation 6 holds for convolution proper; the last line of II.A.3 only for the window that does not turn."""
    parameters, values, label = drawn(5)
    gradients = backward(parameters, values, label)
    delta, kernel = gradients["convolved"], parameters["kernel"]
    turned = kernel[::-1, ::-1]
    np.testing.assert_allclose(convolve(values["image"], delta[::-1, ::-1], flip=True), gradients["kernel"], atol=1e-12)
    np.testing.assert_allclose(convolve(delta, turned, padding="full"), gradients["image"], atol=1e-12)
    assert np.abs(convolve(delta, turned, padding="full", flip=True) - gradients["image"]).max() > 0.01


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_number_is_the_sum_of_the_products_that_are_shown(name):
    parameters, values, label = drawn(5)
    gradients = backward(parameters, values, label)
    product = PRODUCTS[name]
    left, right = (side(parameters, values, gradients) for side in (product.left, product.right))
    for place in np.ndindex(gradients[name].shape):
        here, there = product.places(*place)
        total = sum(left[i] * right[j] for i, j in zip(here, there, strict=True))
        assert total == pytest.approx(gradients[name][place], abs=1e-12)


def test_every_gradient_is_shown_as_products_but_the_plain_ones():
    assert set(PRODUCTS) == set(NAMES) - {"logits", "biases", "bias"}


def test_a_loss_from_halfway_is_the_loss():
    parameters, values, _ = drawn(2)
    for name in small.LAYERS:
        np.testing.assert_array_equal(forward(parameters, values[name], name)["logits"], values["logits"])


def test_where_values_tie_there_is_a_kink_and_the_formula_takes_one_side():
    parameters = draw(0) | {"bias": np.array([[1.0]])}
    values = forward(parameters, np.full((small.SIDE, small.SIDE), 0.5))  # all convolved values are the same
    gradient, measured = backward(parameters, values, 0)["convolved"], measure(parameters, values, 0, "convolved")
    assert measured.kinks.all()
    assert measured.disagreement(gradient) == 0
    np.testing.assert_allclose(measured.slope[::2, ::2], gradient[::2, ::2] / 2, atol=GRADIENT)
    assert not gradient[1::2].any()


def test_relu_at_0_is_a_kink():
    parameters = draw(0) | {"bias": np.zeros((1, 1))}
    values = forward(parameters, np.zeros((small.SIDE, small.SIDE)))
    assert measure(parameters, values, 0, "bias").kinks.all()
    assert measure(parameters, values, 0, "convolved").kinks.all()
    assert not measure(parameters, values, 0, "weights").kinks.any()


def test_the_mistake_sums_to_0_and_vanishes_when_the_answer_is_sure():
    gradient = small.mistake(np.array([[3.0], [1.0], [-2.0]]), 1)
    assert gradient.sum() == pytest.approx(0)
    assert gradient[1] < 0 < gradient[0]
    np.testing.assert_allclose(small.mistake(np.array([[900.0], [0.0]]), 0), 0, atol=1e-15)


def test_seeds_draw_different_networks():
    assert not np.array_equal(draw(0)["kernel"], draw(1)["kernel"])
    np.testing.assert_array_equal(draw(4)["weights"], draw(4)["weights"])
