"""Colours of networks: each its own within a data set, the same for one title in all of them."""

import numpy as np

from tests.conftest import case
from ui.drawing.palette import PALETTE, colours
from ui.networks import models_for

DATASETS = ("mnist", "cifar10")
GROUNDS = ("#FFFFFF", "#12161C")  # of the light and the dark theme


def test_the_networks_of_a_data_set_have_colours_of_their_own():
    assert len(set(PALETTE)) == len(PALETTE)
    for dataset in DATASETS:
        found = [shown.colour for shown in models_for(dataset)]
        assert len(set(found)) == len(found) > 1


def test_every_colour_is_seen_on_white_and_on_the_dark_ground():
    for colour in PALETTE:
        with case(colour):
            assert min(contrast(colour, ground) for ground in GROUNDS) > 2.2


def contrast(one, other):
    """(L₁ + 0.05) / (L₂ + 0.05) of the lighter to the darker, with L the relative luminance of sRGB, as in WCAG 2."""

    def luminance(colour):
        parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)

    dark, light = sorted(luminance(colour) + 0.05 for colour in (one, other))
    return light / dark


def test_networks_of_one_title_have_one_colour():
    digits, objects = ({shown.model.card.title: shown.colour for shown in models_for(dataset)} for dataset in DATASETS)
    both = digits.keys() & objects.keys()
    assert {"Max pooling", "Polyphase pooling"} <= both
    assert {title: digits[title] for title in both} == {title: objects[title] for title in both}


def test_whatever_is_exported():
    for seed in range(200):
        with case(seed):
            rng = np.random.default_rng(seed)
            pool = [f"network {number}" for number in range(8)]
            titles = {
                dataset: [str(title) for title in rng.permutation(pool)[: rng.integers(1, 7)]]
                for dataset in ("one", "two", "three")
            }
            found = colours(titles)
            assert {dataset: list(each) for dataset, each in found.items()} == titles
            for dataset, each in found.items():
                assert len(set(each.values())) == len(each)
                for other in found.values():
                    assert all(other[title] == each[title] for title in each.keys() & other.keys()), dataset


def test_alone_they_have_the_palette_in_order_and_start_again_at_its_end():
    titles = [f"network {number}" for number in range(len(PALETTE) + 3)]
    assert list(colours({"one": titles})["one"].values()) == [*PALETTE, *PALETTE[:3]]


def test_two_files_of_one_title_are_no_error():
    assert colours({"one": ["a", "a", "b"]}) == {"one": {"a": PALETTE[0], "b": PALETTE[1]}}
