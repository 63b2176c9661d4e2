"""What is worked out once is kept for all visits together, each kind of thing up to a number of bytes.

An argument is known by what decides the answer: a model by its graph, an array by its numbers. So no caller
carries keys, and a file that was exported anew is another one.
"""

import sys
import threading
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any, ParamSpec, TypeVar

import numpy as np
import streamlit as st
from cachetools import LRUCache, cached

from invariance.bench.systems import System
from invariance.datasets import Split
from invariance.inside.values import WORKED_OUT_BYTES, Inside
from invariance.model import Model
from invariance.model.sessions import COPIES, OWN_BYTES
from invariance.surgery.sliding import Sliding

P, R = ParamSpec("P"), TypeVar("R")
PART_BYTES = 10_000_000  # of a network that was operated on; its file is not kept, the largest of ours has 8 MB


def keeping(most: int, waiting: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function returns, up to `most` bytes of it; what was asked for longest ago goes first.

    Who asks for what another visit is just waiting for waits too. Arrays come back read-only, since everyone gets the
    same.

    Args:
        most: bytes of all that is kept; a single larger result is kept alone, not worked out at every visit.
        waiting: what the page says in the meantime, "" for nothing.
    """

    def decorate(work: Callable[P, R]) -> Callable[P, R]:
        @wraps(work)
        def worked_out(*args: P.args, **kwargs: P.kwargs) -> R:
            if not waiting:
                return _read_only(work(*args, **kwargs))
            with st.spinner(waiting):
                return _read_only(work(*args, **kwargs))

        results: LRUCache = LRUCache(most, getsizeof=lambda result: min(size(result), most))
        return cached(results, key=lambda *args, **kwargs: identity((args, kwargs)), condition=threading.Condition())(
            worked_out
        )

    return decorate


def identity(value: Any) -> Any:
    """What decides an answer that depends on a value: something that can be compared and is small."""
    if isinstance(value, Model):  # by what is run: one file prepared in two ways is two; and by what it is called
        return value.key, value.card.title
    if isinstance(value, Inside):
        return identity(value.model)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, blake2b(np.ascontiguousarray(value), digest_size=16).digest()
    if isinstance(value, bytes):
        return len(value), blake2b(value, digest_size=16).digest()
    if isinstance(value, dict):
        return tuple((key, identity(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(identity, value))
    return value


def size(value: Any) -> int:
    """Bytes that a value takes, about: those of its arrays, texts and opened networks."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Model):  # its sessions have a bound of their own
        return len(value.data)
    if isinstance(value, Inside):
        model = value.model  # of a stranger's, what a small file makes may be large
        return COPIES * len(model.data) + (WORKED_OUT_BYTES if model.apart is not None else OWN_BYTES)
    if isinstance(value, Sliding | System):
        return PART_BYTES
    if isinstance(value, Split):
        return value.images.nbytes + value.labels.nbytes
    if isinstance(value, dict):
        return sum(size(key) + size(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return sys.getsizeof(value) + sum(map(size, value))
    return sys.getsizeof(value)


def _read_only(value: R) -> R:
    arrays = value if isinstance(value, tuple) else (value,)
    for each in arrays:
        if isinstance(each, np.ndarray):
            each.setflags(write=False)
    return value
