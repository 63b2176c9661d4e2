"""Of any bytes in place of a model, or of what is said beside it: a graph, what it says, or a sentence."""

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from hypothesis import given
from hypothesis import strategies as st

from invariance import UserError
from invariance.evaluation import records
from invariance.model import Model, hints, reading
from invariance.model.card import Card, ModelError
from tests.conftest import linear_classifier
from tests.properties.damage import VALUES, damaged, outcome


@contextmanager
def a_folder():
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def small():
    with a_folder() as place:
        return linear_classifier(place / "small.onnx", metadata={"title": "Small", "labels": "[1, 2, 3]"}).read_bytes()


SMALL = small()


@given(came=damaged(SMALL))
def test_a_file_of_a_model_gives_its_graph_and_answers_or_a_sentence(came):
    with a_folder() as place:
        path = place / "came.onnx"
        path.write_bytes(came)
        file = outcome(ModelError, reading.read, path)
        model = file and outcome(ModelError, Model, path)
        answers = model and outcome(ModelError, model.predict, np.zeros((2, *model.card.shape), np.float32))
    if file is None:
        return
    assert file.data == came
    assert file.proto.graph.node
    if answers is not None:
        assert answers.shape == (2, len(model.card.labels))
    if came == SMALL:
        assert answers is not None
        assert file.proto.SerializeToString() == onnx.load_from_string(came).SerializeToString()


def test_names_of_any_length_get_a_short_sentence_soon():
    long = "X" * 300_000

    def outside(proto):
        proto.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
        proto.graph.initializer[0].external_data.add(key="location", value=long)

    for rename in (
        lambda proto: setattr(proto.graph.node[0], "op_type", long),
        lambda proto: setattr(proto.graph.node[0], "domain", long),
        lambda proto: proto.graph.node[0].input.__setitem__(0, long),
        lambda proto: setattr(proto.graph.output[0], "name", long),
        lambda proto: setattr(proto.graph.initializer[0], "name", long),
        outside,
    ):
        proto = onnx.load_from_string(SMALL)
        rename(proto)
        with a_folder() as place:
            path = place / "came.onnx"
            path.write_bytes(proto.SerializeToString())
            assert outcome(ModelError, Model, path) is None


LONE = st.text().map(lambda text: text.encode("utf-8", "replace").decode())
METADATA = st.dictionaries(st.sampled_from(["recipe", "parameters", "order", "title", "name", "source"]), LONE)
NESTED = st.integers(1, 100_000).map(lambda deep: "[" * deep)


@given(
    metadata=METADATA, value=VALUES.map(json.dumps) | NESTED, name=st.sampled_from(["recipe", "parameters", "order"])
)
def test_any_metadata_give_a_card(metadata, value, name):
    card, notes = Card.from_metadata(metadata | {name: value}, "some", (1, 2, 2), ("a", "b"))
    assert isinstance(card.recipe, dict)
    assert type(card.order) is int
    assert card.parameters is None or type(card.parameters) is int
    assert card.title
    assert all(isinstance(note, str) for note in notes)


SIDECAR = json.dumps(
    {"layout": "NCHW", "dtype": "float32", "range": [0, 1], "mean": [0.5], "std": [0.2], "labels": ["a", "b"]}
).encode()
RECORD = json.dumps({"evaluation": {"mnist": {"sha256": "0", "n": 3}}, "training": {"history": []}}).encode()


@given(came=damaged(SIDECAR) | NESTED.map(str.encode) | VALUES.map(lambda value: json.dumps({"mean": value}).encode()))
def test_what_is_saved_beside_a_model_is_read_or_gets_a_sentence(came):
    with a_folder() as place:
        hints.sidecar(place / "came.onnx").write_bytes(came)
        values = outcome(ModelError, hints.saved, place / "came.onnx")
    assert values is None or isinstance(values, dict)


@given(came=damaged(RECORD) | NESTED.map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_record_is_read_or_gets_a_sentence(came):
    with a_folder() as place:
        path = place / "came.onnx"
        path.with_suffix(".json").write_bytes(came)
        record = outcome(UserError, records.read, path)
    assert record is None or isinstance(record, dict)
