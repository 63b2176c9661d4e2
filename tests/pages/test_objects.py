"""The pages with photos of objects: a stand-in network tells red, green and blue pictures apart."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from invariance.datasets import DATASETS, Split
from invariance.evaluation import records
from invariance.evaluation.evaluate import evaluate, evaluate_transform
from invariance.images.photos import as_photo
from invariance.model import Card, Model
from invariance.transforms import TRANSFORMS
from tests.conftest import encoded, quiet, texts
from tests.graphs import node, with_card
from tests.pages.conftest import answers, opened
from ui import words
from ui.picking.scenes import scenes

CIFAR10 = DATASETS["cifar10"]
PAGES = ("classify.py", "rotation.py", "changes.py")
RED, GREEN, BLUE = "automobile", "frog", "airplane"


def colour_classifier(folder, name="colours", order=0):
    """Write a network that answers by the mean red, green and blue, times 20."""
    weights = np.zeros((3, 10), np.float32)
    for channel, label in enumerate((RED, GREEN, BLUE)):
        weights[channel, CIFAR10.labels.index(label)] = 20
    nodes = [
        node("GlobalAveragePool", "image", "mean"),
        node("Flatten", "mean", "flat"),
        node("MatMul", "flat weights", "logits"),
    ]
    card = Card(name, name.title(), CIFAR10.labels, CIFAR10.shape, "cifar10", parameters=30, order=order)
    return with_card(folder, nodes, {"weights": weights}, card)


@pytest.fixture
def colours(exported):
    return colour_classifier(exported)


@pytest.fixture
def test_images(tmp_path, monkeypatch):
    """Twenty noisy images in place of CIFAR-10's test set, two of each class."""
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 32, 32), np.uint8)
    split = Split(images, np.arange(20) % 10, "CIFAR-10 (made up)")
    folder = tmp_path / "data" / "cifar10"
    folder.mkdir(parents=True)
    (folder / "cifar-10-binary.tar.gz").touch()
    monkeypatch.setenv("INVARIANCE_DATA", str(folder.parent))
    monkeypatch.setattr("ui.test_sets.labelled_images", lambda name: split)
    return split


def halves(width=120, height=60):
    """Blue on the left, red on the right, and a green square in the middle of the blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 2] = 255
    pixels[:, width // 2 :, 0] = 255
    pixels[20:40, 20:40] = (0, 255, 0)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_sample(page, colours):
    app = opened(page, what="cifar10")
    assert not app.exception
    assert app.session_state["picture"].caption == "sample 0, drawn by code"
    assert "digit" not in texts(app).split("Let $T$ be a turn")[0].split("**Scale** takes")[0]
    assert "digit" not in app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_networks_and_names_the_command(page, exported):
    app = opened(page, what="cifar10")
    assert not app.exception
    assert "no network for CIFAR-10" in texts(app)
    assert "make train" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_data_and_offers_the_download(page, colours, tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(page, what="cifar10", source="test")
    assert not app.exception
    assert "python -m invariance fetch cifar10" in texts(app)
    assert app.button[0].label == "Download CIFAR-10, 170 MB"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_data_and_figures(page, colours, test_images):
    model = Model(colours)
    curves = {name: evaluate_transform(model, test_images, TRANSFORMS[name], quiet) for name in ("rotation", "scale")}
    found = evaluate(model, CIFAR10, test_images, quiet)
    records.write_evaluation(colours, "cifar10", found | {"transforms": curves})
    app = opened(page, what="cifar10", source="test")
    assert not app.exception
    assert app.session_state["picture"].caption == "CIFAR-10 (made up) test image 0"
    assert "Jaloli 2019, LeNet-5" not in texts(app)
    assert "source's tables" not in " ".join(header.value for header in app.header)
    assert "n = 20" in texts(app)
    app.number_input[0].set_value(13).run()
    assert app.session_state["picture"].caption == "CIFAR-10 (made up) test image 13"


@pytest.mark.parametrize("number", range(6))
def test_every_sample_bears_its_label(number, colours):
    app = opened(what="cifar10", source="sample", query={"sample": str(number)})
    assert not app.exception
    label = scenes()[number][0]
    assert app.session_state["picture"].label == label
    told = words.one(label)
    assert f"sees {told} (✓ right)" in texts(app) or f"It is {told}." in texts(app)


def test_there_is_no_drawing_pad_for_objects(colours):
    app = opened(what="cifar10")
    pad = next(control for control in app.button_group if control.key == "source")
    assert pad.options == ["Upload", "Samples", "Test set"]


def test_the_middle_of_an_upload_is_seen_until_the_square_is_moved(colours):
    app = opened(what="cifar10", source="upload")
    app.file_uploader[0].upload("halves.png", encoded(halves())).run()
    assert not app.exception
    seen = app.session_state["picture"].pixels
    np.testing.assert_array_equal(seen, np.asarray(halves().crop((30, 0, 90, 60))).transpose(2, 0, 1) / np.float32(255))

    name = app.session_state["picked_cifar10"]["upload_id"]
    for square, label in (((70, 5, 40), RED), ((20, 20, 20), GREEN), ((0, 0, 60), BLUE)):
        left, top, side = square
        app.session_state["crop"] = {"square": {"name": name, "left": left, "top": top, "side": side}}
        app.run()
        assert answers(app) == [label]
        part = np.asarray(halves().crop((left, top, left + side, top + side))).transpose(2, 0, 1) / np.float32(255)
        np.testing.assert_array_equal(app.session_state["picture"].pixels, part)
        assert as_photo(part).shape == CIFAR10.shape


def test_the_square_is_still_there_after_another_page_and_another_kind(colours):
    app = opened(what="cifar10", source="upload")
    app.file_uploader[0].upload("halves.png", encoded(halves())).run()
    name = app.session_state["picked_cifar10"]["upload_id"]
    app.session_state["crop"] = {"square": {"name": name, "left": 70, "top": 5, "side": 40}}
    app.run()
    before = app.session_state["picture"].pixels
    app.switch_page("about.py").run()
    app.switch_page("rotation.py").run()
    np.testing.assert_array_equal(app.session_state["picture"].pixels, before)
    app.session_state["what"] = "mnist"
    app.run()
    assert app.session_state["picture"].pixels.shape[0] == 1
    app.session_state["what"] = "cifar10"
    app.run()
    assert not app.exception
    np.testing.assert_array_equal(app.session_state["picture"].pixels, before)


def test_what_was_picked_is_kept_for_each_kind(exported):
    for order, name in enumerate(("one", "two", "three", "four")):
        colour_classifier(exported, name, order)
    for name in ("lenet5", "p4cnn"):
        (exported / f"{name}.onnx").write_bytes((records.ROOT / "exported" / f"{name}.onnx").read_bytes())
    app = opened(source="sample", query={"sample": "7"})
    assert answers(app) == ["7"]
    app.session_state["what"] = "cifar10"
    app.run()
    assert not app.exception
    assert len(answers(app)) == 3
    assert app.session_state["picture"].caption == "sample 0, drawn by code"
    app.button_group(key="networks").set_value(["three"]).run()
    app.session_state["source"] = "upload"
    app.run()
    assert "upload a photo" in texts(app)
    app.session_state["what"] = "mnist"
    app.run()
    assert answers(app) == ["7"]
    app.session_state["what"] = "cifar10"
    app.run()
    assert app.session_state["networks"] == ["three"]
    assert app.session_state["source"] == "upload"


def test_energies_are_shown_as_they_are_and_stay_on_other_visits(colours):
    app = opened(what="cifar10", values="energies")
    assert not app.exception
    assert "before softmax" in texts(app)
    expected = Model(colours).logits(as_photo(scenes()[0][1])[None])[0]
    rows = pa.ipc.open_stream(app.get("vega_lite_chart")[0].proto.data.data).read_all()
    np.testing.assert_allclose(rows["value"], expected, rtol=1e-6)
    app.switch_page("about.py").run()
    app.switch_page("classify.py").run()
    assert "before softmax" in texts(app)


def test_an_uploaded_picture_is_in_the_link_as_the_networks_see_it(colours):
    sender = opened(what="cifar10", source="upload")
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (70, 90, 3), np.uint8))
    sender.file_uploader[0].upload("noise.png", encoded(photo)).run()
    query = dict(sender.query_params)
    receiver = opened(what="cifar10", query=query)
    assert not receiver.exception
    assert len(answers(sender)) == 1
    assert answers(receiver) == answers(sender)
    steps = sender.session_state["picture"].given.pixels
    assert np.abs(steps - as_photo(sender.session_state["picture"].pixels)).max() <= 0.5 / 255
    np.testing.assert_array_equal(receiver.session_state["picture"].pixels, steps)
    sender.button_group(key="source").set_value("sample").run()
    assert "image" not in sender.query_params
