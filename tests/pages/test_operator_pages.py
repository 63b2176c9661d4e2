"""The pages Convolution and Pooling in Streamlit's own test runner."""

import numpy as np
import pytest

from invariance.evaluation import records
from invariance.inside.values import Inside
from invariance.operators.convolution import convolve
from invariance.operators.pooling import max_pool
from invariance.operators.shapes import SHAPES, vertical_line
from tests.conftest import case, texts
from tests.pages.conftest import opened, verdict
from ui.drawing.pictures import brightness, signed
from ui.lessons import pooling
from ui.lessons.pooling import GRID
from ui.lessons.sliding import finds

CONVOLUTION, POOLING = "convolution.py", "pooling.py"


def formulas(app):
    return "\n".join(formula.value for formula in app.latex)


def test_why_28_and_5_give_24_is_written_out():
    app = opened(CONVOLUTION)
    app.selectbox(key="slid_image").set_value("your picture")
    app.selectbox(key="slid_kernel").set_value("Gaussian blur, 5×5").run()
    app.selectbox(key="slid_padding").set_value("valid").run()
    assert not app.exception
    assert r"H' = \frac{28 + 2 \cdot 0 - 5}{1} + 1 = 24" in formulas(app)
    assert "in a row of 28 numbers, a window 5 wide can begin at the first" in texts(app)
    assert "24 places" in texts(app)


def test_a_rest_is_said():
    app = opened(CONVOLUTION)
    app.selectbox(key="slid_padding").set_value("valid")
    app.number_input(key="slid_stride").set_value(4).run()
    assert not app.exception
    assert r"\left\lfloor" in formulas(app)
    assert "are seen by no window" in texts(app)


def test_a_kernel_larger_than_the_image_gets_a_sentence():
    app = opened(CONVOLUTION)
    app.selectbox(key="slid_kernel").set_value("a kernel of your own").run()
    app.selectbox(key="slid_padding").set_value("valid")
    app.number_input(key="slid_rows").set_value(7)
    app.number_input(key="slid_columns").set_value(7).run()
    assert not app.exception
    app.selectbox(key="slid_image").set_value("a line, 7 × 8").run()
    assert r"= 1" in formulas(app)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (-1, "The kernel answers most strongly at row 1, column 2: 9, the largest of 6 cells."),
        (5, "At row 1, column 2 the kernel answers 9, the largest of 6 cells."),
        (3, "At row 1, column 0 the kernel answers −4, the smallest of 6 cells (1 more holds the same)."),
        (1, "At row 0, column 1 the kernel answers 2; of 6 cells, 1 holds more and 2 less."),
        (6, "The kernel answers most strongly at row 1, column 2: 9, the largest of 6 cells."),
    ],
)
def test_what_a_kernel_says_somewhere_is_ranked(at, said):
    assert finds(np.array([[2, 2, 2], [-4, -4, 9]], np.float32), at) == said


def test_the_window_s_place_and_the_kernel_s_numbers_are_read_from_the_address():
    numbers = np.array([[1, 2, 0.5], [4, -5, 6], [7, 8, 9]], np.float32)
    query = {"slid_kernel": "a kernel of your own", "slid_at": "10,56", "slid_numbers": "1,2,0.5;4,-5,6;7,8,9"}
    app = opened(CONVOLUTION, query=query)
    assert not app.exception
    assert verdict(app) == finds(convolve(vertical_line(), numbers, padding="same"), 10)
    assert {name: app.query_params[name] for name in ("slid_at", "slid_numbers")} == {
        name: query[name] for name in ("slid_at", "slid_numbers")
    }
    app.number_input(key="slid_stride").set_value(2).run()
    assert "slid_at" not in app.query_params  # another output
    assert verdict(app) == finds(convolve(vertical_line(), numbers, padding="same", stride=2), -1)
    app.selectbox(key="slid_kernel").set_value("Sobel, left").run()
    assert "slid_numbers" not in app.query_params
    for odd in ("1,2", "1,nan,3;4,5,6;7,8,9", "x", "1e99,0,0;0,0,0;0,0,0"):
        assert verdict(opened(CONVOLUTION, query=query | {"slid_numbers": odd})) == finds(vertical_line(), 10)


def test_an_image_is_counted_in_numbers():
    app = opened(CONVOLUTION, query={"convolution_view": "As numbers", "what": "Objects", "sample": "0"})
    assert "32 × 32 pixels and 3 colours are 3,072 numbers, 24,576 bits" in verdict(app)
    assert "A colour pixel is three numbers" in texts(app)


def test_the_learned_kernel_needs_a_digit():
    app = opened(CONVOLUTION, query={"convolution_view": "A learned kernel", "what": "Objects", "sample": "0"})
    assert "reads digits" in verdict(app)


def test_a_learned_kernel_gives_the_network_s_own_map(lenet5):
    inside = Inside(lenet5)
    filters, biases = inside.kernels("conv1")
    image = np.random.default_rng(0).random((1, 1, 28, 28), np.float32)
    values = inside.values(["normalise", "conv1", "logits"], image)
    for index in range(6):
        ours = convolve(values["normalise"][0], filters[index], padding="same", bias=float(biases[index]))
        np.testing.assert_allclose(ours, values["conv1"][0, index], atol=1e-5)
    np.testing.assert_allclose(values["logits"], lenet5.logits(image), atol=1e-5)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda inside: inside.kernels("fc1"), "no convolution fc1; it has: conv1, conv2, conv3"),
        (lambda inside: inside.values(["nothing"], np.zeros((1, 1, 28, 28), np.float32)), "no value nothing; it has: "),
    ],
)
def test_a_layer_that_is_not_there_is_named(lenet5, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(Inside(lenet5))


def test_pooling_says_which_operators_hold():
    app = opened(POOLING, query={"pooling_view": "Every shift at once"})
    assert not app.exception
    said = texts(app)
    assert "**Global max pooling.** Invariant" in said
    assert "**Adaptive polyphase max pooling.** Follows shifts (equivariant)" in said
    assert "**Max pooling.** The output only moves for 25 % of the shifts" in said
    assert "max pooling only moves along under 25 %, polyphase pooling under all." in verdict(app)
    assert "Global max pooling stays as it is under all." in verdict(app)


def test_pooling_s_verdict_follows_the_shift():
    """Both figures against a shift of the image and every shift of the output, worked out here."""
    image = SHAPES["circle"](64, 8)
    still = max_pool(image)
    for right in (0, 1, 2, -5):
        app = opened(POOLING, query={"pooled_shift": str(right)})
        assert not app.exception
        moved = max_pool(np.roll(image, right, 1))
        change = np.linalg.norm(moved - still) / np.linalg.norm(still)
        left = min(
            np.linalg.norm(moved - np.roll(still, (down, along), (0, 1))) for down in range(32) for along in range(32)
        ) / np.linalg.norm(still)
        with case(right):
            if right:
                assert verdict(app).split(":")[0] == ("No" if left > 1e-6 else "Not quite")
                assert "Global max pooling doesn't change at all, and forgets where" in verdict(app)
                assert (f"changes by {change:.0%}".replace("%", " %") in verdict(app)) == (left > 1e-6)
                assert (f"still differs by {left:.0%}".replace("%", " %") in verdict(app)) == (left > 1e-6)
            else:
                assert "nothing changes" in verdict(app)


def test_pooling_in_numbers_counts_what_the_move_changed():
    app = opened(POOLING, query={"pooling_view": "In numbers", "pooled_numbers": "1"})
    changed = np.count_nonzero(max_pool(np.roll(GRID, 1, 1)) != max_pool(GRID))
    assert 0 < changed < 9
    assert f"{changed} of 9 numbers change with max pooling, 0 of 1 with global max pooling" in verdict(app)


@pytest.mark.parametrize("measured", ["", "max is right on 99 %"])
def test_pooling_says_which_of_max_and_average_is_better_where_it_is_measured(monkeypatch, measured):
    monkeypatch.setattr(pooling, "max_or_average", lambda: measured)
    app = opened(POOLING, query={"pooling_view": "Round after round"})
    assert not app.exception
    assert (f"**Which one is better?** {measured}" in texts(app)) == bool(measured)


def test_a_damaged_record_leaves_the_rounds_of_pooling_up(monkeypatch, tmp_path):
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    (tmp_path / "lenet5-average-pooling.json").write_text("[")
    app = opened(POOLING, query={"pooling_view": "Round after round"})
    assert not app.exception
    assert "lenet5-average-pooling.json is damaged" in app.warning[0].value
    assert "4 × 4 numbers are left" in verdict(app)


def test_rounds_of_pooling_end_where_the_window_no_longer_fits():
    app = opened(POOLING, query={"pooling_view": "Round after round", "pooled_window": "8", "pooled_stride": "8"})
    assert "After 2 rounds, one number is left of 64 × 64" in verdict(app)
    assert "Round 3: the window of 8 no longer fits." in texts(app)


def test_signed_pictures_are_white_at_zero_blue_below_and_red_above():
    picture = signed(np.array([[-2.0, 0.0, 1.0]]))
    assert picture[:, 0].T.tolist() == [[0, 0, 255], [255, 255, 255], [255, 128, 128]]
    assert brightness(np.array([[0.0, 2.0]])).tolist() == [[[0, 255]]]
    assert not brightness(np.zeros((2, 2))).any()
