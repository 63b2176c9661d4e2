"""The test images, read once, and what networks say to all of them."""

from pathlib import Path

import numpy as np

from invariance.datasets import DATASETS, DataError, Dataset, Split, data_dir
from invariance.images.pixels import to_float
from invariance.measures import answered
from invariance.model import Model
from ui.caching import keeping


def labelled_images(dataset: str) -> Split:
    """The test images of a dataset; shared by everyone, so nobody may write into them."""
    return _split(dataset, "test", data_dir())


def readable(dataset: Dataset) -> Split | None:
    """Its test images, or None where they are missing or can't be read, for what shows other images then."""
    if dataset.missing("test", data_dir()):
        return None
    try:
        return labelled_images(dataset.name)
    except DataError:
        return None


@keeping(100_000_000, "Reading the images …")
def _split(dataset: str, split: str, root: Path) -> Split:
    return DATASETS[dataset].load(split, root)


def answers(model: Model, dataset: str) -> np.ndarray:
    """int64 (N,): the class that a model answers for each test image; see answered()."""
    return answered(probabilities(model, dataset))


def probabilities(model: Model, dataset: str) -> np.ndarray:
    """float32 (N, classes): what a model says to each test image."""
    return _probabilities(model, dataset, data_dir())


@keeping(20_000_000, "Asking the network about every test image …")
def _probabilities(model: Model, dataset: str, root: Path) -> np.ndarray:
    images = _split(dataset, "test", root).images
    return np.concatenate([model.predict(to_float(images[i : i + 1000])) for i in range(0, len(images), 1000)])
