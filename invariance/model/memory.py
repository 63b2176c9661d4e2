"""Freed memory goes back to the system.

Linux's C library keeps it otherwise: hundreds of MB after a large batch, and the more the longer a process runs, since
small things that stay lie between large ones that went.
"""

import ctypes
import sys
from functools import cache

M_MMAP_THRESHOLD = -3  # of mallopt(), in malloc.h
LARGE_BYTES = 1 << 20  # blocks of at least so many get pages of their own, which go back at once


def give_back() -> None:
    """Return to the system what is free; takes a few milliseconds. Nothing happens but on Linux."""
    if (trim := _c_function("malloc_trim")) is not None:
        trim(0)


@cache
def keep_large_blocks_apart() -> None:
    """Let large blocks have pages of their own from now on; for a process that runs long. Nothing happens but on Linux.

    The library does so too, until the first large block is freed: then it takes larger and larger ones for small.
    """
    if (mallopt := _c_function("mallopt")) is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def _c_function(name: str):
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
