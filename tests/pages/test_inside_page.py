"""The page Inside in Streamlit's own test runner."""

import json
import shutil

import numpy as np
import pytest
from streamlit.delta_generator import DeltaGenerator

from invariance.transforms import TRANSFORMS
from tests.conftest import case, texts
from tests.graphs import STRANGERS, constant, node, random
from tests.graphs import opened as stranger
from tests.pages.conftest import ROOT, opened, own
from ui.drawing.pictures import maps_of, signed
from ui.inside import evidence

INSIDE = "inside.py"
SECTIONS = ("maps", "symmetry", "why", "layers", "kernels")
ODD = (  # files that the page says different things of; the library's tests go over all of them
    *("odd names", "several outputs", "no convolution", "three axes", "sizes worked out", "loop", "windows"),
    *("circular, side by side", "filters from the image", "quantised on the way", "one at a time"),
)


def test_lenet5_is_told_as_its_source_tells_it():
    app = opened(INSIDE, look="layers")
    assert not app.exception
    totals = {metric.label: metric.value for metric in app.metric}
    assert totals["Parameters"] == totals["Trainable"] == "767,426"
    assert totals["Parameters, MB"] == "2.93"
    table = next(frame.value for frame in app.dataframe if "output shape" in frame.value.columns)
    rows = table.set_index("layer")["parameters"]
    names = ["conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2", "logits"]
    assert rows[names].tolist() == ["156", "0", "2,416", "0", "48,120", "705,720", "10,164", "850"]


def test_networks_are_compared_layer_by_layer():
    app = opened(INSIDE, networks=["lenet5", "p4cnn"], look="symmetry")
    assert not app.exception
    assert app.selectbox(key="beside_lenet5").value == "conv1"
    said = texts(app)
    assert "T f(x): maps of the image, and then rotation by 90°" in said
    assert not app.dataframe  # every layer has an error
    app.select_slider(key="broken_at_rotation").set_value("45°").run()
    assert not app.exception
    because = next(frame.value for frame in app.dataframe if "because" in frame.value.columns)
    assert set(because["network"]) == {"LeNet-5", "p4 network"}


@pytest.mark.parametrize(("kind", "network", "first"), [("mnist", "lenet5-orbit", 0), ("cifar10", "cifar-small", 1)])
def test_every_change_can_be_chosen(kind, network, first):
    """Every second one for one network, the others for the other."""
    app = opened(INSIDE, what=kind, networks=[network], look="symmetry")
    for change in list(TRANSFORMS)[first::2]:
        with case(change):
            app.selectbox(key="broken_by").set_value(change).run()
            assert not app.exception
            shown = f"f(Tx): maps of the image after {TRANSFORMS[change].title.lower()} by"
            assert shown in texts(app) or "can't be changed as the image was" in texts(app)


def test_a_change_of_light_moves_no_maps():
    said = texts(opened(INSIDE, look="symmetry", broken_by="gain"))
    assert "f(Tx)" in said
    assert "T f(x): maps" not in said


def test_why_says_what_a_network_has_no_map_for():
    app = opened(INSIDE, look="why")
    assert not app.exception
    assert "No class activation map: " in texts(app)
    app = opened(INSIDE, what="cifar10", networks=["cifar-gap"], look="why")
    assert not app.exception
    assert "No class activation map: " not in texts(app)


def test_the_answer_of_the_network_looked_into_is_said_in_every_section(tmp_path):
    """For every image the same, so what it is can be worked out here."""
    nodes, weights = constant()
    data = stranger(tmp_path, nodes, weights | {"bias": np.array([0, np.log(124)], np.float32)}).model.data
    app = opened(INSIDE, **own("theirs.onnx", data))
    for look in SECTIONS:
        app.session_state["look"] = look
        app.run()
        assert not app.exception
        assert "theirs, yours answers **1**, 99.2 %." in texts(app)
    assert "answers **" not in texts(app).replace("theirs, yours answers **", "")
    surer = stranger(tmp_path, nodes, weights | {"bias": np.array([0, 25], np.float32)}).model.data
    assert "theirs, yours answers **1**, over 99.9 %." in texts(opened(INSIDE, **own("theirs.onnx", surer)))


def test_where_covering_changes_nothing_nothing_is_coloured(tmp_path):
    assert (signed(np.zeros((3, 4))) == 255).all()
    app = opened(INSIDE, look="why", **own("theirs.onnx", stranger(tmp_path, *constant()).model.data))
    assert not app.exception
    said = [image.proto.imgs[0].alt for image in app.image]
    assert any("Occlusion: covering no place changes the logit of" in text for text in said)


def test_covering_a_large_photo_shows_how_far_it_is(tmp_path, monkeypatch):
    bars = []
    monkeypatch.setattr(evidence, "WAIT", -1)
    monkeypatch.setattr(DeltaGenerator, "progress", lambda place, share, text: bars.append((share, text)))
    nodes = [node("Conv", "image w", "conv", strides=[8, 8]), node("Flatten", "conv", "flat")]
    nodes += [node("MatMul", "flat fc", "logits")]
    weights = {"w": random(1, 3, 8, 8), "fc": random(28 * 28, 2)}
    data = stranger(tmp_path, nodes, weights, shape=(3, 224, 224)).model.data
    app = opened(INSIDE, look="why", **own("theirs.onnx", data))
    assert not app.exception
    assert [share for share, _ in bars] == [done / 196 for done in range(1, 197)]
    assert bars[48][1].startswith("Covering the image: 49 of 196 places, about ")
    assert "a patch of 37 × 37 pixels with grey, every 15 pixels" in texts(app)


def test_the_first_kernels_are_shown_before_training_too(exported):
    for ending in ("onnx", "json"):
        shutil.copy(ROOT / f"exported/lenet5.{ending}", exported)
    app = opened(INSIDE, look="kernels")
    assert not app.exception
    assert "moved by **" in texts(app)
    record = json.loads((exported / "lenet5.json").read_text())
    del record["training"]["first_filters"]
    (exported / "lenet5.json").write_text(json.dumps(record))
    app = opened(INSIDE, look="kernels")
    assert not app.exception
    assert "python -m training lenet5" in texts(app)


@pytest.mark.parametrize("layer", ["conv3", "pool2"])
def test_every_layer_s_maps_are_shown_with_their_kernel(layer):
    app = opened(INSIDE)
    app.selectbox(key="layer_lenet5").set_value(layer).run()
    assert not app.exception
    said = texts(app)
    assert f"Made by kernel 1 of {'conv3' if layer == 'conv3' else 'conv2'}" in said


def test_a_network_without_maps_or_kernels_is_shown_too():
    for look in SECTIONS:
        app = opened(INSIDE, what="cifar10", networks=["cifar-mlp"], look=look)
        assert not app.exception
    assert "This network has no convolution of images." in texts(app)


def test_maps_share_a_scale_or_have_their_own():
    values = np.array([[[0.0, 1.0]], [[0.0, 2.0]]])
    assert maps_of(values, shared=True)[:, 0, 0].tolist() == [[0, 128], [0, 255]]
    assert maps_of(values, shared=False)[:, 0, 0].tolist() == [[0, 255], [0, 255]]
    assert maps_of(-values, shared=True).shape == (2, 3, 1, 2)


@pytest.mark.parametrize("name", ODD)
def test_a_stranger_s_file_can_be_looked_into(name, tmp_path):
    app = opened(INSIDE, **own("theirs.onnx", STRANGERS[name](tmp_path).model.data))
    for look in SECTIONS:
        app.session_state["look"] = look
        app.run()
        assert not app.exception
        assert not app.error
        assert "theirs, yours answers" in texts(app)
