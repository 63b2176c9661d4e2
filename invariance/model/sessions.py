"""The open sessions of all models, bounded in bytes together: the one used longest ago is closed first.

A model that is asked again opens its session again, in some 5 to 30 ms.
"""

import threading
from typing import NamedTuple

import onnxruntime as ort
from cachetools import LRUCache

from invariance.model.providers import Provider, asked, batches_apart, open_session

MOST_BYTES = 200_000_000  # of all open sessions together, as estimated from their files
COPIES = 3  # bytes that a session takes for each byte of its file: the weights as they are, and laid out for speed ...
OWN_BYTES = 6_000_000  # ... and beside them, most of it for what lies between layers (see Model.logits)


class Opened(NamedTuple):
    """A session, and what it really runs on."""

    session: ort.InferenceSession
    provider: Provider
    size: int  # bytes, estimated; at most the bound


_open: LRUCache = LRUCache(MOST_BYTES, getsizeof=lambda opened: opened.size)
_guard = threading.Lock()


def session_of(data: bytes, sha256: str, threads: int = 0, *, batches: bool = False) -> Opened:
    """The session of a model file, opened if it isn't.

    Args:
        data: the content of an .onnx file.
        sha256: of it.
        threads, batches: see open_session().

    Raises:
        ProviderError, one of ORT_ERRORS: see open_session().
    """
    batches = batches and batches_apart()
    key = (sha256, threads, asked(), batches)
    with _guard:
        if key in _open:
            return _open[key]
    # One that is larger than the bound stays open alone: else it would be opened for every answer.
    opened = Opened(
        *open_session(data, threads, arena=True, batches=batches),
        min(COPIES * len(data) + OWN_BYTES, int(_open.maxsize)),
    )
    with _guard:
        _open[key] = opened
    return opened
