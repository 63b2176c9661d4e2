"""The layers in numpy: forward beside the operators, backward beside central differences."""

import numpy as np
import pytest

from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.pooling import max_pool
from invariance.scratch.layers import Convolution, Dense, MaxPool, ReLU, col2im, im2col, softmax_cross_entropy
from invariance.scratch.training import backward, build, forward
from tests.tolerances import GRADIENT

STEP = 1e-6


def drawn(*shape, seed=0):
    """Float64 numbers no two of which tie, and none of which is near 0, where ReLU has no slope."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    return (rng.permutation(np.linspace(0.1, 1.5, size)) * rng.choice((-1, 1), size)).reshape(shape)


def slopes(function, at):
    """The gradient of a function of an array by central differences; the array is changed in place and put back."""
    found = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        kept = at[place]
        at[place] = kept + STEP
        up = function()
        at[place] = kept - STEP
        found[place] = (up - function()) / (2 * STEP)
        at[place] = kept
    return found


def check(layer, values):
    """Every gradient of a layer beside central differences of a weighted sum of its outputs."""
    outputs = layer.forward(values)
    weights = drawn(*outputs.shape, seed=9)
    given = layer.backward(weights)
    gradients = [given, *layer.gradients]
    assert len(layer.gradients) == len(layer.parameters)
    for gradient, array in zip(gradients, [values, *layer.parameters], strict=True):
        measured = slopes(lambda: float((layer.forward(values) * weights).sum()), array)
        np.testing.assert_allclose(gradient, measured, rtol=GRADIENT, atol=GRADIENT)


LAYERS = {
    "convolution": (lambda: Convolution(drawn(3, 2, 3, 3), drawn(3)), (2, 2, 6, 5)),
    "convolution of one pixel": (lambda: Convolution(drawn(2, 1, 1, 1), drawn(2)), (2, 1, 3, 3)),
    "convolution as large as the image": (lambda: Convolution(drawn(2, 2, 4, 4), drawn(2)), (3, 2, 4, 4)),
    "relu": (ReLU, (2, 3, 4, 4)),
    "max pooling": (MaxPool, (2, 3, 6, 4)),
    "max pooling of an odd size": (MaxPool, (2, 1, 5, 7)),
    "dense": (lambda: Dense(drawn(4, 12), drawn(4)), (3, 3, 2, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_what_central_differences_measure(name):
    make, shape = LAYERS[name]
    check(make(), drawn(*shape))


class Unturned(Convolution):
    """A convolution that forgets to turn its kernel on the way back."""

    def backward(self, delta):
        super().backward(delta)
        kernels, biases = self.parameters
        twin = Convolution(kernels[..., ::-1, ::-1], biases)
        twin.forward(np.zeros(self.shape))
        return twin.backward(delta)


def test_a_wrong_gradient_is_caught():
    with pytest.raises(AssertionError, match="Mismatched"):
        check(Unturned(drawn(3, 2, 3, 3), drawn(3)), drawn(2, 2, 6, 5))


def test_forward_is_what_the_operators_give():
    images, filters, biases = drawn(4, 2, 9, 8), drawn(3, 2, 3, 3), drawn(3)
    maps = Convolution(filters, biases).forward(images)
    for maps_of_one, image in zip(maps, images, strict=True):
        expected = [convolve(image, kernel, bias=bias) for kernel, bias in zip(filters, biases, strict=True)]
        np.testing.assert_allclose(maps_of_one, expected, atol=1e-12)
    np.testing.assert_array_equal(ReLU().forward(maps), relu(maps))
    np.testing.assert_array_equal(MaxPool().forward(maps), max_pool(maps))


def test_col2im_is_the_transpose_of_im2col():
    maps = drawn(2, 3, 6, 5)
    columns = drawn(*im2col(maps, 3).shape, seed=1)
    assert columns.shape == (2, 3 * 9, 4 * 3)
    assert (im2col(maps, 3) * columns).sum() == pytest.approx((maps * col2im(columns, maps.shape, 3)).sum())


def test_of_equal_values_the_first_gets_the_gradient():
    layer = MaxPool()
    layer.forward(np.array([[[[1.0, 2.0], [2.0, 2.0]]]]))
    np.testing.assert_array_equal(layer.backward(np.array([[[[5.0]]]])), [[[[0, 5], [0, 0]]]])


def test_relu_has_no_slope_at_0():
    layer = ReLU()
    layer.forward(np.array([-1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(layer.backward(np.ones(3)), [0, 0, 1])


def test_softmax_and_cross_entropy_have_the_gradient_that_is_measured():
    logits, labels = drawn(5, 4), np.array([0, 3, 3, 1, 2])
    _, gradient = softmax_cross_entropy(logits, labels)
    measured = slopes(lambda: softmax_cross_entropy(logits, labels)[0], logits)
    np.testing.assert_allclose(gradient, measured, rtol=GRADIENT, atol=1e-9)
    np.testing.assert_allclose(gradient.sum(1), 0, atol=1e-15)


def test_huge_logits_leave_loss_and_gradient_finite():
    loss, gradient = softmax_cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert loss == pytest.approx(2e4)
    np.testing.assert_allclose(gradient, [[1, -1]])


def test_the_whole_network_s_gradients_are_what_is_measured():
    network = build(seed=3)
    for layer in network.values():
        layer.parameters = [each.astype(np.float64) for each in layer.parameters]
    images, labels = np.random.default_rng(0).random((2, 1, 28, 28)), np.array([3, 7])

    def loss():
        return softmax_cross_entropy(forward(network, images), labels)[0]

    given = backward(network, softmax_cross_entropy(forward(network, images), labels)[1])
    gradients = {name: list(layer.gradients) for name, layer in network.items()}
    patch = images[:, :, 10:14, 10:14]
    np.testing.assert_allclose(given[:, :, 10:14, 10:14], slopes(loss, patch), rtol=GRADIENT, atol=1e-9)
    for name in ("conv1", "conv2", "logits"):
        for gradient, parameter in zip(gradients[name], network[name].parameters, strict=True):
            few = (slice(0, 2),) * parameter.ndim
            np.testing.assert_allclose(gradient[few], slopes(loss, parameter[few]), rtol=GRADIENT, atol=1e-9)
