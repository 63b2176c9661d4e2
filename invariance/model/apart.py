"""A stranger's model runs apart: in a process of its own, which can take little and harm nobody.

A graph can wait for ever, want any amount of memory, or crash the library that runs it. So a file that someone dropped
is opened, tried and run in a child of the app, which may read that file only (see confinement) and is ended when it
takes too long. Of each network the app itself holds its description and its graph as bytes; its sessions are in the
child, and open again there when it was ended.

On Linux a child is forked from a process that has imported everything: it is there after some 5 ms, and shares most of
its memory with the others. On other systems each is a Python of its own.

What a child sends is read as numbers and as this library's own records, never as code.
"""

import contextlib
import errno
import hashlib
import importlib
import io
import os
import pickle
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import numpy as np
import onnxruntime as ort

from invariance import UserError
from invariance.model.card import ModelError
from invariance.model.confinement import confine, go_with_parent
from invariance.model.providers import ORT_ERRORS, OUT_OF_MEMORY, Provider, open_session, said
from invariance.model.versions import newest_form, newest_opset

RUN_SECONDS = 10  # for one run of a graph
OPEN_SECONDS = 30  # for opening a file, which runs it some 15 times, and for each step of trying it
ALL_SECONDS = 300  # for all steps together
MEMORY = 2_000_000_000  # bytes that a child may take beside what it starts with
MOST_ANSWER = 250_000_000  # bytes of one answer, which the app takes too
MOST_ALIVE = 8  # children at a time; the one asked longest ago is ended for another
IDLE_SECONDS = 300  # after which a child that nobody asks is ended
SESSIONS = 4  # open in a child at a time
PRELOADED = "invariance.evaluation.tries"  # by name, since the library's rooms stand on this one: all that a child runs
PROVIDER = Provider("CPU", "a network of your own runs in a process of its own")
LATE = "took longer than {:g} s to answer and was stopped. Take a smaller network."
CRASHED = "made the process that ran it end: it was stopped. Export it anew, or take another network."
TOO_LARGE = "wants more than {:g} GB of memory and was stopped. Take a smaller network, or fewer and smaller images."
HEAD = 8  # bytes before a message, which say how many it has
OURS = ("Model", "Card", "Preparation", "Signature", "Provider", "Understood", "Try", "Value")  # classes that come back
ARRAYS = ("_reconstruct", "ndarray", "dtype", "_frombuffer", "scalar")  # what numpy makes arrays by
# What a child needs no more of than this: one thread, and no GPU, whose driver wants more memory than it may take.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "INVARIANCE_THREADS": "1", "INVARIANCE_PROVIDER": "cpu"}


class Value(NamedTuple):
    """What a session takes or gives, as onnxruntime's NodeArg says it."""

    name: str
    type: str
    shape: list[int | str | None]


class Apart:
    """Where one stranger's model runs. Safe to call from several threads: they are answered one after the other.

    folder: empty at first; with Python's own, the only files that the child can read. It goes with this object, and so
    does the child.

    Example:
        >>> Apart("mine.onnx").call(pow, 3, 4)
        81
    """

    def __init__(self, name: str, memory: int = MEMORY, places: Sequence[Path] = ()):
        """name: of the file, for messages; memory: bytes that the child may take beside what it starts with; places:
        more folders that it may read."""
        self.name, self.memory, self._places = name, memory, places
        self.folder = Path(tempfile.mkdtemp())
        self._turn = threading.Lock()
        self._children: list[_Child] = []  # one, or none
        weakref.finalize(self, _forget, self.folder, self._children)

    def call(
        self,
        function: Callable,
        *args: Any,
        progress: Callable | None = None,
        seconds: float | None = None,
        in_all: float | None = None,
    ) -> Any:
        """What a function returns in the child.

        Args:
            function: that has a name in a module; it returns numbers, texts, arrays and records named in OURS.
            args: for it. Where one of them is progress, the function's calls of it are made here.
            seconds: that it may take until it answers or tells progress; OPEN_SECONDS if None.
            in_all: seconds that all of its steps may take together; ALL_SECONDS if None.

        Raises:
            UserError: as the function does; ModelError, too: it took too long, wanted too much memory, or crashed.
            RuntimeError: as onnxruntime does, in one line.
        """
        request = io.BytesIO()
        pickler = pickle.Pickler(request, protocol=5)
        pickler.persistent_id = lambda each: "progress" if progress is not None and each is progress else None
        pickler.dump((function, args))
        limits = OPEN_SECONDS if seconds is None else seconds, ALL_SECONDS if in_all is None else in_all
        with self._turn:
            child = self._child()
            try:
                kind, value = self._answer(child, request.getbuffer(), progress, *limits)
            except _EndedError as ended:
                self.close()
                raise ModelError(f"{self.name} {ended}") from ended
            except BaseException:  # of progress, or Ctrl-C: what the child still sends must not answer the next call
                self.close()
                raise
            finally:
                _leave(child)
        if kind == "answer":
            return value
        if kind == "memory":
            self.close()  # what such a run leaves behind isn't worth keeping
            raise ModelError(f"{self.name} {TOO_LARGE.format(self.memory / 1e9)}")
        if kind == "file":
            raise ModelError(f"{self.name} {value}")
        raise {"model": ModelError, "user": UserError, "run": RuntimeError}[kind](value)

    def _child(self) -> "_Child":
        """The child, busy from now on; a new one if there is none that still waits for requests."""
        if not (self._children and _enter(self._children[0])):
            self.close()
            self._children.append(_started([self.folder, *self._places], self.name, self.memory))
        return self._children[0]

    def _answer(
        self, child: "_Child", request: memoryview, progress: Callable | None, seconds: float, in_all: float
    ) -> tuple[str, Any]:
        ends = time.monotonic() + in_all
        with child.at_most(seconds):
            child.send(request)
            kind, value = child.receive()
        while kind == "progress":
            progress(*value)
            if time.monotonic() > ends:
                raise _EndedError(LATE.format(in_all))
            with child.at_most(seconds):
                kind, value = child.receive()
        return kind, value

    def open_session(self, data: bytes, options: ort.SessionOptions | None = None) -> "Session":
        """A session of a graph, open. Of the options only the level of optimisation counts."""
        session = self.session_of(data, hashlib.sha256(data).hexdigest(), options)
        session.get_inputs()
        return session

    def session_of(self, data: bytes, sha256: str, options: ort.SessionOptions | None = None) -> "Session":
        """The session of a graph, opened when it is first asked."""
        return Session(self, data, sha256, options and int(options.graph_optimization_level))

    def close(self) -> None:
        """End the child; the next request starts another."""
        while self._children:
            self._children.pop().end()


class Session:
    """A session in a child, with the part of onnxruntime.InferenceSession that this library uses."""

    def __init__(self, apart: Apart, data: bytes, key: str, level: int | None):
        self._apart, self._data, self._key, self._level = apart, data, key, level

    @cached_property
    def _values(self) -> tuple[list[Value], list[Value]]:
        return self._apart.call(_open, self._key, self._data, self._level)

    def get_inputs(self) -> list[Value]:
        return self._values[0]

    def get_outputs(self) -> list[Value]:
        return self._values[1]

    def run(self, names: Sequence[str] | None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        """As InferenceSession.run().

        Raises:
            ModelError, RuntimeError: see Apart.call().
        """
        request = (_run, self._key, names and list(names), given)
        results = self._apart.call(*request, seconds=RUN_SECONDS)
        if results is None:  # the child is new, or has opened others since
            self._apart.call(_open, self._key, self._data, self._level)
            results = self._apart.call(*request, seconds=RUN_SECONDS)
        return results


# ---- the children, as the app sees them

_alive: list["_Child"] = []  # the one that was asked longest ago first
_room = threading.Condition()  # for _alive, and when one of them is no longer busy


class _EndedError(Exception):
    """A child was ended before it answered, or ended by itself; says so after the network's name."""


class _Child:
    """A process that answers."""

    def __init__(self, to: BinaryIO, back: BinaryIO, kill: Callable[[], None]):
        self.busy, self.asked = True, time.monotonic()
        self._to, self._back, self._kill = to, back, kill

    def end(self) -> None:
        """Let it be gone."""
        self._kill()
        with _room:
            if self in _alive:
                _alive.remove(self)
                _room.notify()
        for pipe in (self._to, self._back):
            with contextlib.suppress(OSError):  # what was not sent is lost
                pipe.close()

    def send(self, request: memoryview) -> None:
        _write(self._to, request)

    def receive(self) -> tuple[str, Any]:
        size = int.from_bytes(_read(self._back, HEAD), "little")
        if size > MOST_ANSWER:
            raise _EndedError(f"gives more than {MOST_ANSWER / 1e6:g} MB at once and was stopped.")
        return _Answer(io.BytesIO(_read(self._back, size))).load()

    @contextlib.contextmanager
    def at_most(self, seconds: float):
        """Kill it when what is done in here takes longer.

        Raises:
            _EndedError: it was, or it ended by itself.
        """
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise _EndedError(LATE.format(seconds) if late.is_set() else CRASHED) from error
        finally:
            timer.cancel()


class _Answer(pickle.Unpickler):
    """What a child sends: arrays and records, but nothing that could be called to do something."""

    def find_class(self, module: str, name: str) -> Any:
        if (module.startswith("invariance.") and name in OURS) or (module.startswith("numpy") and name in ARRAYS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not expected here")


def _started(places: Sequence[Path], name: str, memory: int) -> _Child:
    """A new child, busy. Where there are MOST_ALIVE, one that nobody asks just now makes room.

    Raises:
        ModelError: all of them are busy, for so long as an answer may take.
    """
    with _room:
        until = time.monotonic() + RUN_SECONDS
        while len(_alive) >= MOST_ALIVE:
            if (idle := next((child for child in _alive if not child.busy), None)) is not None:
                idle.end()
            elif not _room.wait(until - time.monotonic()):
                raise ModelError(f"{name} has to wait: {MOST_ALIVE} other networks are busy. Try again in a minute.")
        if not _alive:
            threading.Thread(target=_sweep, daemon=True).start()
        _alive.append(child := (_forked if sys.platform == "linux" else _spawned)(places, memory))
        return child


def _enter(child: _Child) -> bool:
    """Let a child be busy, if it wasn't ended."""
    with _room:
        if child in _alive:
            child.busy = True
        return child in _alive


def _leave(child: _Child) -> None:
    with _room:
        child.busy, child.asked = False, time.monotonic()
        if child in _alive:
            _alive.remove(child)
            _alive.append(child)
            _room.notify()


def _sweep() -> None:
    """End the children that nobody asks, for as long as there are any."""
    while True:
        time.sleep(IDLE_SECONDS / 5)
        with _room:
            for child in [each for each in _alive if not each.busy and time.monotonic() > each.asked + IDLE_SECONDS]:
                child.end()
            if not _alive:
                return


def _forget(folder: Path, children: list[_Child]) -> None:
    for child in children:
        child.end()
    shutil.rmtree(folder, ignore_errors=True)


def _spawned(places: Sequence[Path], memory: int) -> _Child:
    """A child that is a Python of its own."""
    process = subprocess.Popen(
        [*_python("serve_standard"), str(memory), *map(str, places)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
    )

    def kill() -> None:
        process.kill()
        process.wait()

    return _Child(process.stdin, process.stdout, kill)


def _forked(places: Sequence[Path], memory: int) -> _Child:
    """A child of the process that forks."""
    (read, to), (back, write) = os.pipe(), os.pipe()
    try:
        number = _forks.ask("\0".join([str(memory), *map(str, places)]).encode(), [read, write])
    except BaseException:
        os.close(to)
        os.close(back)
        raise
    finally:
        os.close(read)
        os.close(write)
    return _Child(os.fdopen(to, "wb"), os.fdopen(back, "rb"), lambda: _forks.ask(number))


def _python(function: str) -> list[str]:
    """A command that runs a function of this module with the arguments behind it.

    Ctrl-C is for the app, with which it goes, and may come before anything is imported.
    """
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    run = f"{ignore}; from invariance.model.apart import {function}; {function}()"
    return [sys.executable, "-P", "-W", "ignore", "-c", run]


def _environment() -> dict[str, str]:
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return os.environ | ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, places))}


class _Forks:
    """The process that forks children: started with the first, gone with the app."""

    def __init__(self):
        self._turn = threading.Lock()
        self._control: socket.socket | None = None

    def ask(self, message: bytes, pipes: Sequence[int] = ()) -> bytes:
        """Start a child, by its memory, folders and the pipes that it reads and writes: its number. Or end that one.

        Raises:
            UserError: there is no such process, and none can be started.
        """
        with self._turn:
            for _ in range(2):
                if self._control is None:
                    self._control = self._started()
                with contextlib.suppress(OSError):
                    socket.send_fds(self._control, [message], pipes)
                    if answer := self._control.recv(HEAD):
                        return answer
                self._control.close()
                self._control = None
                if not pipes:
                    return b""  # the child went with the process that had forked it
        raise UserError("The process that runs networks of your own can't be started: see what the server printed.")

    def _started(self) -> socket.socket:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command, number = _python("serve_forks"), theirs.fileno()
            subprocess.Popen([*command, str(number)], stdin=subprocess.DEVNULL, pass_fds=[number], env=_environment())
        return control


_forks = _Forks()


def _write(pipe: BinaryIO, message: bytes | memoryview) -> None:
    pipe.write(len(message).to_bytes(HEAD, "little"))
    pipe.write(message)
    pipe.flush()


def _read(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


# ---- in the children


def serve_forks() -> None:
    """What the process that forks children does; see _Forks. It runs no stranger's model itself."""
    importlib.import_module(PRELOADED)
    newest_opset(), newest_form()  # asked for once
    control, alive = socket.socket(fileno=int(sys.argv[1])), set()
    while True:
        try:
            message, pipes, *_ = socket.recv_fds(control, 65536, 2)
        except ConnectionResetError:  # the app ended while it asked for something
            message = b""
        if not message:
            os._exit(0)
        while alive and (ended := os.waitpid(-1, os.WNOHANG)[0]):
            alive.remove(ended)
        if pipes:
            number = os.fork()
            if number == 0:
                control.close()
                _serve_forked(message, *pipes)
            alive.add(number)
        elif (number := int.from_bytes(message, "little")) in alive:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            alive.remove(number)
        for pipe in pipes:
            os.close(pipe)
        control.send(number.to_bytes(HEAD, "little"))


def _serve_forked(message: bytes, given: int, back: int) -> NoReturn:
    try:
        go_with_parent()
        memory, *places = message.decode().split("\0")
        _serve(os.fdopen(given, "rb"), os.fdopen(back, "wb"), places, int(memory))
    finally:
        os._exit(1)  # and is no second process that forks


def serve_standard() -> None:
    """What a child that is a Python of its own does."""
    given, back = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed
    importlib.import_module(PRELOADED)
    _serve(given, back, sys.argv[2:], int(sys.argv[1]))


def _serve(given: BinaryIO, back: BinaryIO, places: Sequence[str], memory: int) -> NoReturn:
    """Answer requests until there are no more; places: the folders that may be read, the first its own."""
    confine(list(map(Path, places)), memory)
    requests: queue.SimpleQueue = queue.SimpleQueue()

    def listen() -> None:
        """Beside what runs: when the app is gone, so is this process."""
        with contextlib.suppress(EOFError):
            while True:
                requests.put(_read(given, int.from_bytes(_read(given, HEAD), "little")))
        os._exit(0)

    def tell(kind: str, value: Any) -> None:
        _write(back, pickle.dumps((kind, value), protocol=5))

    threading.Thread(target=listen, daemon=True).start()
    while True:
        unpickler = pickle.Unpickler(io.BytesIO(requests.get()))
        unpickler.persistent_load = lambda _: lambda *step: tell("progress", step)
        try:
            tell(*_answered(unpickler))
        except MemoryError:
            tell("memory", None)


def _answered(request: pickle.Unpickler) -> tuple[str, Any]:
    """What a request comes to: "answer" and what it returns; "model", "user" or "run" and what its error says; "file"
    and what there is to say of the file, after its name; or "memory"."""
    try:
        function, args = request.load()
        return "answer", function(*args)
    except MemoryError:
        return "memory", None
    except RecursionError:
        return "file", "is nested too deeply to be read. Export it anew."
    except UserError as error:
        kind, text = "model" if isinstance(error, ModelError) else "user", str(error)
    except ORT_ERRORS as error:
        kind, text = "run", said(error)
    except Exception as error:  # a file that this library doesn't know how to refuse; the server's log says where
        if os.strerror(errno.ENOMEM) in str(error):  # an OSError of a map or a folder, an ImportError of a library
            return "memory", None
        traceback.print_exc()
        kind, text = "file", f"can't be read ({type(error).__name__}). Export it anew."
    return ("memory", None) if OUT_OF_MEMORY in text else (kind, text)


_sessions: dict[str, ort.InferenceSession] = {}  # the one that was opened first at the head


def _open(key: str, data: bytes, level: int | None) -> tuple[list[Value], list[Value]]:
    """Open a graph; what it takes and gives."""
    options = ort.SessionOptions()
    if level is not None:
        options.graph_optimization_level = ort.GraphOptimizationLevel(level)
    session, _ = open_session(data, options=options)
    while len(_sessions) >= SESSIONS:
        del _sessions[next(iter(_sessions))]
    _sessions[key] = session
    taken, given = (
        [Value(each.name, each.type, list(each.shape)) for each in values]
        for values in (session.get_inputs(), session.get_outputs())
    )
    return taken, given


def _run(key: str, names: list[str] | None, given: dict[str, np.ndarray]) -> list[np.ndarray] | None:
    """What a graph gives; None if it isn't open."""
    return _sessions[key].run(names, given) if key in _sessions else None
