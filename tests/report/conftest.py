"""A small model for reports."""

import numpy as np
import pytest

from invariance.model import Model
from tests.conftest import linear_classifier


@pytest.fixture(scope="package")
def model(tmp_path_factory):
    """A classifier of 4x4 pixels whose logits lie close together, so that images flip."""
    weights = np.random.default_rng(1).normal(size=(16, 3)).astype(np.float32)
    return Model(linear_classifier(tmp_path_factory.mktemp("report") / "tiny.onnx", 3, weights=weights))
