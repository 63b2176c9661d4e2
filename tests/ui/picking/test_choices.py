"""Networks and numbers that an address names, and what is said of a network where it is chosen."""

from types import SimpleNamespace

import onnx
import pytest

from invariance.evaluation import records
from invariance.model import Card
from tests.pages.conftest import opened
from ui.networks import Shown
from ui.picking.networks import _about
from ui.words import escaped


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        (["p4cnn"], ["p4cnn"]),  # by its file
        (["p4 network"], ["p4cnn"]),  # by its title, as in older links
        (["lenet5", "nobody's"], ["lenet5"]),
        ("", []),  # none was left
    ],
)
def test_an_address_names_networks_by_their_files_or_titles_or_none(named, chosen):
    app = opened(query={"networks": named})
    assert not app.exception
    assert app.session_state["networks"] == chosen


def named(source, folder, name):
    """A copy of an exported network under another name."""
    model = onnx.load(records.ROOT / "exported" / f"{source}.onnx")
    for entry in model.metadata_props:
        entry.value = name if entry.key == "name" else entry.value
    onnx.save(model, folder / f"{name}.onnx")


def test_a_page_begins_with_a_network_of_each_idea_the_first_that_is_there(exported):
    for name in ("mnist-mlp", "scratch", "mnist-pooled"):
        named(name, exported, name)

    def begun(page):
        app = opened(page, networks=None)
        assert not app.exception
        return set(app.session_state["networks"])

    assert begun("rotation.py") == {"mnist-mlp", "mnist-pooled", "scratch"}  # none of any idea
    for source, name in (("mnist-pooled", "lenet5"), ("scratch", "lenet5-rotated"), ("mnist-mlp", "p4cnn")):
        named(source, exported, name)
    assert begun("rotation.py") == {"lenet5", "lenet5-rotated", "p4cnn"}
    named("mnist-mlp", exported, "mnist-any-angle")
    assert begun("rotation.py") == {"lenet5", "lenet5-rotated", "mnist-any-angle"}
    assert begun("changes.py") == {"lenet5", "lenet5-rotated", "p4cnn"}  # which asks for no idea


def test_a_link_to_the_first_number_counts_more_than_what_was_chosen_before():
    query = {"pooling_view": "Round after round"}
    app = opened("pooling.py", query=query)
    first = app.number_input(key="pooled_rounds").value
    app.number_input(key="pooled_rounds").set_value(first - 1).run()
    app.switch_page("glossary.py").run()
    app.switch_page("pooling.py").query_params.update(query | {"pooled_rounds": str(first)})
    app.run()
    assert app.number_input(key="pooled_rounds").value == first


def test_what_a_file_says_of_its_network_is_shown_letter_by_letter(tmp_path):
    card = Card("net", "Net", ("a", "b"), (1, 4, 4), about="![*bold*](http://picture)")
    said = _about(Shown(SimpleNamespace(card=card, sha256=""), tmp_path / "net.onnx", "#000000", own=False))
    assert said == f"{escaped(card.about)} not measured yet."
    assert "![*" not in said
