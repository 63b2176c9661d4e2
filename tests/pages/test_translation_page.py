"""The page Translation: its views, the figures it shows, and what it says when something is missing."""

import json
import shutil

import numpy as np
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS
from invariance.model import Model
from invariance.number_words import with_interval
from invariance.operators.sampling import gain
from tests.conftest import texts
from tests.pages.conftest import ROOT, opened

TRANSLATION = "translation.py"
VIEWS = ("drag", "everywhere", "wide", "measured", "why")


def drawn(app):
    """The rows of data behind each chart."""
    charts = app.get("vega_lite_chart")
    return [convert_arrow_bytes_to_pandas_df(chart.proto.data.data).to_dict("records") for chart in charts]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("what", ["mnist", "cifar10"])
def test_every_view_opens(view, what):
    app = opened(TRANSLATION, see=view, what=what)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("view", ["drag", "everywhere", "measured"])
def test_without_networks_a_view_names_the_command(view, exported):
    app = opened(TRANSLATION, see=view)
    assert not app.exception
    assert "make train" in texts(app) or "python -m training" in texts(app)


def test_a_network_that_was_not_measured_is_named_with_the_command(exported):
    for name in ("mnist-mlp", "mnist-shift-plain"):
        shutil.copy(ROOT / "exported" / f"{name}.onnx", exported)
    shutil.copy(ROOT / "exported" / "mnist-mlp.json", exported)
    app = opened(TRANSLATION, see="measured", networks=["mnist-mlp", "mnist-shift-plain"])
    assert not app.exception
    said = texts(app)
    assert "evaluate mnist-shift-plain --measures circular" in said
    assert "evaluate mnist-shift-plain --measures consistency" in said
    assert "evaluate mnist-mlp" not in said


@pytest.mark.parametrize("kind", SHIFTS)
def test_the_figures_are_those_of_the_records(kind):
    names = ["mnist-mlp", "mnist-shift-polyphase"]
    app = opened(TRANSLATION, see="measured", shifted=kind, networks=names)
    assert not app.exception
    _, same, flips, _ = drawn(app)
    measured = {path.stem: records.read(path)["evaluation"] for path in records.models()}
    found = {name: record["mnist"]["consistency"] for name, record in measured.items() if "mnist" in record}
    values = [row["value"] for row in same]
    assert values == sorted((each[kind]["consistency"]["value"] for each in found.values()), reverse=True)
    expected = [share["value"] for name in names for share in found[name][kind]["flips"]]
    assert [row["value"] for row in flips] == expected
    prices = app.dataframe[-1].value
    title = records.read(records.EXPORTED / "mnist-mlp.onnx")["recipe"]["title"]
    row = prices[prices["network"] == title].iloc[0]
    assert row["right on test images"] == with_interval(measured["mnist-mlp"]["mnist"]["accuracy"])
    assert row["same answer to two shifts"] == with_interval(found["mnist-mlp"][kind]["consistency"])


def test_the_page_begins_with_its_own_networks_until_the_person_chooses():
    app = opened("rotation.py", networks=None)
    first = app.session_state["networks"]
    app.switch_page(TRANSLATION).run()
    assert "mnist-shift-polyphase" in app.session_state["networks"] != first
    app.switch_page("rotation.py").run()
    assert app.session_state["networks"] == first
    app.session_state["networks"] = ["p4cnn"]
    app.run()
    app.switch_page(TRANSLATION).run()
    assert app.session_state["networks"] == ["p4cnn"]


def test_what_was_picked_is_still_picked_on_the_next_page():
    app = opened("classify.py", networks=None)
    app.switch_page("rotation.py").run()
    assert not app.exception
    assert "Choose at least one network" not in texts(app)
    for label, chosen in (("What to recognise", "mnist"), ("Where the image comes from", "draw")):
        widget = next(each for each in app.segmented_control if each.label == label)
        assert widget.value == chosen


@pytest.mark.parametrize(
    ("period", "told"), [(2.4, "stripes every 12.0 px"), (2.0, "all alike"), (8.0, "stripes every 8.0 px")]
)
def test_the_stripes_say_what_is_kept_of_them(period, told):
    app = opened(TRANSLATION, see="why", stripes=period)
    assert not app.exception
    assert told in texts(app)


@pytest.mark.parametrize(("period", "moved"), [(2.4, 0), (3.0, 1), (8.0, 3)])
def test_every_kept_pixel_lies_on_the_wave_and_every_blurred_one_on_a_weaker_wave(period, moved):
    app = opened(TRANSLATION, see="why", stripes=period, stripes_moved=moved)
    chart = json.loads(app.get("vega_lite_chart")[-1].proto.spec)
    points = {(row["what"], row["x"]): row["y"] for row in chart["layer"][-1]["data"]["values"]}
    assert len(points) == 32
    for (what, x), y in points.items():
        wave = np.cos(2 * np.pi * (x - moved) / period) / 2
        share = gain(period) if "blurred" in what else 1
        assert y == pytest.approx(0.5 + share * wave, abs=1e-5)


def test_networks_that_take_turns_alike_are_asked_about_sixes_and_nines():
    app = opened(TRANSLATION, see="measured")
    assert not app.exception
    rows = drawn(app)[-1]
    titles = {path.stem: Model(path).card.title for path in records.models()}
    shown = {row["network"] for row in rows}
    assert {titles[name] for name in ("p4cnn", "lenet5-orbit", "mnist-invariant")} <= shown
    assert not {titles[name] for name in ("lenet5", "mnist-mlp", "mnist-shift-polyphase")} & shown
    curve = records.read(records.EXPORTED / "p4cnn.onnx")["evaluation"]["mnist"]["transforms"]["circular"]
    counts = dict(zip(curve["amounts"], curve["confusion"], strict=True))
    found = {row["amount"]: row["value"] for row in rows if row["network"] == titles["p4cnn"]}
    for amount, value in found.items():
        count = counts[amount]
        assert value == (count[6][9] + count[9][6]) / (sum(count[6]) + sum(count[9]))
    invariant = {row["value"] for row in rows if row["network"] == titles["mnist-invariant"]}
    assert len(invariant) == 1
