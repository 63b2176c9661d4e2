"""What every dataset offers: labelled images, where they come from, and how a stranger's image becomes one of them."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from invariance import UserError
from invariance.files import ROOT
from invariance.images.pixels import Noted

HOLDOUT = 0.1  # of the training images, to choose the epoch
SAMPLE_SEED = 0  # the same images are drawn from a test set whatever is measured, so that figures compare
HOLDOUT_SEED = 0  # the same images are held out whatever is trained, so that validation figures compare

# (what is being done, units done, units in all)
Progress = Callable[[str, int, int], None]


class DataError(UserError):
    """A dataset is missing, damaged or could not be downloaded."""


class Split(NamedTuple):
    """Labelled images."""

    images: np.ndarray  # uint8 (N, C, H, W) in 0..255
    labels: np.ndarray  # int64 (N,): indices into the dataset's labels
    title: str = ""  # what figures from these images are called, where that is not the dataset's title

    def fingerprint(self) -> str:
        """sha256 (hex) over shape, pixels and labels: two splits share it only if they hold the same data."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        digest.update(np.ascontiguousarray(self.images))
        digest.update(self.labels.astype("<i8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Dataset:
    """One entry of DATASETS."""

    name: str
    title: str
    labels: tuple[str, ...]  # names of the classes
    shape: tuple[int, int, int]  # of one image, (C, H, W)
    load: Callable[[str, Path], Split]  # load(split, root) reads "train" or "test"
    # prepare(image, drawn=False): any image, float32 (1 or 3, H, W) in [0, 1] -> one of this dataset's shape, as its
    # own images were made, and what was done to it beyond resizing its middle square; drawn: strokes on pure black
    prepare: Callable[..., Noted]
    # missing(split, root): the files that load still needs for "train" or "test"
    missing: Callable[[str, Path], list[Path]] = lambda split, root: []
    # fetch(root, progress) downloads what is missing of both; None: nothing to get
    fetch: Callable[[Path, Progress], None] | None = None
    download_bytes: int = 0  # in all
    # How many test images transforms are measured on, drawn by sample(); None: all of them.
    sample: int | None = None


@dataclass(frozen=True)
class Protocol:
    """How a field compares its networks where that is not on a dataset as it is: images made of a dataset's."""

    title: str
    dataset: str  # a key of DATASETS
    train: Callable[[Split], Split]  # of the dataset's training images those to train on, some held out among them
    test: Callable[[Split, Split], Split]  # of its training and test images those to measure on, none of them the same


def hold_out(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (for training, for validation) into count training images, shuffled once and for all."""
    order = np.random.default_rng(HOLDOUT_SEED).permutation(count)
    held = round(count * HOLDOUT)
    return order[held:], order[:held]


def sample(split: Split, count: int | None) -> Split:
    """count images drawn at random, as many of each class, always the same ones; all if count is None or as many.

    They stay in their order. The first images of a test set are no sample of it: in the first half of MNIST's LeNet-5
    errs three times as often as in the second.

    Raises:
        DataError: count can't be divided among the classes, or a class has too few images.
    """
    if count is None or count >= len(split.labels):
        return split
    classes, sizes = np.unique(split.labels, return_counts=True)
    each, over = divmod(count, len(classes))
    if over or each > sizes.min():
        raise DataError(
            f"{count:,} images can't be drawn from {len(classes)} classes alike, of which the smallest has "
            f"{sizes.min():,} images."
        )
    rng = np.random.default_rng(SAMPLE_SEED)
    drawn = [rng.choice(np.flatnonzero(split.labels == label), each, replace=False) for label in classes]
    chosen = np.sort(np.concatenate(drawn))
    return split._replace(images=split.images[chosen], labels=split.labels[chosen])


def data_dir() -> Path:
    """The folder that holds one folder a dataset: $INVARIANCE_DATA, else data/ in ROOT."""
    return Path(os.environ.get("INVARIANCE_DATA") or ROOT / "data")
