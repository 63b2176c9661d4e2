"""The page Backpropagation in Streamlit's own test runner."""

import re
import shutil

import numpy as np
import pytest

from invariance.datasets import MNIST
from invariance.evaluation import records
from invariance.images.resizing import area_resize
from invariance.scratch import one_channel as small
from tests.conftest import texts
from tests.pages.conftest import opened, verdict
from ui.lessons.backpropagation import image
from ui.lessons.backpropagation_steps import AGREE, STEPS, agreement, agrees, written_out
from ui.networks import models_for
from ui.widgets.number_grids import from_wire

PAGE = "backpropagation.py"
THERE, SOFTMAX, LEARNED = (
    {"backpropagation_view": view} for view in ("There and back", "Softmax, with your numbers", "Enough to learn?")
)


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def formula(app):
    return app.latex[0].value


def differences(app):
    """What every check on the page found."""
    found = re.findall(r"differ by at most \*\*(\S+)\*\* in (\d+) of (\d+) numbers: (.) ", texts(app))
    return [(float(value), int(count), int(size), mark) for value, count, size, mark in found]


def test_steps_lead_from_the_loss_to_the_image_and_back():
    app = opened(PAGE)
    seen = [formula(app)]
    assert [button.disabled for button in app.button if button.label in ("◀ Back", "Step ▶")] == [True, False]
    for _ in list(STEPS)[1:]:
        press(app, "Step ▶")
        assert not app.exception
        seen.append(formula(app))
    assert all(step.formula in text for step, text in zip(STEPS.values(), seen, strict=True))
    assert [button.disabled for button in app.button if button.label in ("◀ Back", "Step ▶")] == [False, True]
    press(app, "◀ Back")
    assert STEPS["kernel"].formula in formula(app)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_shows_that_formula_and_measurement_agree(name):
    app = opened(PAGE, back=name)
    assert STEPS[name].formula in formula(app)
    found = differences(app)
    assert len(found) == (2 if name in ("logits", "convolved") else 1)  # one more for biases
    assert all(value < AGREE and mark == "✓" for value, _, _, mark in found)
    shape = small.backward(*[small.draw(0), small.forward(small.draw(0), np.zeros((8, 8))), 0])[name].shape
    assert found[0][2] == np.prod(shape)
    said = verdict(app)
    assert "Formula and measurement agree: " in said
    assert float(re.search(r"the same to (\S+)\.$", said)[1]) < AGREE


def test_the_terms_of_a_number_add_up_to_it():
    said = texts(opened(PAGE, back="kernel"))
    terms, total = re.search(r"At row \d, column \d: (.*?) = \*\*(.*?)\*\*", said).groups()
    plain = terms.replace("−", "-")
    products = re.findall(r"\(?(-?[\d.e-]+)\)? · \(?(-?[\d.e-]+)\)?", plain)
    assert len(products) + int(re.search(r"(\d+) products that are 0", plain)[1]) == small.CONVOLVED**2
    assert sum(float(a) * float(b) for a, b in products) == pytest.approx(float(total.replace("−", "-")), abs=0.02)


def test_a_picked_number_is_the_one_that_is_explained():
    first, other = ({"picked": [0, 0]}, {"picked": [2, 1]})
    assert "At row 0, column 0: " in texts(opened(PAGE, back="kernel", grids_kernel=first))
    said = texts(opened(PAGE, back="kernel", grids_kernel=other))
    assert "At row 2, column 1: " in said
    parameters = small.draw(0)
    pixels, _ = image()
    gradient = small.backward(parameters, small.forward(parameters, pixels), 0)["kernel"]
    assert f"By the formula {gradient[2, 1]:.9f}".replace("-", "−") in said
    linked = opened(PAGE, query={"back": "kernel", "back_at": "2,1"})
    assert "At row 2, column 1: " in texts(linked)
    assert linked.query_params["back_at"] == "2,1"
    assert "back_at" not in opened(PAGE, query={"back": "kernel", "back_at": "9,1"}).query_params


def test_until_a_number_is_picked_the_largest_is_explained():
    parameters = small.draw(0)
    pixels, _ = image()
    gradient = small.backward(parameters, small.forward(parameters, pixels), 0)["logits"]
    assert gradient[0] < 0 < np.abs(gradient[1:]).max() < -gradient[0]
    assert "At row 0, column 0: " in texts(opened(PAGE))
    loud = small.backward(parameters, small.forward(parameters, pixels), 0)["image"]
    row, column = np.unravel_index(np.abs(loud).argmax(), loud.shape)
    assert f"At row {row}, column {column}: " in texts(opened(PAGE, back="image"))


def test_products_are_written_with_their_signs():
    assert written_out([(-1.0, 0.5), (2.0, 0.0)]) == "(−1) · 0.5 + 1 products that are 0"
    assert written_out([(0.0, 1.0)]) == "0 · 1"


def test_forgetting_to_turn_the_kernel_is_seen():
    said = texts(opened(PAGE, back="image"))
    assert float(re.search(r"not turned, .* by up to \*\*(.*?)\*\*", said)[1]) > 0.01


def test_a_wrong_gradient_is_marked_and_kinks_are_said():
    measured = small.Measured(np.array([[1.0, 2.0]]), np.array([[False, True]]))
    assert agrees(measured, np.array([[1.1, 2.0]]), "δ") == (
        "Formula and measurement do not agree: numbers of δ differ by up to 1e-01."
    )
    assert "agree: 1 of 2 numbers of δ" in agrees(measured, np.array([[1.0, 5.0]]), "δ")
    assert "✗ more than" in agreement(measured, np.array([[1.1, 2.0]]))
    said = agreement(measured, np.array([[1.0, 5.0]]))
    assert "in 1 of 2 numbers: ✓" in said
    assert "Left out: 1 at a kink" in said


def test_other_weights_and_another_right_answer_change_the_loss():
    losses = set()
    for state in ({}, {"weights": 3}, {"right": "B"}):
        app = opened(PAGE, query=THERE, **state)
        assert not app.exception
        losses.add(re.search(r"the loss is (\d+\.\d+)\.", verdict(app))[1])
    assert len(losses) == 3


def test_a_drawing_is_what_goes_through():
    app = opened(PAGE, query=THERE | {"source": "Samples", "sample": "5"})
    assert not app.exception
    assert "sorts sample 5, shrunk to 8 × 8" in texts(app)
    shrunk = area_resize(app.session_state["picture"].pixels, 8)[0].astype(np.float64)
    expected = small.loss(small.forward(small.draw(0), shrunk)["logits"], 0)
    assert f"the loss is {expected:.4f}." in verdict(app)
    assert "sorts the example drawing" in texts(opened(PAGE, query=THERE))


def test_an_even_picture_has_kinks_and_the_page_says_so():
    app = opened(PAGE, back="rectified", weights=3)
    assert "at a kink" in texts(app)
    assert all(mark == "✓" for *_, mark in differences(app))


def test_typed_logits_are_used():
    app = opened(PAGE, query=SOFTMAX)
    assert all(mark == "✓" for *_, mark in differences(app))
    for name, value in zip("ABC", (0.0, 0.0, 0.0), strict=True):
        app.number_input(key=f"z_{name}").set_value(value)
    app.run()
    assert not app.exception
    assert f"{np.log(3):.4f}" in app.latex[-1].value


@pytest.mark.parametrize("right", range(3))
def test_the_loss_is_that_of_the_right_answer(right):
    app = opened(PAGE, query=SOFTMAX, own_right="ABC"[right])
    assert f"{small.loss(np.array([[2.0], [1.0], [-1.0]]), right):.4f}" in app.latex[-1].value
    assert f"p_{{{'ABC'[right]}}}" in app.latex[-1].value


def test_what_the_browser_picks_is_checked():
    assert from_wire([2, 0], (3, 1)) == (2, 0)
    for wrong in (None, [3, 0], [-1, 0], [0.5, 0], [0], "00", [True, 0], {"row": 1}):
        assert from_wire(wrong, (3, 1)) is None


def test_without_the_network_its_command_is_named(exported):
    assert "python -m invariance scratch" in verdict(opened(PAGE, query=LEARNED))


def test_without_its_figures_the_command_is_named(exported):
    shutil.copy(records.ROOT / "exported" / "scratch.onnx", exported)
    app = opened(PAGE, query=LEARNED)
    assert not app.exception
    assert "python -m invariance evaluate scratch" in texts(app)


def test_the_network_in_numpy_stands_beside_the_others():
    shown = models_for(MNIST.name)
    assert [entry.model.card.name for entry in shown][-1] == "scratch"
    assert len({entry.colour for entry in shown}) == len(shown)
    app = opened("training.py", what="mnist", networks=["scratch"])
    assert not app.exception
    assert "**From scratch, in numpy** after 12 epochs" in texts(app)
