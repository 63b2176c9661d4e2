"""Helpers that tests share."""

import gzip
import struct

import numpy as np

from invariance.datasets.mnist import FILES


def write_idx(path, array, *, magic=None, shape=None, extra=b""):
    """An IDX file of array, packed if its name ends in .gz; magic and shape replace what the header says."""
    header = bytes([0, 0, 8, array.ndim]) if magic is None else magic
    header += struct.pack(f">{array.ndim}I", *(shape or array.shape))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = header + array.tobytes() + extra
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def small_mnist(root, count=5, labels=None, splits=("train", "test"), rename=str):
    """A made-up data set in MNIST's files, or under the names that rename makes of theirs."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 28, 28), np.uint8)
    labels = np.arange(count, dtype=np.uint8) if labels is None else labels
    for split in splits:
        write_idx(root / "mnist" / rename(FILES[split, "images"].name), images)
        write_idx(root / "mnist" / rename(FILES[split, "labels"].name), labels)
    return images, labels
