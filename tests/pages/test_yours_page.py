"""The page Your model, and a person's own network on the other pages, in Streamlit's own test runner."""

import gc
import os
from contextlib import suppress

import numpy as np
import onnx
import pytest

from invariance.datasets import strokes
from invariance.evaluation import tries
from invariance.images.pixels import to_float
from invariance.model import Model, ModelError, apart
from tests.conftest import texts, until
from tests.datasets.conftest import small_mnist
from tests.graphs import constant, node
from tests.graphs import opened as stranger
from tests.pages.conftest import answers, dropper, opened, own
from tests.wrapped import EXPORTED, wrapped
from ui import own_models
from ui.networks import inside_of

YOURS = "yours.py"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(tries, "IMAGES", 200)  # to take less time
    monkeypatch.setattr(tries, "FEW", 50)


@pytest.fixture
def theirs(tmp_path):
    """LeNet-5 as Keras would have written it, for numbers up to 255."""
    path = wrapped(tmp_path / "theirs.onnx", layout="NHWC", span=(0, 255), ends="softmax", batch=1)
    return path.read_bytes()


def dropped(app, *files):
    dropper(app).set_value([(name, data, "application/octet-stream") for name, data in files])
    return app.run()


def test_a_dropped_file_is_opened_prepared_for_and_answers_rightly(theirs):
    app = dropped(opened(YOURS), ("theirs.onnx", theirs))
    assert not app.exception
    assert not app.error
    said = texts(app)
    assert "It takes grey images of 28 × 28 pixels and gives probabilities, which sum to 1 for 10 classes." in said
    assert "prepared “0 to 255”" in said
    assert "sees a 4" in said  # the example drawing
    assert not dropper(app).value  # it is held once


def test_a_file_that_can_t_be_used_is_refused_in_a_sentence_and_the_others_stay(theirs):
    app = dropped(opened(YOURS), ("theirs.onnx", theirs))
    for name, data, reason in (
        ("page.onnx", b"<!DOCTYPE html>", "page.onnx is no ONNX model: it is a web page"),
        ("weights.bin", b"123", "None of these files ends in .onnx"),
    ):
        dropped(app, (name, data))
        assert not app.exception
        assert [error.value.startswith(reason) for error in app.error] == [True]
        assert "theirs, yours" in [header.value for header in app.header]


def test_it_stands_beside_the_others_with_their_answers(theirs):
    digit = to_float(strokes.generate(3, seed=7).images[2:])
    assert int(Model(EXPORTED / "lenet5.onnx").predict(digit).argmax()) == 2
    state = own("theirs.onnx", theirs, kind=None)
    assert state["what"] == "mnist"
    app = opened("classify.py", networks=None, source="sample", picked_mnist={"sample": 2, "source": "sample"}, **state)
    assert not app.exception
    assert answers(app)[-1] == answers(app)[0] == "2"
    assert 'theirs, yours<div class="digit"' in texts(app)
    app.session_state["values"] = "energies"
    app.run()
    assert "theirs, yours gives probabilities, which sum to 1; its energies here are their logarithms." in texts(app)
    assert texts(app).count("their logarithms") == 1
    for page in ("rotation.py", "changes.py", "inside.py", "linear.py", "training.py"):
        app = opened(page, networks=None, **state)
        assert not app.exception, page
        assert not app.error, page
        assert "theirs, yours" in str([group.options for group in app.get("button_group")] + [texts(app)]) or page in (
            "linear.py",
            "training.py",
        )


def test_what_is_assumed_can_be_changed_and_forgotten(theirs):
    state = own("theirs.onnx", theirs, kind=None)
    app = opened(YOURS, **state)

    def range_field():
        return next(field for field in app.text_input if field.label == "Black and white become")

    def press(label):
        next(button for button in app.button if button.label == label).click()
        app.run()
        assert not app.exception

    assert range_field().placeholder == "0 255"
    range_field().set_value("0 1")
    press("Use this")
    kept = app.session_state["own_models"]["yours-theirs"]
    assert (kept.model.preparation.range, kept.model.origins["range"]) == ((0, 1), "you")
    range_field().set_value("zero")
    press("Use this")
    assert "expected numbers with spaces between, not “zero”. It stays as it was." in app.error[0].value
    assert app.session_state["own_models"]["yours-theirs"].model.preparation.range == (0, 1)
    range_field().set_value("")
    press("Forget it, find out again")
    assert app.session_state["own_models"]["yours-theirs"].model.preparation.range == (0, 255)


def is_running(process):
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def test_two_can_be_compared_and_one_removed(theirs, tmp_path):
    app = dropped(opened(YOURS, networks=None), ("theirs.onnx", theirs))
    plain = (EXPORTED / "lenet5.onnx").read_bytes()
    dropped(app, ("lenet5.onnx", plain))  # named like one that comes with the app
    app.switch_page("classify.py").run()
    assert not app.exception
    said = texts(app)
    for title in ("theirs, yours", "lenet5, yours", "LeNet-5"):
        assert f'</span> {title}<div class="digit"' in said
    app.switch_page(YOURS).run()
    process = app.session_state["own_models"]["yours-lenet5"].model.apart.call(os.getpid)
    next(button for button in app.button if button.label == "Remove").click()
    app.run()
    assert not app.exception
    until(lambda: not is_running(process))
    assert list(app.session_state["own_models"]) == ["yours-theirs"]
    app.switch_page("classify.py").run()
    assert not app.exception
    assert "lenet5, yours" not in texts(app)


def test_one_that_stops_answering_gets_a_sentence_on_every_page(tmp_path, monkeypatch):
    state = own("theirs.onnx", stranger(tmp_path, *constant()).model.data)

    def late(*given):
        raise ModelError("theirs.onnx took longer than 10 s to answer and was stopped.")

    monkeypatch.setattr(apart.Session, "run", late)
    for page in ("classify.py", "rotation.py", "translation.py", "changes.py", "inside.py", YOURS):
        app = opened(page, networks=None, **state)
        assert not app.exception, page
        assert any("took longer than 10 s" in each.value for each in (*app.error, *app.info)), page


def test_its_process_goes_with_the_visit(tmp_path):
    state = own("theirs.onnx", stranger(tmp_path, *constant()).model.data)
    (mine,) = state["own_models"].values()
    kept = inside_of(mine.model)  # for all visits
    process = kept.model.apart.call(os.getpid)
    del state, mine
    gc.collect()
    until(lambda: not is_running(process))
    assert kept.maps  # who drops the same file finds it, and another process


def test_one_for_something_else_is_a_kind_of_its_own(tmp_path):
    data = stranger(tmp_path, *constant()).model.data
    state = own("theirs.onnx", data)
    assert state["what"] == "yours-theirs"
    for page in ("classify.py", "rotation.py", "translation.py", "changes.py", "inside.py", YOURS):
        app = opened(page, networks=None, **state)
        assert not app.exception, page
        assert not app.error, page
        sources = next(group.options for group in app.get("button_group") if "Upload" in group.options)
        assert sources == ["Draw", "Upload", "Samples"], page  # it is grey, and nobody has labelled images of its kind
        assert "python -m invariance evaluate" not in texts(app), page


def test_an_own_network_is_measured_when_asked_to(theirs, tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    small_mnist(tmp_path)
    state = own("theirs.onnx", theirs, kind="mnist")
    app = opened("classify.py", networks=["yours-theirs"], **state)
    app.button(key="ask_yours-theirs").click().run()
    assert not app.exception
    assert "of the test images of" in texts(app)
    assert "which were not among those that were tried" in texts(app)
    app.switch_page("rotation.py").run()
    assert "Not measured under rotation yet: theirs, yours. Press" in texts(app)
    next(button for button in app.button if button.label.startswith("Measure again")).click()
    app.run()
    assert not app.exception
    assert "Not measured" not in texts(app)


def test_weights_in_a_second_file_may_come_later_and_what_went_well_is_kept(theirs, tmp_path):
    proto = onnx.load(EXPORTED / "lenet5.onnx")
    onnx.save(proto, tmp_path / "two.onnx", save_as_external_data=True, location="two.bin", size_threshold=0)
    first, weights = ((name, (tmp_path / name).read_bytes()) for name in ("two.onnx", "two.bin"))
    app = dropped(opened(YOURS), first, ("theirs.onnx", theirs))
    assert [error.value for error in app.error] == [
        "The weights of two.onnx lie in a second file, two.bin, which is not there: put it beside the model "
        "(on the page: drop both files together)."
    ]
    assert list(app.session_state["own_models"]) == ["yours-theirs"]
    kept = app.session_state["own_models"]["yours-theirs"]
    app.run()
    assert app.session_state["own_models"]["yours-theirs"] is kept  # it isn't opened again
    dropped(app, first, weights)
    assert not app.error
    assert list(app.session_state["own_models"]) == ["yours-theirs", "yours-two"]


def test_what_is_kept_is_bounded(theirs, monkeypatch):
    monkeypatch.setattr(own_models, "MOST_BYTES", 1.5 * len(theirs))
    app = dropped(opened(YOURS), ("theirs.onnx", theirs))
    dropped(app, ("other.onnx", theirs))
    assert "MB together. Remove one first." in app.error[0].value
    dropped(app, ("theirs.onnx", theirs))  # exported anew: it takes the place of the first
    assert not app.error


def test_of_many_classes_the_likeliest_are_shown(tmp_path):
    nodes = [
        node("Flatten", "image", "flat"),
        node("MatMul", "flat none", "zeros"),
        node("Add", "zeros bias", "logits"),
    ]
    weights = {"none": np.zeros((64, 40), np.float32), "bias": np.arange(40, dtype=np.float32)}
    data = stranger(tmp_path, nodes, weights, classes=40).model.data
    app = opened("classify.py", networks=None, **own("theirs.onnx", data))
    assert not app.exception
    assert answers(app) == ["39"]
    assert "The 12 likeliest of its 40 classes." in texts(app)
