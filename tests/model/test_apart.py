"""A stranger's model in a process of its own: what it may take, and that it goes when it takes more."""

import functools
import json
import mmap
import os
import socket
import sys
import threading
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from invariance.inside.values import Inside
from invariance.model import Model, ModelError, apart, confinement
from invariance.model.apart import Apart
from invariance.model.preparation import checked
from invariance.surgery.any_size import with_size
from invariance.surgery.part import cut
from tests.conftest import case, linear_classifier
from tests.graphs import node, squeezenet
from tests.graphs import opened as inside_of
from tests.tolerances import FLOAT

IMAGES = np.random.default_rng(0).random((5, 1, 4, 4), np.float32)


def beside_the_mean(place, nodes, numbers):
    """Write a classifier whose answer is the image's mean, twice, plus the number "more" that some nodes make."""
    last = [node("ReduceMean", "image axes", "mean", keepdims=0), node("Add", "mean more", "sum")]
    last += [node("Reshape", "sum rows", "one"), node("Concat", "one one", "logits", axis=1)]
    graph = helper.make_graph(
        [*nodes, *last],
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 4, 4])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        [
            numpy_helper.from_array(np.asarray(array), name)
            for name, array in {"axes": [1, 2, 3], "rows": [-1, 1], **numbers}.items()
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), place)
    return place


def endless(place):
    values = [("step", TensorProto.INT64), ("going", TensorProto.BOOL), ("state", TensorProto.FLOAT)]
    body = helper.make_graph(
        [node("Identity", "going", "on"), node("Neg", "state", "next")],
        "body",
        [helper.make_tensor_value_info(name, kind, []) for name, kind in values],
        [helper.make_tensor_value_info(name, kind, []) for name, kind in (("on", TensorProto.BOOL), ("next", 1))],
    )
    loop = helper.make_node("Loop", ["", "true", "zero"], ["more"], body=body)
    return beside_the_mean(place, [loop], {"true": True, "zero": np.float32(0)})


def bomb(place, count):
    """A graph that makes so many zeros."""
    nodes = [node("ConstantOfShape", "count", "zeros"), node("ReduceSum", "zeros", "more", keepdims=0)]
    return beside_the_mean(place, nodes, {"count": [count]})


def gone(number):
    """Whether there is no process of that number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_model_that_runs_apart_answers_as_here(tmp_path):
    there = Apart("x.onnx")
    linear_classifier(there.folder / "x.onnx")
    here, model = Model(there.folder / "x.onnx"), Model.opened(there, there.folder / "x.onnx")
    (there.folder / "x.onnx").unlink()
    assert (model.card, model.key, model.preparation) == (here.card, here.key, here.preparation)
    np.testing.assert_allclose(model.predict(IMAGES), here.predict(IMAGES), atol=FLOAT)
    there.close()  # and again in another process
    np.testing.assert_allclose(model.predict(IMAGES), here.predict(IMAGES), atol=FLOAT)
    with pytest.raises(ModelError, match="takes float32 images of shape"):
        model.predict(IMAGES[:, :, 1:])


def test_all_that_is_made_of_it_runs_apart_too(tmp_path, monkeypatch):
    nodes, weights = squeezenet()
    here = inside_of(tmp_path, nodes, weights)
    maps = here.maps
    there = Apart("x.onnx")
    (tmp_path / "graph.onnx").rename(there.folder / "graph.onnx")
    model = Model.opened(there, there.folder / "graph.onnx")
    opened_here = [f"{room}.open_session" for room in ("invariance.model.model", "invariance.model.sessions")]
    for place in opened_here:
        monkeypatch.setattr(place, lambda *given, **more: pytest.fail("opened in the app's own process"))
    inside, images = Inside(model), np.random.default_rng(1).random((3, 1, 8, 8), np.float32)
    assert inside.maps == maps
    given = inside.values(["pool", "maps"], images)
    np.testing.assert_allclose(cut(inside, "pool", "maps")(given["pool"]), given["maps"], rtol=1e-4, atol=1e-4)
    assert with_size(model, 12, 12).logits(np.zeros((2, 1, 12, 12), np.float32)).shape == (2, 2)
    many = [cut(inside, "pool", name) for name in ("fire1", "fire2", "classes", "maps")]  # more than stay open
    assert [part(given["pool"]).shape[1] for part in many] == [10, 12, 2, 2]
    monkeypatch.undo()
    np.testing.assert_allclose(here.values(["maps"], images)["maps"], given["maps"], rtol=1e-4, atol=1e-4)


def test_a_graph_that_never_ends_is_stopped_while_others_answer(monkeypatch):
    monkeypatch.setattr(apart, "OPEN_SECONDS", 1)
    there, other, said = Apart("hostile.onnx"), Apart("other.onnx"), []
    endless(there.folder / "hostile.onnx")
    model = Model.opened(other, linear_classifier(other.folder / "other.onnx"))
    number = there.call(os.getpid)

    def hostile():
        with pytest.raises(ModelError) as raised:
            Model.opened(there, there.folder / "hostile.onnx")
        said.append(str(raised.value))

    thread = threading.Thread(target=hostile)
    thread.start()
    answers = [model.predict(IMAGES) for _ in range(3)]
    assert thread.is_alive()
    assert len(answers) == 3
    thread.join()
    assert said == ["hostile.onnx took longer than 1 s to answer and was stopped. Take a smaller network."]
    assert gone(number)
    monkeypatch.undo()
    assert there.call(os.getpid) != number  # the next request finds another process


def test_steps_of_trying_may_take_long_together_but_not_for_ever(monkeypatch):
    steps = []
    there = Apart("x.onnx")
    there.call(functools.reduce, steps_in := (lambda *step: steps.append(step)), [1, 2, 3], progress=steps_in)
    assert steps == [(1, 2), (None, 3)]
    monkeypatch.setattr(apart, "ALL_SECONDS", 0)
    with pytest.raises(ModelError, match="took longer than 0 s to answer"):
        there.call(functools.reduce, steps_in, [1, 2, 3], progress=steps_in)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's memory")
def test_a_graph_that_wants_all_memory_is_refused_and_takes_none_of_the_app_s(monkeypatch):
    def taken():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    there = Apart("x.onnx")
    sentence = "x.onnx wants more than 2 GB of memory and was stopped. Take a smaller network, or fewer and"
    before = taken()
    for count in (2**31, 2**50):
        with case(count), pytest.raises(ModelError, match=sentence):
            Model.opened(there, bomb(there.folder / "x.onnx", count))
    for function, given in ((np.ones, (10**9,)), (mmap.mmap, (-1, 10**12))):  # a MemoryError, an OSError
        with case(function.__name__), pytest.raises(ModelError, match=sentence):
            there.call(function, *given)
    monkeypatch.setattr(apart, "MOST_ANSWER", 10**7)
    with pytest.raises(ModelError, match="gives more than 10 MB at once and was stopped"):
        there.call(np.ones, (10**7,))
    assert taken() < before + 20e6
    assert Model.opened(there, bomb(there.folder / "x.onnx", 10**6)).predict(IMAGES).shape == (5, 2)


def test_a_process_that_ends_or_fails_gets_a_sentence_and_the_next_request_works():
    there = Apart("x.onnx")
    for function, given, kind, words in (
        (os.abort, (), ModelError, "x.onnx made the process that ran it end"),
        (os._exit, (0,), ModelError, "x.onnx made the process that ran it end"),
        (json.loads, ("[" * 100_000,), ModelError, "x.onnx is nested too deeply"),
        (int, ("/secret/place",), ModelError, r"x.onnx can't be read \(ValueError\)"),
        (checked, ({"colour": 1},), ModelError, "^A preparation has no colour"),
        (apart._open, ("key", b"nonsense", None), RuntimeError, "^[^:]*protobuf parsing failed$"),
        (Path, ("x",), ModelError, "x.onnx made the process"),  # nothing but records and arrays comes back
    ):
        with case(function.__name__, *given):
            with pytest.raises(kind, match=words):
                there.call(function, *given)
            assert there.call(abs, -1) == 1


def test_who_stops_while_it_tells_of_progress_gets_no_stale_answer():
    there = Apart("x.onnx")

    def stop(*told):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        there.call(functools.reduce, stop, [1, 2, 3], progress=stop)
    assert there.call(pow, 3, 4) == 81


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes so much from a process")
def test_it_opens_no_other_file_no_connection_and_no_program(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("secret")
    monkeypatch.chdir(tmp_path)
    there = Apart("x.onnx")
    (there.folder / "own").write_text("own")
    assert there.call(os.listdir) == ["own"]
    tried = [(socket.socket, ()), (os.execv, ("/bin/true", ["true"]))]
    if confinement.landlock() > 0:
        tried += [(os.listdir, (str(tmp_path),)), (os.open, (str(tmp_path / "secret"), os.O_RDONLY))]
        tried += [(os.open, (str(there.folder / "new"), os.O_WRONLY | os.O_CREAT))]
    for function, given in tried:
        with case(function.__name__, *given), pytest.raises(ModelError, match=r"can't be read \(PermissionError"):
            there.call(function, *given)
    assert there.call(os.nice, 0) == os.nice(0) + confinement.LESS_URGENT


def test_nothing_stays_of_it(monkeypatch):
    there = Apart("x.onnx")
    folder, number = there.folder, there.call(os.getpid)
    there.close()
    assert gone(number)
    number = there.call(os.getpid)
    del there
    assert gone(number)
    assert not folder.exists()
    there = Apart("x.onnx")
    number = there.call(os.getpid)
    monkeypatch.setattr(apart, "IDLE_SECONDS", 0)
    apart._sweep()  # as it does every minute
    assert gone(number)


def test_few_run_at_a_time_and_the_one_asked_longest_ago_makes_room(monkeypatch):
    monkeypatch.setattr(apart, "MOST_ALIVE", 2)
    first, second, third = (Apart(f"{number}.onnx") for number in range(3))
    numbers = [each.call(os.getpid) for each in (first, second, first, third)]
    assert numbers[0] == numbers[2]
    assert [gone(number) for number in numbers] == [False, True, False, False]
    assert second.call(abs, -1) == 1
    monkeypatch.setattr(apart, "RUN_SECONDS", 0.1)
    monkeypatch.setattr(apart, "MOST_ALIVE", 1)
    thread = threading.Thread(target=second.call, args=(time.sleep, 0.5))
    thread.start()
    while not any(child.busy for child in apart._alive):
        time.sleep(0.001)
    with pytest.raises(ModelError, match=r"^0.onnx has to wait: 1 other networks are busy. Try again in a minute.$"):
        first.call(abs, -1)
    thread.join()
    assert first.call(abs, -1) == 1


def test_where_no_process_can_be_forked_each_is_a_python_of_its_own(monkeypatch):
    monkeypatch.setattr(apart, "_forked", apart._spawned)
    there = Apart("x.onnx")
    model = Model.opened(there, linear_classifier(there.folder / "x.onnx"))
    assert model.predict(IMAGES).shape == (5, 3)
    number = there.call(os.getpid)
    del there, model
    assert gone(number)
