"""Cards written anew: other words, the same network, and figures that still belong to it."""

import dataclasses
import shutil

import numpy as np
import onnx
import pytest

from invariance import UserError
from invariance.evaluation import records
from invariance.evaluation.ideas import IDEAS
from invariance.model import Model
from tests.conftest import case
from training import cards
from training.cards import rewrite, rewrite_all
from training.recipes import RECIPES

WITH_EIGHT_BITS = "p4cnn"


@pytest.fixture
def copied(exported):
    """A folder in place of exported/ with a network, the same in 8 bits, and their records."""
    for path in records.ROOT.glob(f"exported/{WITH_EIGHT_BITS}[.]*"):
        shutil.copy(path, exported)
    return exported


def graph(path):
    return onnx.load(path).graph.SerializeToString(deterministic=True)


def test_other_words_leave_the_network_and_its_figures_as_they_are(copied, monkeypatch):
    assert rewrite_all() == []  # what is committed says what the recipes say
    recipe = dataclasses.replace(RECIPES[WITH_EIGHT_BITS], title="Another title", about="Another sentence.")
    monkeypatch.setitem(RECIPES, WITH_EIGHT_BITS, recipe)
    path, small = records.models()[::-1]
    before = [(graph(each), Model(each).sha256, records.read(each)["evaluation"]["mnist"]) for each in (path, small)]
    assert rewrite_all() == [path, small]
    assert rewrite_all() == []
    assert (Model(path).card.title, Model(small).card.title) == ("Another title", "Another title, 8-bit")
    assert (Model(path).card.about, Model(path).card.idea) == ("Another sentence.", "turning")
    assert Model(small).card.recipe["made_of"] == Model(path).sha256
    for each, (same, sha256, measured) in zip((path, small), before, strict=True):
        model = Model(each)
        assert model.sha256 != sha256
        assert graph(each) == same
        assert records.evaluation(each, model.sha256, "mnist") == (measured | {"sha256": model.sha256}, "")
        assert records.read(each)["sha256"] == model.sha256
        assert records.read(each)["recipe"] == model.card.recipe


def test_figures_of_an_earlier_file_stay_so(copied, monkeypatch):
    path = copied / f"{WITH_EIGHT_BITS}.onnx"
    record = records.read(path)
    measured = record["evaluation"]["mnist"] | {"sha256": "earlier"}
    records.write(path, record | {"evaluation": {"mnist": measured}})
    assert rewrite(path, dataclasses.replace(Model(path).card, title="Another title"))
    assert "measured on another file" in records.evaluation(path, Model(path).sha256, "mnist")[1]


def test_what_was_stopped_between_record_and_file_is_ended_the_next_time(copied, monkeypatch):
    path = copied / f"{WITH_EIGHT_BITS}.onnx"
    card = dataclasses.replace(Model(path).card, title="Another title")

    def full(path):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(cards, "replacing", full)
        with pytest.raises(OSError, match="no space left"):
            rewrite(path, card)
    assert rewrite(path, card)
    assert records.evaluation(path, Model(path).sha256, "mnist")[1] == ""


def test_a_file_that_was_trained_otherwise_is_refused(copied, monkeypatch):
    monkeypatch.setitem(RECIPES, WITH_EIGHT_BITS, dataclasses.replace(RECIPES[WITH_EIGHT_BITS], epochs=99))
    before = graph(copied / f"{WITH_EIGHT_BITS}.onnx")
    with pytest.raises(UserError, match=r"other settings \(epochs\).*python -m training p4cnn"):
        rewrite_all()
    assert graph(copied / f"{WITH_EIGHT_BITS}.onnx") == before


def test_every_recipe_says_what_its_network_is():
    titles = [(recipe.dataset, recipe.title) for recipe in RECIPES.values()]
    assert len(set(titles)) == len(titles)
    for name, recipe in RECIPES.items():
        with case(name):
            assert recipe.idea in IDEAS
            assert recipe.about.endswith(".")
            assert 3 <= len(recipe.title) <= 26


def test_sizes_in_titles_are_those_of_the_networks():
    for name, recipe in RECIPES.items():
        if recipe.title.endswith(" k"):
            with case(name):
                count = sum(parameter.numel() for parameter in recipe.build().parameters())
                assert recipe.title.endswith(f" {np.rint(count / 1000):.0f} k")
                assert f" {count:,} parameters" in recipe.about
