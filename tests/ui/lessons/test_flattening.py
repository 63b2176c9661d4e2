"""The section on the order of flattening: its pictures, its proof and what it says of the experiment."""

import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest

from invariance.datasets import CIFAR10
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.inside.values import Inside
from invariance.measures import share_of
from invariance.model import Model
from invariance.operators.flatten import ORDERS, PER_IMAGE, by_chance
from tests.conftest import texts
from tests.ui.conftest import shown
from ui.drawing.charts import orders
from ui.lessons.flattening import COLOURS, GRID, NAME, NETWORK, by_order, drawing, numbered, sentence
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


def test_equal_orders_are_put_down_to_chance():
    said = sentence(trained(EQUAL | {PER_IMAGE: 0.7}))
    assert "Over 5 seeds, the means of the 5 fixed orders lie between 98.00 % and 98.00 %." in said
    assert "100 % of cases: **chance explains it**" in said
    assert "leaves **70.00 %**, 28.0 points less" in said


def test_an_order_that_is_worse_is_not():
    said = sentence(trained(EQUAL | {"spiral": 0.96, PER_IMAGE: 0.7}))
    assert "between 96.00 % and 98.00 %." in said
    assert "**more than chance explains**" in said


def test_chance_is_the_share_of_all_deals_that_are_as_far_apart():
    right = np.array([[0.5, 0.6, 0.7], [0.4, 0.6, 0.5]])
    # Two orders, three seeds: each seed's pair is exchanged or not; the second seed's are equal.
    deals = [(0.1 * a + 0.2 * b) / 3 for a in (1, -1) for b in (1, -1)]
    exact = np.mean([abs(deal) >= 0.1 - 1e-9 for deal in deals])
    assert exact == 0.5
    assert by_chance(right) == pytest.approx(exact, abs=0.03)


def test_chance_compares_within_a_seed():
    # Every seed is better with the second order, by less than seeds differ: 2 of 2^5 deals are as far apart.
    right = np.array([[0.1, 0.3, 0.5, 0.7, 0.9], [0.12, 0.32, 0.52, 0.72, 0.92]])
    assert by_chance(right) == pytest.approx(2 / 2**5, abs=0.01)


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
    runs = records.experiment(NAME)["runs"]
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
    (exported / f"{NAME}.json").write_text("{")
    app = opened()
    assert not app.exception
    assert (
        "flatten-order.json is damaged: it is no JSON. Put it back as it was, or delete it and run: python -m training"
        in texts(app)
    )


def test_results_without_their_network_are_shown(exported):
    shutil.copy(records.ROOT / "exported" / f"{NAME}.json", exported)
    app = opened()
    assert not app.exception
    assert "Over 5 seeds" in texts(app)


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
