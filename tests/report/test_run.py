"""A plan carried out: stopped and gone on, in bounded memory, by whoever does it; our own records come out again."""

import functools
import itertools
import json
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytest
from jsonschema import validate

from invariance import UserError
from invariance.datasets import DATASETS, Split, data_dir
from invariance.datasets.stream import Images, of_split
from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS
from invariance.files import PROJECT
from invariance.model import Model, ModelError
from invariance.report import findings as made_of
from invariance.report import measure as measures
from invariance.report import order as orders
from invariance.report import plan as plans
from invariance.report import pool as pools
from invariance.report import run as runs
from invariance.report.measure import Task, measure
from invariance.report.order import Order, Report
from invariance.report.plan import LAYERS, Plan, plan
from invariance.report.pool import Children, Done, Here
from invariance.report.run import Run
from invariance.report.store import Store
from invariance.report.subject import Data, Subject, apart_for
from invariance.transforms import TRANSFORMS
from tests.conftest import memory_peak, quiet
from tests.tolerances import RECORDED

SCHEMA = json.loads((PROJECT / "invariance/report/schema.json").read_text())
CLASSES = 3
RNG = np.random.default_rng(2)
IMAGES = RNG.integers(0, 256, (60, 1, 4, 4), np.uint8)
FEW = plan(["reflection", "gain", "noise", "jpeg"], (1, 4, 4), shifts=[("circular", 2)])


@pytest.fixture(scope="module")
def subject(model):
    answers = model.logits(IMAGES.astype(np.float32) / 255).argmax(1)
    labels = np.where(np.arange(len(IMAGES)) % 4, answers, 0)
    images = of_split(Split(IMAGES, labels), "made", "made images", model.card.labels)
    return Subject(model, images, "tiny.onnx", 1000, len(IMAGES), "", ())


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(runs, "shard_size", lambda *of: 7)


def found(subject, todo, pool, place):
    """The findings at the end, without what differs each time."""
    *_, measured = Run(subject.model, subject.images, todo, pool, Store(place)).go(quiet)
    result = made_of.findings(subject, measured, pool.workers)
    assert result["run"].pop("complete")
    del result["run"]
    return result


class Counting(Here):
    """Stops after so many tasks, as by Ctrl-C."""

    def __init__(self, model, most=10**9):
        super().__init__(model)
        self.most = self.left = most

    def done(self, tasks, heard):
        for done in super().done(tasks, heard):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            yield done


def test_stopped_at_any_moment_it_goes_on_to_the_same_findings(subject, tmp_path):
    whole = found(subject, FEW, counted := Counting(subject.model), tmp_path / "whole")
    tasks = counted.most - counted.left
    for stop in sorted({1, tasks - 1, *RNG.integers(1, tasks, 4).tolist()}):
        place = tmp_path / f"stopped{stop}"
        with pytest.raises(KeyboardInterrupt):
            found(subject, FEW, Counting(subject.model, stop), place)
        again = Counting(subject.model)
        assert found(subject, FEW, again, place) == whole
        # Nothing that was done is done again, but the pictures of the four changes.
        assert again.most - again.left == max(4, tasks - stop)


def test_who_stops_taking_stops_the_work(subject, tmp_path):
    pool = Counting(subject.model)
    steps = Run(subject.model, subject.images, FEW, pool, Store(tmp_path)).go(quiet)
    next(steps), next(steps)
    steps.close()
    assert pool.most - pool.left < 20


def test_children_and_this_process_find_the_same(subject, tmp_path):
    pool = Children(subject.model, 2)
    try:
        there = found(subject, FEW, pool, tmp_path / "there")
    finally:
        pool.close()
    assert there == found(subject, FEW, Here(subject.model), tmp_path / "here")


def test_other_images_another_plan_and_another_version_are_measured_anew(subject, model, tmp_path, monkeypatch):
    found(subject, FEW, Here(model), tmp_path)
    turned = subject._replace(images=of_split(Split(IMAGES[::-1], np.zeros(60, int)), "x", "x", model.card.labels))
    same = Counting(model)
    found(subject, FEW, same, tmp_path)
    others = Counting(model)
    found(turned, FEW, others, tmp_path)
    more = Counting(model)
    found(subject, Plan({"gain": (0.5, 1)}, (), layers=False), more, tmp_path)
    assert [pool.most - pool.left - 4 * (pool is not more) for pool in (same, more)] == [0, 9 + 1]
    assert others.most - others.left > 40
    monkeypatch.setattr(runs, "versions", lambda: {"onnxruntime": "another"})
    newer = Counting(model)
    found(subject, FEW, newer, tmp_path)
    assert newer.most - newer.left == others.most - others.left


def test_a_model_that_breaks_a_limit_is_a_finding(subject, tmp_path, monkeypatch):
    """The measures that it broke are left out and said; what is needed of them can't be judged."""

    class Breaking(Here):
        def done(self, tasks, heard):
            for key, task in tasks:
                error = ModelError("tiny.onnx took too long.") if task.name == "gain" else None
                yield Done(key, None if error else measure(subject.model, task, lambda count: None), error)

    *_, measured = Run(subject.model, subject.images, FEW, Breaking(subject.model), Store(tmp_path)).go(quiet)
    result = made_of.findings(subject, measured, 1)
    assert result["limits"] == ["Gain: tiny.onnx took too long."]
    assert set(result["transforms"]) == {"reflection", "noise", "jpeg"}
    assert not result["run"]["complete"]


def test_a_child_that_takes_too_long_is_ended(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "SLACK", 0.0)
    pool = Children(subject.model, 1, seconds=1e-6)
    try:
        *_, measured = Run(subject.model, subject.images, FEW, pool, Store(tmp_path)).go(quiet)
    finally:
        pool.close()
    assert len(measured.limits) == runs.MOST_BROKEN
    assert all("took longer than" in each for each in measured.limits)


@dataclass(frozen=True, eq=False)
class Endless:
    """Images that are made when they are asked for."""

    def pictures(self, numbers, shape, fit):
        for number in numbers:
            yield str(number), int(number) % CLASSES, np.full((1, 4, 4), 97 * number % 256, np.uint8)


def test_twenty_times_the_images_take_hardly_more_memory(model, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(runs, "DECODED_BYTES", 100_000)
    todo = Plan({"reflection": (0, 1), "gain": (0.5, 1)}, (("circular", 1),), layers=False)
    stores = map(str, itertools.count())

    def measuring(count):
        images = Images(Endless(), "made", "made", model.card.labels, count, (), f"{count}")
        subject = Subject(model, images, "tiny.onnx", 1, count, "", ())
        *_, measured = Run(model, images, todo, Here(model), Store(tmp_path / next(stores))).go(quiet)
        made_of.findings(subject, measured, 1)
        assert measured.total("still").sum["n"] == count

    by_image = 20_000 * (2 + 2 + 1 + 1 + 4 + 4)  # bytes: right or wrong at each amount, answers, and their shifts
    few = memory_peak(20_000_000, functools.partial(measuring, 1000))
    memory_peak(few + 5 * by_image, functools.partial(measuring, 20_000))


def test_measures_of_some_images_draw_them_from_all(model, tmp_path, monkeypatch):
    """Folders are read class by class: the first images would be of one class."""
    images = np.repeat(np.arange(60, dtype=np.uint8), 16).reshape(60, 1, 4, 4)
    images = of_split(Split(images, np.arange(60) // 20), "made", "made images", model.card.labels)
    monkeypatch.setattr(plans, "TRIED", 30)
    monkeypatch.setattr(plans, "SHIFTED", 40)
    monkeypatch.setattr(runs, "LOOKED_INTO", 20)
    looked_at = defaultdict(set)

    class Looking(Here):
        def done(self, tasks, heard):
            for key, task in tasks:
                assert (task.labels == task.images[:, 0, 0, 0] // 20).all()
                looked_at[task.measure].update(task.images[:, 0, 0, 0].tolist())
                yield from super().done(iter([(key, task)]), heard)

    todo = Plan({"reflection": (0, 1)}, (("circular", SHIFTS["circular"].reach),), layers=True)
    *_, measured = Run(model, images, todo, Looking(model), Store(tmp_path)).go(quiet)
    assert measured.complete
    assert not measured.limits
    for measure_, count in (("transform", 60), ("shift", 40), ("every shift", 30), ("layers", 20)):
        numbers = np.array(sorted(looked_at[measure_]))
        assert len(numbers) == count
        assert set(numbers // 20) == {0, 1, 2}


def test_very_many_images_are_decoded_once(model, tmp_path, monkeypatch):
    decoded = []

    class Told(Endless):
        def pictures(self, numbers, shape, fit):
            decoded.extend(numbers)
            return super().pictures(numbers, shape, fit)

    todo = Plan({"reflection": (0, 1), "gain": (0.5, 1)}, (("circular", 1),), layers=False)
    images = Images(Told(), "made", "made", model.card.labels, 70, (), "key")
    results = []
    for most, times in ((70, 4), (69, 1)):  # images that are few: one measure after the other
        decoded.clear()
        monkeypatch.setattr(runs, "ONE_BY_ONE", most)
        monkeypatch.setattr(runs, "DECODED_BYTES", 7 * 16)
        run = Run(model, images, todo, Here(model), Store(tmp_path / str(most)))
        *_, measured = run.go(quiet)
        seen = np.bincount(decoded)
        assert seen.min() >= times
        assert np.median(seen) == times
        results.append({step: total.sum for step, total in measured.totals.items()})
    for step, part in results[0].items():
        for name, value in part.items():
            np.testing.assert_array_equal(value, results[1][step][name])


def recorded_alike(ours, theirs):
    """Fail if some number of ours is another than is recorded; both are made of the same objects and lists."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key, each in theirs.items():
            recorded_alike(ours[key], each)
    else:
        assert ours == pytest.approx(theirs, rel=RECORDED)


def test_the_records_of_our_own_network_come_out_again_on_a_strangers_path(tmp_path, monkeypatch):
    monkeypatch.undo()
    mnist = DATASETS["mnist"]
    if mnist.missing("test", data_dir()):
        pytest.skip("MNIST's test images are not on this machine")
    path = records.EXPORTED / "lenet5.onnx"
    recorded = records.read(path)["evaluation"]["mnist"]
    apart = apart_for(path, 2 * 10**9)
    subject = Data("mnist", tmp_path, quiet).subject(path, {}, apart, quiet)
    order = Order(tmp_path, measures=["translation"], workers=2)
    *_, few = Report(order).go(subject, quiet, quiet)
    whole = Plan({}, (("circular", 4),), layers=False, every_shift=False)
    pool = Children(subject.model, 2)
    *_, measured = Run(subject.model, subject.images, whole, pool, Store(tmp_path)).go(quiet)
    all_ = made_of.findings(subject, measured, 2)
    pool.close()
    recorded_alike(all_["accuracy"], recorded["accuracy"])
    recorded_alike({each.pop("label"): each for each in all_["per_class"]}, recorded["per_class"])
    recorded_alike(all_["loss"], recorded["loss"])
    assert all_["data"]["fingerprint"] == recorded["fingerprint"]
    confusion = np.zeros((10, 10), int)
    for label, answer, count in all_["confusion"]:
        confusion[label, answer] = count
    assert confusion.tolist() == recorded["confusion"]
    (shifted,) = all_["consistency"]
    steady = recorded["consistency"]["circular"]["consistency"]
    recorded_alike({key: shifted[key] for key in steady}, steady)
    curve, then = few["transforms"]["translation"], recorded["transforms"]["translation"]
    assert curve["amounts"] == then["amounts"]
    recorded_alike(curve["accuracy"], {"value": then["accuracy"], "low": then["low"], "high": then["high"]})
    for name in ("agreement", "always", "loss", "mean"):
        recorded_alike(curve[name], then[name])


def test_every_step_gives_findings_of_the_schema(subject, tmp_path, monkeypatch):
    """The first answer, those on the way, and the whole, with what the requirements need beside the usual."""
    monkeypatch.setattr(orders, "_speed", lambda subject, pool: 100.0)  # answers in a second: slow
    asked = ("rotation@±7 >= 0.1", "consistency(crops, 1) >= 0", "gain@2 >= accuracy - 1")
    order = Order(tmp_path, measures=["gain", "reflection", LAYERS], requirements=asked, trust=True)
    steps = list(Report(order).go(subject, quiet, quiet))
    for step in steps:
        validate(json.loads(json.dumps(step, allow_nan=False)), SCHEMA)
    assert [step["run"]["quick"] for step in steps] == [True] + [False] * (len(steps) - 1)
    assert [step["run"]["complete"] for step in steps[1:]] == [False] * (len(steps) - 2) + [True]
    last = steps[-1]
    assert {7, 353} <= set(last["transforms"]["rotation"]["amounts"])
    assert [each["holds"] for each in last["requirements"]] == [True] * 3
    assert [each["transform"] for each in last["layers"]] == ["rotation", "reflection"]
    assert last["flipped"]
    assert all(len(curve["examples"]) > 1 for curve in last["transforms"].values())


def test_layers_alone_are_looked_into_under_every_change_that_moves_them(subject, tmp_path):
    for measured, looked in ((["noise", LAYERS], None), ([LAYERS], None), (["reflection", LAYERS], ["reflection"])):
        todo = plan(measured, (1, 4, 4))
        result = found(subject, todo, Here(subject.model), tmp_path)
        moving = [name for name, transform in TRANSFORMS.items() if transform.moves_maps]
        assert [each["transform"] for each in result["layers"]] == (looked or moving)


def test_layers_that_cannot_be_looked_into_leave_the_rest_of_the_report(subject, tmp_path, monkeypatch):
    def refuse(*asked):
        raise UserError("It can't be opened to look inside.")

    monkeypatch.setattr(measures, "layer_errors", refuse)
    result = found(subject, plan(["reflection", LAYERS], (1, 4, 4)), Here(subject.model), tmp_path)
    assert result["layers"] == []
    assert result["limits"] == ["Reflection, layers: It can't be opened to look inside."]
    assert "reflection" in result["transforms"]


def test_an_answer_that_is_no_number_is_said_beside_its_picture(subject, tmp_path):
    class Broken:
        card, batch_size, key, provider = subject.model.card, 8, "broken", subject.model.provider

        def logits(self, images):
            answers = subject.model.logits(images)
            answers[(images.max((1, 2, 3)) < 0.6)] = np.nan  # as of a network that divides by an image's spread
            return answers

    todo, pool = plan(["gain"], (1, 4, 4)), Here(Broken())
    *_, measured = Run(Broken(), subject.images, todo, pool, Store(tmp_path)).go(quiet)
    curve = made_of.findings(subject, measured, 1)["transforms"]["gain"]
    said = {each["amount"]: (each["answer"], each["probability"]) for each in curve["examples"]}
    assert said[min(said)] == ("no number", 0)
    assert said[1][1] > 0
    json.dumps(curve, allow_nan=False)


def test_where_a_symmetry_is_lost_is_what_the_app_says(tmp_path):
    """A network that fails in a layer on the way to a quarter turn, where it pads one side, and answers alike."""
    name, turn = "mnist-invariant", TRANSFORMS["rotation"].tells_most
    model = Model(records.EXPORTED / f"{name}.onnx")
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 28, 28), np.uint8)
    part = measure(model, Task("layers", "rotation", (turn,), images, np.zeros(2, int), np.arange(2)), quiet)
    told = made_of._layers("rotation", runs.Layers(turn, 2, part))
    assert any(row["value"] for row in told["layers"])
    assert told["lost_at"] is None


def test_the_first_answer_comes_where_the_whole_is_long_and_none_was_given_before(subject, tmp_path, monkeypatch):
    order = Order(tmp_path, measures=["gain"], trust=True)

    def quick():
        first, *_ = Report(order).go(subject, quiet, quiet)
        return first["run"]["quick"]

    monkeypatch.setattr(orders, "_speed", lambda subject, pool: 1e9)
    with closing(Report(order).go(subject, quiet, quiet)) as fast:
        assert not next(fast)["run"]["quick"]  # nothing was measured yet
    monkeypatch.setattr(orders, "_speed", lambda subject, pool: 10.0)
    assert quick()
    assert not quick()


def test_so_many_images_as_fit_the_time(subject, tmp_path, monkeypatch):
    report = Report(Order(tmp_path, measures=["gain"], trust=True))
    each = 1 + len(report.plan(subject).transforms["gain"])
    monkeypatch.setattr(orders, "FEWEST", 3)
    for speed, expected in ((10 * each, 10), (10 * each - 1, 9), (0, 3), (1e9, subject.images.count)):
        monkeypatch.setattr(orders, "_speed", lambda subject, pool, speed=speed: speed / 2)
        assert report.fitting(subject, 2) == expected
