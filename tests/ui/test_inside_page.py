"""The page Inside in Streamlit's own test runner."""

import numpy as np
import pytest

from tests.ui.test_pages import opened, texts
from ui.pictures import maps_of

INSIDE = "screens/inside.py"


def test_lenet5_is_told_as_its_source_tells_it():
    app = opened(INSIDE)
    assert not app.exception
    totals = {metric.label: metric.value for metric in app.metric}
    assert totals["Parameters"] == totals["Trainable"] == "767,426"
    assert totals["Parameters, MB"] == "2.93"
    table = next(frame.value for frame in app.dataframe if "output shape" in frame.value.columns)
    rows = table.set_index("layer")["parameters"]
    names = ["conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2", "logits"]
    assert rows[names].tolist() == [156, 0, 2_416, 0, 48_120, 705_720, 10_164, 850]


def test_networks_are_compared_layer_by_layer():
    app = opened(INSIDE, networks=["lenet5", "p4cnn"])
    assert not app.exception
    assert app.selectbox(key="beside_lenet5").value == app.selectbox(key="layer_lenet5").value == "conv1"
    assert "No class activation map: " in texts(app)
    app.selectbox(key="change").set_value("a turn by 45°").run()
    assert not app.exception
    because = next(frame.value for frame in app.dataframe if "no error, because" in frame.value.columns)
    assert set(because["network"]) == {"LeNet-5", "p4 network"}


@pytest.mark.parametrize("layer", ["conv3", "pool2"])
def test_every_layer_s_maps_are_shown_with_their_kernel(layer):
    app = opened(INSIDE)
    app.selectbox(key="layer_lenet5").set_value(layer).run()
    assert not app.exception
    said = texts(app)
    assert f"Made by kernel 1 of {'conv3' if layer == 'conv3' else 'conv2'}" in said


def test_a_network_without_maps_or_kernels_is_shown_too():
    app = opened(INSIDE, what="cifar10", networks=["cifar-mlp"])
    assert not app.exception
    assert "This network has no convolution." in texts(app)


def test_maps_share_a_scale_or_have_their_own():
    values = np.array([[[0.0, 1.0]], [[0.0, 2.0]]])
    assert maps_of(values, shared=True)[:, 0, 0].tolist() == [[0, 128], [0, 255]]
    assert maps_of(values, shared=False)[:, 0, 0].tolist() == [[0, 255], [0, 255]]
    assert maps_of(-values, shared=True).shape == (2, 3, 1, 2)
