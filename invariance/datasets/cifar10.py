"""CIFAR-10: 60,000 colour photos of ten kinds of things, 32x32.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009). Its binary version is a .tar.gz
with five files to train on and one to test on, each of 10,000 records: a byte with the label, then 32x32 bytes of
red, of green and of blue, row by row. It may lie unpacked. Where it is missing, an archive of the same images as JPEG
files will do; figures from it bear JPEG_TITLE, since JPEG changes pixels.
"""

from pathlib import Path, PurePosixPath

import numpy as np

from invariance.datasets import folder
from invariance.datasets.archives import opened
from invariance.datasets.dataset import DataError, Dataset, Progress, Split
from invariance.datasets.download import RemoteFile, download
from invariance.images.photos import as_photo
from invariance.images.pixels import Noted

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)
BINARY = RemoteFile(
    "cifar-10-binary.tar.gz",
    ("https://www.cs.toronto.edu/~kriz/",),
    170_052_171,
    stored_md5="c32a1d4ab5d03f1284b67883e8d87530",
)
UNPACKED = "cifar-10-batches-bin"  # the folder that is in BINARY
BATCHES = {"train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test": ("test_batch.bin",)}
BATCH_RECORDS = 10_000
RECORD_BYTES = 1 + 3 * 32 * 32
JPEG = "cifar10-jpeg.tar.xz"
JPEG_TITLE = "CIFAR-10 (JPEG copy)"
TO_DO = "Delete it and run: python -m invariance fetch cifar10"


def read_binary(path: Path, split: str) -> Split:
    """Read the "train" or "test" images of the binary version, in the order of its files.

    Raises:
        DataError: a file is missing or has not BATCH_RECORDS records, or a label is not in 0..9.
    """
    batches: dict[str, bytes] = {}
    size = BATCH_RECORDS * RECORD_BYTES
    with opened(path) as members:
        for member in members:
            name = PurePosixPath(member.name).name
            if name in BATCHES[split] and member.read and not member.refusal:
                batches[name] = member.read(size + 1)
    for name in BATCHES[split]:
        if name not in batches:
            raise DataError(f"{path}: expected {name} in it, found no such file. {TO_DO}")
        if (came := len(batches[name])) != size:
            how_many = "more" if came > size else f"{came:,}"
            raise DataError(f"{path}: expected {name} with {size:,} bytes, found {how_many}. {TO_DO}")
    records = np.frombuffer(b"".join(batches[name] for name in BATCHES[split]), np.uint8).reshape(-1, RECORD_BYTES)
    if (highest := records[:, 0].max()) >= len(LABELS):
        raise DataError(f"{path}: expected labels in 0..{len(LABELS) - 1}, found {highest}. {TO_DO}")
    return Split(records[:, 1:].reshape(-1, *SHAPE), records[:, 0].astype(np.int64))


def read_jpeg(path: Path, split: str) -> Split:
    """Read the "train" or "test" images of the archive of JPEG files.

    Training images come by class, then by file name; of the test images one of each class in turn, so that the first
    ten are of all classes.

    Raises:
        DataError: the archive is damaged, its classes are not CIFAR-10's or images are missing.
    """
    copy = folder.read(path, lambda label, done, total: None, SHAPE)
    counts = {name: len(part.labels) for name, part in copy.splits.items()}
    expected = {name: BATCH_RECORDS * len(files) for name, files in BATCHES.items()}
    if copy.labels != LABELS or counts != expected:
        left_out = f"; {len(copy.problems):,} files left out, the first: {copy.problems[0]}" if copy.problems else ""
        raise DataError(
            f"{path} is no whole copy of CIFAR-10: expected {expected} images of {', '.join(LABELS)}, "
            f"found {counts} of {', '.join(copy.labels)}{left_out}. {TO_DO}"
        )
    images, labels, _ = copy.splits[split]
    if split == "test":
        place = np.arange(len(labels)) - np.searchsorted(labels, labels)  # of an image within its class
        order = np.argsort(place, kind="stable")
        images, labels = images[order], labels[order]
    return Split(images, labels, JPEG_TITLE)


def load(split: str, root: Path) -> Split:
    """Read the 50,000 "train" or the 10,000 "test" images from root/cifar10, from the binary version if it is there.

    Returns:
        Split of uint8 (N, 3, 32, 32) and int64 (N,) labels.

    Raises:
        DataError: the images are there in no form, or the one that is read is damaged.
    """
    if missing(split, root):
        raise DataError(
            f"CIFAR-10 is missing: {BINARY.name} expected in {root / 'cifar10'}. "
            "Run: python -m invariance fetch cifar10"
        )
    binary = _binary(split, root)
    return read_binary(binary, split) if binary else read_jpeg(root / "cifar10" / JPEG, split)


def _binary(split: str, root: Path) -> Path | None:
    """The binary version's archive, else its folder if it has the files of split, else None."""
    archive, unpacked = root / "cifar10" / BINARY.name, root / "cifar10" / UNPACKED
    if archive.is_file():
        return archive
    return unpacked if all((unpacked / name).is_file() for name in BATCHES[split]) else None


def missing(split: str, root: Path) -> list[Path]:
    """The binary version's archive, if the images of split are there in no form."""
    place = root / "cifar10"
    return [] if _binary(split, root) or (place / JPEG).is_file() else [place / BINARY.name]


def fetch(root: Path, progress: Progress) -> None:
    """Download the binary version into root/cifar10 if it is missing or damaged; see download()."""
    if any(_binary(split, root) != root / "cifar10" / UNPACKED for split in BATCHES):
        download(BINARY, root / "cifar10", progress)


CIFAR10 = Dataset(
    name="cifar10",
    title="CIFAR-10",
    labels=LABELS,
    shape=SHAPE,
    load=load,
    prepare=lambda image, drawn=False: Noted(as_photo(image)),
    missing=missing,
    fetch=fetch,
    download_bytes=BINARY.size,
    sample=2000,
)
