import numpy as np
import pytest

from invariance import UserError
from invariance.images.strokes import Stroke
from ui.widgets.canvas import MAX_POINTS, MAX_STROKES, UNITS, from_link, from_wire, to_link


def drawing(seed, strokes=4):
    """Random strokes on the pad's grid, with long and short moves."""
    rng = np.random.default_rng(seed)
    return [
        Stroke(rng.integers(0, UNITS + 1, (rng.integers(1, 60), 2)) / UNITS, 4 * rng.integers(1, 60) / UNITS)
        for _ in range(strokes)
    ]


def on_line(point, start, end):
    """How far a point lies from the line through start and end, in units of the pad."""
    length = np.linalg.norm(end - start)
    cross = (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
    return abs(cross) / length * UNITS if length else 0.0


@pytest.mark.parametrize("seed", range(5))
def test_a_link_brings_every_point_back_exactly(seed):
    for before, after in zip(drawing(seed), from_link(to_link(drawing(seed))), strict=True):
        assert before.width == pytest.approx(after.width)
        # Long moves are cut up, so all points come back in order, with others on the straight line between them.
        position = 0
        for index, point in enumerate(before.points):
            while not np.allclose(after.points[position], point, atol=1e-9):
                assert on_line(after.points[position], before.points[index - 1], point) <= 1
                position += 1
        assert position == len(after.points) - 1


def test_what_a_link_says_is_what_its_own_link_says():
    for seed in range(5):
        rough = [stroke._replace(width=stroke.width + 0.0021) for stroke in drawing(seed)]
        seen = from_link(to_link(rough))
        for one, other in zip(seen, from_link(to_link(seen)), strict=True):
            assert one.width == other.width
            np.testing.assert_array_equal(one.points, other.points)


def test_an_empty_drawing_is_an_empty_link():
    assert to_link([]) == ""
    assert from_link("") == []


def test_a_link_is_short_and_fit_for_an_address():
    steps = np.linspace(0, 2 * np.pi, 120)
    circle = Stroke(0.5 + 0.4 * np.stack([np.cos(steps), np.sin(steps)], 1), 0.07)
    link = to_link([circle])
    assert len(link) < 400
    assert set(link) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("text", ["x", "****", "AAAA", "<script>", to_link(drawing(0))[:-8], "ÿ"])
def test_a_damaged_link_gets_one_sentence(text):
    with pytest.raises(UserError, match="link is damaged"):
        from_link(text)


@pytest.mark.parametrize(
    "value",
    [
        5,
        [5],
        [{}],
        [{"width": "thick", "points": [1, 2]}],
        [{"width": 5, "points": [1, 2, 3]}],
        [{"width": 5, "points": "ab"}],
        [{"width": 5, "points": [1, 2]}] * (MAX_STROKES + 1),
        [{"width": 5, "points": [1, 2] * (MAX_POINTS + 1)}],
    ],
)
def test_what_is_no_drawing_is_refused(value):
    with pytest.raises(UserError, match="Clear the pad"):
        from_wire(value)


def test_numbers_off_the_pad_are_brought_back():
    found = from_wire(
        [{"width": 1e9, "points": [-5, 2000, float("nan"), 3]}, {"width": float("inf"), "points": [1, 1]}]
    )
    assert len(found) == 1
    assert found[0].width == 1
    assert found[0].points.tolist() == [[0, 1], [0, 3 / UNITS]]
