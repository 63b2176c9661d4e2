"""Every page in Streamlit's own test runner: with and without data, models, results and torch."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from invariance.datasets import DataError, sample, strokes
from invariance.evaluation.evaluate import evaluate_transform
from invariance.images.decoding import decode
from invariance.images.resizing import area_resize
from invariance.model import Model
from invariance.transforms import TRANSFORMS
from tests.conftest import ROOT, encoded, linear_classifier, texts
from tests.datasets.conftest import small_mnist
from tests.images.conftest import png_header
from tests.pages.conftest import answers, opened
from ui.picking.remembered import KINDS

WITHOUT_EXPLANATION = ("menu", "start", "teach", "glossary")
PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py") if path.stem not in WITHOUT_EXPLANATION)
OPERATIONS = ("convolution.py", "pooling.py", "linear.py", "backpropagation.py")
NETWORKS = [page for page in PAGES if page not in (*OPERATIONS, "yours.py")]  # pages about those that come with the app
FIGURES = [page for page in NETWORKS if page not in ("inside.py", "symmetry.py")]  # pages that show what was measured


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_data_and_torch_down_to_its_explanation(page, what, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # import torch raises ImportError
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(page, source="test", what=what)
    assert not app.exception
    assert app.title
    explained = app.expander[-1].markdown[0].value
    assert len(explained) > 400
    assert "{{" not in explained


@pytest.mark.parametrize("page", NETWORKS)
def test_a_page_opens_without_models_and_names_the_command(page, exported):
    app = opened(page)
    assert not app.exception
    commands = ("python -m training lenet5", "python -m training all --seeds 3", "make train")
    assert any(command in texts(app) for command in commands)


@pytest.mark.parametrize("page", FIGURES)
def test_a_model_without_a_record_is_shown_with_the_command(page, exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    app = opened(page, see="measured")
    assert not app.exception
    said = texts(app)
    commands = ("python -m invariance evaluate lenet5", "python -m invariance evaluate all", "make train")
    assert any(command in said for command in commands)


def test_a_link_opens_its_group_and_another_group_its_first_change():
    app = opened("changes.py", query={"change": TRANSFORMS["jpeg"].title})
    assert (app.session_state["group"], app.session_state["change"]) == (TRANSFORMS["jpeg"].group, "jpeg")
    assert TRANSFORMS["jpeg"].about in texts(app)
    app.segmented_control(key="group").set_value(TRANSFORMS["gain"].group).run()
    assert TRANSFORMS["gain"].about in texts(app)
    app.segmented_control(key="change").set_value("contrast").run()
    app.switch_page("inside.py").run()
    app.switch_page("changes.py").run()
    assert not app.exception
    assert TRANSFORMS["contrast"].about in texts(app)


@pytest.mark.parametrize("page", ["rotation.py", "changes.py"])
def test_networks_are_measured_again_on_the_spot(page, exported, tmp_path, monkeypatch):
    for kind in ("onnx", "json"):
        shutil.copy(ROOT / "exported" / f"lenet5.{kind}", exported)
    small_mnist(tmp_path)
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(page)
    assert "measured here" not in texts(app)
    next(button for button in app.button if button.label == "Measure again on this machine").click().run()
    assert not app.exception
    assert "n = 5)" in texts(app)
    assert "not MNIST (in MNIST's files)" in texts(app)


def test_the_images_that_networks_are_measured_on_again_are_a_sample(exported, tmp_path, monkeypatch):
    for kind in ("onnx", "json"):
        shutil.copy(ROOT / "exported" / f"lenet5.{kind}", exported)
    small_mnist(tmp_path, 2000, (np.arange(2000) // 200).astype(np.uint8))  # one class after the other
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    measured = []

    def evaluate(model, split, transform, progress):
        measured.append(np.bincount(split.labels).tolist())
        return evaluate_transform(model, sample(split, 10), transform, progress)

    monkeypatch.setattr("ui.recorded.remeasure.evaluate_transform", evaluate)
    app = opened("changes.py")
    for choice in app.selectbox(key="again").options:
        app.selectbox(key="again").set_value(choice).run()
        next(button for button in app.button if button.label == "Measure again on this machine").click().run()
        assert not app.exception
    assert measured == [[100] * 10, [200] * 10]


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_model_is_reported_and_the_others_work(page, exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    (exported / "broken.onnx").write_bytes(b"nothing")
    app = opened(page)
    assert not app.exception
    assert "broken.onnx is no ONNX model" in texts(app)


@pytest.mark.parametrize("page", FIGURES)
def test_figures_of_another_file_are_marked(page, exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    record = json.loads((ROOT / "exported" / "lenet5.json").read_text())
    record["evaluation"]["mnist"]["sha256"] = "another"
    (exported / "lenet5.json").write_text(json.dumps(record))
    app = opened(page, see="measured")
    assert not app.exception
    # The claims count such figures as not measured.
    assert "measured on another file" in texts(app) or "not measured yet on the files that are here" in texts(app)


@pytest.mark.parametrize("page", FIGURES)
def test_a_damaged_record_is_reported(page, exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    (exported / "lenet5.json").write_text("{")
    app = opened(page, see="measured")
    assert not app.exception
    assert "lenet5.json is damaged" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_cuda_asked_and_absent_is_said_on_the_page(page, monkeypatch, exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    monkeypatch.setenv("INVARIANCE_PROVIDER", "cuda")
    monkeypatch.setattr("invariance.model.providers.why_not_cuda", lambda: "it is only pretended")
    app = opened(page)
    assert not app.exception
    assert "CUDA can't run: it is only pretended" in texts(app)


def test_the_first_visit_shows_an_example_and_its_answer():
    app = opened()
    assert "This 4 is an example" in texts(app)
    assert answers(app) == ["4"]


def test_an_empty_pad_asks_for_a_digit():
    app = opened(strokes=[])
    assert "draw a digit" in texts(app)
    assert answers(app) == []


def test_several_networks_answer_side_by_side():
    app = opened(networks=["lenet5", "p4cnn"])
    assert not app.exception
    assert answers(app) == ["4", "4"]


def test_networks_for_other_data_are_not_asked_about_digits(exported):
    linear_classifier(exported / "other.onnx", metadata={"dataset": "other"})
    app = opened()
    assert not app.exception
    assert answers(app) == []


@pytest.mark.parametrize("sample", range(20))
def test_every_sample_is_read(sample):
    app = opened(source="sample", query={"sample": str(sample)})
    assert not app.exception
    assert answers(app) == [str(sample % 10)]
    assert "✓ right" in texts(app)


def test_a_picture_of_the_test_set_is_shown_with_its_label(tmp_path, monkeypatch):
    small_mnist(tmp_path)
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(source="test")
    assert not app.exception
    app.number_input[0].set_value(3).run()
    assert "sees a 3 (✓ right)" in texts(app) or "It is a 3." in texts(app)


def test_a_damaged_test_set_is_reported(tmp_path, monkeypatch):
    small_mnist(tmp_path, labels=np.array([1, 2], np.uint8))
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(source="test")
    assert not app.exception
    assert "inconsistent" in texts(app)


def test_a_missing_test_set_can_be_downloaded_and_a_failure_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(source="test")
    assert "python -m invariance fetch mnist" in texts(app)
    assert app.button[0].label == "Download MNIST, 12 MB"
    monkeypatch.setattr("invariance.datasets.mnist.download", unreachable)
    app.button[0].click().run()
    assert not app.exception
    assert "put it in" in texts(app)


def unreachable(file, folder, progress):
    progress(file.name, 1, 2)
    raise DataError(f"{file.name} could not be downloaded (…). Get it in another way and put it in {folder}.")


SEVEN = Image.new("L", (120, 160), 230)
ImageDraw.Draw(SEVEN).line([(30, 40), (90, 40), (55, 130)], fill=20, width=12, joint="curve")
FRAMES = [Image.new("L", SEVEN.size, 255)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.png", encoded(SEVEN)),
        ("chalk.png", encoded(SEVEN.point(lambda shade: 255 - shade))),
        ("photo.jpg", encoded(SEVEN.convert("RGB"), "JPEG")),
        ("print.jpg", encoded(SEVEN.convert("CMYK"), "JPEG")),
        ("web.webp", encoded(SEVEN, "WEBP")),
        ("old.bmp", encoded(SEVEN, "BMP")),
        ("deep.png", encoded(Image.fromarray(np.asarray(SEVEN).astype(np.uint16) * 100))),
        ("moving.gif", encoded(SEVEN, "GIF", save_all=True, append_images=FRAMES)),
        (
            "clear.png",
            encoded(Image.merge("RGBA", [Image.new("L", SEVEN.size)] * 3 + [SEVEN.point(lambda s: 255 - s)])),
        ),
        ("tiny.png", encoded(SEVEN.resize((24, 32), Image.Resampling.BOX))),
        ("huge.png", encoded(SEVEN.resize((4800, 6400)))),
    ],
)
def test_an_uploaded_seven_is_read_in_every_format(name, data):
    app = opened(source="upload")
    app.file_uploader[0].upload(name, data).run()
    assert not app.exception
    assert answers(app) == ["7"]
    assert ("2 frames" in texts(app)) == (name == "moving.gif")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("text.png", b"just text", "text.png: This file is not an image"),
        ("cut.jpg", encoded(SEVEN.convert("RGB"), "JPEG")[:700], "damaged or cut short"),
        ("dot.png", encoded(Image.new("L", (1, 1))), "only 1 x 1 pixels"),
        ("giant.png", png_header(20_000, 20_000), "too large"),
        ("blank.png", encoded(Image.new("L", (100, 100), 255)), "nothing to recognise"),
    ],
)
def test_a_bad_upload_gets_one_sentence_and_keeps_the_drawing(name, data, message):
    drawing = strokes.write(3, np.random.default_rng(0))
    app = opened(source="upload", strokes=drawing)
    app.file_uploader[0].upload(name, data).run()
    assert not app.exception
    assert message in texts(app)
    assert answers(app) == []
    app.session_state["source"] = "draw"
    assert answers(app.run()) == ["3"]


def test_what_was_done_to_a_digit_is_told_and_left_out_on_request():
    small = Image.new("L", (560, 560), 255)
    small.paste(SEVEN.point(lambda shade: 255 if shade > 128 else 0), (20, 20))
    app = opened(source="upload")
    app.file_uploader[0].upload("small.png", encoded(small)).run()
    assert "moved to the middle and made" in texts(app)
    assert "more than one piece of ink" not in texts(app)
    assert answers(app) == ["7"]
    before = texts(app)
    app.toggle(key="untouched").set_value(True).run()
    assert not app.exception
    assert "nothing in it is moved" in texts(app)
    assert "moved to the middle" not in texts(app)
    logits = Model(ROOT / "exported" / "lenet5.onnx").logits(area_resize(decode(encoded(small)).pixels, 28)[None])[0]
    assert answers(app)[:1] == [str(logits.argmax())]
    assert texts(app) != before


def test_an_uploaded_digit_is_seen_whole_until_a_square_is_chosen():
    two = Image.new("L", (240, 160), 230)
    two.paste(SEVEN, (0, 0))
    ImageDraw.Draw(two).line([(190, 40), (190, 130)], fill=20, width=12)
    app = opened(source="upload")
    app.file_uploader[0].upload("two.png", encoded(two)).run()
    assert answers(app) == ["7"]
    assert "more than one piece of ink" in texts(app)
    assert app.session_state["picture"].pixels.shape == (1, 160, 240)
    name = app.session_state["picked_mnist"]["upload_id"]
    app.session_state["crop"] = {"square": {"name": name, "left": 130, "top": 30, "side": 110}}
    app.run()
    assert answers(app) == ["1"]
    assert "more than one piece of ink" not in texts(app)


def test_a_bad_upload_keeps_the_good_one_before_it():
    app = opened(source="upload")
    app.file_uploader[0].upload("IMG_0007.HEIC", encoded(SEVEN, "HEIF")).run()
    app.file_uploader[0].upload("text.png", b"just text").run()
    assert "not an image" in texts(app)
    assert answers(app) == ["7"]


def test_every_module_of_the_app_is_imported_where_torch_cannot_be():
    files = [file for folder in ("invariance", "ui") for file in (ROOT / folder).rglob("*.py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files if file.name != "__main__.py"]
    code = f"""
import sys
from importlib import import_module
sys.modules["torch"] = None  # import torch raises ImportError
for name in {names!r}:
    import_module(name)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert found.returncode == 0, found.stderr
