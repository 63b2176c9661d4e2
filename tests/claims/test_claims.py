"""Claims keep their promises: a page, a test, an n, and verdicts by their rules."""

import copy
import re

import pytest

from invariance.claims import CLAIMS, Claim, claim
from invariance.claims.verdict import SEEDS, VERDICTS, Measured, of_shares
from invariance.evaluation import records
from invariance.measures import Share, share_of
from tests.conftest import ROOT, case

SPREAD = Measured((1.0, 2.0, 3.0), 10_000, 0.0)
RIGHT = of_shares([0.7, 0.7, 0.7], 10_000)


def made(theirs, rule, ours, unit="%", **fields):
    return Claim("name", "source", "where", "says", theirs, unit, rule, lambda: ours, "", "", **fields)


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [
        (made(767_426, "exact", 767_426, "parameters"), "equal"),
        (made(767_426, "exact", 767_425, "parameters"), "refuted"),
        (made(1, "exact", 0.0, ""), "refuted"),
        (made(0.7, "figure", RIGHT), "reproduced"),
        # 1.96 √(0.7 · 0.3/10,000 + 0.712 · 0.288/10,000) = 1.26 points
        (made(0.712, "figure", RIGHT), "reproduced"),
        (made(0.713, "figure", RIGHT), "same finding, other figure"),
        (made(0.716, "figure", RIGHT, rounding=0.005), "reproduced"),
        (made(0.72, "figure", RIGHT, finding=lambda: False), "not reproduced"),
        (made(0.6, "figure", RIGHT, better=1), "surpassed"),
        (made(0.8, "figure", RIGHT, better=1), "same finding, other figure"),
        (made(0.7, "figure", of_shares([0.7, 0.7], 10_000)), "not measured"),
        (made(0.7, "figure", None), "not measured"),
        (made(2.0, "figure", Measured((1.0, 1.0, 1.0), 10_000, 0.01), "nats", better=-1), "surpassed"),
        (made(None, "comparison", True, ""), "reproduced"),
        (made(None, "comparison", False, ""), "not reproduced"),
        (made(None, "comparison", None, ""), "not measured"),
        (made(1.0, "always", of_shares([1.0, 0.9999, 1.0], 10_000)), "refuted"),
        (made(1.0, "always", share_of(10_000, 10_000)), "reproduced"),
        (made(0.7, "figure", RIGHT, untold="which images"), "not comparable"),
    ],
)
def test_the_verdict_follows_from_the_rule(claimed, verdict):
    assert claimed.verdict() == verdict
    assert verdict in VERDICTS


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        # 1.96 √(0.7 · 0.3/10,000 + 0.716 · 0.284/10,000) = 1.257 points, and 0.5 of rounding
        (made(0.716, "figure", RIGHT, rounding=0.005), "Apart by 1.60 points; by chance and rounding up to 1.76."),
        # 4.30265 · √(1 + 1/3) = 4.9683
        (made(2.5, "figure", SPREAD, "nats"), "Apart by 0.5000 nats; by chance and rounding up to 4.9683."),
        (made(0.7, "figure", of_shares([0.7, 0.7], 10_000)), ""),
        (made(0.7, "figure", RIGHT, untold="which images"), ""),
        (made(None, "figure", RIGHT, untold="which images"), ""),
        (made(1.0, "always", RIGHT), ""),
        (made(767_426, "exact", 767_426, "parameters"), ""),
    ],
)
def test_what_chance_may_do_is_said_beside_a_figure(claimed, words):
    assert claimed.apart() == words


def test_every_claim_has_a_page_a_test_that_is_there_and_an_n():
    for name, each in CLAIMS.items():
        with case(name):
            assert each.name == name
            assert each.page
            file, _, test = each.test.partition("::")
            assert re.search(rf"^def {test}\(", (ROOT / "tests" / file).read_text("utf-8"), re.MULTILINE)
            assert each.rule in ("exact", "figure", "comparison", "always")
            assert (each.theirs is None) <= (each.rule == "comparison" or bool(each.untold))
            ours = each.ours()
            if each.rule != "exact" and ours is not None:
                assert each.data()
            if each.rule == "figure" and ours is not None:
                assert isinstance(ours, Measured)
            if isinstance(ours, Measured | Share):
                assert ours.n > 0
            assert each.verdict() in VERDICTS


def test_a_gap_has_the_chance_of_both_shares():
    def history(train, held_out):
        return [{"epoch": 1, "train_accuracy": train, "validation_accuracy": held_out, "validation_loss": 0.1}]

    histories = [history(0.9, 0.8), history(0.9, 0.7)]
    found = claim.gap_at_the_end(histories, 9000)  # and 1,000 held out
    assert found.values == pytest.approx((0.1, 0.2))
    assert (found.n, found.variance) == (1000, pytest.approx(0.9 * 0.1 / 9000 + 0.75 * 0.25 / 1000))


def test_the_best_of_several_is_the_best_on_held_out_images_if_all_are_recorded(monkeypatch):
    found = {"a": (0.5, 0.6), "b": (0.7, 0.65), "c": (0.6, 0.6)}

    def seeds(name):
        return [{"training": {"history": [{"validation_accuracy": each} for each in found[name]]}}]

    monkeypatch.setattr(claim, "seeds", seeds)
    assert claim.best_of(("a", "b", "c")) == "b"
    monkeypatch.setattr(claim, "seeds", lambda name: [] if name == "c" else seeds(name))
    assert claim.best_of(("a", "b", "c")) == "a"


def test_without_exports_no_figure_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    for name, each in CLAIMS.items():
        if each.rule != "exact":
            with case(name):
                assert each.verdict() in ("not measured", "not comparable")


def kept(folder, name, seed, change=lambda record: None):
    """Put a network's record into a folder as that of a seed."""
    record = copy.deepcopy(records.read(records.ROOT / "exported" / f"{name}.onnx"))
    record["recipe"]["seed"] = seed
    for transform in record["evaluation"]["mnist"]["transforms"].values():
        for key in set(transform) - {"amounts", "n", "loss", "loss_margin", "accuracy", "low", "high"}:
            del transform[key]
    del record["evaluation"]["mnist"]["consistency"]
    change(record)
    path = records.repeat(folder / f"{name}.onnx", seed)
    path.parent.mkdir(exist_ok=True)
    records.write(path, record)


def test_seeds_count_if_only_the_seed_differs_and_the_images_are_the_same(exported):
    source = records.ROOT / "exported" / "lenet5.onnx"
    (exported / "lenet5.onnx").write_bytes(source.read_bytes())
    whole = copy.deepcopy(records.read(source))
    records.write(exported / "lenet5.onnx", whole)
    assert len(claim.seeds("lenet5")) == 1

    def less_right(record):
        record["evaluation"]["mnist"]["accuracy"]["value"] -= 0.02

    kept(exported, "lenet5", 1, less_right)
    kept(exported, "lenet5", 2, lambda record: record["recipe"].update(epochs=1))
    kept(exported, "lenet5", 3, lambda record: record["evaluation"]["mnist"].update(fingerprint="of other images"))
    ours = claim.accuracy("lenet5")
    right = whole["evaluation"]["mnist"]["accuracy"]["value"]
    assert ours.values == (right, pytest.approx(right - 0.02))
    assert len(ours.values) < SEEDS
    whole["evaluation"]["mnist"]["sha256"] = "another file"
    records.write(exported / "lenet5.onnx", whole)
    assert claim.accuracy("lenet5") is None
