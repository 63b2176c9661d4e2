"""A report on a cluster of two nodes: the numbers of one process, though a node is lost; nothing stays behind."""

import importlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from invariance import UserError
from invariance.cli.report import STOPPED
from invariance.datasets import strokes
from invariance.datasets.stream import of_split
from invariance.report.findings import findings
from invariance.report.measure import Task
from invariance.report.plan import Plan
from invariance.report.pool import Here
from invariance.report.run import Run
from invariance.report.store import Store
from invariance.report.subject import Subject
from tests.conftest import ROOT, case, hear_ctrl_c, quiet

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason='needs Ray, which this system has no build of; pip install ".[cluster]"',
)
LIMIT = 60  # seconds for whatever should take a few
PLAN = Plan({"rotation": (0, 30, 90, 270, 330), "gain": (0.5, 1.0, 1.5)}, (("circular", 4),), False, False)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def until(holds, what):
    """Wait until something holds."""
    end = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < end, f"{what} took more than {LIMIT} s"
        time.sleep(0.1)


@contextmanager
def node(*arguments):
    """A node of a cluster on this machine, with one core; its process, the parent of its others."""
    command = [str(Path(sys.executable).with_name("ray")), "start", *arguments, "--node-ip-address=127.0.0.1"]
    started = subprocess.Popen(
        [*command, "--num-cpus=1", "--block"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        yield started
    finally:
        started.terminate()
        started.wait(LIMIT)


def with_variable(name, value):
    """The processes with a variable in their environment, beside this one."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            if each.pid != os.getpid() and each.environ().get(name) == value:
                found.append(each)
    return found


@pytest.fixture(scope="module")
def cluster():
    """The address of two nodes, and the process of the second."""
    key, port = os.urandom(32).hex(), free_port()
    address = f"127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"USAGE_STATS_ENABLED": "0", "AUTH_MODE": "token", "AUTH_TOKEN": key}.items():
            patch.setenv(f"RAY_{name}", value)
        try:
            with node("--head", f"--port={port}", "--include-dashboard=false"):
                until(lambda: listens(port), "the head")
                with node(f"--address={address}") as second:
                    yield address, second
        finally:
            for each in with_variable("RAY_AUTH_TOKEN", key):  # what a killed node may have left
                with suppress(psutil.Error):
                    each.kill()


def listens(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def subject(lenet5):
    images = of_split(strokes.generate(1200, seed=0), "digits", "digits drawn by code", lenet5.card.labels)
    return Subject(lenet5, images, "lenet5.onnx", 1, images.count, "", ())


def measured(subject, pool, folder, progress=quiet):
    with closing(Store(folder)) as store:
        for found in Run(subject.model, subject.images, PLAN, pool, store).go(progress):
            told = findings(subject, found, pool.workers)
    assert told.pop("run")["complete"]
    return told


def test_the_numbers_are_those_of_one_process_though_a_node_is_killed(cluster, subject, tmp_path):
    from invariance.report.cluster import Cluster

    address, second = cluster
    expected = measured(subject, Here(subject.model), tmp_path / "here")
    raylet = None
    with closing(Cluster(subject.model, address)) as pool:
        until(lambda: pool.workers == 2, "the second node")
        wrong = Task("still", "", (), np.zeros((2, 1, 5, 5), np.uint8), np.zeros(2, np.int64), np.arange(2))
        (told,) = pool.done([("wrong", wrong)], quiet)  # an answer, not a fault of the cluster
        (here,) = Here(subject.model).done([("wrong", wrong)], quiet)
        assert (told.key, told.part, str(told.error)) == ("wrong", None, str(here.error))

        def kill(what, done, of):
            nonlocal raylet
            if raylet is None and done > of / 4 and at_work(second):
                (raylet,) = [each for each in family(second) if each.name() == "raylet"]
                raylet.kill()

        assert measured(subject, pool, tmp_path / "there", kill) == expected
        assert raylet is not None


def family(process):
    return psutil.Process(process.pid).children(recursive=True)


def at_work(process):
    """Whether a node does a task just now."""
    return any(each.name().startswith("ray::_do") for each in family(process))


def test_nodes_with_other_versions_are_refused(cluster, subject, tmp_path, monkeypatch):
    from invariance.report import cluster as room

    monkeypatch.setattr(room, "versions", lambda: {"numpy": "1.0"})
    with (
        closing(room.Cluster(subject.model, cluster[0])) as pool,
        pytest.raises(UserError, match=r"but here is numpy 1\.0"),
    ):
        measured(subject, pool, tmp_path)


def test_an_address_where_there_is_no_cluster_is_refused_in_a_sentence(lenet5):
    from invariance.report.cluster import Cluster

    cases = {"nonsense": "as HOST:PORT", f"127.0.0.1:{free_port()}": "Nothing answers", "127.0.0.1:99999": "Nothing"}
    for address, told in cases.items():
        with case(address), pytest.raises(UserError, match=told) as error:
            Cluster(lenet5, address)
        assert "\n" not in str(error.value)


def test_without_ray_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "invariance.report.cluster", raising=False)
    with pytest.raises(UserError, match=r"pip install .*\[cluster\]"):
        importlib.import_module("invariance.report.cluster")


def test_whoever_stops_a_cluster_of_this_machine_leaves_no_process(tmp_path):
    model, folder, mark = str(ROOT / "exported" / "lenet5.onnx"), tmp_path / "images", os.urandom(8).hex()
    for number, (image, label) in enumerate(zip(*strokes.generate(400, seed=0)[:2], strict=True)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).save(folder / str(label) / f"{number}.png")
    running = subprocess.Popen(
        [sys.executable, "-m", "invariance", "report", model, "--data", folder, "--output", tmp_path / "out", "--ray"],
        env=os.environ | {"MARK": mark, "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    try:
        until(lambda: any(each.name().startswith("ray::_do") for each in with_variable("MARK", mark)), "the first task")
        os.killpg(running.pid, signal.SIGINT)  # Ctrl-C
        _, told = running.communicate(timeout=LIMIT)
        assert (running.returncode, b"stopped" in told) == (STOPPED, True)
        until(lambda: not with_variable("MARK", mark), "the end of its processes")
        assert not (tmp_path / ".ray").exists()  # no key is left in the home folder
    finally:
        for each in with_variable("MARK", mark):
            each.kill()
