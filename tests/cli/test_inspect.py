import hashlib
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import onnx
import pytest
from PIL import Image

from invariance import cli
from invariance.cli.inspect import as_text, inspect
from invariance.datasets import strokes
from invariance.evaluation import records, tries
from invariance.measures import share_of
from invariance.model import Model
from invariance.report import subject
from tests.conftest import case, encoded, linear_classifier
from tests.training.conftest import ROOT, run
from tests.wrapped import wrapped

inspecting = sys.modules["invariance.cli.inspect"]
LENET5 = records.EXPORTED / "lenet5.onnx"
SIZES = {"train": 120, "test": 40}  # fewer digits written by code, to take less time
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """An empty cache folder for each test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def lenet5_text():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes, "SIZES", SIZES)
        return as_text(inspect(LENET5, {}))


def command(monkeypatch, *arguments):
    """Run invariance inspect; the one sentence that it ends with, or ""."""
    monkeypatch.setattr(sys, "argv", ["invariance", "inspect", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as left:
        return left.code  # Python prints it on stderr, and ends with status 1
    return ""


def pens(folder, count, seed, names="0123456789"):
    """Digits written by code as images in one folder a class; the set of their pixels."""
    split = strokes.generate(count, seed)
    for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
        path = folder / names[label] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(Image.fromarray(image[0])))
    return {image.tobytes() for image in split.images}


@pytest.fixture
def seen(monkeypatch):
    """The pixels of all images that preparations are tried on, and of those that accuracy is measured on."""
    found = {"tried": set(), "measured": set()}
    measure, attempt = inspecting.batches, tries.tries

    def measured(images, size):
        for batch in measure(images, size):
            found["measured"] |= {image.tobytes() for image in batch.images}
            yield batch

    def tried(path, model, kind, images, *others):
        found["tried"] |= {image.tobytes() for image in images.images}
        return attempt(path, model, kind, images, *others)

    monkeypatch.setattr(inspecting, "batches", measured)
    monkeypatch.setattr(tries, "tries", tried)
    return found


def told(text):
    """What is printed, taken apart: the facts by name, and the cells of the last table by layer."""
    parts = [re.sub(" {2,}", "\t", part).splitlines() for part in text.split("\n\n")]
    facts, table = parts[0], parts[-1]
    assert table[0].split("\t") == ["layer", "type", "output shape", "parameters", "multiply-adds", "sees, pixels"]
    return dict(line.split("\t") for line in facts), {row.split("\t")[0]: row.split("\t")[1:] for row in table[1:]}


def test_inspect_counts_as_onnx_does(lenet5_text):
    graph = onnx.shape_inference.infer_shapes(onnx.load(LENET5)).graph
    weights = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer}
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)[1:]
        for value in (*graph.value_info, *graph.output)
    }
    facts, rows = told(lenet5_text)
    parameters = products = 0
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            shape = shapes[node.output[0]]
            held = weights[node.input[1]] + weights[node.input[2]]
            multiplied = weights[node.input[1]] * math.prod(shape[1:])  # at each place of a map
            assert rows[node.output[0]][1:4] == [" × ".join(map(str, shape)), f"{held:,}", f"{multiplied:,}"]
            parameters, products = parameters + held, products + multiplied
    assert facts["parameters"] == f"{parameters:,} ({parameters:,} trainable)"
    assert facts["multiply-adds"] == f"{products:,} for one image"
    assert rows["conv2"][4:] == ["14 × 14"]
    assert rows["fc1"][4:] == []


def test_inspect_tells_the_card_the_file_and_what_runs_it(lenet5_text):
    facts, _ = told(lenet5_text)
    model = Model(LENET5)
    assert facts["sha256"] == hashlib.sha256(LENET5.read_bytes()).hexdigest()
    assert facts["bytes"] == f"{LENET5.stat().st_size:,}"
    assert (facts["title"], facts["dataset"], facts["operators"]) == ("LeNet-5", "mnist", "ONNX 20")
    assert (facts["takes"], facts["gives"]) == ("image: float32 (n, 1, 28, 28)", "logits: logits")
    assert (facts["source"], facts["licence"]) == (model.card.source, model.card.licence)
    assert facts["labels"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert facts["runs on"] == str(model.provider)
    assert re.search(r"^range +0 1 +its card$", lenet5_text, re.MULTILINE)
    assert "tried on" not in lenet5_text  # its card says everything


def test_of_many_labels_the_first_and_their_number_are_told(tmp_path):
    facts, _ = told(as_text(inspect(linear_classifier(tmp_path / "many.onnx", classes=1000), {})))
    assert facts["labels"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … (1,000)"
    assert "source" not in facts


def test_what_a_file_says_of_itself_does_not_command_the_terminal(tmp_path):
    path = linear_classifier(tmp_path / "rude.onnx", metadata={"title": "\x1b[2Jgone\nsha256  0"})
    text = as_text(inspect(path, {}))
    assert "\x1b" not in text
    assert len([line for line in text.splitlines() if line.startswith("sha256")]) == 1


def test_nor_does_what_is_wrong_with_it(tmp_path, monkeypatch):
    proto = onnx.load(linear_classifier(tmp_path / "rude.onnx"))
    proto.graph.node[0].op_type = "\x1b[2J\nFlat"
    onnx.save(proto, tmp_path / "rude.onnx")
    said = command(monkeypatch, tmp_path / "rude.onnx")
    assert "uses operators that are not ONNX's:  [2J Flat." in said
    assert said.isprintable()


def test_json_is_one_object_and_what_is_kept_is_known_the_next_time(tmp_path, monkeypatch, capsys, seen):
    path = wrapped(tmp_path / "strange.onnx", span=(0, 255), invert=True, ends="softmax")
    train, test = (pens(tmp_path / "pens" / split, 60, seed) for seed, split in enumerate(("train", "test")))
    arguments = (path, "--data", tmp_path / "pens", "--json")
    assert command(monkeypatch, *arguments, "--no-transpose", "--save") == ""
    first = json.loads(capsys.readouterr().out)
    keys = "file signature preparation tries labels layers parameters notes accuracy saved"
    assert set(keys.split()) <= first.keys()
    assert first["file"]["name"] == "strange.onnx"
    assert first["file"]["bytes"] == path.stat().st_size
    assert first["file"]["opset"] == 20
    assert (first["signature"]["input"], first["signature"]["output"]) == ("given", "probabilities")
    assert first["signature"]["gives"] == "probabilities"
    prepared = first["preparation"]
    assert prepared["range"] == {"value": [0, 255], "from": "tried on labelled images"}
    assert prepared["invert"] == {"value": True, "from": "tried on labelled images"}
    assert prepared["transpose"] == {"value": False, "from": "you"}
    assert prepared["size"] == {"value": [28, 28], "from": "the file's shape"}
    best = first["tries"][0]
    assert best.keys() >= {"name", "parts", "right", "n", "accuracy"}
    assert (best["parts"]["range"], best["parts"]["invert"]) == ([0, 255], True)
    assert best["accuracy"] == best["right"] / best["n"] == max(each["accuracy"] for each in first["tries"])
    assert (first["labels"], first["parameters"]) == (list("0123456789"), 767_428)
    layer = next(each for each in first["layers"] if each["name"] == "conv2")
    assert (layer["shape"], layer["parameters"], layer["receptive_field"]) == ([16, 14, 14], 2416, [14, 14])
    share = first["accuracy"]
    assert share == share_of(round(share["value"] * 60), 60)._asdict()
    assert share["value"] > 0.8
    assert (seen["tried"], seen["measured"]) == (train, test)

    kept = tmp_path / "strange.invariance.json"
    assert first["saved"] == str(kept)
    assert json.loads(kept.read_text()).keys() == {"range", "mean", "std", "invert", "transpose"}
    assert command(monkeypatch, *arguments, "--mean", "1", "--save") == ""
    again = json.loads(capsys.readouterr().out)["preparation"]
    assert again["range"] == {"value": [0, 255], "from": kept.name}
    assert again["mean"] == {"value": [1], "from": "you"}
    assert json.loads(kept.read_text())["invert"] is True  # what was kept stays
    assert json.loads(kept.read_text())["mean"] == [1]


def test_images_of_one_split_are_tried_or_measured_on_never_both(tmp_path, seen, monkeypatch):
    path = wrapped(tmp_path / "strange.onnx", layout="NHWC", span=(-1, 1))
    every = pens(tmp_path / "pens", 50, 1)
    archive = shutil.make_archive(str(tmp_path / "pens"), "zip", tmp_path / "pens")
    for most, tried in ((1000, 25), (20, 20)):  # half of them, or as many as are needed
        with case(most):
            monkeypatch.setattr(subject, "how_many", lambda size, most=most: most)
            seen["tried"], seen["measured"] = set(), set()
            found = inspect(path, {}, archive)
            assert (len(seen["tried"]), found["accuracy"]["n"]) == (tried, 50 - tried)
            assert seen["measured"] == every - seen["tried"]
            assert found["tried_on"] == f"{tried} images of pens.zip, drawn at random"
            assert found["measured_on"] == "other images of pens.zip"
    noisy = found["tries"][0]["half_with_noise"]
    assert noisy == (found["tries"][0]["n"] == 40)
    assert ("half of them with noise" in as_text(found)) == noisy


def test_images_of_any_size_count_and_what_cannot_be_read_is_said(tmp_path):
    split, lines = strokes.generate(40, 1), []
    for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
        larger = Image.fromarray(image[0]).resize((28 + number, 28 + number))
        (tmp_path / f"{number}.png").write_bytes(encoded(larger) if number != 7 else b"no image")
        lines.append(f"{number}.png,{label}\n")
    (tmp_path / "list.csv").write_text("".join(lines))
    found = inspect(LENET5, {"fit": "crop"}, str(tmp_path / "list.csv"))
    assert found["accuracy"]["n"] in (19, 20)  # half of them
    assert found["accuracy"]["value"] > 0.8
    said = " ".join(found["notes"])
    assert "Images of another size than 28 x 28 pixels are resized (crop)." in said
    assert ("1 file was left out, the first: 7.png" in said) == (found["accuracy"]["n"] == 19)


def test_numbered_classes_are_tried_as_numbers_and_as_folders_sort_them(tmp_path):
    """The network tells 12 brightnesses apart, whose numbers it gives in the order of numbers or of texts."""
    for begin in (0, 1):
        numbers = [str(begin + number) for number in range(12)]
        for order in (numbers, sorted(numbers)):
            with case(order):
                levels = np.array([(int(label) - begin) / 11 for label in order], np.float32)
                # -(x - level)² = 2 x level - level² - x², of which the last is the same for all; x is the one pixel.
                path = tmp_path / "levels.onnx"
                write_levels(path, levels)
                lines = []
                for number in range(120):
                    shade = Image.new("L", (8, 8), round(255 * (number % 12) / 11))
                    (tmp_path / f"{number}.png").write_bytes(encoded(shade))
                    lines.append(f"{number}.png,{begin + number % 12}\n")
                (tmp_path / "shades.csv").write_text("".join(lines))
                found = inspect(path, {}, str(tmp_path / "shades.csv"))
                assert found["labels"] == order
                assert found["accuracy"]["value"] == 1


def write_levels(path, levels):
    """A network that takes (n, 1, 8, 8) and gives the level that is nearest to the mean the largest logit."""
    weights = np.repeat(2 * levels[None] * 100 / 64, 64, 0).astype(np.float32)
    linear_classifier(path, len(levels), image=["n", 1, 8, 8], weights=weights)
    proto = onnx.load(path)
    proto.graph.node[1].output[0] = "products"
    proto.graph.initializer.append(onnx.numpy_helper.from_array((-100 * levels**2).astype(np.float32), "bias"))
    proto.graph.node.append(onnx.helper.make_node("Add", ["products", "bias"], ["logits"]))
    onnx.save(proto, path)


def test_images_that_cannot_be_read_are_told_in_one_sentence(tmp_path, monkeypatch):
    pens(tmp_path / "pens" / "test", 20, 1)
    pens(tmp_path / "pens" / "train", 20, 2)
    for path in (tmp_path / "pens" / "train").rglob("*.png"):
        path.write_bytes(path.read_bytes()[:60])
    said = command(monkeypatch, LENET5, "--data", tmp_path / "pens")
    assert said.startswith("error: None of the training images of pens could be read, such as ")
    for path in sorted((tmp_path / "pens" / "train").rglob("*.png"))[:8]:
        path.write_bytes(encoded(Image.new("L", (28, 28))))
    notes = inspect(LENET5, {}, str(tmp_path / "pens"))["notes"]
    assert "12 of the 20 images to try preparations on can't be read and were left out." in notes


def test_no_temporary_folder_is_said(tmp_path, monkeypatch):
    def full():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(inspecting, "TemporaryDirectory", full)
    assert command(monkeypatch, LENET5, "--data", tmp_path).startswith(
        "error: No temporary folder can be made (No usable"
    )


def test_no_number_is_no_right_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(strokes, "SIZES", SIZES)
    weights = np.full((28 * 28, 10), np.nan, np.float32)
    path = linear_classifier(tmp_path / "broken.onnx", 10, image=["n", 1, 28, 28], weights=weights)
    found = inspect(path, {}, "strokes")
    assert found["accuracy"]["value"] == 0
    assert "To 40 of 40 images the network gives no number: they count as wrong." in found["notes"]


def test_of_a_dataset_all_test_images_count(tmp_path, seen, monkeypatch):
    monkeypatch.setattr(strokes, "SIZES", SIZES)
    monkeypatch.setattr(tries, "IMAGES", 100)
    found = inspect(wrapped(tmp_path / "strange.onnx"), {}, "strokes")
    train, test = ({image.tobytes() for image in strokes.load(split, tmp_path).images} for split in ("train", "test"))
    assert seen["measured"] == test
    assert len(seen["tried"]) == 100
    assert seen["tried"] <= train
    assert found["accuracy"]["n"] == 40
    assert found["tried_on"] == "100 training images of digits written by code"


def test_classes_are_matched_by_name_or_else_by_number(tmp_path, monkeypatch):
    words = [f"digit {word}" for word in WORDS]  # sorted they are digit eight, digit five, digit four ...
    pens(tmp_path / "pens", 60, 1, words)
    names = {"labels": json.dumps([word.title() for word in words])}
    found = inspect(wrapped(tmp_path / "named.onnx", metadata=names), {}, str(tmp_path / "pens"))
    assert found["labels"] == [word.title() for word in words]
    assert found["accuracy"]["value"] > 0.8
    assert not any("classes" in note for note in found["notes"])

    found = inspect(bare := wrapped(tmp_path / "bare.onnx", span=(0, 255)), {}, str(tmp_path / "pens"))
    assert found["accuracy"]["value"] < 0.3  # 0 is taken for digit eight
    assert f"The file names no classes: they are taken in the order {', '.join(sorted(words))}." in found["notes"]
    assert any("nothing is concluded" in note for note in found["notes"])
    assert found["preparation"]["range"] == {"value": (0.0, 1.0), "from": "assumed"}

    found = inspect(bare, {"labels": words}, str(tmp_path / "pens"))
    assert found["accuracy"]["value"] > 0.8
    (tmp_path / "names.txt").write_text("\n".join(("cat", *words[1:])))
    sentence = command(monkeypatch, bare, "--labels", tmp_path / "names.txt", "--data", tmp_path / "pens")
    assert sentence.startswith("error: pens has classes that the network doesn't know: digit zero. Expected some of ")


def test_every_choice_has_an_option_and_wins(tmp_path, monkeypatch, capsys):
    path = linear_classifier(tmp_path / "small.onnx", metadata={"preparation": '{"invert": true, "range": [0, 9]}'})
    (tmp_path / "names.txt").write_text("cat\n dog \n\nfish\n")
    said = (
        "--range -1 1 --mean 0.5 --std 2 --channels grey --size 4 --fit stretch --transpose --no-invert --layout NCHW"
    )
    said += f" --answer logits --gives sigmoids --labels {tmp_path / 'names.txt'}"
    assert command(monkeypatch, path, "--json", *said.split()) == ""
    found = json.loads(capsys.readouterr().out)
    expected = {"range": [-1, 1], "mean": [0.5], "std": [2], "channels": "grey", "size": [4, 4], "fit": "stretch"}
    expected |= {"transpose": True, "invert": False, "layout": "NCHW"}
    origins = {part: each["from"] for part, each in found["preparation"].items() if part in expected}
    assert {part: found["preparation"][part]["value"] for part in expected} == expected
    assert origins == dict.fromkeys(expected, "you") | {"channels": origins["channels"]}
    assert (found["signature"]["output"], found["signature"]["gives"]) == ("logits", "sigmoids")
    assert found["labels"] == ["cat", "dog", "fish"]


def test_where_nothing_is_known_nothing_is_kept(tmp_path):
    path = linear_classifier(tmp_path / "small.onnx")
    assert inspect(path, {}, save=True)["saved"] is None
    assert [each.name for each in tmp_path.iterdir()] == ["small.onnx"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--size 5", "takes images of 4 × 4 pixels and no others, not of 5 × 5"),
        ("--mean 1 2 3", "The mean has 3 numbers; expected one"),
        ("--range 1 1", "range must be two numbers"),
        ("--answer nothing", "has no output nothing with a number a class; it has: logits"),
        ("--labels nowhere.txt", "nowhere.txt can't be read (No such file or directory). Expected names of classes"),
        ("--data nowhere", "There is no nowhere. Name a folder"),
        ("--data strokes", "small.onnx knows 3 classes; expected 10"),
    ],
)
def test_a_choice_that_makes_no_sense_gets_one_sentence(options, sentence, tmp_path, monkeypatch, capsys):
    path = linear_classifier(tmp_path / "small.onnx")
    assert sentence in (said := command(monkeypatch, path, *options.split()))
    assert "\n" not in said
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"no model", LENET5.read_bytes()[:3000], None])
def test_a_file_that_is_no_model_gets_one_line(content, tmp_path, monkeypatch):
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    assert re.fullmatch(r"error: .*broken\.onnx (is no ONNX model|can't be read).*", command(monkeypatch, path))


def test_a_web_page_ends_with_status_1_before_any_data_is_read(tmp_path):
    (tmp_path / "web.onnx").write_text("<!DOCTYPE html>")
    found = run("inspect", str(tmp_path / "web.onnx"), "--json", "--data", "nowhere", module="invariance")
    assert (found.returncode, found.stdout) == (1, "")
    assert re.fullmatch(r"error: web\.onnx is no ONNX model: it is a web page.*\n", found.stderr)


def test_what_is_ended_from_outside_leaves_nothing_behind(tmp_path):
    """As a build does that is called off, by SIGTERM."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    digits = strokes.generate(400, seed=1)
    for number, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True)):
        folder = tmp_path / "images" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).save(folder / f"{number}.png")
    running = subprocess.Popen(
        [sys.executable, "-m", "invariance", "inspect", str(LENET5), "--data", str(tmp_path / "images")],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(scratch.glob("*/*")):  # what it keeps of the images
        assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors.splitlines()[-1]) == (1, "stopped; no file was changed half-way")
    assert not list(scratch.iterdir())
