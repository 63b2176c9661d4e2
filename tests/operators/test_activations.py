import numpy as np
import pytest
import torch

from invariance.operators import OperatorError
from invariance.operators.activations import relu, sigmoid
from tests.tolerances import FLOAT

VALUES = np.linspace(-9, 9, 101).reshape(1, 101)


@pytest.mark.parametrize("run", [relu, sigmoid])
def test_whole_numbers_are_refused_and_nothing_stays_nothing(run):
    with pytest.raises(OperatorError, match="float32 or float64 values, not int64"):
        run(np.arange(3))
    assert run(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("run", "oracle"), [(relu, torch.relu), (sigmoid, torch.sigmoid)])
def test_they_agree_with_torch(run, oracle, kind):
    values = VALUES.astype(kind)
    found = run(values)
    assert found.dtype == kind
    np.testing.assert_allclose(found, oracle(torch.from_numpy(values)).numpy(), atol=FLOAT)
    np.testing.assert_array_equal(values, VALUES.astype(kind))


def test_laws():
    np.testing.assert_array_equal(relu(relu(VALUES)), relu(VALUES))
    np.testing.assert_array_equal(relu(VALUES) - relu(-VALUES), VALUES)
    np.testing.assert_allclose(sigmoid(VALUES) + sigmoid(-VALUES), 1, atol=FLOAT)
    with np.errstate(all="raise"):
        assert sigmoid(np.float32([-1e30, 0, 1e30])).tolist() == [0, 0.5, 1]
