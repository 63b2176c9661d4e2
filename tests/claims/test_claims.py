import copy

import pytest

from invariance.claims import CLAIMS, Claim, krishnan
from invariance.evaluation import records
from invariance.measures import Share, share_of
from tests.conftest import case


def claim(theirs, comparison, ours, tolerance=0.0, unit="%"):
    return Claim("name", "source", "where", "says", theirs, unit, comparison, lambda: ours, "", tolerance)


@pytest.mark.parametrize(
    ("theirs", "comparison", "ours", "tolerance", "verdict"),
    [
        (0.97, "at least", share_of(9938, 10_000), 0, "surpassed"),
        (0.97, "at least", share_of(97, 100), 0, "reproduced"),
        (0.97, "at least", share_of(9, 10), 0, "reproduced"),
        (0.97, "at least", share_of(900, 1000), 0, "corrected"),
        (0.1, "at most", 0.02, 0, "surpassed"),
        (0.1, "at most", 0.1, 0, "reproduced"),
        (0.1, "at most", 0.2, 0, "corrected"),
        (0.14, "about", Share(0.155, 0.148, 0.162, 10_000), 0.1, "reproduced"),
        (0.14, "about", Share(0.155, 0.148, 0.162, 10_000), 0, "corrected"),
        (767_426, "exactly", 767_426, 0, "reproduced"),
        (767_426, "exactly", 767_425, 0, "corrected"),
        (0.5, "at least", None, 0, "not measured"),
    ],
)
def test_the_verdict_follows_from_the_figures(theirs, comparison, ours, tolerance, verdict):
    assert claim(theirs, comparison, ours, tolerance).verdict() == verdict


def test_every_claim_is_measured_on_the_files_that_are_there():
    for name, entry in CLAIMS.items():
        with case(name):
            assert entry.name == name
            assert entry.verdict() in ("reproduced", "surpassed", "corrected")


def test_without_exports_nothing_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    files = [entry for entry in CLAIMS.values() if entry.unit or entry.name == "halbreich-flattening"]
    assert {entry.verdict() for entry in files} == {"not measured"}


@pytest.mark.parametrize(
    ("lost", "verdict"), [((0.0, 0.0, 0.0, 0.0, 0.0), "corrected"), ((0.1, 0.1, 0.2, 0.1, 0.1), "reproduced")]
)
def test_an_order_loses_only_by_more_than_chance_gives(tmp_path, monkeypatch, lost, verdict):
    result = records.experiment("flatten-order")
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    rows, random = [0.98, 0.981, 0.979, 0.982, 0.98], [0.981, 0.979, 0.982, 0.98, 0.979]
    worse = [value - less for value, less in zip(random, lost, strict=True)]
    some = result["runs"][0]
    runs = [
        some | {"variant": variant, "seed": seed, "accuracy": some["accuracy"] | {"value": value}}
        for variant, values in (("row by row", rows), ("random, fixed", worse))
        for seed, value in enumerate(values)
    ]
    records.write(tmp_path / "flatten-order.onnx", result | {"runs": runs})
    claim = CLAIMS["halbreich-flattening"]
    assert (claim.verdict(), claim.data()) == (verdict, result["test"]["dataset_title"])


def test_figures_of_another_file_do_not_count(tmp_path, monkeypatch):
    source = records.EXPORTED / "lenet5.onnx"
    (tmp_path / "lenet5.onnx").write_bytes(source.read_bytes())
    record = copy.deepcopy(records.read(source))
    record["evaluation"]["mnist"]["sha256"] = "another"
    records.write(tmp_path / "lenet5.onnx", record)
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    assert CLAIMS["jaloli-accuracy-90"].verdict() == "not measured"


@pytest.mark.parametrize(
    ("right", "verdict"), [((5_600, 4_500), "reproduced"), ((5_600, 5_590), "corrected"), ((4_500, 5_600), "corrected")]
)
def test_pooling_makes_a_network_steadier_only_by_more_than_chance_gives(monkeypatch, right, verdict):
    pair = {
        name: share_of(count, 10_000) for name, count in zip(("mnist-pooled", "mnist-unpooled"), right, strict=True)
    }
    monkeypatch.setattr(krishnan, "consistency", lambda name, kind: pair[name])
    assert CLAIMS["krishnan-with-and-without-pooling"].verdict() == verdict
