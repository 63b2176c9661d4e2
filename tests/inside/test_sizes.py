"""A layer's window in words, and the sum that gives the size of its maps."""

import re

import pytest

from invariance.evaluation import records
from invariance.inside.architecture import layers
from invariance.inside.sizes import UNKNOWN, size_sum, window_words
from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import case
from tests.graphs import STRANGERS, ending, node, opened, random


def told(inside):
    return {layer.name: (window_words(layer), size_sum(layer)) for layer in layers(inside)}


def test_why_lenet5_s_first_maps_are_28_and_not_24_wide(lenet5):
    found = told(Inside(lenet5))
    assert found["conv1"] == (("5×5", "1", "2"), "(28 + 2·2 − 5)/1 + 1 = 28")
    assert found["pool1"] == (("2×2", "2", "0"), "(28 + 2·0 − 2)/2 + 1 = 14")
    assert found["relu1"] == found["fc1"] == (("", "", ""), "")


@pytest.fixture
def odd(tmp_path):
    last, weights = ending("up", 3)
    nodes = [
        node("Conv", "image w", "one_sided", strides=[2, 1], pads=[1, 0, 0, 1]),
        node("MaxPool", "one_sided", "up_rounded", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        node("Conv", "up_rounded v", "dilated", dilations=[2, 2], pads=[2, 2, 2, 2]),
        node("ConvTranspose", "dilated u", "up", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]),
        *last,
    ]
    weights |= {"w": random(4, 1, 3, 3), "v": random(4, 4, 3, 3), "u": random(4, 3, 3, 3)}
    return opened(tmp_path, nodes, weights, shape=(1, 23, 23))


def test_uneven_padding_dilation_rounding_and_transposed_convolutions_are_told_too(odd):
    found = told(odd)
    assert found["one_sided"] == (
        ("3×3", "2×1", "1+0 × 0+1"),
        "rows: (23 + 1 + 0 − 3)/2 + 1 = 11.5, rounded down: 11; columns: (23 + 0 + 1 − 3)/1 + 1 = 22",
    )
    assert found["up_rounded"][1] == "rows: (11 + 2·0 − 2)/2 + 1 = 5.5, rounded up: 6; columns: " + (
        "(22 + 2·0 − 2)/2 + 1 = 11"
    )
    assert found["dilated"][0] == ("3×3, dilation 2", "1", "2")
    assert "rows: (6 + 2·2 − (2·(3 − 1) + 1))/1 + 1 = 6" in found["dilated"][1]
    assert "rows: (6 − 1)·2 + 3 − 2·1 + 1 = 12" in found["up"][1]


def test_every_sum_is_right_and_gives_the_layer_s_size(tmp_path):
    insides = {path.stem: Inside(Model(path)) for path in sorted(records.EXPORTED.glob("*.onnx"))}
    for name, graph in STRANGERS.items():
        (tmp_path / name).mkdir()
        insides[name] = graph(tmp_path / name)
    summed = 0
    for name, inside in insides.items():
        for layer in layers(inside):
            if layer.sliding is None:
                continue
            with case(name, layer.name):
                text = size_sum(layer)
                assert text
                for part, gives in zip(text.split("; "), layer.sliding.gives, strict=False):
                    assert part.endswith(f" {gives}")
                    if "rounded" not in part:
                        terms, _ = re.sub("^(rows|columns|axis .): ", "", part).split(" = ")
                        assert eval(terms.replace("·", "*").replace("−", "-")) == gives
                    summed += 1
    assert summed > 100


def test_what_a_loop_or_an_unknown_operator_slides_can_t_be_told(tmp_path):
    found = layers(STRANGERS["loop"](tmp_path))
    assert UNKNOWN in {window_words(layer)[0] for layer in found if layer.parameters is None}
    assert any(window_words(layer)[0] != UNKNOWN for layer in found)
