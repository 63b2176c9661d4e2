"""Who does the tasks on many machines: a cluster of Ray's, whose nodes may come, go and be lost."""

import os
import platform
import secrets
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from cachetools import LRUCache

from invariance import UserError
from invariance.model import Model, ModelError
from invariance.model.apart import MEMORY, Apart
from invariance.report.measure import Part, Task
from invariance.report.pool import SECONDS, SLACK, WAIT, Done, Heard, alone, ask
from invariance.versions import versions

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported: it would tell its makers of each use
try:
    import ray
except ModuleNotFoundError as error:
    raise UserError('A cluster needs Ray, which isn\'t installed: pip install "invariance-lab[cluster]".') from error

INSTALL = "Install the same on every node as here."
HERE = "local"  # what Ray calls a cluster that is started for this process, and ends with it
AUTO = "auto"  # ... and the one that this machine is a node of
ANSWERS = 10.0  # seconds until the head of a cluster must take a connection
RETRIES = 5  # of a task whose worker or node is lost
AHEAD = 2  # tasks for each core: one that is done, one that waits
SHARED_BYTES = 200_000_000  # of images kept for several tasks in the driver's object store
# Makes Ray ask the head once, for some 40 s, and not 20 times.
ASK_ONCE = {"RAY_gcs_server_port_wait_time_s": "1"}


class _Todo(NamedTuple):
    """What all tasks share."""

    key: str  # of the model
    model: ray.ObjectRef
    memory: int
    seconds: float  # see ask()
    software: dict[str, str]  # that must be on all nodes


class _Told(NamedTuple):
    """What a node says of a task."""

    part: Part | None = None
    error: str | None = None  # of the model
    node: str | None = None  # its name, and its software, where that is another
    software: dict[str, str] | None = None


class Cluster:
    """The cores of a cluster, each with a process of bounded memory and time for the model, see Apart.

    A task whose process or machine is lost is done again on another. Nodes that join meanwhile get tasks too.
    """

    def __init__(self, model: Model, address: str, memory: int = MEMORY, seconds: float = SECONDS):
        """Join a cluster, or start one.

        Args:
            model: is sent to each node once.
            address: HOST:PORT of the head; "auto" for the cluster that this machine is a node of; "" to start one on
                this machine's cores that ends with close().
            memory: bytes for each process.
            seconds: that one image may take.

        Raises:
            UserError: there is no cluster that can be joined.
        """
        self._own = not ray.is_initialized()  # else another of this process has joined, and leaves later
        if self._own:
            _join(address or HERE)
        single = alone(model)
        limit = seconds * model.batch_size + SLACK
        self._todo = _Todo(single.key, ray.put(single), memory, limit, versions())
        self._shared: LRUCache = LRUCache(SHARED_BYTES, getsizeof=lambda pair: pair[0].nbytes)
        self._do = ray.remote(num_cpus=1, max_retries=RETRIES)(_do)

    @property
    def workers(self) -> int:
        """Cores of the cluster just now, at least 1."""
        return max(1, int(ray.cluster_resources().get("CPU", 0)))

    def done(self, tasks: Iterable[tuple[Any, Task]], heard: Heard) -> Iterator[Done]:
        waiting: dict[ray.ObjectRef, Any] = {}
        tasks = iter(tasks)
        try:
            while True:
                most = AHEAD * self.workers
                while len(waiting) < most and (given := next(tasks, None)) is not None:
                    key, task = given
                    pixels = self._pixels(task.images)
                    waiting[self._do.remote(self._todo, pixels, task._replace(images=None))] = key
                if not waiting:
                    return
                ready, _ = ray.wait(list(waiting), timeout=WAIT)
                heard(next(iter(waiting.values())), 0)
                for each in ready:
                    yield self._result(each, waiting.pop(each))
        finally:
            for each in waiting:  # someone stopped: who is in the middle of a task isn't waited for
                ray.cancel(each, force=True)

    def _pixels(self, images: np.ndarray) -> ray.ObjectRef:
        """Images in the object store; once for tasks that come with the same array."""
        if id(images) in self._shared:
            return self._shared[id(images)][1]
        pixels = ray.put(images)
        if images.nbytes <= SHARED_BYTES:
            self._shared[id(images)] = images, pixels  # with the array, so that no other gets its id
        return pixels

    def _result(self, reference: ray.ObjectRef, key: Any) -> Done:
        """What a task came to.

        Raises:
            UserError: it can't be done on a node.
        """
        try:
            told: _Told = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ImportError):
                raise UserError(f"A node of the cluster lacks a library ({error.cause}). {INSTALL}") from error
            raise
        except ray.exceptions.RayError as error:
            raise UserError(
                f"The cluster lost the same part of the work {RETRIES + 1} times ({_first_line(error)}). See what its "
                "nodes run out of; what is done is kept."
            ) from error
        if told.software is not None:
            raise UserError(
                f"{told.node} of the cluster has {_named(told.software)}, but here is {_named(self._todo.software)}. "
                f"{INSTALL}"
            )
        return Done(key, told.part, told.error and ModelError(told.error))

    def close(self) -> None:
        if self._own:
            ray.shutdown()


def _join(address: str) -> None:
    """Be a part of a cluster from now on."""
    here = address == HERE
    if not here and address != AUTO:
        _see_it_listens(address)
    try:
        # a key of its own, which Ray would else write into the home folder
        with _environment({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex()} if here else ASK_ONCE):
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level="error",
                **({"include_dashboard": False} if here else {}),
            )
    except Exception as error:  # Ray raises many kinds
        where = "can be started here" if here else f"at {address} can be joined"
        raise UserError(
            f"No Ray cluster {where} ({_first_line(error)}). Name the head of one that this machine is a node of, as "
            "HOST:PORT; docs/cluster.md says how to start one."
        ) from error


def _see_it_listens(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UserError(f'Expected the address of a cluster\'s head as HOST:PORT, or "{AUTO}", not {address!r}.')
    try:
        socket.create_connection((host, int(port)), ANSWERS).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"Nothing answers at {address}. Expected the head of a Ray cluster, as `ray start --head --port={port}` "
            "starts it; docs/cluster.md says how."
        ) from error


@contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]
        os.environ.update({name: before[name] for name in more if name in before})


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _named(software: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in software.items())


# ---- on the nodes

_child: dict[tuple[str, int], tuple[Apart, Model]] = {}  # of a process of Ray's, by model and memory: one


def _do(todo: _Todo, images: np.ndarray, task: Task) -> _Told:
    """Do a task in a child of this process of Ray's."""
    if (own := versions()) != todo.software:
        return _Told(node=platform.node(), software=own)
    which = todo.key, todo.memory
    if which not in _child:
        for apart, _ in _child.values():
            apart.close()
        _child.clear()
        model = ray.get(todo.model)
        _child[which] = Apart(model.card.title, todo.memory), model
    try:
        return _Told(ask(*_child[which], task._replace(images=images), lambda count: None, todo.seconds))
    except ModelError as error:
        return _Told(error=str(error))
