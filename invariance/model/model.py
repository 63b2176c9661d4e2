"""An .onnx image classifier: opened, and its answers to images."""

import hashlib
import math
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

from invariance.measures import softmax
from invariance.model.card import Card, ModelError
from invariance.model.memory import give_back
from invariance.model.providers import ORT_ERRORS
from invariance.model.sessions import session_of

BATCH_VALUES = 100_000  # input numbers a batch, 127 MNIST images: larger ones take more memory and are no faster
FEW = 8  # up to this batch size, sharing the work among threads may cost more than it saves
TRIALS = 5


class Model:
    """A classifier read from an .onnx file. Safe to call from several threads.

    card: what it says of itself; data: the file's bytes; sha256: of them; provider: what really runs it.

    Example:
        >>> model = Model(Path("exported/lenet5.onnx"))
        >>> model.predict(np.zeros((7, 1, 28, 28), np.float32)).shape
        (7, 10)
    """

    def __init__(self, path: Path):
        """Open the file at path.

        Raises:
            ModelError: it is missing, damaged or not an image classifier; says which and what was expected.
            ProviderError: see open_session.
        """
        name = path.stem
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} can't be read ({error.strerror}).") from error
        self.sha256 = hashlib.sha256(data).hexdigest()
        try:
            opened = session_of(data, self.sha256)
        except ORT_ERRORS as error:
            raise ModelError(f"{path.name} is not an ONNX model that onnxruntime can open: {error}") from error
        session, self.provider = opened.session, opened.provider
        shape, classes = _signature(session, path.name)
        self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name
        self.card = Card.from_metadata(session.get_modelmeta().custom_metadata_map, name, shape, classes)
        self.data = data
        self._threads_for_few: int | None = None  # not known before few images come
        try:
            self._time_one(0)
        except ORT_ERRORS as error:
            raise ModelError(f"{path.name} can't be run on one image of shape {shape}: {error}") from error

    def _time_one(self, threads: int) -> float:
        """Seconds for one image: which number of threads is faster depends on the machine and the network."""
        session = session_of(self.data, self.sha256, threads).session
        image = np.zeros((1, *self.card.shape), np.float32)
        times = []
        for _ in range(TRIALS):
            started = time.perf_counter()
            session.run([self._output], {self._input: image})
            times.append(time.perf_counter() - started)
        return min(times)

    def _session(self, count: int) -> ort.InferenceSession:
        """The session for count images; how many threads are faster for few is tried out when few come first."""
        threads = 0  # one a core
        if count <= FEW and self.provider.name == "CPU":
            if self._threads_for_few is None:
                self._threads_for_few = min((1, 0), key=self._time_one)
            threads = self._threads_for_few
        return session_of(self.data, self.sha256, threads).session

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) in [0, 1] -> float32 (N, classes), in batches of bounded size. N may be 0.

        Raises:
            ModelError: the images are not float32 of this model's shape, or the file can't be run on so many.
        """
        shape = self.card.shape
        if images.shape[1:] != shape or images.dtype != np.float32:
            raise ModelError(
                f"{self.card.title} takes float32 images of shape (N, {', '.join(map(str, shape))}), "
                f"not {images.dtype} of shape {images.shape}."
            )
        size = max(1, BATCH_VALUES // math.prod(shape))
        session = self._session(len(images))
        try:
            if len(images) <= size:
                return session.run([self._output], {self._input: images})[0]
            batches = (images[i : i + size] for i in range(0, len(images), size))
            answers = np.concatenate([session.run([self._output], {self._input: batch})[0] for batch in batches])
            give_back()
            return answers
        except ORT_ERRORS as error:
            raise ModelError(f"{self.card.title} can't be run on {len(images)} images at a time: {error}") from error

    def predict(self, images: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) in [0, 1] -> probabilities (N, classes), each row summing to 1; see logits()."""
        return softmax(self.logits(images))


def _signature(session: ort.InferenceSession, name: str) -> tuple[tuple[int, int, int], int]:
    """(C, H, W) and the number of classes of a session that takes images and gives logits."""
    expected = "Expected one float32 input (N, C, H, W) with C 1 or 3 and N free, and one output (N, classes)"
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelError(f"{name}: {expected}; it has {len(inputs)} inputs and {len(outputs)} outputs.")
    taken, given = inputs[0], outputs[0]
    n, *shape = taken.shape or [None]
    free = not isinstance(n, int)
    sized = len(shape) == 3 and all(isinstance(size, int) and size > 0 for size in shape)
    if taken.type != "tensor(float)" or not free or not sized or shape[0] not in (1, 3):
        raise ModelError(f"{name}: {expected}; its input {taken.name} is {taken.type} of shape {taken.shape}.")
    if given.type != "tensor(float)" or len(given.shape) != 2 or not isinstance(given.shape[1], int):
        raise ModelError(f"{name}: {expected}; its output {given.name} is {given.type} of shape {given.shape}.")
    return (shape[0], shape[1], shape[2]), given.shape[1]
