"""The section on the order of flattening: its pictures, its proof and what it says of the experiment."""

import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest

from invariance.claims.halbreich_flattening import FLATTEN_ORDER
from invariance.datasets import CIFAR10
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.inside.values import Inside
from invariance.measures import share_of
from invariance.model import Model
from invariance.operators.flatten import ORDERS, PER_IMAGE
from tests.conftest import texts
from tests.ui.conftest import shown
from ui.drawing.charts import orders
from ui.lessons.flattening import COLOURS, GRID, NETWORK, answer, by_order, drawing, numbered, sentence
from ui.picking.samples import samples

SVG = "{http://www.w3.org/2000/svg}"


def page():
    from ui.lessons.flattening import section

    section()


def opened():
    return shown(page)


def trained(means, spread=0.001, seeds=5, n=10_000):
    """What an experiment could have found: each variant's mean accuracy, and seeds that scatter about it."""
    scatter = np.linspace(-spread, spread, seeds)
    return [
        {"variant": name, "seed": seed, "accuracy": share_of(round((mean + scatter[seed]) * n), n)._asdict()}
        for seed in range(seeds)
        for name, mean in means.items()
    ]


EQUAL = dict.fromkeys(ORDERS, 0.98)


def test_every_place_is_numbered_and_the_line_visits_them_in_that_order():
    for name, order in ORDERS.items():
        numbers = numbered(order(GRID, GRID))
        drawn = ElementTree.fromstring(drawing(order(GRID, GRID), COLOURS[name]))
        places = {text.text: (float(text.get("x")), float(text.get("y"))) for text in drawn.iter(f"{SVG}text")}
        columns, rows = (sorted({place[axis] for place in places.values()}) for axis in (0, 1))
        for i in range(GRID):
            for j in range(GRID):
                assert places[str(numbers[i, j])] == (columns[j], rows[i])
        line = drawn.find(f"{SVG}polyline")
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        assert [x for x, _ in points] == [places[str(number)][0] for number in range(1, GRID**2 + 1)]
        assert [rows.index(y + 4) for _, y in points] == [rows.index(places[str(n)][1]) for n in range(1, GRID**2 + 1)]
        assert line.get("stroke") == COLOURS[name]


def test_numbers_run_as_the_order_s_name_says():
    assert numbered(ORDERS["row by row"](GRID, GRID))[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert numbered(ORDERS["column by column"](GRID, GRID))[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert numbered(ORDERS["spiral"](GRID, GRID))[:, -1].tolist() == [6, 7, 8, 9, 10, 11]
    assert numbered(ORDERS["diagonal"](GRID, GRID))[0].tolist() == [1, 2, 4, 7, 11, 16]


def test_every_drawn_order_differs():
    app = opened()
    said = [image.proto.imgs[0].alt for image in app.image]
    assert len(said) == len(ORDERS) + 2
    assert len({text.rpartition(": ")[2] for text in said}) == len(said)


def test_every_order_has_its_own_colour():
    assert list(COLOURS) == [*ORDERS, PER_IMAGE]
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_equal_orders_are_shown_to_be_equal():
    runs = trained(EQUAL | {PER_IMAGE: 0.7})
    assert "random, fixed +0.00 ± 0.00 points" in sentence(runs)
    assert "by 0.5 points or more: of **4 of 4** they rule it out" in sentence(runs)
    assert "leaves **70.00 %**: −28.00 ± 0.00 points." in sentence(runs)
    assert answer(runs).startswith("Any order is as good, to within 0.5 points, as long as it stays the same: ")


def test_an_order_that_is_worse_is_not():
    runs = trained(EQUAL | {"spiral": 0.96, PER_IMAGE: 0.7})
    assert "spiral −2.00 ± 0.00 points" in sentence(runs)
    assert "of **3 of 4** they rule it out" in sentence(runs)
    assert answer(runs).startswith("The order matters: trained with 5 of them, networks are right on 96.00 %")


def test_seeds_that_scatter_settle_nothing():
    runs = trained(EQUAL | {PER_IMAGE: 0.7})
    for run in runs:
        if run["variant"] == "spiral":
            run["accuracy"]["value"] += (0.01, -0.01, 0.01, -0.01, 0)[run["seed"]]
    assert "0.00 ± 1.24 points; random, fixed" in sentence(runs)
    assert "of **3 of 4** they rule it out" in sentence(runs)
    assert answer(runs).startswith("Whether the order matters is not settled by so few trainings: ")


def test_accuracies_are_grouped_by_order():
    found = by_order(trained(EQUAL | {PER_IMAGE: 0.7}, spread=0.01, seeds=3))
    assert list(found) == [*ORDERS, PER_IMAGE]
    np.testing.assert_allclose(found[PER_IMAGE], [0.69, 0.7, 0.71])


def test_the_section_shows_the_recorded_experiment(monkeypatch):
    charts, draw = [], orders.accuracies
    monkeypatch.setattr(
        orders, "accuracies", lambda rows, colours: charts.append((rows, colours)) or draw(rows, colours)
    )
    app = opened()
    assert not app.exception
    runs = records.experiment(FLATTEN_ORDER)["runs"]
    said = texts(app)
    assert sentence(runs) in said
    assert "n = 10,000 test images" in said
    assert len(app.get("vega_lite_chart")) == 2
    for (rows, colours), names in zip(charts, ([*ORDERS, PER_IMAGE], [*ORDERS]), strict=True):
        assert list(colours) == names
        assert {(row["order"], row["seed"]): row["value"] for row in rows} == {
            (one["variant"], one["seed"]): one["accuracy"]["value"] for one in runs if one["variant"] in names
        }


def test_points_are_seeds_and_bars_their_means():
    points, means = orders.accuracies([{"order": "spiral", "seed": 0, "value": 0.9}], COLOURS).to_dict()["layer"]
    assert points["encoding"]["x"]["field"] == means["encoding"]["x"]["field"] == "value"
    assert "aggregate" not in points["encoding"]["x"]
    assert means["encoding"]["x"]["aggregate"] == "mean"
    assert points["encoding"]["y"]["field"] == means["encoding"]["y"]["field"] == "order"


def test_without_results_the_command_is_named(exported):
    app = opened()
    assert not app.exception
    said = texts(app)
    assert "python -m training flatten-order" in said
    assert "python -m training cifar-underfit" in said


def test_damaged_results_are_said(exported):
    (exported / f"{FLATTEN_ORDER}.json").write_text("{")
    app = opened()
    assert not app.exception
    assert (
        "flatten-order.json is damaged: it is no JSON. Put it back as it was, or delete it and run: python -m training"
        in texts(app)
    )


def test_results_without_their_network_are_shown(exported):
    shutil.copy(records.ROOT / "exported" / f"{FLATTEN_ORDER}.json", exported)
    app = opened()
    assert not app.exception
    assert "over 5 seeds" in texts(app)


@pytest.mark.parametrize("name", ORDERS)
def test_the_proof_s_numbers_are_those_of_the_network(name):
    app = opened()
    app.pills(key="flattening_order").set_value(name).run()
    assert not app.exception
    said = texts(app)
    assert f"chosen order (**{name}**)" in said
    both = float(re.search(r"differ by at most \*\*(.+?)\*\*", said)[1])
    alone = float(re.search(r"logits differ by up to \*\*(.+?)\*\*", said)[1])
    changed = int(re.search(r"(\d+) of 6 answers change", said)[1])
    assert both < 1e-4

    # The same by moving the places of the maps, and the network's own last layer.
    model = Model(records.EXPORTED / f"{NETWORK}.onnx")
    found = Inside(model).values(["pool2", "logits"], to_float(samples(CIFAR10)))
    maps = found["pool2"].reshape(6, 64, 25)[:, :, ORDERS[name](5, 5)].reshape(6, 1600)
    weights = Inside(model).weights
    logits = maps @ weights["fc1.weight"].T + weights["fc1.bias"]
    expected = np.abs(logits - found["logits"]).max()
    if name == "row by row":
        assert alone < 1e-4
        assert changed == 0
    else:
        assert alone == pytest.approx(expected, rel=0.06)
        assert changed == (logits.argmax(1) != found["logits"].argmax(1)).sum()
