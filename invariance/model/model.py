"""An .onnx image classifier: opened, and its answers to images."""

import hashlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from invariance.measures import softmax
from invariance.model.apart import PROVIDER, Apart, Session
from invariance.model.batch import in_batches
from invariance.model.card import Card, ModelError
from invariance.model.memory import give_back
from invariance.model.opening import Kind, opened
from invariance.model.preparation import Preparation
from invariance.model.providers import ORT_ERRORS, open_session, said
from invariance.model.reading import read
from invariance.model.sessions import session_of
from invariance.model.signature import Signature

# Input numbers a batch. On the CPU 25 MNIST images: what lies between layers stays in the processor's caches, and the
# arena that keeps it for the next batch small; larger batches are no faster, or slower. On CUDA and OpenVINO they are.
BATCH_VALUES, LARGE_BATCH_VALUES = 20_000, 100_000
MANY = 1000  # from so many images on, what they took goes back to the system
ONCE = ort.RunOptions()
ONCE.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")  # the arena keeps nothing of this run
FEW = 8  # up to this batch size, sharing the work among threads may cost more than it saves ...
CLEARLY = 0.8  # ... and is worth the other cores where it takes at most so much of the time
TRIALS = 5


class Model:
    """A classifier read from an .onnx file. Safe to call from several threads.

    card: what it says of itself; signature, preparation: what the file takes and gives, and what becomes of images
    before; origins: where each part of these is from, by its name; notes: what a person should know of the file;
    sha256: of the file; data: its graph with that preparation, from images to logits; key: sha256 of that; provider:
    what really runs it; apart: where it runs if that is a process of its own, as for what strangers bring.

    Example:
        >>> model = Model(Path("exported/lenet5.onnx"))
        >>> model.predict(np.zeros((7, 1, 28, 28), np.float32)).shape
        (7, 10)
    """

    card: Card
    signature: Signature
    preparation: Preparation
    apart: Apart | None = None

    def __init__(
        self,
        path: Path,
        choices: Mapping[str, Any] | None = None,
        kind: Kind | None = None,
        tried: Mapping[str, Any] | None = None,
    ):
        """Open the file at path.

        Args:
            path: an .onnx file; its weights may lie beside it.
            choices: what a person says of it; see opened().
            kind: what it recognises; its images are given in that shape, and its answers in that order. None: images
                are given in the file's own shape.
            tried: what was found out by trying; see evaluation.tries.

        Raises:
            ModelError: it is missing, damaged or not an image classifier; says which and what was expected.
            ProviderError: see open_session.
        """
        path = Path(path)
        file = opened(read(path), choices or {}, kind, tried or {})
        self.card, self.signature, self.preparation = file.card, file.signature, file.preparation
        self.origins, self.notes = file.origins, file.notes
        self.sha256, self.data = file.sha256, file.data
        self.key = hashlib.sha256(self.data).hexdigest()
        self._threads_for_few: int | None = None  # not known before few images come
        try:
            session, self.provider, _ = session_of(self.data, self.key, batches=True)
            self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name
            self._time_one(session)
        except ORT_ERRORS as error:
            raise ModelError(
                f"{path.name} can't be run on an image of shape {self.card.shape}: {said(error)}"
            ) from error

    @classmethod
    def opened(cls, apart: Apart | None, path: Path, *more: Any) -> "Model":
        """As Model(path, *more); in a process of its own unless that is None.

        Raises:
            ModelError, ProviderError: see Model and Apart.call().
        """
        return cls(path, *more) if apart is None else apart.call(cls, path, *more).running(apart)

    def running(self, apart: Apart) -> "Model":
        """This model, opened in a process of its own, from now on run there too."""
        self.apart, self.provider = apart, PROVIDER
        return self

    def open_session(self, graph: bytes, options: ort.SessionOptions | None = None) -> ort.InferenceSession | Session:
        """A session of a graph that is made from this model's, where this model runs.

        Raises:
            One of ORT_ERRORS, ModelError: see providers.open_session() and Apart.call().
        """
        if self.apart is not None:
            return self.apart.open_session(graph, options)
        return open_session(graph, options=options)[0]

    @property
    def batch(self) -> int | None:
        """How many images a run must be given; None: any number."""
        return self.preparation.batch

    def _time_one(self, session: ort.InferenceSession) -> float:
        """Seconds for one image."""
        image = np.zeros((self.batch or 1, *self.card.shape), np.float32)
        times = []
        for _ in range(TRIALS):
            started = time.perf_counter()
            session.run([self._output], {self._input: image})
            times.append(time.perf_counter() - started)
        return min(times)

    def _session(self, count: int) -> ort.InferenceSession | Session:
        """The session for count images; whether threads make few faster depends on machine and network, and is tried
        out when few come first."""
        if self.apart is not None:
            return self.apart.session_of(self.data, self.key)
        if count > FEW or self.provider.name == "CUDA":
            return session_of(self.data, self.key, batches=True).session
        if self._threads_for_few is None:
            alone, shared = (self._time_one(session_of(self.data, self.key, threads).session) for threads in (1, 0))
            self._threads_for_few = 0 if shared < CLEARLY * alone else 1
        return session_of(self.data, self.key, self._threads_for_few).session

    @property
    def batch_size(self) -> int:
        """How many images logits() gives the file at once."""
        most = BATCH_VALUES if self.provider.name == "CPU" else LARGE_BATCH_VALUES
        return self.batch or max(1, most // math.prod(self.card.shape))

    def check(self, images: np.ndarray) -> None:
        """Whether these are images as this model takes them.

        Raises:
            ModelError: they are not float32 of its shape.
        """
        shape = self.card.shape
        if images.shape[1:] != shape or images.dtype != np.float32:
            raise ModelError(
                f"{self.card.title} takes float32 images of shape (N, {', '.join(map(str, shape))}), "
                f"not {images.dtype} of shape {images.shape}."
            )

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) in [0, 1] -> float32 (N, classes), in batches of bounded size. N may be 0.

        Of a file that gives probabilities they are their logarithms.

        Raises:
            ModelError: the images are not float32 of this model's shape, or the file can't be run on so many.
        """
        self.check(images)
        if len(images) == 0:
            return np.empty((0, len(self.card.labels)), np.float32)
        size = self.batch_size
        session = self._session(self.batch or len(images))
        try:
            if self.batch is None and len(images) <= size:
                return self._run(session, images)
            parts = (
                in_batches(images, size)
                if self.batch
                else ((images[i : i + size], size) for i in range(0, len(images), size))
            )
            answers = np.concatenate([self._run(session, part)[:real] for part, real in parts])
            if len(images) >= MANY:
                give_back()
            return answers
        except ORT_ERRORS as error:
            raise ModelError(f"{self.card.title} can't be run on {len(images)} images: {said(error)}") from error

    def _run(self, session: ort.InferenceSession | Session, images: np.ndarray) -> np.ndarray:
        """The logits of one batch."""
        if self.apart is not None or images.size <= BATCH_VALUES:
            return session.run([self._output], {self._input: images})[0]
        return session.run([self._output], {self._input: images}, ONCE)[0]

    def predict(self, images: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) in [0, 1] -> probabilities (N, classes), each row summing to 1; see logits()."""
        return softmax(self.logits(images))
