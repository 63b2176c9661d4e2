"""The page About: what runs the networks, and whether their figures are of the files that run."""

import json
import shutil

from invariance.evaluation import records
from tests.conftest import ROOT, texts
from tests.pages.conftest import opened, verdict


def test_figures_of_another_file_are_counted_and_named(exported):
    for name in ("lenet5", "scratch"):
        for kind in ("onnx", "json"):
            shutil.copy(ROOT / "exported" / f"{name}.{kind}", exported)
    app = opened("about.py")
    assert not app.exception
    assert "The networks run on " in verdict(app)
    assert "The figures of all 2 were measured on the very files that run." in verdict(app)
    path = exported / "scratch.json"
    record = json.loads(path.read_text())
    record["evaluation"]["mnist"]["sha256"] = "another"
    records.write(path, record)
    app = opened("about.py")
    assert "The figures of 1 of 2 were measured on the very files" in verdict(app)
    (rows,) = [table.value for table in app.table]
    said = dict(zip(rows["file"], rows["measured on this file"], strict=True))
    assert said["lenet5.onnx"] == "yes"
    assert "measured on another file" in said["scratch.onnx"]


def test_without_networks_the_page_says_so(exported):
    app = opened("about.py")
    assert not app.exception
    assert verdict(app) == "There is no network to run here yet."
    assert "Python 3" in texts(app)
