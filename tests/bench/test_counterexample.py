import itertools

import numpy as np
import pytest

from invariance.bench import counterexample as search
from invariance.bench.counterexample import counterexample
from invariance.bench.laws import LAWS
from invariance.bench.systems import SYSTEMS, System
from invariance.bench.verdicts import verdicts
from invariance.operators.operator import OperatorError
from tests.conftest import case

VERDICTS = verdicts()
BROKEN = [(name, law) for name, found in VERDICTS.items() for law, verdict in found.items() if verdict.holds is False]


def of(name, image):
    return SYSTEMS[name].apply(np.asarray(image, float)[None, None])[0, 0]


def sides(name, law, x, y, factor, shift):
    """Both sides of a law, written out; of the ways to move an output the one that fits best."""
    moved = np.roll(x, shift, (0, 1))
    if law == "additive":
        return of(name, x + y), of(name, x) + of(name, y)
    if law in ("homogeneous", "positive"):
        return of(name, factor * x), factor * of(name, x)
    if law == "affine":
        return of(name, factor * x + (1 - factor) * y), factor * of(name, x) + (1 - factor) * of(name, y)
    still = of(name, x)
    if law == "invariant":
        return of(name, moved), still
    if name == "flatten":
        return of(name, moved), np.roll(still, shift[0] * x.shape[1] + shift[1], 1)
    axes = zip(shift, still.shape, x.shape, strict=True)
    ways = itertools.product(*({step * k // n, -(-step * k // n)} for step, k, n in axes))
    fits = [np.roll(still, way, (0, 1)) for way in ways]
    return of(name, moved), min(fits, key=lambda fit: np.linalg.norm(of(name, moved) - fit))


def breaks(name, law, *tried):
    left, right = sides(name, law, *tried)
    return not np.allclose(left, right, atol=1e-9)


def test_each_law_that_fails_has_one_and_it_is_one():
    for name, law in BROKEN:
        with case(name, law):
            found = counterexample(SYSTEMS[name], LAWS[law])
            left, right = sides(name, law, found.x, found.y, *found.case)
            np.testing.assert_allclose(found.left, left, atol=1e-12)
            np.testing.assert_allclose(found.right, right, atol=1e-12)
            assert not np.allclose(left, right, atol=1e-3)  # so far apart that a person sees it
            assert (found.y is None) == (law not in ("additive", "affine"))
            for image in (found.x, found.y):
                assert image is None or (image.ndim == 2 and np.array_equal(image, np.round(image)))
            assert float(found.case.factor).is_integer()
            assert law != "positive" or found.case.factor > 0
            height, width = found.x.shape
            step = SYSTEMS[name].stride
            assert step is None or height % step[0] == width % step[1] == 0


def smaller(count, size, bound):
    """All images of whole numbers, or pairs, of up to so many pixels, smallest first, up to what bound says."""
    sizes = sorted(
        (s for s in itertools.product(range(1, 9), repeat=2) if s[0] * s[1] <= size), key=lambda s: (s[0] * s[1], s)
    )
    for each in sizes:
        numbers = count * each[0] * each[1]
        images = itertools.product((0, 1, -1, 2, -2), repeat=numbers)
        ranked = sorted((sum(map(bool, image)), sum(map(abs, image)), image) for image in images)
        for nonzero, total, image in ranked:
            key = (each[0] * each[1], each, nonzero, total)
            if key >= bound:
                break
            yield np.array(image, float).reshape(count, *each)


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("relu", "additive"),
        ("relu", "affine"),
        ("bias", "homogeneous"),
        ("sigmoid", "affine"),
        ("softmax", "affine"),
        ("zero_padded", "shift"),
        ("fully_connected", "shift"),
        ("pick", "shift"),
        ("max", "homogeneous"),
        ("global_max", "additive"),
        ("flatten", "shift"),
        ("dropout_training", "shift"),
        ("dropout_training", "invariant"),
    ],
)
def test_no_smaller_image_breaks_the_law(name, law):
    found = counterexample(SYSTEMS[name], LAWS[law])
    images = [image for image in (found.x, found.y) if image is not None]
    pixels, shape = found.x.size, found.x.shape
    bound = (pixels, shape, sum(map(np.count_nonzero, images)), sum(np.abs(image).sum() for image in images))
    step = SYSTEMS[name].stride or (1, 1)
    tried = 0
    for pair in smaller(len(images), pixels, bound):
        x, y = pair[0], pair[-1]
        if x.shape[0] % step[0] or x.shape[1] % step[1]:
            continue
        for factor, dy, dx in itertools.product((2, -1, 3), range(x.shape[0]), range(x.shape[1])):
            try:
                assert not breaks(name, law, x, y, factor, (dy, dx)), (x, y, factor, dy, dx)
            except OperatorError:
                continue
            tried += 1
    assert tried or bound[2:] == (0, 0)


def test_the_source_s_own_example_is_found():
    """Of a 2 x 2 block the top right pixel is picked; the image moves one column to the right."""
    found = counterexample(SYSTEMS["pick"], LAWS["shift"])
    assert found.x.tolist() == [[1, 0], [0, 0]]
    assert found.case.shift == (0, 1)
    assert (found.left.tolist(), found.right.tolist()) == ([[1]], [[0]])


def test_a_law_that_holds_has_none(monkeypatch):
    monkeypatch.setattr(search, "PIXELS", 4)
    for name, found in VERDICTS.items():
        for law, verdict in found.items():
            if verdict.holds is not False:
                assert counterexample(SYSTEMS[name], LAWS[law]) is None, (name, law)


def test_the_search_ends_where_its_limits_say(monkeypatch):
    monkeypatch.setattr(search, "PIXELS", 4)
    assert counterexample(SYSTEMS["max"], LAWS["shift"]) is None  # takes two blocks
    monkeypatch.setattr(search, "PIXELS", 8)
    assert counterexample(SYSTEMS["max"], LAWS["shift"]).x.size == 8
    monkeypatch.setattr(search, "NONZERO", 0)
    assert counterexample(SYSTEMS["max"], LAWS["shift"]) is None
    assert counterexample(SYSTEMS["bias"], LAWS["additive"]).x.tolist() == [[0]]


def test_factors_are_whole_numbers_too(monkeypatch):
    """Rounding down changes no whole numbers, so that only half of one would break the law."""
    monkeypatch.setattr(search, "PIXELS", 2)
    assert counterexample(System("", "", np.floor, ""), LAWS["homogeneous"]) is None


@pytest.mark.parametrize("count", [1, 2])
def test_every_small_image_is_tried_once_and_in_order(count):
    groups = list(search._images((1, 2), count))
    images = np.concatenate(groups)
    numbers = 2 * count
    assert images.shape[1:] == (count, 1, 2)
    expected = [i for i in itertools.product(range(-2, 3), repeat=numbers) if np.count_nonzero(i) <= search.NONZERO]
    assert sorted(map(tuple, images.reshape(-1, numbers))) == sorted(expected)
    keys = [(np.count_nonzero(image), np.abs(image).sum()) for image in images]
    assert keys == sorted(keys)
    assert all(len({(np.count_nonzero(i), np.abs(i).sum()) for i in group}) == 1 for group in groups)
