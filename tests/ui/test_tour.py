import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from invariance.datasets import CIFAR10, MNIST
from invariance.evaluation import records
from invariance.images.strokes import rasterise
from invariance.model import Model
from invariance.transforms.rotation import ROTATION
from tests.conftest import ROOT, texts
from ui.picking.picture import EXAMPLE
from ui.tour import HOUSE, STEPS


def opened(page, query):
    """A page as the first thing that a visit opens."""
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60).switch_page(page)
    app.query_params.update(query)
    return app.run()


def network(name):
    return Model(records.EXPORTED / f"{name}.onnx")


def measured(name, dataset):
    return records.read(records.EXPORTED / f"{name}.onnx")["evaluation"][dataset]


def chosen(number):
    """The right choice and the text of a step, counted from 1."""
    step = STEPS[number - 1]
    answer = step.answer()
    return step.choices[answer.choice], answer.text


def test_what_a_house_is_to_a_network_of_digits():
    probabilities = network("lenet5").predict(MNIST.prepare(rasterise(HOUSE, 280), True).pixels[None])[0]
    choice, text = chosen(1)
    assert "sure" in choice
    assert ("unsure" in choice) == (probabilities.max() <= 0.9)
    assert f"**a {probabilities.argmax()}**" in text or f"**an {probabilities.argmax()}**" in text


def test_the_turn_at_which_the_4_becomes_another_digit():
    model, image = network("lenet5"), MNIST.prepare(rasterise(EXAMPLE, 280), True).pixels[None]
    angle = next(angle for angle in ROTATION.amounts if model.predict(ROTATION.apply(image, angle)).argmax() != 4)
    choice, text = chosen(2)
    assert f"At {angle:g}° LeNet-5 says" in text
    assert abs(float(re.search(r"\d+", choice)[0]) - angle) <= 20


@pytest.mark.parametrize("number", [3, 4, 6])
def test_the_shares_are_those_of_the_records_and_lie_in_the_range_that_is_right(number):
    if number == 3:
        curve = measured("lenet5", MNIST.name)["transforms"]["rotation"]
        share = curve["accuracy"][curve["amounts"].index(180)]
    elif number == 4:
        share = measured("cifar-shift-plain", CIFAR10.name)["consistency"]["circular"]["flips"][1]["value"]
    else:
        curve = measured("p4cnn", MNIST.name)["transforms"]["circular"]
        near = [i for i, amount in enumerate(curve["amounts"]) if abs(amount) <= 6]
        counts = np.array(curve["confusion"])[near]
        share = ((counts[:, 6, 9] + counts[:, 9, 6]) / counts[:, [6, 9]].sum((1, 2))).max()
    choice, text = chosen(number)
    assert round(100 * share, 1) == pytest.approx(float(re.search(r"([\d.]+) %", text)[1]), abs=0.051)
    ends = [float(end) / 100 for end in re.findall(r"\d+", choice)]
    low, high = (0, ends[0]) if "under" in choice else (ends[0], 1) if "over" in choice else ends
    assert low <= share < high


def test_max_pooling_by_hand_does_not_follow_a_shift_by_one_pixel():
    image = MNIST.prepare(rasterise(EXAMPLE, 280), True).pixels[0]
    by_zero, by_one, by_two = (np.roll(image, by, 1).reshape(14, 2, 14, 2).max((1, 3)) for by in range(3))
    choice, text = chosen(5)
    assert choice == "It becomes another"
    assert f"{(by_zero != by_one).sum()} change" in text
    assert ("follows" in text) == np.array_equal(np.roll(by_zero, 1, 1), by_two)


def test_nothing_before_a_guess_tells_the_answer_and_the_guess_shows_it():
    app = opened("rotation.py", {"tour": "2"})
    assert "Step 2 of 6" in texts(app)
    text = STEPS[1].answer().text
    assert text not in texts(app)
    app.pills(key="guess_2").set_value(STEPS[1].choices[0]).run()
    assert not app.exception
    assert text in texts(app)
    for step in STEPS:
        told = "".join((step.do, step.see, step.question, *(title for _, title in step.pictures())))
        assert not set(re.findall(r"\d+\.\d+ %", step.answer().text)) & set(re.findall(r"\d+\.\d+ %", told))


def test_every_step_s_page_shows_it_and_begins_with_what_it_is_about():
    for number, step in enumerate(STEPS, 1):
        app = opened(step.page, {"tour": str(number)})
        assert not app.exception, step.title
        assert f"Step {number} of {len(STEPS)}: {step.title}" in texts(app)
        assert app.session_state["tour_step"] == number
        for name, value in step.begins.items():
            assert app.session_state[name] == value, (step.title, name)
    app = opened("pooling.py", {"tour": "5"})
    assert "Not moved" in texts(app)  # what a shift does is guessed first


def test_a_link_from_a_step_opens_what_the_step_began_with():
    for number, step in enumerate(STEPS, 1):
        sender = opened(step.page, {"tour": str(number)})
        receiver = opened(step.page, dict(sender.query_params))
        assert not receiver.exception
        for name in ("picked_what", "source", "picked_see"):
            assert (name in sender.session_state) == (name in receiver.session_state)
            if name in sender.session_state:
                assert sender.session_state[name] == receiver.session_state[name], (step.title, name)


def test_a_step_leaves_what_else_the_address_says():
    app = opened("translation.py", {"tour": "4", "what": "Digits"})
    assert app.session_state["picked_what"] == MNIST.name != STEPS[3].begins["picked_what"]
    assert "Step 4 of 6" in texts(app)


@pytest.mark.parametrize("number", ["0", "7", "-1", "x", "²", ""])
def test_a_step_that_there_isn_t_shows_no_bar(number):
    app = opened("rotation.py", {"tour": number})
    assert not app.exception
    assert "Step" not in texts(app)


def test_without_networks_the_guess_is_answered_by_the_command(exported):
    app = opened("rotation.py", {"tour": "2"})
    app.pills(key="guess_2").set_value(STEPS[1].choices[0]).run()
    assert not app.exception
    assert "make train" in texts(app)


def test_pages_of_the_tour_exist():
    assert {step.page for step in STEPS} <= {path.name for path in (ROOT / "pages").glob("*.py")}
