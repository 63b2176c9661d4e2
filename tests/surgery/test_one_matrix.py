import numpy as np
import pytest
import torch
from torch import nn

from invariance.model import Card, Model
from invariance.surgery.one_matrix import collapse, deviation, templates
from tests.tolerances import EXPORT
from training.export import export
from training.models import shallow, two_convolutions

IMAGES = np.random.default_rng(3).random((20, 3, 32, 32), np.float32)


def exported(network: nn.Module, path) -> Model:
    torch.manual_seed(0)
    card = Card("net", "Net", tuple("0123456789"), (3, 32, 32))
    export(network.eval(), card, path)
    return Model(path)


def test_the_linear_network_is_one_matrix(tmp_path):
    model = exported(shallow.linear(), tmp_path / "net.onnx")
    matrix, bias = collapse(model)
    assert matrix.shape == (3072, 10)
    assert deviation(model, matrix, bias, IMAGES) < EXPORT
    np.testing.assert_allclose(IMAGES.reshape(20, -1) @ matrix + bias, model.logits(IMAGES), atol=EXPORT)


@pytest.mark.parametrize("build", [shallow.one_convolution, two_convolutions.underfit])
def test_a_network_that_bends_is_not(build, tmp_path):
    model = exported(build(), tmp_path / "net.onnx")
    assert deviation(model, *collapse(model), IMAGES) > 10 * EXPORT


def test_a_template_is_its_class_s_weights_around_grey():
    matrix = np.zeros((12, 2))
    matrix[5, 1], matrix[7, 0] = 2, -1
    found = templates(matrix, (3, 2, 2))
    assert found.shape == (2, 3, 2, 2)
    assert (found[1, 1, 0, 1], found[0, 1, 1, 1], found[0, 0, 0, 0]) == (1, 0.25, 0.5)
