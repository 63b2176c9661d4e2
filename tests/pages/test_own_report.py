"""The second half of the page Your model: what the answer of a network of one's own survives."""

import io
import json
import time
import zipfile
from functools import partial
from types import SimpleNamespace

import pytest
from jsonschema import validate
from PIL import Image

from invariance.datasets import strokes
from invariance.files import PROJECT
from invariance.report.findings import as_json
from invariance.report.order import Order
from invariance.report.summary import summary
from tests.conftest import texts
from tests.datasets.conftest import small_mnist
from tests.pages.conftest import opened, own
from tests.report.findings import HOSTILE, hostile
from tests.report.findings import example as made_up
from tests.ui.conftest import shown
from tests.wrapped import EXPORTED, wrapped
from ui.words import WORD_JOINER, escaped
from ui.yours import measuring
from ui.yours.labelled import FOLDERS
from ui.yours.measuring import Kept, Measuring, kept_of

YOURS = "yours.py"
SCHEMA = json.loads((PROJECT / "invariance" / "report" / "schema.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(measuring, "Order", partial(Order, measures=("reflection",)))  # to take less time


def example():
    found = made_up()
    return found | {"summary": summary(found)}


def lenet():
    return own("theirs.onnx", (EXPORTED / "lenet5.onnx").read_bytes(), kind="mnist")


def digits(classes=10):
    """A .zip of digits written by code, and its name and type."""
    packed, split = io.BytesIO(), strokes.generate(20, seed=1)
    with zipfile.ZipFile(packed, "w") as file:
        for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            picture = io.BytesIO()
            Image.fromarray(image[0]).save(picture, "PNG")
            file.writestr(f"{label if label < classes else 'ten'}/{number}.png", picture.getvalue())
    return "digits.zip", packed.getvalue(), "application/zip"


def button(app, label):
    return next((each for each in app.button if each.label == label), None)


def bring(app, archive):
    next(each for each in app.file_uploader if each.label.startswith("A .zip")).set_value([archive])
    return app.run()


def ended(app):
    """The page once nothing is being measured any more."""
    (kept,) = app.session_state["own_reports"].values()
    while kept.measuring.running:
        time.sleep(0.05)
    app.run()
    assert not app.exception
    return kept.measuring


def test_images_are_brought_measured_and_told_of(monkeypatch):
    app = opened(YOURS, **lenet())
    assert button(app, "Start").disabled
    assert "python -m invariance fetch mnist" in texts(app)
    bring(app, digits())
    assert "digits.zip: 20 images of 10 classes" in texts(app)
    button(app, "Start").click()
    app.run()
    found = ended(app).found
    validate(json.loads(as_json(found)), SCHEMA)
    assert found["run"]["complete"]
    assert (found["model"]["title"], found["model"]["name"], found["data"]["n"]) == ("theirs", "theirs.onnx", 20)
    said = texts(app).replace(WORD_JOINER, "")
    for sentence in found["summary"]:
        assert escaped(sentence).replace(WORD_JOINER, "") in said
    assert f"left ↔ right: {100 * found['transforms']['reflection']['accuracy']['value'][1]:.2f} %" in said
    assert button(app, "Start anew") is not None
    assert button(app, "Stop") is button(app, "Go on") is None


def test_for_a_network_of_another_kind_its_preparation_is_tried_on_the_images(tmp_path):
    """As on the command line, and on others than those that are measured."""
    path = wrapped(tmp_path / "theirs.onnx", span=(0, 255))
    state = own("theirs.onnx", path.read_bytes(), kind="")
    (mine,) = state["own_models"].values()
    assert mine.model.preparation.range == (0, 1)  # nobody says so, and there was nothing to try it on
    app = bring(opened(YOURS, **state), digits())
    button(app, "Start").click()
    app.run()
    found = ended(app).found
    assert found["model"]["preparation"]["range"]["value"] == (0, 255)
    assert found["model"]["tried_on"] == "10 images of digits.zip, drawn at random"
    assert found["data"]["n"] == 10


def test_known_test_images_and_images_of_an_offered_folder_are_measured_on(tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    small_mnist(tmp_path)
    with zipfile.ZipFile(io.BytesIO(digits()[1])) as file:
        file.extractall(tmp_path / "offered" / "digits")
    app = opened(YOURS, **lenet())

    def look_into(place):
        next(each for each in app.text_input if each.label.startswith("A folder, archive or list")).set_value(place)
        button(app, "Look into it").click()
        app.run()

    assert "A folder of this machine" not in str([each.options for each in app.get("button_group")])
    button(app, "Start").click()
    app.run()
    measured = ended(app).found
    assert (measured["data"]["name"], measured["data"]["n"]) == ("mnist", 5)
    monkeypatch.setenv(FOLDERS, str(tmp_path / "offered"))
    app.run()
    next(each for each in app.get("button_group") if "A folder of this machine" in each.options).set_value("folder")
    app.run()
    look_into("..")
    assert [each.value for each in app.error] == [
        ".. does not lie below the folder that is offered here. Name one that lies in it."
    ]
    look_into("digits")
    assert "digits: 20 images of 10 classes" in texts(app)
    assert ended(app).found == measured  # it stays until another is begun


def test_what_can_t_be_read_or_doesn_t_fit_gets_a_sentence_and_nothing_else_is_lost():
    app = opened(YOURS, **lenet())
    drawn = app.session_state["strokes"]
    bring(app, ("page.zip", b"<!DOCTYPE html>", "application/zip"))
    assert [each.value.split(" (")[0] for each in app.error] == ["page.zip could not be read"]
    bring(app, digits(classes=9))
    assert not app.error
    button(app, "Start").click()
    app.run()
    assert ended(app).found is None
    assert [each.value for each in app.error] == [
        "digits.zip has classes that the network doesn't know: ten. Expected some of 0, 1, 2, 3, 4 and 5 more. Name "
        "its classes as the network does, or say how it does."
    ]
    assert app.session_state["strokes"] == drawn
    assert list(app.session_state["own_models"]) == ["yours-theirs"]


def test_a_report_goes_with_its_network():
    state = lenet()
    (mine,) = state["own_models"].values()
    measured, stopped = Measuring(None, 10), []
    measured.found, measured.finished, measured.stop = example(), True, lambda: stopped.append(1)
    app = opened(YOURS, own_reports={mine.name: Kept(measured, kept_of(mine))}, **state)
    assert not app.exception
    assert "Change by change" in [each.value for each in app.subheader]
    app.switch_page("classify.py").run()
    app.switch_page(YOURS).run()
    assert "Change by change" in [each.value for each in app.subheader]
    assert not stopped
    button(app, "Remove").click()
    app.run()
    assert not app.exception
    assert stopped


def test_a_stopped_one_shows_what_there_is_and_goes_on():
    state = lenet()
    (mine,) = state["own_models"].values()
    few, some = example(), example()
    few["run"] |= {"quick": True, "complete": False}
    few["data"]["n"] = 60
    some["run"]["complete"] = False
    some["transforms"] = {"gain": some["transforms"]["gain"]}
    some["limits"] = ["Rotation: theirs.onnx took longer than 10 s to answer and was stopped."]
    one = Measuring(None, 10)
    one.first, one.found = few, some
    gone_on = []
    one.go = lambda: gone_on.append(1)
    app = opened(YOURS, own_reports={mine.name: Kept(one, kept_of(mine))}, **state)
    assert not app.exception
    said = texts(app)
    assert "A first answer, from 60 images" in said
    assert few["summary"][1][:40] in said.replace(WORD_JOINER, "")
    assert [each.value for each in app.warning] == some["limits"]
    changes = next(each.value for each in app.dataframe if "worst at" in each.value)
    assert list(changes["change"]) == [each["title"] for each in example()["transforms"].values()]
    button(app, "Go on").click()
    app.run()
    assert gone_on


def test_whatever_names_hold_they_are_shown_as_letters():
    def part():
        import streamlit as st

        from ui.yours import findings

        state = st.session_state
        findings.sentences(state.found)
        findings.shifts(state.found)
        findings.layers(state.found, state.own)
        findings.changes(state.found, state.own)
        findings.symmetry(state.found)
        state.found["flipped"] = [each | state.pictures for each in state.found["flipped"]]
        findings.flipped(state.found, state.own)

    pictures = {key: example()["flipped"][0][key] for key in ("picture", "changed")}
    bad = hostile()
    found = example() | {part: bad[part] for part in ("data", "limits", "summary", "layers", "flipped")}
    card = SimpleNamespace(title=HOSTILE[0])
    mine = SimpleNamespace(name="yours", colour="#B8336A", model=SimpleNamespace(card=card))
    app = shown(part, found=found, own=mine, pictures=pictures)
    for each in (*app.markdown, *app.caption, *app.warning):
        for words in HOSTILE:
            if len(words) > 1 and escaped(words) != words:
                assert words not in each.value
