"""MNIST: 70,000 handwritten digits, 28x28 grey.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998). Four files in the IDX format,
packed by gzip or not: two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit number, then the values row by row.
"""

import hashlib
import math
import struct
from pathlib import Path

import numpy as np

from invariance.datasets import archives
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
DIMENSIONS = {"images": 3, "labels": 1}
UNSIGNED_BYTE = 8
MAX_BYTES = 250_000_000  # unpacked: five times MNIST's largest file, room for the 280,000 digits of EMNIST
OTHER_TITLE = "not MNIST (in MNIST's files)"  # what figures from other images under MNIST's file names are called
# Data sets that come under MNIST's file names, by the md5 of what is in their files of images.
OTHERS = {
    "f4a8712d7a061bf5bd6d2ca38dc4d50a": "Fashion-MNIST",
    "8181f5470baa50b63fa0f6fddb340f0a": "Fashion-MNIST",
    "92be26ec9822e900ac425d0a0aa84ced": "Kuzushiji-MNIST",
    "bf305b8cd328700fbc17f5acbc2856d2": "Kuzushiji-MNIST",
}
FETCH = "run: python -m invariance fetch mnist"


def read_idx(path: Path, ndim: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes.

    Args:
        path: the file, as it is or packed by gzip, whatever its name.
        ndim: how many dimensions it must have (images 3, labels 1).

    Returns:
        uint8 array of the shape that the header gives; not to be written into.

    Raises:
        DataError: the magic number, the dimensions or the length are not what they must be.
    """
    try:
        with path.open("rb") as stored:
            file = archives.unpacked(stored)
            header = file.read(4 + 4 * ndim)
            magic = _header((0,) * ndim)[:4]
            if header[:4] != magic:
                raise DataError(
                    f"{path.name} is not an IDX file of {ndim}-dimensional bytes: expected the magic number "
                    f"{magic.hex()}, found {header[:4].hex() or 'an empty file'}. Delete it and {FETCH}"
                )
            if len(header) < 4 + 4 * ndim:
                raise DataError(f"{path.name} ends inside its header. Delete it and {FETCH}")
            shape = struct.unpack(f">{ndim}I", header[4:])
            size = math.prod(shape)
            if size > MAX_BYTES:
                raise DataError(
                    f"{path.name}: its header says {shape}, more than the {MAX_BYTES:,} bytes that are read. Delete it "
                    f"and {FETCH}"
                )
            values = bytearray()  # grows with what comes, whatever the header says
            while len(values) <= size and (chunk := file.read(archives.CHUNK)):
                values += chunk
    except DataError:
        raise
    except archives.DAMAGE as error:
        raise DataError(f"{path.name} could not be read ({archives.in_short(error)}). Delete it and {FETCH}") from error
    if len(values) != size:
        came = f"{len(values):,}" if len(values) < size else "more"
        raise DataError(
            f"{path.name}: its header says {shape}, {size:,} bytes, but {came} follow. Delete it and {FETCH}"
        )
    return np.frombuffer(memoryview(values).toreadonly(), np.uint8).reshape(shape)


def _header(shape: tuple[int, ...]) -> bytes:
    return bytes([0, 0, UNSIGNED_BYTE, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def content_md5(values: np.ndarray) -> str:
    """md5 (hex) of the unpacked IDX file that holds values."""
    digest = hashlib.md5(_header(values.shape), usedforsecurity=False)
    digest.update(values)
    return digest.hexdigest()


def _found(folder: Path, file: RemoteFile) -> Path | None:
    """Where file lies in folder: as it is fetched, else unpacked, else under a name with a dot; else None."""
    dashed = file.name.removesuffix(".gz")
    dotted = dashed.replace("-idx", ".idx")
    paths = (folder / name for name in (file.name, dashed, f"{dotted}.gz", dotted))
    return next((path for path in paths if path.is_file()), None)


def load(split: str, root: Path) -> Split:
    """Read the 60,000 "train" or the 10,000 "test" images from root/mnist.

    Returns:
        Split of uint8 (N, 1, 28, 28), ink bright on black, and int64 (N,) digits; titled OTHER_TITLE if the files are
        of MNIST's form and hold somebody's own images or labels.

    Raises:
        DataError: a file is missing or damaged, or they hold one of OTHERS.
    """
    folder = root / "mnist"
    if absent := missing(split, root):
        raise DataError(
            f"MNIST is incomplete: {', '.join(path.name for path in absent)} expected in {folder}. "
            "Run: python -m invariance fetch mnist"
        )
    images, labels = (read_idx(_found(folder, FILES[split, kind]), ndim) for kind, ndim in DIMENSIONS.items())
    if images.shape[1:] != (28, 28) or len(images) != len(labels) or not len(labels) or labels.max() > 9:
        raise DataError(
            f"MNIST's {split} files are inconsistent: expected N images of 28x28 and N labels in 0..9, found images of "
            f"shape {images.shape} and labels of shape {labels.shape} up to {labels.max(initial=0)}. "
            f"Delete them and {FETCH}"
        )
    found = [content_md5(images), content_md5(labels)]
    if found[0] in OTHERS:
        raise DataError(
            f"MNIST's {split} files hold {OTHERS[found[0]]}, no digits of MNIST. Move all files of {OTHERS[found[0]]} "
            f"elsewhere and {FETCH}"
        )
    title = "" if found == [FILES[split, kind].content_md5 for kind in DIMENSIONS] else OTHER_TITLE
    return Split(images[:, None], labels.astype(np.int64), title)


def missing(split: str, root: Path) -> list[Path]:
    """The files that load needs for split and that are not there under any of their names."""
    files = [FILES[split, kind] for kind in DIMENSIONS]
    return [root / "mnist" / file.name for file in files if not _found(root / "mnist", file)]


def fetch(root: Path, progress: Progress) -> None:
    """Download what is missing or damaged into root/mnist; see download().

    Raises:
        DataError: there are whole files of MNIST's names with something else in them, which are not replaced; also
            those of download().
    """
    for (_, kind), file in FILES.items():
        path = _found(root / "mnist", file)
        try:
            md5 = content_md5(read_idx(path, DIMENSIONS[kind])) if path else ""
        except DataError:
            md5 = ""
        if md5 and md5 != file.content_md5:
            raise DataError(
                f"{path} holds {OTHERS.get(md5, f'other {kind}')}, not MNIST, and is left as it is. Move it elsewhere "
                f"and {FETCH}"
            )
        if not md5:
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
