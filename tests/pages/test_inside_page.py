"""The page Inside in Streamlit's own test runner."""

import json
import shutil

import numpy as np
import pytest
from streamlit.delta_generator import DeltaGenerator

from tests.conftest import texts
from tests.graphs import STRANGERS, constant, node, random
from tests.graphs import opened as stranger
from tests.pages.conftest import ROOT, opened, own
from ui.drawing.pictures import maps_of, signed
from ui.inside import evidence, maps

INSIDE = "inside.py"
SECTIONS = ("maps", "why", "layers", "kernels")
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
    windows = table.set_index("layer").loc[["conv1", "pool1", "fc1"], ["kernel", "stride", "padding"]]
    assert windows.values.tolist() == [["5×5", "1", "2"], ["2×2", "2", "0"], ["", "", ""]]
    assert "For conv1: (28 + 2·2 − 5)/1 + 1 = 28." in texts(app)


def test_why_says_what_a_network_has_no_map_for():
    app = opened(INSIDE, look="why")
    assert not app.exception
    assert "No class activation map: " in texts(app)
    app = opened(INSIDE, what="cifar10", inside="cifar-gap", look="why")
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
        assert "**theirs, yours** answers **1**, with 99.2 %." in texts(app)
    surer = stranger(tmp_path, nodes, weights | {"bias": np.array([0, 25], np.float32)}).model.data
    assert "**theirs, yours** answers **1**, with over 99.9 %." in texts(opened(INSIDE, **own("theirs.onnx", surer)))


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


def test_kernels_that_are_computed_and_not_learned_are_not_said_to_be_random_before():
    app = opened(INSIDE, look="kernels", what="cifar10", inside="cifar-best")
    assert not app.exception
    said = texts(app)
    assert "were computed from patches of training images before the training, and are not learned: they moved" in said
    assert "moved by **0.00** times" in said
    assert "random numbers" not in said
    said = texts(opened(INSIDE, look="kernels", what="cifar10", inside="cifar-small"))
    assert "Training starts from random numbers." in said
    assert "not learned" not in said


def looked_at(layer, number=1, **state):
    return opened(INSIDE, query={"layer": layer, "map": str(number)}, **state)


def shown(app):
    return [image.proto.imgs[0].alt for image in app.image]


@pytest.mark.parametrize("layer", ["conv3", "pool2"])
def test_every_layer_s_maps_are_shown_with_their_kernel(layer):
    app = looked_at(layer, 2)
    assert not app.exception
    assert f"Made by kernel 2 of {'conv3' if layer == 'conv3' else 'conv2'}" in texts(app)
    assert f"Map 2 of {layer}, 7 × 7" in shown(app)


def test_jaloli_s_figure_5_has_an_address():
    """The six maps of a 4 after the first convolution's activation."""
    app = opened(INSIDE, query={"what": "Digits", "inside": "lenet5", "layer": "relu1", "map": "6"})
    assert not app.exception
    assert "**relu1**, ReLU: 6 maps of 28 × 28." in texts(app)
    assert "Map 6 of relu1, 28 × 28" in shown(app)
    assert "**LeNet-5** answers **4**" in texts(app)


def test_the_verdict_says_how_much_of_the_image_a_number_sees():
    said = texts(opened(INSIDE))
    assert "One number of conv1 sees 5 × 5 pixels of the image, one of conv3 all of it." in said
    assert "(28 + 2·2 − 5)/1 + 1 = 28" in said


def test_numbers_without_places_are_told_too():
    app = looked_at("fc1")
    assert not app.exception
    assert "**fc1**, Fully connected: 120 numbers." in texts(app)
    assert "fc1: 120 numbers, row by row" in shown(app)


@pytest.mark.parametrize(("layer", "number"), [("conv1", "7"), ("nowhere", "2"), ("conv1", "x"), ("conv1", "0")])
def test_a_map_that_is_none_is_another_one(layer, number):
    app = looked_at(layer, number)
    assert not app.exception
    assert any(text.startswith("Map ") and text.endswith("of conv1, 28 × 28") for text in shown(app))


def test_a_network_larger_than_one_run_may_give_shows_the_same(monkeypatch):
    whole = looked_at("conv2", 3)
    monkeypatch.setattr(maps, "RUN_VALUES", 5000)
    parted = looked_at("conv2", 3)
    assert shown(parted) == shown(whole)
    assert texts(parted) == texts(whole)


def test_an_older_link_to_the_symmetry_leads_to_its_page():
    app = opened(INSIDE, query={"look": "Symmetry", "broken_by": "Circular shift"})
    assert not app.exception
    assert app.title[0].value == "Which layer loses the symmetry?"
    assert app.session_state["broken_by"] == "Circular shift"


def test_a_network_without_maps_or_kernels_is_shown_too():
    for look in SECTIONS:
        app = opened(INSIDE, what="cifar10", inside="cifar-mlp", look=look)
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
        assert "**theirs, yours** answers" in texts(app)
