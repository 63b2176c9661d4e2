"""MNIST: 70,000 handwritten digits, 28x28 grey.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998). Four gzip files in the IDX
format: two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a big-endian
32-bit number, then the values row by row.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from invariance.datasets.dataset import DataError, Dataset, Progress, Split
from invariance.datasets.download import RemoteFile, download
from invariance.images.digits import as_digit

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = {
    ("train", "images"): RemoteFile(
        "train-images-idx3-ubyte.gz", MIRRORS, 9_912_422, "6bbc9ace898e44ae57da46a324031adb", 47_040_016
    ),
    ("train", "labels"): RemoteFile(
        "train-labels-idx1-ubyte.gz", MIRRORS, 28_881, "a25bea736e30d166cdddb491f175f624", 60_008
    ),
    ("test", "images"): RemoteFile(
        "t10k-images-idx3-ubyte.gz", MIRRORS, 1_648_877, "2646ac647ad5339dbf082846283269ea", 7_840_016
    ),
    ("test", "labels"): RemoteFile(
        "t10k-labels-idx1-ubyte.gz", MIRRORS, 4_542, "27ae3e4e09519cfbb04c329615203637", 10_008
    ),
}
UNSIGNED_BYTE = 8


def read_idx(path: Path, ndim: int) -> np.ndarray:
    """Read a gzip-compressed IDX file of unsigned bytes.

    Args:
        path: the .gz file.
        ndim: how many dimensions it must have (images 3, labels 1).

    Returns:
        uint8 array of the shape that the header gives.

    Raises:
        DataError: the magic number, the dimensions or the length are not what they must be.
    """
    try:
        with gzip.open(path) as file:
            header = file.read(4 + 4 * ndim)
            magic = bytes([0, 0, UNSIGNED_BYTE, ndim])
            if header[:4] != magic:
                raise DataError(
                    f"{path} is not an IDX file of {ndim}-dimensional bytes: expected the magic number "
                    f"{magic.hex()}, found {header[:4].hex() or 'an empty file'}. Delete it and fetch it again."
                )
            if len(header) < 4 + 4 * ndim:
                raise DataError(f"{path} ends inside its header. Delete it and fetch it again.")
            shape = struct.unpack(f">{ndim}I", header[4:])
            size = math.prod(shape)
            values = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} could not be read ({error}). Delete it and fetch it again.") from error
    if len(values) != size:
        came = f"{len(values):,}" if len(values) < size else "more"
        raise DataError(
            f"{path}: its header says {shape}, {size:,} bytes, but {came} follow. Delete it and fetch it again."
        )
    return np.frombuffer(values, np.uint8).reshape(shape)


def load(split: str, root: Path) -> Split:
    """Read the 60,000 "train" or the 10,000 "test" images from root/mnist.

    Returns:
        Split of uint8 (N, 1, 28, 28), ink bright on black, and int64 (N,) digits.

    Raises:
        DataError: a file is missing or damaged.
    """
    folder = root / "mnist"
    if absent := missing(root):
        raise DataError(
            f"MNIST is incomplete: {', '.join(path.name for path in absent)} expected in {folder}. "
            "Run: python -m invariance fetch mnist"
        )
    images = read_idx(folder / FILES[split, "images"].name, 3)
    labels = read_idx(folder / FILES[split, "labels"].name, 1)
    if images.shape[1:] != (28, 28) or len(images) != len(labels) or (len(labels) and labels.max() > 9):
        raise DataError(
            f"MNIST in {folder} is inconsistent: expected N images of 28x28 and N labels in 0..9, found images of "
            f"shape {images.shape} and labels of shape {labels.shape}. Delete the files and fetch them again."
        )
    return Split(images[:, None], labels.astype(np.int64))


def missing(root: Path) -> list[Path]:
    """The files that load needs and that are not there."""
    return [path for file in FILES.values() if not (path := root / "mnist" / file.name).exists()]


def fetch(root: Path, progress: Progress) -> None:
    """Download what is missing or damaged into root/mnist; see download()."""
    for file in FILES.values():
        download(file, root / "mnist", progress)


MNIST = Dataset(
    name="mnist",
    title="MNIST",
    labels=tuple("0123456789"),
    shape=(1, 28, 28),
    load=load,
    prepare=as_digit,
    missing=missing,
    fetch=fetch,
    download_bytes=sum(file.size for file in FILES.values()),
)
