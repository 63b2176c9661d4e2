"""Every dataset keeps the same promises."""

import numpy as np
import pytest

from invariance.datasets import DATASETS, data_dir


@pytest.fixture(params=DATASETS)
def dataset(request):
    return DATASETS[request.param]


@pytest.fixture
def split(dataset):
    if dataset.missing("test", data_dir()):
        pytest.skip(f"needs {dataset.title}; run: python -m invariance fetch {dataset.name}")
    return dataset.load("test", data_dir())


def test_its_name_is_its_key(dataset):
    assert DATASETS[dataset.name] is dataset


def test_images_and_labels_are_as_declared(dataset, split):
    assert split.images.dtype == np.uint8
    assert split.images.shape[1:] == dataset.shape
    assert split.labels.shape == (len(split.images),)
    assert set(np.unique(split.labels)) == set(range(len(dataset.labels)))


def test_its_own_images_are_prepared_to_its_own_shape(dataset, split):
    prepared = dataset.prepare(split.images[0].astype(np.float32) / 255).pixels
    assert prepared.shape == dataset.shape
    assert prepared.dtype == np.float32
    assert 0 <= prepared.min() <= prepared.max() <= 1
