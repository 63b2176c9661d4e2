"""The section with the wide canvas: its maps, its sentences, its drawing in the session and in the address."""

import base64
import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from invariance.evaluation import records
from invariance.images.strokes import Stroke, rasterise
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.surgery.sliding import as_one_convolution
from tests.conftest import texts
from tests.ui.conftest import shown
from ui.answers.several_digits import EXAMPLE, HEIGHT, PAD, WIDTH
from ui.widgets.canvas import Form, from_link, from_wire, to_link

ALT = re.compile(r'alt="Evidence for an? (\d): at most (-?[\d.]+), at row (\d+), column (\d+)"')


def page():
    import streamlit as st

    from ui.answers.several_digits import several_digits

    st.markdown(several_digits())


def opened(query=None, **state):
    return shown(page, query, **state)


def heat(app):
    return app.get("html")[0].proto.body


def marks(app):
    """By digit: the largest value of its map, its row and its column."""
    return {digit: (float(value), int(row), int(column)) for digit, value, row, column in ALT.findall(heat(app))}


def framed(app):
    return re.findall(r'<figure class="?ahead"?><figcaption><b>(\d)</b>', heat(app))


def moved(drawing, right, down=0):
    """By pixels of the canvas."""
    return [Stroke(stroke.points + np.array([right, down]) / HEIGHT, stroke.width) for stroke in drawing]


@pytest.mark.parametrize("network", ["scratch", "mnist-cnn"])
def test_the_example_s_digits_are_ahead_at_their_places(network):
    app = opened(slides=network)
    assert framed(app) == ["3", "7", "8"]
    found = marks(app)
    assert list(found) == list("0123456789")
    for digit, x, y in (("3", 0.28, 0.28), ("7", 1.3, 0.66), ("8", 2.3, 0.4)):
        _, row, column = found[digit]
        assert max(abs(row - y * HEIGHT), abs(column - x * HEIGHT)) <= 5
    assert " sees a 3, a 7 and an 8." in texts(app)
    assert "These are an example" in texts(app)
    largest = max(value for digit, (value, *_) in found.items() if digit not in "378")
    assert f"bumps too, here up to {largest:.1f} for " in texts(app)


def test_a_moved_drawing_moves_the_marks_and_keeps_the_largest_values():
    # Every stroke lies whole pixels further, so that the pen paints the same pixels.
    drawing = moved(EXAMPLE, 5, 1)
    before, after = marks(opened(wide_strokes=drawing)), marks(opened(wide_strokes=moved(drawing, 11, 2)))
    for digit, (value, row, column) in before.items():
        assert after[digit][1:] == (row + 2, column + 11)
        assert after[digit][0] == pytest.approx(value, abs=0.15)  # rounded to a decimal


def test_the_slider_moves_the_marks_and_keeps_the_largest_values():
    app = opened()
    before = marks(app)
    assert "Shifted by" not in texts(app)
    app.slider[0].set_value(9).run()
    assert {digit: (value, row, column + 9) for digit, (value, row, column) in before.items()} == marks(app)
    assert "Shifted by 9 px: 10 of 10 marks moved by just that, and 10 of 10 largest values stayed" in texts(app)
    assert "pushed out" not in texts(app)


def test_what_is_pushed_out_is_said_and_its_digit_is_no_longer_ahead():
    app = opened(query={"wide_shift": "-60"})
    assert re.search(r"[\d.]+ % of the ink was pushed out", texts(app))
    assert "Shifted by −60 px: " in texts(app)
    assert "10 of 10" not in texts(app)
    assert "3" not in framed(app)
    before, after = marks(opened()), marks(app)
    change = float(re.search(r"the largest change is ([\d.e+]+)\)", texts(app))[1])
    assert change == pytest.approx(max(abs(after[digit][0] - before[digit][0]) for digit in before), rel=0.05)


def test_a_drawing_pushed_out_as_a_whole_leaves_white_maps():
    line = [Stroke(np.array([[0.2, 0.3], [0.2, 0.7]]), 0.05)]
    app = opened(query={"wide_shift": "-60"}, wide_strokes=line)
    assert "100.00 % of the ink was pushed out" in texts(app)
    assert " sees no digit anywhere." in texts(app)


def test_the_evidence_s_scale_is_the_largest_up_or_down():
    app = opened()
    full = float(re.search(r"\+([\d.]+)</span>", heat(app))[1])
    assert full >= max(value for value, *_ in marks(app).values())
    assert f"−{full:.1f}<div" in heat(app)


def test_every_map_is_the_evidence_on_one_scale_under_a_faint_drawing():
    app = opened()
    canvas = rasterise(EXAMPLE, HEIGHT, WIDTH)
    evidence = as_one_convolution(Inside(Model(records.EXPORTED / "scratch.onnx"))).evidence(canvas)
    full = np.abs(evidence).max()
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', heat(app))
    for one, picture in zip(evidence, pictures, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))), float) / 255
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        light = pixels.max(2)  # red or blue is full in every colour of the scale
        np.testing.assert_allclose((pixels[..., 0] - pixels[..., 2]) / light, one / full, atol=0.02)
        assert light[canvas[0] == 0].min() == 1
        assert light[canvas[0] == 1].max() < 0.9


def test_every_ring_lies_on_its_map_s_largest_value():
    app = opened()
    rings = re.findall(r'<i style="left:([\d.]+)%;top:([\d.]+)%">', heat(app))
    for (left, top), (_, row, column) in zip(rings, marks(app).values(), strict=True):
        assert float(left) / 100 * WIDTH == pytest.approx(column + 0.5, abs=0.02)
        assert float(top) / 100 * HEIGHT == pytest.approx(row + 0.5, abs=0.02)


def test_a_link_shows_the_drawing_and_the_address_names_it():
    drawing = from_link(to_link(moved(EXAMPLE[:1], 90)), PAD.aspect)
    assert drawing[0].points[:, 0].max() > 1  # beyond a square pad
    app = opened(query={"wide": to_link(drawing)})
    assert "example" not in texts(app)
    assert marks(app) == marks(opened(wide_strokes=drawing))
    assert app.query_params["wide"] == to_link(drawing)
    assert opened(wide_strokes=drawing).query_params["wide"] == to_link(drawing)
    assert "wide" not in opened().query_params
    assert opened(query={"wide": to_link(drawing)}, wide_strokes=[]).query_params["wide"] == to_link([])


def test_a_damaged_link_is_said_and_the_example_shown():
    app = opened(query={"wide": "****"})
    assert "link is damaged" in texts(app)
    assert marks(app) == marks(opened())


def test_the_drawing_of_the_square_pad_stays_apart():
    app = opened(strokes=EXAMPLE, query={"draw": "x"})
    assert app.session_state["wide_strokes"] is None
    assert app.session_state["strokes"] is EXAMPLE


def test_an_empty_canvas_asks_for_digits():
    app = opened(wide_strokes=[])
    assert "The canvas is empty" in texts(app)
    assert not app.get("html")


def test_networks_that_can_t_slide_are_not_offered_and_the_reason_is_said():
    app = opened()
    offered = app.get("button_group")[0].options
    titles = {path.stem: Model(path).card.title for path in records.models()}
    assert titles["scratch"] == offered[0]
    assert titles["mnist-cnn"] in offered
    assert titles["lenet5"] not in offered
    assert titles["cifar-linear"] not in offered  # it slides, but over photos
    assert "LeNet-5 can't slide: its layer conv2" in texts(app)


@pytest.mark.parametrize("present", [[], ["lenet5"]])
def test_without_a_network_that_slides_the_command_is_said(present, exported):
    for name in present:
        shutil.copy(records.ROOT / "exported" / f"{name}.onnx", exported)
    app = opened()
    assert "python -m invariance scratch" in texts(app)
    assert not app.get("html")


def test_the_window_that_grew_is_said():
    window = as_one_convolution(Inside(Model(records.EXPORTED / "mnist-cnn.onnx"))).window
    app = opened(slides="mnist-cnn")
    assert f"the window of {window[0]} × {window[1]} pixels" in texts(app)
    assert "had a border of zeros" in texts(app)
    assert "16 copies" in texts(app)
    assert "border of zeros" not in texts(opened(slides="scratch")).replace("zeros around", "")


def test_a_wide_pad_keeps_what_lies_beyond_a_square():
    sent = [{"width": 48, "points": [2500, 900, 9999, 2000]}]
    wide, square = from_wire(sent, 3)[0].points, from_wire(sent)[0].points
    np.testing.assert_allclose(wide * 1023, [[2500, 900], [3069, 1023]])
    np.testing.assert_allclose(square * 1023, [[1023, 900], [1023, 1023]])
    assert Form(aspect=WIDTH / HEIGHT, pen=PAD.pen, frame=28 / HEIGHT) == PAD
    assert 2 <= PAD.pen / 1023 * HEIGHT <= 3  # pixels: as thick as MNIST's lines
