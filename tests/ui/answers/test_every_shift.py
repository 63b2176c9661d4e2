"""What is sent to the browser for an image that can be dragged: every answer, against a loop over shifted images."""

import base64
import json
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

import ui.widgets.shift_pad
from invariance.datasets import DATASETS
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.model import Card, Model
from invariance.number_words import probability
from invariance.transforms.translation import roll, shift
from tests.graphs import node, with_card
from tests.ui.conftest import shown
from ui.networks import Shown
from ui.picking.samples import SAMPLES, samples

SAMPLE = 4  # a four
HALF = 0.5 / 10_000 + 1e-6  # probabilities are rounded on their way
MOVES = {"circular": roll, "zeros": shift}


def moving_page():
    import streamlit as st

    from ui.answers.every_shift import every_shift

    state = st.session_state
    state.found = every_shift(state.chosen, state.image, state.label, state.edges)


def honour_page():
    import streamlit as st

    from ui.answers.every_shift import one_answer_everywhere

    one_answer_everywhere(st.session_state.image, st.session_state.label)


@pytest.fixture
def sent(monkeypatch):
    """What the browser is sent, in a list; let_go: what it answers."""
    calls = SimpleNamespace(data=[], let_go=None)

    def mount(*, key, data, default, on_let_go_change):
        calls.data.append(data | {"key": key})
        return SimpleNamespace(let_go=calls.let_go)

    monkeypatch.setattr(ui.widgets.shift_pad, "_mount", mount)
    return calls


def coloured(name):
    path = records.EXPORTED / f"{name}.onnx"
    return Shown(Model(path), path, "#123456")


def digit():
    return to_float(SAMPLES.images[SAMPLE : SAMPLE + 1])[0]


def moved(names=("lenet5",), image=None, label="4", edges="circular", query=None):
    chosen = [coloured(name) for name in names]
    return shown(moving_page, query, chosen=chosen, image=digit() if image is None else image, label=label, edges=edges)


def unpacked(data):
    """The networks' entries, with their numbers as int (T, D, R)."""
    tracks = json.loads(data["tracks"])
    for track in tracks:
        for name in ("answers", "confidence", "wanted"):
            numbers = np.frombuffer(base64.b64decode(track[name]), "<u2").astype(int)
            track[name] = numbers.reshape(data["turns"], data["rows"], data["columns"])
    return tracks


def check(track, turned, model, move, expected):
    """A track against single images: all corners, the middle and some shifts between."""
    turns, rows, columns = track["answers"].shape
    rng = np.random.default_rng(0)
    places = [(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1), (rows // 2, columns // 2)]
    places += [(rng.integers(rows), rng.integers(columns)) for _ in range(25)]
    assert track["expected"] == expected
    for turn in range(turns):
        for row, column in places:
            one = move(turned[turn][None], column - columns // 2, row - rows // 2)
            probabilities = model.predict(one)[0]
            assert track["answers"][turn, row, column] == probabilities.argmax()
            share = probabilities.max() + np.array([-HALF, 0, HALF])
            told = track["shares"][track["confidence"][turn, row, column]]
            assert told in {probability(value, 1) for value in share}
            assert abs(track["wanted"][turn, row, column] / 10_000 - probabilities[expected]) < HALF


@pytest.mark.parametrize(("edges", "rows"), [("circular", 28), ("zeros", 57)])
def test_every_shift_of_a_digit_is_answered_as_its_image_is(edges, rows, sent):
    moved(["lenet5", "lenet5-rotated"], edges=edges)
    (data,) = sent.data
    assert (data["rows"], data["columns"], data["turns"], data["wraps"]) == (rows, rows, 1, edges == "circular")
    for name, track in zip(("lenet5", "lenet5-rotated"), unpacked(data), strict=True):
        model = coloured(name).model
        assert (track["title"], track["colour"]) == (model.card.title, "#123456")
        assert track["words"] == ["right", "wrong"]
        check(track, digit()[None], model, MOVES[edges], 4)


@pytest.mark.parametrize(("edges", "rows"), [("circular", 32), ("zeros", 33)])
def test_photos_move_half_their_size_where_black_comes_in(edges, rows, sent):
    image = to_float(samples(DATASETS["cifar10"])[:1])[0]
    moved(["cifar-linear"], image, "", edges)
    (data,) = sent.data
    assert (data["rows"], data["columns"]) == (rows, rows)
    (track,) = unpacked(data)
    model = coloured("cifar-linear").model
    check(track, image[None], model, MOVES[edges], model.predict(image[None])[0].argmax())


@pytest.mark.parametrize("label", ["", "cat"])
def test_where_nobody_knows_the_answer_it_is_compared_with_that_to_the_unmoved_image(label, sent):
    image = np.roll(digit(), (9, 5), (1, 2))  # an answer of its own
    moved(["lenet5"], image, label)
    (track,) = unpacked(sent.data[0])
    expected = coloured("lenet5").model.predict(image[None])[0].argmax()
    assert expected != 4
    assert (track["expected"], track["known"]) == (expected, False)
    assert track["words"] == ["same answer", "another answer"]


def test_moving_on_asks_no_network_again(sent, monkeypatch):
    app = moved(image=np.random.default_rng(7).random((1, 28, 28), np.float32))  # no other test's
    asked = []
    logits = Model.logits
    monkeypatch.setattr(Model, "logits", lambda *given: asked.append(given) or logits(*given))
    sent.let_go = {"name": sent.data[0]["name"], "right": -5, "down": 2, "turn": 0}
    app.run()
    assert app.session_state["found"].place == (-5, 2, 0)
    assert not asked
    app.session_state["edges"] = "zeros"
    app.run()
    assert asked


def test_the_address_says_where_the_image_was_let_go(sent):
    app = moved(query={"at": "3,-2"})
    assert (sent.data[-1]["right"], sent.data[-1]["down"], sent.data[-1]["turn"]) == (3, -2, 0)
    sent.let_go = {"name": sent.data[-1]["name"], "right": 13, "down": -14, "turn": 0}
    app.run()
    assert app.query_params["at"] == "13,-14"
    sent.let_go = None
    app.session_state["edges"] = "zeros"  # at the same place
    app.run()
    assert (sent.data[-1]["right"], sent.data[-1]["down"]) == (13, -14)


@pytest.mark.parametrize("at", ["", "3", "3,x", "3,2,1", "14,0", "0,-15", "1.5,2"])
def test_another_address_begins_in_the_middle(at, sent):
    app = moved(query={"at": at})
    assert (sent.data[-1]["right"], sent.data[-1]["down"]) == (0, 0)
    assert app.query_params["at"] == "0,0"


@pytest.mark.parametrize(
    "let_go",
    [
        {"name": "black 57 x 57", "right": 1, "down": 1, "turn": 0},
        {"right": 14, "down": 0, "turn": 0},
        {"right": 0, "down": -15, "turn": 0},
        {"right": 1, "down": 0, "turn": 1},
        {"right": True, "down": 0, "turn": 0},
        {"right": "1", "down": 0, "turn": 0},
        {"right": 1, "down": 0},
        {"right": 1},
        "1,1",
    ],
)
def test_a_place_that_there_is_not_is_passed_over(let_go, sent):
    app = moved(query={"at": "1,2"})
    sent.let_go = {"name": sent.data[-1]["name"]} | let_go if isinstance(let_go, dict) else let_go
    app.run()
    assert app.session_state["found"].place == (1, 2, 0)


def small(folder, nodes, weights, name):
    """A network for digits of any size that ends in the mean over all places and a linear layer."""
    ending = [
        node("GlobalAveragePool", "maps", "mean"),
        node("Flatten", "mean", "flat"),
        node("Gemm", "flat weights", "logits"),
    ]
    weights = {key: np.array(value, np.float32) for key, value in weights.items()}
    card = Card(name, f"small {name}", tuple("0123456789"), (1, 28, 28), dataset="mnist")
    return Model(with_card(folder, nodes + ending, weights, card))


@pytest.fixture
def networks(exported):
    """In exported/: one that sees only how bright a digit is, and one that looks at blocks in fixed places."""
    rng = np.random.default_rng(1)
    bright = node("Concat", "image image", "maps", axis=1)
    steady = small(exported, [bright], {"weights": rng.standard_normal((2, 10))}, "mnist-invariant")
    edge = node("Conv", "image kernel", "edges", strides=[4, 4])
    relu = node("Relu", "edges", "maps")
    given = {"weights": 9 * rng.standard_normal((6, 10)), "kernel": rng.standard_normal((6, 1, 4, 4))}
    other = small(exported, [edge, relu], given, "mnist-shift-plain")
    return steady, other


def test_every_shift_and_turn_is_counted(networks, sent):
    app = shown(honour_page, image=digit(), label="4")
    (data,) = sent.data
    assert (data["turns"], data["rows"], data["columns"], data["wraps"], data["turn"]) == (4, 32, 32, True, 0)
    canvas = np.zeros((1, 32, 32), np.float32)
    canvas[:, 2:-2, 2:-2] = digit()
    turned = [np.rot90(canvas, quarters, (1, 2)) for quarters in range(4)]
    said, table = app.markdown[-1].value, app.table[0].value
    for model, track in zip(networks, unpacked(data), strict=True):
        larger = SimpleNamespace(predict=resized(model))
        expected = larger.predict(canvas[None])[0].argmax()
        check(track, turned, larger, roll, expected)
        assert not track["known"]
        every = np.concatenate([all_logits(model, image) for image in turned])
        verdict = "✓ right" if expected == 4 else "✗ wrong"
        row = table.loc[table["network"] == model.card.title].iloc[0]
        assert row["unmoved"].startswith(f"{expected} {verdict}: it is a 4")
        assert int(row.iloc[2]) == len(set(every.argmax(1)))
        assert float(row.iloc[3]) == pytest.approx(np.ptp(every, 0).max(), abs=1e-4)
    answers = [len(np.unique(track["answers"])) for track in unpacked(data)]
    assert answers[0] == 1 < answers[1]
    assert "4,096 images" in said


def any_size(model):
    """The session of a small network, for any size: what with_size() is compared with."""
    import onnxruntime as ort

    proto = onnx.load_from_string(model.data)
    for place, side in enumerate(proto.graph.input[0].type.tensor_type.shape.dim[2:]):
        side.dim_param = f"side{place}"
    return ort.InferenceSession(proto.SerializeToString())


def all_logits(model, image):
    session = any_size(model)
    moves = np.concatenate([roll(image[None], right, down) for down in range(32) for right in range(32)])
    return session.run(None, {"image": moves})[0]


def resized(model):
    session = any_size(model)

    def predict(images):
        logits = session.run(None, {"image": images})[0].astype(np.float64)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    return predict


def test_the_picture_holds_the_image_and_its_turns_side_by_side(networks, sent):
    import io

    from PIL import Image

    shown(honour_page, image=digit(), label="")
    data = sent.data[0]
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["strip"].split(",")[1]))))
    canvas = np.pad(SAMPLES.images[SAMPLE, 0], 2)
    np.testing.assert_array_equal(strip, np.concatenate([np.rot90(canvas, quarters) for quarters in range(4)], 1))
    assert (data["width"], data["height"]) == (32, 32)


def test_the_command_is_named_where_the_network_is_missing(exported, sent):
    app = shown(honour_page, image=digit(), label="4")
    assert "python -m training mnist-invariant" in app.info[0].value
    assert not sent.data


def test_photos_are_passed_over(networks, sent):
    app = shown(honour_page, image=np.zeros((3, 32, 32), np.float32), label="")
    assert not app.markdown
    assert not app.header
    assert not sent.data


def test_a_network_for_one_size_in_its_place_is_reported(exported, sent):
    proto = onnx.load_from_string((records.ROOT / "exported" / "lenet5.onnx").read_bytes())
    for entry in proto.metadata_props:
        entry.value = "mnist-invariant" if entry.key == "name" else entry.value
    onnx.save(proto, exported / "mnist-invariant.onnx")
    app = shown(honour_page, image=digit(), label="")
    assert "can't take 32 × 32" in app.error[0].value
    assert not sent.data
