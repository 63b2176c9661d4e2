"""Records with one part changed are told from whole ones, by the place and by what is wrong there."""

import copy
import json
from functools import reduce
from operator import getitem

import pytest

from invariance.evaluation import record_form, records
from invariance.evaluation.evaluate import BY_PROTOCOL
from tests.conftest import case

NETWORK = json.loads((records.EXPORTED / "lenet5.json").read_text())
EXPERIMENT = json.loads((records.EXPORTED / "flatten-order.json").read_text())
EVALUATION = "evaluation.mnist"
CURVE = f"{EVALUATION}.transforms.rotation"
PROTOCOL = {"title": ""} | {name: NETWORK["evaluation"]["mnist"][name] for name in BY_PROTOCOL}
MISSING = object()
WRONG = [  # what is put into a network's record, where, and what is said of it
    ("evaluation", 3, "should be an object and is 3"),
    ("evaluation", None, "should be an object and is null"),
    ("sha256", 5, "should be a text and is 5"),
    ("training", [1], "should be an object and is a list of 1"),
    ("training.history", [], "should be a list of one or more and is a list of 0"),
    ("training.history.3.validation_loss", MISSING, "should be there and is missing"),
    ("training.history.3.validation_loss", float("nan"), "should be a number from -1e+12 to 1e+12 and is NaN"),
    ("training.history.3.epoch", 3.5, "should be a whole number from 0 to 1e+12 and is 3.5"),
    ("training.images", MISSING, "should be there and is missing"),
    ("training.best_epoch", 13, "should be a whole number from 1 to 12 and is 13"),
    ("training.first_filters.values", [0.5], "should be a list of 150 and is a list of 1"),
    ("training.first_filters.shape", [6, 5, 5], "should be a list of 4 and is a list of 3"),
    (EVALUATION, 3, "should be an object and is 3"),
    (EVALUATION, {}, "should be there and is missing"),
    (f"{EVALUATION}.accuracy", "99 %", "should be an object and is a text"),
    (f"{EVALUATION}.accuracy.value", 1.5, "should be a number from 0 to 1 and is 1.5"),
    (f"{EVALUATION}.accuracy.value", True, "should be a number from 0 to 1 and is true"),
    (f"{EVALUATION}.accuracy.n", 10**400, "should be a whole number from 0 to 1e+12 and is 10000000000000000000"),
    (f"{EVALUATION}.loss", "0.1", "should be a number"),
    (f"{EVALUATION}.loss_margin", MISSING, "should be there and is missing"),
    (f"{EVALUATION}.protocol.n", -1, "should be a whole number from 0 to 1e+12 and is -1"),
    (f"{EVALUATION}.per_class", {}, "should be an object with a class and is empty"),
    (f"{EVALUATION}.per_class.7.n", -1, "should be a whole number from 0 to 1e+12 and is -1"),
    (f"{EVALUATION}.confusion.9", [1] * 11, "should be a list of 10 and is a list of 11"),
    (f"{EVALUATION}.versions.onnxruntime", MISSING, "should be there and is missing"),
    (CURVE, [], "should be an object and is a list of 0"),
    (f"{CURVE}.amounts.0", 1, "should be the 73 amounts of rotation and is others"),
    (f"{CURVE}.accuracy", [0.5] * 72, "should be a list of 73 and is a list of 72"),
    (f"{CURVE}.agreement.low.5", None, "should be a number from 0 to 1 and is null"),
    (f"{CURVE}.confusion.72", [[0] * 10] * 9, "should be a list of 10 and is a list of 9"),
    (f"{CURVE}.worst", [0] * 73, "should be a list of 72 and is a list of 73"),
    (f"{EVALUATION}.consistency.crops", MISSING, "should be there and is missing"),
    (f"{EVALUATION}.consistency.zeros.reach", 5, "should be a whole number from 4 to 4 and is 5"),
    (f"{EVALUATION}.consistency.zeros.flips.4", [], "should be an object and is a list of 0"),
]


def changed(record, where, value):
    """A copy of a record with something else at a place."""
    record = copy.deepcopy(record)
    *way, last = [int(part) if part.isdigit() and part != "7" else part for part in where.split(".")]
    place = reduce(getitem, way, record)
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return record


def test_each_wrong_part_of_a_network_s_record_is_named():
    whole = changed(NETWORK, f"{EVALUATION}.protocol", PROTOCOL)
    record_form.network(whole)
    for where, value, said in WRONG:
        with case(where, value), pytest.raises(record_form.WrongPartError) as raised:
            record_form.network(changed(whole, where, value))
        with case(where, value):
            assert said in str(raised.value)
            assert str(raised.value).replace("[", ".").replace("]", "").startswith(where.removesuffix(".0"))


def test_what_is_not_measured_may_be_missing_and_what_is_not_known_may_be_there():
    for parts in ({}, {"evaluations": 3}, {"training": NETWORK["training"]}, {"evaluation": {}}):
        record_form.network(parts)
    for where, value in [
        ("training.first_filters", None),
        (f"{EVALUATION}.transforms", {}),
        (f"{EVALUATION}.transforms.tilting", [1]),
        (f"{EVALUATION}.consistency", {}),
        (f"{EVALUATION}.protocol", PROTOCOL),
        (f"{EVALUATION}.loss", float("inf")),  # of a network with infinite logits
        ("evaluation.others", NETWORK["evaluation"]["mnist"] | {"confusion": [[3]], "transforms": {}}),
    ]:
        with case(where, value):
            record_form.network(changed(NETWORK, where, value))


def test_each_wrong_part_of_an_experiment_s_result_is_named():
    record_form.experiment(EXPERIMENT)
    for where, value, said in [
        ("runs", 3, "runs should be a list of one or more and is 3"),
        ("runs.0.accuracy", 0.7, "runs[0].accuracy should be an object and is 0.7"),
        ("runs.0.variant", "another", "runs should be of the same seeds for every variant and is otherwise"),
        ("training.versions.torch", MISSING, "training.versions.torch should be there and is missing"),
        ("recipe", [], "recipe should be an object and is a list of 0"),
    ]:
        with case(where), pytest.raises(record_form.WrongPartError) as raised:
            record_form.experiment(changed(EXPERIMENT, where, value))
        assert str(raised.value).startswith(said)
    with pytest.raises(record_form.WrongPartError, match=r"training\.history should be there"):
        record_form.network(EXPERIMENT)
