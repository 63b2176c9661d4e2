"""What layers of all shapes gave, as maps or numbers that can be drawn."""

import numpy as np
import pytest

from invariance.inside.architecture import from_the_image_on
from tests.conftest import case
from tests.graphs import STRANGERS
from ui.inside.values_seen import as_rows, seen, shrunk


def test_whatever_a_stranger_s_layer_gives_can_be_drawn(tmp_path):
    for name, graph in STRANGERS.items():
        (tmp_path / name).mkdir()
        inside = graph(tmp_path / name)
        image = np.random.default_rng(0).random((1, *inside.model.card.shape), np.float32)
        for layer in from_the_image_on(inside):
            with case(name, layer.name):
                values = inside.values([layer.name], image)[layer.name]
                found = seen(inside, layer, values)
                assert found.ndim in (1, 3)
                assert np.isfinite(found).all()
                assert found.size * layer.copies == values.size
                if layer.places is not None and found.ndim == 3:
                    assert found.shape[1:] == tuple(layer.shape[place] for place in layer.places)


def test_large_maps_are_made_smaller_by_whole_means():
    maps = np.arange(2 * 6 * 5, dtype=np.float32).reshape(2, 6, 5)
    small = shrunk(maps, 3)
    assert small.shape == (2, 3, 3)
    assert small[0, 0, 0] == maps[0, :2, :2].mean()
    assert small[1, 2, 2] == maps[1, 4:, 4].mean()  # beyond the border the last are repeated
    assert shrunk(maps, 6) is maps


@pytest.mark.parametrize(("count", "shape"), [(120, (10, 12)), (43, (1, 43)), (1, (1, 1)), (64, (8, 8))])
def test_numbers_stand_in_rows_without_a_rest(count, shape):
    assert as_rows(np.arange(count)).shape == shape
