"""Every page with a folder exported/ in which nearly every file is damaged, each in its own way."""

import json
import shutil

import onnx
import pytest
from onnx import helper

from invariance.datasets import DATASETS
from invariance.model import Card
from tests import graphs
from tests.conftest import ROOT, texts
from tests.pages.conftest import opened
from tests.pages.test_pages import FIGURES, NETWORKS, PAGES

WHOLE = json.loads((ROOT / "exported" / "lenet5.json").read_text())
DEEP = "[" * 100_000
# Of networks of the same names: pages have places of their own for them.
RECORDS = {
    "mnist": {
        "lenet5-rotated": "[1]",
        "lenet5-orbit": "3",
        "mnist-cnn": '{"evaluation": 3}',
        "mnist-mlp": '{"evaluation": {"mnist": [[]]}}',
        "mnist-invariant": DEEP,
        "scratch": '{"training": ' * 100_000,
        "p4cnn": b"\xff\xfe\x00",
        "p4cnn-rotated": json.dumps(WHOLE | {"training": {"history": [{"epoch": 1}], "best_epoch": 1}}),
        "mnist-shift-blur": json.dumps({"evaluation": {"mnist": WHOLE["evaluation"]["mnist"] | {"confusion": [[1]]}}}),
        "mnist-shift-plain": json.dumps(
            {"evaluation": {"mnist": WHOLE["evaluation"]["mnist"] | {"accuracy": {"value": float("nan")}}}}
        ),
        "mnist-shift-polyphase": "9" * 5000,
    },
    "cifar10": {
        "cifar-linear": "[[1], {}]",
        "cifar-gap": '{"training": {}}',
        "cifar-shallow": '{"training": {"history": 5, "best_epoch": 1}}',
        "cifar-best": '{"evaluation": {"cifar10": NaN}}',
    },
}
WITHOUT_CARD, DEEP_CARD, FOLDER = "plain.onnx", "deep.onnx", "folder.onnx"


def write(folder, name, dataset):
    """A network of one convolution."""
    channels, *_ = dataset.shape
    nodes, weights = graphs.ending("conv1", 2, 10)
    nodes = [graphs.node("Conv", "image w", "conv1"), *nodes]
    weights |= {"w": graphs.random(2, channels, 3, 3, seed=sum(name.encode()))}
    card = Card(name, name, dataset.labels, dataset.shape, dataset.name, parameters=50)
    return graphs.with_card(folder, nodes, weights, card)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """One whole network with its record, and all the others."""
    folder = tmp_path_factory.mktemp("exported")
    for kind in ("onnx", "json"):
        shutil.copy(ROOT / "exported" / f"lenet5.{kind}", folder)
    for dataset, contents in RECORDS.items():
        for name, content in contents.items():
            write(folder, name, DATASETS[dataset])
            (folder / f"{name}.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "flatten-order.json").write_text('{"runs": [3]}')
    for name in (WITHOUT_CARD, DEEP_CARD):
        path = write(folder, name.removesuffix(".onnx"), DATASETS["mnist"])
        proto = onnx.load(path)
        metadata = {each.key: each.value for each in proto.metadata_props}
        of_deep = metadata | dict.fromkeys(("recipe", "parameters", "order", "labels", "names", "classes"), DEEP)
        del proto.metadata_props[:]
        helper.set_model_props(proto, of_deep if name == DEEP_CARD else {})
        onnx.save(proto, path)
    (folder / FOLDER).mkdir()
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_page_works_and_names_the_damaged_files(page, damaged, monkeypatch):
    monkeypatch.setattr("invariance.evaluation.records.EXPORTED", damaged)
    for dataset, names in RECORDS.items() if page in NETWORKS else [("mnist", {})]:
        compared = ["lenet5", "deep", *names] if dataset == "mnist" else list(names)
        app = opened(page, what=dataset, networks=compared, see="measured", look="kernels")
        said = texts(app)
        assert not app.exception, dataset
        assert app.expander[-1].markdown[0].value, "down to its explanation"
        assert f"{FOLDER} can't be read (Is a directory)" in said
        assert str(damaged) not in said
        if page in FIGURES:
            for name in ("mnist-cnn", "cifar-gap", "flatten-order") if page == "sources.py" else names:
                assert f"{name}.json is damaged" in said, dataset
