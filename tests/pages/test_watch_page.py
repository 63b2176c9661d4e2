"""Watch it learn, on the page Training."""

import copy
import shutil

import numpy as np
import pytest

from invariance.evaluation import records
from invariance.evaluation.watched import WATCHED_ANGLES, recording
from invariance.images.pixels import to_float
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.model.exports import rounded, rounded_filters
from tests.conftest import ROOT, texts
from tests.pages.conftest import opened, verdict
from ui.picking.picture import LINK, Picture
from ui.picking.samples import SAMPLES
from ui.recorded.watching import _frames

TRAINING, VIEW = "training.py", {"learned": "Watch it learn"}
UPRIGHT, TURNED = (0.1, 0.9), (0.1, 0.3)  # right before training and at the end


@pytest.fixture
def watched(exported):
    """A function: copies a network of ours, with a record in which its training was watched; the recording.

    Its filters go from those before training to its own along a line, and so do its right answers.
    """

    def made(name):
        for ending in (".onnx", ".json"):
            shutil.copy(ROOT / "exported" / f"{name}{ending}", exported)
        path = exported / f"{name}.onnx"
        record = copy.deepcopy(records.read(path))
        training = record["training"]
        for epoch in training["history"]:
            epoch.pop("watched", None)
        first = training["first_filters"]
        filters, biases = Inside(Model(path)).kernels(first["layer"])
        for epoch, share in enumerate(np.linspace(0, 1, len(training["history"]) + 1)):
            between = (1 - share) * np.reshape(first["values"], first["shape"]) + share * filters
            upright, turned = (start + share * (end - start) for start, end in (UPRIGHT, TURNED))
            (training["history"][epoch - 1] if epoch else training)["watched"] = {
                "images": 1000,
                "right": [round(upright, 4)] + [round(turned, 4)] * (len(WATCHED_ANGLES) - 1),
                **rounded_filters(first["layer"], between[:16]),
                "biases": rounded(share * biases[:16]),
            }
        records.write(path, record)
        return recording(record["training"])

    return made


def watching(**address):
    return opened(TRAINING, query=VIEW | address, what="mnist")


def captions(app):
    return "\n".join(each.value for each in app.caption)


def test_it_ends_at_the_last_epoch_and_an_address_names_another(watched):
    kept = watched("lenet5")
    mean = (0.9 + 23 * 0.3) / 24
    assert verdict(watching()) == (
        "After 12 of 12 epochs, **LeNet-5** is right on 90.0 % of 1,000 held-out images as they are and on "
        f"{100 * mean:.1f} % on average over 24 angles: it learned digits, not turning."
    )
    app = watching(epoch="3")
    assert verdict(app).startswith(f"After 3 of 12 epochs, **LeNet-5** is right on {100 * kept.right[3, 0]:.1f} %")
    assert verdict(app).endswith("it is still learning digits.")
    assert app.query_params["epoch"] == "3"
    assert verdict(watching(epoch="0")).startswith("Before training, **LeNet-5** is right on 10.0 % of")
    assert verdict(watching(epoch="0")).endswith(": it guesses.")
    for odd in ("13", "-1", "x", "9" * 5000, "٣"):
        assert verdict(watching(epoch=odd)).startswith("After 12 of 12 epochs"), odd


def test_of_four_orientations_the_first_is_shown_and_the_page_says_so(watched):
    watched("lenet5")
    watched("p4cnn")
    app = watching(watched="p4 network")
    assert "**p4 network** is right" in verdict(app)
    assert "The other 48 kernels are these, turned by 90, 180 and 270°." in captions(app)
    assert "The exported file has the weights of epoch" in captions(app)
    assert "turned by 90" not in captions(watching(watched="LeNet-5"))


def test_it_offers_what_was_recorded_of_the_very_file(watched, exported):
    watched("p4cnn")
    shutil.copy(ROOT / "exported" / "mnist-mlp.onnx", exported)
    shutil.copy(ROOT / "exported" / "mnist-mlp.json", exported)
    watched("lenet5")
    record = copy.deepcopy(records.read(exported / "lenet5.onnx"))
    records.write(exported / "lenet5.onnx", record | {"sha256": "of another file"})
    (choice,) = (group for group in watching().get("button_group") if group.proto.label == "Network")
    assert [option.content for option in choice.proto.options] == ["p4 network"]


def test_without_a_recording_it_says_what_makes_one(exported):
    for ending in (".onnx", ".json"):
        shutil.copy(ROOT / "exported" / f"mnist-mlp{ending}", exported)
    app = watching()
    assert not app.exception
    assert "No training on MNIST was recorded yet" in texts(app)
    assert "python -m training NAME" in texts(app)


def test_the_maps_are_of_the_person_s_image_which_the_address_holds(watched):
    watched("lenet5")
    assert LINK not in watching().query_params
    sample = to_float(SAMPLES.images[3])
    picks = {"picture": Picture(sample, "a digit of mine", ready=True)}
    app = opened(TRAINING, query=VIEW, what="mnist", picked_mnist=picks)
    link = app.query_params[LINK]
    other = watching(**{LINK: link})
    assert not other.exception
    assert other.query_params[LINK] == link
    assert (other.session_state["picked_mnist"]["picture"].pixels == sample).all()


def test_a_recording_of_no_convolution_of_the_file_is_told_and_its_curves_are_shown(watched, exported):
    watched("lenet5")
    record = copy.deepcopy(records.read(exported / "lenet5.onnx"))
    training = record["training"]
    for moment in (training["watched"], *(epoch["watched"] for epoch in training["history"])):
        moment["layer"] = "conv9"
    records.write(exported / "lenet5.onnx", record)
    app = watching()
    assert not app.exception
    assert "has no convolution conv9" in texts(app)
    assert verdict(app).startswith("After 12 of 12 epochs")


def test_the_last_pictures_are_those_of_the_exported_network(watched, exported):
    kept = watched("lenet5")
    inside = Inside(Model(exported / "lenet5.onnx"))
    image = to_float(SAMPLES.images[3])
    kernels, maps = _frames(inside, kept.layer, kept.filters, kept.biases, image)
    assert len(kernels) == len(maps) == kept.epochs + 1
    assert all(len(np.unique(frames.reshape(len(frames), -1), axis=0)) == len(frames) for frames in (kernels, maps))
    expected = inside.values(["relu1"], image[None])["relu1"][0, 4]
    seen = maps[-1, 0, 30:58, 29:57].astype(float)  # the fifth of six, three in a row
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.999
