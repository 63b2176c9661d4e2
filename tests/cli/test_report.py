"""invariance report, as a person or a build gives it: files in, files and an exit status out."""

import json
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from invariance.cli import main
from invariance.cli.report import COULD_NOT, FAILS, HTML, JSON
from invariance.report.store import FILE
from tests.conftest import ROOT, linear_classifier

CLASSES = ("cat", "dog", "<script>alert(1)</script>")
FEW = ("--measures", "gain", "reflection", "--workers", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model, better.onnx that is right more often, and photos/ in test/ and train/."""
    place = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:8, :8]
    shapes = dict(zip(CLASSES, (columns < 4, columns >= 4, rows < 4), strict=True))
    for split, count in (("train", 6), ("test", 15)):
        for label, shape in shapes.items():
            folder = place / "photos" / split / label.replace("/", "∕")
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = np.clip(rng.normal(60 + 100 * shape, 60), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    names = {"labels": json.dumps([label.replace("/", "∕") for label in CLASSES])}
    weights = np.stack([shape.ravel() - 0.5 for shape in shapes.values()], 1).astype(np.float32)
    linear_classifier(place / "model.onnx", 3, names, image=["n", 1, 8, 8], weights=weights)
    linear_classifier(place / "same.onnx", 3, names, image=["n", 1, 8, 8], weights=2 * weights)
    linear_classifier(
        place / "worse.onnx", 3, names, image=["n", 1, 8, 8], weights=np.abs(weights) * np.array([0, 1, 0], np.float32)
    )
    return place


@pytest.fixture
def report(place, tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder: (exit status, what it printed, the findings if it wrote any)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.zip").write_text("no archive")

    def run(*arguments, model="model.onnx", data="photos"):
        command = [
            "invariance",
            "report",
            str(place / model),
            "--data",
            str(place / data),
            "--output",
            "out",
            *arguments,
        ]
        monkeypatch.setattr(sys, "argv", command)
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = ended.code
        said = capsys.readouterr()
        file = tmp_path / "out" / JSON
        return status, said.out + said.err, json.loads(file.read_text()) if file.is_file() else None

    return run


def test_a_folder_becomes_a_report(report, tmp_path):
    status, said, found = report(*FEW)
    assert status == 0, said
    assert found["summary"][0] in said
    assert found["data"]["n"] == 45  # test/ alone
    assert found["model"]["labels"][2].startswith("<script>")
    page = (tmp_path / "out" / HTML).read_text()
    assert "<script" not in page
    assert found["run"]["complete"]


def test_requirements_decide_the_exit_status(report, tmp_path):
    status, said, found = report(*FEW, "--require", "accuracy >= 0.1", "--require", "gain@1..1.5 >= 10 %")
    assert (status, [each["holds"] for each in found["requirements"]]) == (0, [True, True])
    assert said.count("holds:") == 2
    status, said, found = report(
        *FEW, "--require", "accuracy >= 0.1", "--require", "gain@2 >= 99 %", "--junit", "j.xml"
    )
    assert status == FAILS
    assert f"FAILS: {found['requirements'][1]['sentence']}" in said
    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


def test_the_end_of_the_interval_counts_unless_a_person_says_the_value_does(report):
    _, _, found = report(*FEW)
    bound = (found["accuracy"]["value"] + found["accuracy"]["low"]) / 2
    assert report(*FEW, "--require", f"accuracy >= {bound}")[0] == FAILS
    assert report(*FEW, "--require", f"accuracy >= {bound}", "--strict", "no")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--require", "rotatoin@15 >= 0.9"), "Did you mean rotation"),
        (("--require", "gain@2 >= before"), "--compare"),
        (("--compare", "nothing.json"), "nothing.json"),
        (("--compare", "nothing.onnx"), "nothing.onnx"),
        (("--data", "nowhere"), "There is no nowhere"),
        (("--labels", "nowhere.txt"), "nowhere.txt"),
        (("--sample", "0"), "expected a whole number above 0, not '0'"),
        (("--memory", "nan"), "expected a number above 0, not 'nan'"),
        (("--memory", "0.01"), "model.onnx wants more than 0.01 GB of memory"),
        (("--data", "text.zip"), "could not be read"),
    ],
)
def test_what_cannot_be_done_is_said_with_status_2(report, arguments, says):
    status, said, _ = report(*FEW, *arguments)
    assert status == COULD_NOT
    assert says in said
    assert "Traceback" not in said


def test_two_models_are_compared_and_so_is_a_model_with_an_earlier_report(report, place, tmp_path):
    asked = (*FEW, "--require", "gain@2 >= before - 0.05", "--require", "accuracy >= before - 0.05")
    status, _, same = report(*asked, "--compare", str(place / "same.onnx"))
    assert status == 0
    assert same["comparison"]["agreement"]["value"] == 1
    assert not any(each["beyond_chance"] for each in same["comparison"]["measures"])
    (tmp_path / "out" / JSON).rename(tmp_path / "old.json")
    status, said, worse = report(*asked, "--compare", "old.json", model="worse.onnx")
    assert status == FAILS
    assert said.count("FAILS") == 2
    (compared,) = [each for each in worse["comparison"]["measures"] if each["name"] == "accuracy"]
    assert compared["beyond_chance"]
    assert compared["here"] == worse["accuracy"]
    assert compared["there"] == same["accuracy"]
    assert worse["comparison"]["same_images"]
    status, _, direct = report(*asked, "--compare", str(place / "model.onnx"), model="worse.onnx")
    assert status == FAILS
    assert direct["comparison"]["measures"] == worse["comparison"]["measures"]


def test_a_sample_is_the_same_each_time(report):
    found = [report(*FEW, "--sample", "10")[2] for _ in range(2)]
    assert found[0]["data"] == found[1]["data"]
    assert (found[0]["data"]["n"], found[0]["data"]["of"]) == (10, 45)


def test_killed_at_any_moment_it_goes_on_to_the_same_report(place, tmp_path):
    def start(output):
        more = ["--output", str(output), "--workers", "1"]
        command = [
            sys.executable,
            "-m",
            "invariance",
            "report",
            str(place / "model.onnx"),
            "--data",
            str(place / "photos"),
        ]
        return subprocess.Popen([*command, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def findings(output):
        found = json.loads((output / JSON).read_text())
        del found["run"]
        return found

    with start(tmp_path / "whole") as whole:
        whole.communicate()
    assert whole.returncode == 0
    killed = 0
    for part in (10_000, 40_000):  # bytes of what is kept when it is killed
        with start(tmp_path / "killed") as process:
            file = tmp_path / "killed" / f"{FILE}-wal"
            while process.poll() is None and not (file.is_file() and file.stat().st_size > part):
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed
    with start(tmp_path / "killed") as process:
        process.communicate()
    assert findings(tmp_path / "killed") == findings(tmp_path / "whole")


def test_ctrl_c_says_that_it_goes_on(report, monkeypatch):
    def stop(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("invariance.cli.report.write", stop)
    status, said, _ = report(*FEW)
    assert status == 130
    assert "goes on from there" in said
