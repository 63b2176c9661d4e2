"""The page Translation: its views, the figures it shows, and what it says when something is missing."""

import json
import re
import shutil

import numpy as np
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from invariance.datasets import CIFAR10, DATASETS, MNIST, strokes
from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS
from invariance.images.pixels import to_float
from invariance.measures import share_of
from invariance.model import Model
from invariance.number_words import percent, with_interval
from invariance.operators.sampling import gain
from invariance.transforms.translation import roll
from tests.conftest import texts
from tests.pages.conftest import ROOT, opened
from ui.picking.samples import samples
from ui.recorded.consistency import verdict_on_shifts
from ui.recorded.curves import image_counts, images_told
from ui.recorded.with_pooling import PAIR

TRANSLATION = "translation.py"
VIEWS = ("drag", "everywhere", "pooled", "wide", "measured", "six", "why")


def drawn(app):
    """The rows of data behind each chart."""
    charts = app.get("vega_lite_chart")
    return [convert_arrow_bytes_to_pandas_df(chart.proto.data.data).to_dict("records") for chart in charts]


def verdict(app):
    """What the page says at its top, "" if nothing."""
    said = [block.value for block in app.markdown if 'data-testid="verdict"' in block.value]
    return said[0].split(">", 1)[1].rsplit("<", 1)[0].strip() if said else ""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("what", ["mnist", "cifar10"])
def test_every_view_opens(view, what):
    app = opened(TRANSLATION, see=view, what=what)
    assert not app.exception
    assert not app.error
    assert verdict(app)


@pytest.mark.parametrize("view", ["drag", "everywhere", "pooled", "wide", "measured", "six"])
def test_without_networks_a_view_names_the_command(view, exported):
    app = opened(TRANSLATION, see=view, what="mnist")
    assert not app.exception
    assert any(command in texts(app) for command in ("make train", "python -m training", "python -m invariance"))


def test_a_network_that_was_not_measured_is_named_with_the_command(exported):
    for name in ("mnist-mlp", "mnist-shift-plain"):
        shutil.copy(ROOT / "exported" / f"{name}.onnx", exported)
    shutil.copy(ROOT / "exported" / "mnist-mlp.json", exported)
    for part, measure in (("right", "circular"), ("same", "consistency")):
        app = opened(TRANSLATION, see="measured", stays=part, networks=["mnist-mlp", "mnist-shift-plain"])
        assert not app.exception
        assert f"evaluate mnist-shift-plain --measures {measure}" in texts(app)
        assert "evaluate mnist-mlp" not in texts(app)


@pytest.mark.parametrize("kind", SHIFTS)
def test_the_figures_are_those_of_the_records(kind):
    names = ["mnist-mlp", "mnist-shift-polyphase"]
    app = opened(TRANSLATION, see="measured", shifted=kind, networks=names)
    assert not app.exception
    same, flips = drawn(app)
    measured = {path.stem: records.read(path)["evaluation"] for path in records.models()}
    consistencies = {name: each.get("mnist", {}).get("consistency") for name, each in measured.items()}
    found = {name: each for name, each in consistencies.items() if each}
    values = [row["value"] for row in same]
    assert values == sorted((each[kind]["consistency"]["value"] for each in found.values()), reverse=True)
    expected = [share["value"] for name in names for share in found[name][kind]["flips"]]
    assert [row["value"] for row in flips] == expected
    most = max(found.values(), key=lambda each: each[kind]["consistency"]["value"])[kind]["consistency"]
    assert f"{percent(most['value'])} of 10,000 test images" in verdict(app)
    app = opened(TRANSLATION, see="measured", stays="price", shifted=kind)
    prices = app.dataframe[-1].value
    title = records.read(records.EXPORTED / "mnist-mlp.onnx")["recipe"]["title"]
    row = prices[prices["network"] == title].iloc[0]
    assert row["right on test images"] == with_interval(measured["mnist-mlp"]["mnist"]["accuracy"])
    assert row["same answer to two shifts"] == with_interval(found["mnist-mlp"][kind]["consistency"])


def test_how_many_images_is_said_of_all_networks():
    assert image_counts({"A": {"n": 10_000}, "B": {"n": 10_000}}) == "10,000"
    assert image_counts({"A": {"n": 10_000}, "B": {"n": 1000}, "C": {"n": 2000}}) == "1,000 to 10,000"
    assert images_told({"A": {"n": 10_000}}, MNIST) == "10,000 test images"
    assert images_told({"A": {"n": 2000}}, CIFAR10) == "2,000 test images, drawn at random, as many of each class,"


def test_networks_that_tie_are_all_named():
    def same(value):
        return {"consistency": {"zeros": {"consistency": {"value": value, "n": 500}}}}

    def said(**shares):
        return verdict_on_shifts({title: same(value) for title, value in shares.items()}, "zeros")

    begins = "Shifted twice at random, 90.00 % of 500 test images get the same answer both times from "
    assert said(A=0.9) == f"{begins}**A**."
    assert said(A=0.9, B=0.9) == f"{begins}**A** and **B**."
    assert said(A=0.9, B=0.4, C=0.9, D=0.4) == (
        f"{begins}**A** and **C**, most of the networks measured, and 40.00 % from **B** and **D**, fewest."
    )


def test_the_page_begins_with_its_own_networks_until_the_person_chooses():
    app = opened("rotation.py", networks=None, begun_with_a_flip=True)
    first = app.session_state["networks"]
    app.switch_page(TRANSLATION).run()
    assert "mnist-shift-polyphase" in app.session_state["networks"] != first
    app.switch_page("rotation.py").run()
    assert app.session_state["networks"] == first
    app.session_state["networks"] = ["lenet5-rotated"]
    app.run()
    app.switch_page(TRANSLATION).run()
    assert app.session_state["networks"] == ["lenet5-rotated"]


def test_what_was_picked_is_still_picked_on_the_next_page():
    app = opened("classify.py", networks=None)
    app.switch_page("rotation.py").run()
    assert not app.exception
    assert "Choose at least one network" not in texts(app)
    for label, chosen in (("What to recognise", "mnist"), ("Where the image comes from", "draw")):
        widget = next(each for each in app.segmented_control if each.label == label)
        assert widget.value == chosen


@pytest.mark.parametrize(
    ("period", "moved", "told"),
    [
        (2.4, 0, "stripes every 12.0 px"),
        (2.0, 0, "all alike"),
        (8.0, 0, "stripes every 8.0 px"),
        (4.0, 2, "moved by 2, what is kept shows stripes every 4.0 px"),
        (4.0, 3, "moved by 3, what is kept is all alike, an even grey"),
    ],
)
def test_the_stripes_say_what_is_kept_of_them(period, moved, told):
    app = opened(TRANSLATION, see="why", stripes=period, stripes_moved=moved)
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
    app = opened(TRANSLATION, see="six")
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


def test_what_sixes_and_nines_cost_the_network_that_has_only_the_shape_is_counted():
    said = texts(opened(TRANSLATION, see="everywhere"))
    measured = records.read(records.EXPORTED / "mnist-invariant.onnx")["evaluation"]["mnist"]
    counts = np.array(measured["confusion"])
    rest = counts[[0, 1, 2, 3, 4, 5, 7, 8]]
    right = sum(counts[label, label] for label in (0, 1, 2, 3, 4, 5, 7, 8))
    assert f"{with_interval(measured['accuracy'])} of all 10,000 test images" in said
    assert f"{with_interval(share_of(right, rest.sum()))} of the {rest.sum():,} that show neither a 6 nor a 9" in said
    assert f"{counts[6, 9] + counts[9, 6]} of its {counts.sum() - np.trace(counts)} errors are 6s taken" in said


def counts(app):
    """The networks' numbers of answers in the verdict: right or changed, by what it says."""
    said = verdict(app).split("It ", 1)[1]
    all_of_them = re.search(r"of ([\d,]+)|all ([\d,]+)", said)
    number = {"none": "0", "all of them": next(filter(None, all_of_them.groups()))}
    found = re.findall(r"at (none|all of them|[\d,]+)|at all ([\d,]+)", said)
    return [int(number.get(some, some or whole).replace(",", "")) for some, whole in found]


def test_it_opens_on_an_image_that_max_pooling_answers_differently_when_it_is_shifted():
    app = opened(TRANSLATION, networks=None)
    assert not app.exception
    assert "**Max pooling** says" in verdict(app)
    assert "which is right. It is right at" in verdict(app)
    flips, *others = counts(app)
    assert flips < 1024 == max(others)
    dataset = DATASETS[app.session_state["what"]]
    image = to_float(samples(dataset)[app.session_state[f"picked_{dataset.name}"]["sample"]])
    model = Model(records.EXPORTED / "cifar-shift-plain.onnx")
    every = np.concatenate([roll(image[None], right, down) for down in range(-16, 16) for right in range(-16, 16)])
    label = verdict(app).split("says **")[1].split("**")[0]
    assert (model.logits(every).argmax(1) == dataset.labels.index(label)).sum() == flips


def test_what_the_person_drew_is_never_replaced():
    app = opened("classify.py", networks=None, strokes=strokes.write(3, np.random.default_rng(1)))
    app.switch_page(TRANSLATION).run()
    assert not app.exception
    assert app.session_state["what"] == "mnist"
    assert "of 784 shifts" in verdict(app)


@pytest.mark.parametrize("query", [{"what": "Digits"}, {"sample": "3"}, {"draw": "x"}])
def test_what_the_address_names_is_never_replaced(query):
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60).switch_page(TRANSLATION)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    assert app.session_state["what"] == "mnist"


@pytest.mark.parametrize("gone", [["cifar-shift-plain"], ["cifar-shift-polyphase"]])
def test_without_the_networks_for_it_the_page_opens_on_the_example(gone, exported):
    for name in {"mnist-shift-plain", "cifar-shift-plain", "cifar-shift-polyphase"} - set(gone):
        shutil.copy(ROOT / "exported" / f"{name}.onnx", exported)
    app = opened(TRANSLATION, networks=None)
    assert not app.exception
    assert app.session_state["what"] == "mnist"


@pytest.mark.parametrize("edges", ["circular", "zeros"])
def test_with_and_without_pooling_are_compared_as_recorded(edges):
    app = opened(TRANSLATION, see="pooled", edges=edges)
    assert not app.exception
    for name in PAIR:
        record = records.read(records.EXPORTED / f"{name}.onnx")
        share = record["evaluation"]["mnist"]["consistency"][edges]["consistency"]["value"]
        assert f"{percent(share, 1)}" in verdict(app)
        assert record["recipe"]["title"] in verdict(app)
    assert len(drawn(app)) == 3
