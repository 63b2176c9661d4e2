"""The pages Convolution and Pooling in Streamlit's own test runner."""

import numpy as np
import pytest

from invariance.inside.values import Inside
from invariance.operators.convolution import convolve
from tests.conftest import texts
from tests.pages.conftest import opened
from ui.drawing.pictures import brightness, signed

CONVOLUTION, POOLING = "convolution.py", "pooling.py"


def formulas(app):
    return "\n".join(formula.value for formula in app.latex)


def test_why_28_and_5_give_24_is_written_out():
    app = opened(CONVOLUTION)
    app.selectbox(key="slid_image").set_value("your picture")
    app.selectbox(key="slid_kernel").set_value("Gaussian blur, 5×5").run()
    next(box for box in app.selectbox if box.label == "Padding").set_value("valid").run()
    assert not app.exception
    assert r"H' = \frac{28 + 2 \cdot 0 - 5}{1} + 1 = 24" in formulas(app)
    assert "in a row of 28 numbers, a window 5 wide can begin at the first" in texts(app)
    assert "24 places" in texts(app)


def test_a_rest_is_said():
    app = opened(CONVOLUTION)
    next(box for box in app.selectbox if box.label == "Padding").set_value("valid")
    next(box for box in app.number_input if box.label == "Stride").set_value(4).run()
    assert not app.exception
    assert r"\left\lfloor" in formulas(app)
    assert "are seen by no window" in texts(app)


def test_a_kernel_larger_than_the_image_gets_a_sentence():
    app = opened(CONVOLUTION)
    app.selectbox(key="slid_kernel").set_value("a kernel of your own").run()
    next(box for box in app.selectbox if box.label == "Padding").set_value("valid")
    next(box for box in app.number_input if box.label == "Rows").set_value(7)
    next(box for box in app.number_input if box.label == "Columns").set_value(7).run()
    assert not app.exception
    app.selectbox(key="slid_image").set_value("a line, 7 × 8").run()
    assert r"= 1" in formulas(app)


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
    app = opened(POOLING)
    assert not app.exception
    said = texts(app)
    assert "**Global max pooling.** Invariant" in said
    assert "**Adaptive polyphase max pooling.** Equivariant" in said
    assert "**Max pooling.** Under 25 % of the shifts the output only moves" in said
    assert r"\begin{bmatrix}0 & 9 & 0 \\ 3 & 9 & 0 \\ 0 & 9 & 1\end{bmatrix}" in formulas(app)


def test_signed_pictures_are_white_at_zero_blue_below_and_red_above():
    picture = signed(np.array([[-2.0, 0.0, 1.0]]))
    assert picture[:, 0].T.tolist() == [[0, 0, 255], [255, 255, 255], [255, 128, 128]]
    assert brightness(np.array([[0.0, 2.0]])).tolist() == [[[0, 255]]]
    assert not brightness(np.zeros((2, 2))).any()
