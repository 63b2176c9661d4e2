"""Charts: where what is drawn stands, by plain computation."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from invariance.report import charts
from invariance.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, SIDE, TOP, WIDTH
from tests.conftest import case
from tests.report import findings

DRAWN = 0.051  # places are written with one decimal


def parsed(chart):
    return ElementTree.fromstring(str(chart))


def all_charts(found):
    yield from (charts.curve(curve, "a", {}, ()) for curve in found["transforms"].values())
    yield from (charts.layer_errors(each, "a") for each in found["layers"])
    yield charts.reliability(found["calibration"]["bins"], "a", "Title")
    yield charts.confusion_matrix(found["confusion"], found["model"]["labels"], "a")


def of_class(chart, tag, name):
    return [each for each in chart.iter(tag) if each.get("class") == name]


def points(shape):
    return np.array([[float(number) for number in pair.split(",")] for pair in shape.get("points").split()])


def upwards(share, start=HEIGHT - BOTTOM, end=TOP):
    return start + np.asarray(share) * (end - start)


def test_every_chart_says_in_words_what_it_shows():
    for found in (findings.example(), findings.hostile()):
        for chart in map(parsed, all_charts(found)):
            title, described = chart[:2]
            with case(title.text):
                assert (title.tag, described.tag, chart.get("role")) == ("title", "desc", "img")
                assert chart.get("aria-labelledby").split() == [title.get("id"), described.get("id")]
                assert title.text
                assert len(described.text) > 10


def test_nothing_is_drawn_outside_a_chart():
    for chart in map(parsed, all_charts(findings.example())):
        _, _, width, height = map(float, chart.get("viewBox").split())
        with case(chart[0].text):
            for each in chart.iter():
                for name, most in (("x", width), ("x1", width), ("cx", width), ("y", height), ("y2", height)):
                    assert 0 <= float(each.get(name, 0)) <= most
            for each in chart.iter("rect"):
                assert float(each.get("height")) >= 0
                assert float(each.get("x")) + float(each.get("width")) <= width


def test_a_curve_and_its_interval_stand_where_the_figures_say():
    curve = findings.example()["transforms"]["rotation"]
    order = np.random.default_rng(0).permutation(len(curve["amounts"]))  # drawn from left to right all the same
    amounts = np.array(curve["amounts"])
    x = LEFT + amounts / amounts.max() * (WIDTH - RIGHT - LEFT)
    shares = {end: np.array(curve["accuracy"][end]) for end in ("value", "low", "high")}
    for part in ("amounts", "labels", "distance"):
        curve[part] = [curve[part][place] for place in order]
    curve["accuracy"] = {end: shares[end][order].tolist() for end in shares}
    chart = parsed(charts.curve(curve, "a", {}, ()))
    (line,), (band,) = of_class(chart, "polyline", "line model"), of_class(chart, "polygon", "band model")
    np.testing.assert_allclose(points(line), np.stack([x, upwards(shares["value"])], 1), atol=DRAWN)
    above, below = np.split(points(band), 2)
    np.testing.assert_allclose(above, np.stack([x, upwards(shares["high"])], 1), atol=DRAWN)
    np.testing.assert_allclose(below[::-1], np.stack([x, upwards(shares["low"])], 1), atol=DRAWN)


def test_a_curve_has_its_severities_no_change_and_the_model_compared_with():
    curve = findings.example()["transforms"]["gain"]
    chart = parsed(
        charts.curve(curve, "a", {0.1: {"value": 0.2}, 3: {"value": 0.4}, 99: {"value": 0.9}}, ("me", "you"))
    )
    at = lambda amount: LEFT + (amount - 0.1) / 2.9 * (WIDTH - RIGHT - LEFT)  # noqa: E731
    marked = [float(line.get("x1")) for line in of_class(chart, "line", "severity")]
    np.testing.assert_allclose(marked, list(map(at, curve["severities"])), atol=DRAWN)
    (neutral,) = of_class(chart, "line", "neutral")
    assert float(neutral.get("x1")) == pytest.approx(at(1), abs=DRAWN)
    (other,) = of_class(chart, "polyline", "line other")
    np.testing.assert_allclose(points(other), [(LEFT, upwards(0.2)), (WIDTH - RIGHT, upwards(0.4))], atol=DRAWN)
    assert {"me", "you", "1", "5"} <= {text.text for text in chart.iter("text")}


def test_amounts_with_names_are_not_joined_by_a_line():
    chart = parsed(charts.curve(findings.example()["transforms"]["reflection"], "a", {}, ()))
    assert not list(chart.iter("polyline"))
    assert len(of_class(chart, "circle", "model")) == len(of_class(chart, "line", "span model")) == 4
    assert {"as it is", "left ↔ right", "top ↕ bottom", "both"} <= {text.text for text in chart.iter("text")}


def test_one_amount_alone_is_drawn():
    curve = findings.example()["transforms"]["rotation"]
    for part in ("amounts", "labels", "distance"):
        curve[part] = curve[part][3:4]
    curve["accuracy"] = {end: column[3:4] for end, column in curve["accuracy"].items()}
    (dot,) = of_class(parsed(charts.curve(curve, "a", {}, ())), "circle", "model")
    assert float(dot.get("cx")) == pytest.approx((LEFT + WIDTH - RIGHT) / 2, abs=DRAWN)


def test_bars_of_reliability_end_at_the_share_of_right_answers():
    bins = findings.example()["calibration"]["bins"]
    full = [each for each in bins if each["n"]]
    chart = parsed(charts.reliability(bins, "a", "Title"))
    bars, counts = of_class(chart, "rect", "model"), of_class(chart, "rect", "count")
    assert len(bins) > len(full) == len(bars) == len(counts)
    heights = np.array([float(bar.get("height")) for bar in bars])
    bottom = float(of_class(chart, "line", "diagonal")[0].get("y1"))
    np.testing.assert_allclose(heights, (bottom - TOP) * np.array([each["accuracy"] for each in full]), atol=2 * DRAWN)
    left = [float(bar.get("x")) for bar in bars]
    expected = [LEFT + each["low"] * (SIDE - RIGHT - LEFT) for each in full]
    np.testing.assert_allclose(left, expected, atol=1)
    images = np.array([float(bar.get("height")) for bar in counts])
    np.testing.assert_allclose(
        images / images.max(), [each["n"] / max(one["n"] for one in full) for each in full], atol=0.01
    )
    assert charts.reliability([dict(bins[0], n=0)], "a", "Title").count("<rect") == 0


def test_layers_have_bars_as_high_as_their_errors_and_one_is_named():
    found = findings.example()["layers"][0]
    chart = parsed(charts.layer_errors(found, "a"))
    heights = np.array([float(bar.get("height")) for bar in of_class(chart, "rect", "model")])
    values = np.array([each["value"] for each in found["layers"]])
    np.testing.assert_allclose(heights / heights.max(), values / values.max(), atol=0.01)
    assert "lost at pool1" in {text.text for text in chart.iter("text")}
    undefined = parsed(charts.layer_errors(findings.example()["layers"][2], "a"))
    assert [text.text for text in undefined.iter("text")].count("?") == 8


def test_confusion_is_as_dark_as_its_share_of_a_row():
    chart = parsed(charts.confusion_matrix([[0, 0, 3], [0, 1, 1], [2, 1, 5]], ["a", "b", "c"], "a"))
    cells = [each for each in chart.iter("rect") if each.get("class").startswith("cell")]
    shares = np.reshape([float(each.get("fill-opacity")) for each in cells], (3, 3))
    np.testing.assert_array_equal(shares, [[0.75, 0.25, 0], [0, 0, 0], [0, 1, 0]])
    framed = np.reshape(["right" in each.get("class") for each in cells], (3, 3))
    np.testing.assert_array_equal(framed, np.eye(3, dtype=bool))
    assert [each[0].text for each in cells][1] == "a answered as b: 1"
    assert chart[1].text.startswith("3 of 9 answers")


def test_ticks_are_round_numbers_within_the_axis():
    for low, high, unit in (
        (0, 355, "°"),
        (-30, 30, "°"),
        (-14, 14, " px"),
        (0.1, 3, "×"),
        (1, 100, ""),
        (0, 1e-7, ""),
        (3, 3, ""),
    ):
        with case(low, high, unit):
            shown = charts.ticks(low, high, unit)
            assert 1 <= len(shown) <= charts.MOST_TICKS
            assert low <= shown[0] <= shown[-1] <= high
            if low < high:
                step = shown[1] - shown[0]
                np.testing.assert_allclose(np.diff(shown), step)
                assert len(shown) * step > (high - low) / 2
                if unit != "°":
                    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5)
