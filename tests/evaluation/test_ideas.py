"""What tells about a network follows from its idea and from what was recorded of it."""

import pytest

from invariance.evaluation import records
from invariance.evaluation.ideas import IDEAS, figure_of
from invariance.model import Card, Model
from tests.conftest import case


def card(idea):
    return Card("net", "Net", ("a", "b"), (1, 4, 4), idea=idea)


MEASURED = {
    "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 100},
    "transforms": {
        "rotation": {
            "amounts": [0, 45, 90],
            "accuracy": [0.5, 0.3, 0.2],
            "low": [0.4, 0.2, 0.1],
            "high": [0.6, 0.4, 0.3],
            "n": 100,
            "mean": {"value": 0.25, "low": 0.2, "high": 0.3, "n": 100},
        }
    },
    "consistency": {"circular": {"consistency": {"value": 0.75, "low": 0.7, "high": 0.8, "n": 100}}},
}


@pytest.mark.parametrize(
    ("idea", "figure"),
    [
        ("plain", "50.00 % of the test images right"),
        ("", "50.00 % of the test images right"),
        ("a stranger's", "50.00 % of the test images right"),
        ("turned", "25.00 % right on average over all angles"),
        ("turning", "20.00 % right when turned by 90°, 25.00 % right on average over all angles"),
        ("shifting", "75.00 % get the same answer after two circular shifts"),
        ("both", "20.00 % right when turned by 90°, 75.00 % get the same answer after two circular shifts"),
    ],
)
def test_the_figure_is_that_of_the_idea(idea, figure):
    assert figure_of(card(idea), MEASURED) == figure


def test_what_was_not_measured_is_said_to_be_so():
    for measurement in (None, {}):
        assert figure_of(card("shifting"), measurement) == "not measured yet"
    only_upright = {"accuracy": MEASURED["accuracy"], "transforms": {}, "consistency": {}}
    assert figure_of(card("shifting"), only_upright) == "50.00 % of the test images right"
    only_turned = {key: MEASURED[key] for key in ("accuracy", "transforms")}
    assert figure_of(card("both"), only_turned) == "20.00 % right when turned by 90°"


def test_a_network_that_pages_begin_with_has_the_idea_that_it_stands_for():
    named = [(name, idea) for idea, each in IDEAS.items() for name in each.first]
    assert len(dict(named)) == len(named)
    there = {path.stem: Model(path).card.idea for path in records.models()}
    assert {name: idea for name, idea in named if name in there}.items() <= there.items()
    assert any(name in there for name, _ in named)


def test_every_exported_network_has_an_idea_and_its_figure():
    for path in records.models():
        with case(path.stem):
            model = Model(path)
            assert model.card.idea in IDEAS
            measurement, problem = records.evaluation(path, model.sha256, model.card.dataset)
            assert not problem
            assert "%" in figure_of(model.card, measurement)
