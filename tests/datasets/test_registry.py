"""Every dataset keeps the same promises."""

import numpy as np
import pytest

from invariance.datasets import DATASETS, DataError, Split, data_dir, sample


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


def test_a_sample_has_as_many_of_each_class_from_everywhere_and_is_the_same_again():
    """A class of 500 images is drawn from evenly: the mean place of 200 is within 4 standard errors of the middle."""
    labels = np.repeat([2, 0, 1], 500)
    split = Split(np.arange(1500, dtype=np.uint16).reshape(1500, 1, 1, 1), labels)
    drawn = sample(split, 600)
    places = drawn.images.ravel()
    np.testing.assert_array_equal(np.bincount(drawn.labels), [200] * 3)
    np.testing.assert_array_equal(drawn.labels, labels[places])
    assert (np.diff(places) > 0).all()  # none twice, in their order
    error = np.sqrt((500**2 - 1) / 12 / 200 * (300 / 499))  # of the mean, drawn without putting back
    for start in (0, 500, 1000):
        of_class = places[(places >= start) & (places < start + 500)] - float(start)
        assert abs(of_class.mean() - 249.5) < 4 * error
    np.testing.assert_array_equal(sample(split, 600).images, drawn.images)
    for everything in (None, 1500, 2000):
        assert sample(split, everything) is split
    with pytest.raises(DataError, match="can't be drawn from 3 classes alike"):
        sample(split, 200)
