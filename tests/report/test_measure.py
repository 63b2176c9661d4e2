"""What is measured of some images, against plain loops over them; and that parts add up to the whole."""

import math

import numpy as np
import pytest

from invariance.evaluation.consistency import SHIFTS, random_shifts
from invariance.measures import EXACT, softmax
from invariance.report import measure as measures
from invariance.report.measure import Task, measure, sum_of
from invariance.transforms import TRANSFORMS
from tests.conftest import case

N, CLASSES = 40, 3
RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (N, 1, 4, 4), np.uint8)
LABELS = RNG.integers(0, CLASSES, N)
NUMBERS = np.arange(100, 100 + N)


def quiet(count):
    pass


@pytest.fixture(scope="module")
def labels(model):
    """Those that it says of two thirds of the images; of the others any."""
    answers = np.array([answer(model, image) for image in IMAGES])
    return np.where(np.arange(N) % 3, answers, LABELS)


def logits(model, image):
    return model.logits(image[None].astype(np.float32) / 255)[0].astype(float)


def answer(model, image):
    return int(logits(model, image).argmax())


def task(what, name="", amounts=(), part=slice(0, N), *, labels, shifts=None):
    shifts = None if shifts is None else shifts[:, :, part]
    return Task(what, name, amounts, IMAGES[part], labels[part], NUMBERS[part], shifts)


def test_as_they_are(model, labels):
    part = measure(model, task("still", labels=labels), quiet)
    answers = [answer(model, image) for image in IMAGES]
    confusion = np.zeros((CLASSES, CLASSES), int)
    loss = 0.0
    for image, label, said in zip(IMAGES, labels, answers, strict=True):
        confusion[label, said] += 1
        loss -= math.log(softmax(logits(model, image)[None])[0, label])
    rows = np.zeros((CLASSES, CLASSES), int)
    for label, said, count in part["confusion"]:
        rows[label, said] = count
    np.testing.assert_array_equal(rows, confusion)
    assert part["loss"] / EXACT == pytest.approx(loss, abs=1e-4)
    assert part["answers"].tolist() == answers
    assert part["right"].tolist() == [said == label for said, label in zip(answers, labels, strict=True)]
    assert part["bins_n"].sum() == N


@pytest.mark.parametrize("name", ["rotation", "reflection", "offset"])
def test_a_transform(model, labels, name):
    transform = TRANSFORMS[name]
    amounts = tuple(transform.amounts[:: max(1, len(transform.amounts) // 6)])
    amounts = tuple(sorted({transform.neutral, *amounts}))
    part = measure(model, task("transform", name, amounts, labels=labels), quiet)
    neutral = amounts.index(transform.neutral)
    said = np.empty((len(amounts), N), int)
    change = np.zeros(len(amounts))
    for place, amount in enumerate(amounts):
        for number, image in enumerate(IMAGES):
            changed = transform.apply(image[None].astype(np.float32) / 255, amount)
            there, here = model.logits(changed)[0].astype(float), logits(model, image)
            said[place, number] = there.argmax()
            change[place] = max(change[place], np.abs(there - here).max() / np.abs(here).max())
    right = said == labels
    np.testing.assert_array_equal(part["right"], right)
    np.testing.assert_array_equal(part["agree"], (said == said[neutral]).sum(1))
    np.testing.assert_array_equal(part["lost"], (right[neutral] & ~right).sum(1))
    np.testing.assert_array_equal(part["gained"], (right & ~right[neutral]).sum(1))
    np.testing.assert_allclose(part["change"], change, rtol=1e-5, atol=1e-7)
    assert part["change"][neutral] == 0
    times = right.sum(0)
    assert (part["times"], part["times2"], part["always"]) == (times.sum(), (times**2).sum(), right.all(0).sum())
    flips = []
    for number in np.flatnonzero(right[neutral]):
        turned = [place for place in range(len(amounts)) if said[place, number] != said[neutral, number]]
        if turned:
            place = min(turned, key=lambda place: transform.distance(amounts[place]))
            share = transform.distance(amounts[place]) / max(map(transform.distance, amounts))
            chances = np.sort(softmax(logits(model, IMAGES[number])[None])[0])
            flips.append((share, chances[-1] - chances[-2], NUMBERS[number], place, said[place, number]))
    flips = sorted(flips)[:5]
    assert flips
    assert part["flips"][:, 0].tolist() == [number for _, _, number, _, _ in flips]
    assert part["flips"][:, 3].tolist() == [place for *_, place, _ in flips]
    assert part["flips"][:, 5].tolist() == [after for *_, after in flips]
    np.testing.assert_allclose(part["flips"][:, 1] / EXACT, [share for share, *_ in flips])


def test_shifts(model, labels):
    reach = 2
    shifts = random_shifts(N, reach)
    part = measure(model, task("shift", "circular", (reach,), labels=labels, shifts=shifts), quiet)
    every = measure(model, task("every shift", "circular", (reach,), labels=labels), quiet)
    same, nearest = [], np.zeros(reach + 2, int)
    for number, image in enumerate(IMAGES):
        first, second = (
            answer(model, np.roll(image, (down, right), (1, 2)))
            for down, right in shifts[:, :, number]
        )  # fmt: skip
        same.append(first == second)
        far = [
            max(abs(down), abs(right))
            for down in range(-reach, reach + 1)
            for right in range(-reach, reach + 1)
            if answer(model, np.roll(image, (down, right), (1, 2))) != answer(model, image)
        ]
        nearest[min(far, default=reach + 1)] += 1
    assert part["right"][0].tolist() == same
    assert part["same"] == sum(same)
    assert every["nearest"].tolist() == nearest.tolist()
    assert SHIFTS["circular"].wraps


def test_parts_add_up_to_the_whole_in_any_order(model, labels, monkeypatch):
    """In columns, one for each image, their order is kept; whatever is a sum doesn't depend on it."""
    shifts = random_shifts(N, 2)
    for what, name, amounts in [
        ("still", "", ()),
        ("transform", "rotation", (0, 45, 90, 200)),
        ("shift", "circular", (2,)),
        ("every shift", "zeros", (1,)),
    ]:
        given = {"labels": labels, "shifts": shifts if what == "shift" else None}
        whole = measure(model, task(what, name, amounts, **given), quiet)
        monkeypatch.setattr(measures, "CHUNK", 3)
        cuts = [slice(0, 7), slice(7, 8), slice(8, 31), slice(31, N)]
        parts = [measure(model, task(what, name, amounts, cut, **given), quiet) for cut in cuts]
        monkeypatch.undo()
        for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
            joined = sum_of([parts[place] for place in order])
            for key in whole:
                with case(what, key, order):
                    if key not in measures.RIGHT or order == [0, 1, 2, 3]:
                        np.testing.assert_array_equal(joined[key], whole[key])


def test_answers_that_are_no_numbers_are_wrong_and_counted(model, labels):
    class Broken:
        card, batch_size = model.card, 8

        def logits(self, images):
            given = model.logits(images)
            given[images.mean((1, 2, 3)) > 0.5] = np.nan
            return given

    for what, name, amounts in (("still", "", ()), ("transform", "gain", (0.5, 1))):
        part = measure(Broken(), task(what, name, amounts, labels=labels), quiet)
        dark = IMAGES.astype(np.float32).mean((1, 2, 3)) / 255 > 0.5
        assert 0 < dark.sum() < N
        broken = part["broken"] if name == "" else part["broken"][1]
        assert broken == dark.sum()
        right = part["right"] if name == "" else part["right"][1]
        assert not right[dark].any()
        assert np.isfinite(part["loss"]).all()


def test_signs_of_life_come_while_it_works(model, labels, monkeypatch):
    monkeypatch.setattr(measures, "TICK", 0)
    told = []
    measure(model, task("transform", "gain", (0.5, 1), labels=labels), told.append)
    assert sum(told) == 2 * N
