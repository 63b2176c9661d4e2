import re

import numpy as np
import pytest

from invariance.datasets import CIFAR10, MNIST
from invariance.evaluation import records
from invariance.images.strokes import rasterise
from invariance.model import Model
from invariance.transforms.rotation import ROTATION
from tests.conftest import ROOT
from ui.picking.picture import EXAMPLE
from ui.tour.steps import HOUSE, STEPS


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


def test_pages_of_the_tour_exist():
    assert {step.page for step in STEPS} <= {path.name for path in (ROOT / "pages").glob("*.py")}
