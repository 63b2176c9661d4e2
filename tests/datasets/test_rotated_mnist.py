"""The images of a protocol: which are drawn, how they are turned, and that none is learned and measured on."""

import numpy as np
import pytest

from invariance.datasets import DATASETS, MNIST, PROTOCOLS, DataError, Split, data_dir, rotated_mnist
from invariance.images.pixels import to_float, to_uint8
from invariance.transforms.rotation import rotate
from tests.conftest import case

SIDE = 8
PRINTS = [
    "d3747431d200a2a6",
    "cf4ce9a9f9bc8b46",
    "5fa08ced6e476c7e",
]  # of the 12,000, the 50,000 upright, the first 1,000 of them turned


def numbered(start, each, shuffled):
    """`each` images a digit whose first four pixels say which they are, and otherwise nothing."""
    labels = np.random.default_rng(shuffled).permutation(np.repeat(np.arange(10), each))
    images = np.zeros((len(labels), 1, SIDE, SIDE), np.uint8)
    images.reshape(len(labels), -1)[:, :2] = np.stack(divmod(start + np.arange(len(labels)), 256), 1)
    return Split(images, labels)


def numbers(split):
    high, low = split.images.reshape(len(split.labels), -1)[:, :2].T.astype(int)
    return 256 * high + low


@pytest.fixture
def small(monkeypatch):
    """A tenth of a per cent of the protocol: training and test images to make it of."""
    monkeypatch.setattr(rotated_mnist, "TRAINING", 120)
    monkeypatch.setattr(rotated_mnist, "FROM_TRAINING", 400)
    return numbered(0, 60, 0), numbered(1000, 10, 1)


def test_no_image_is_trained_on_and_measured_on(small, monkeypatch):
    train, test = small
    monkeypatch.setattr(rotated_mnist, "turned", lambda split, seed: split)
    learned, measured = rotated_mnist.rotated_12k(train), rotated_mnist.rotated_50k(train, test)
    assert np.bincount(learned.labels).tolist() == [12] * 10
    assert np.bincount(measured.labels).tolist() == [10 + 40] * 10
    np.testing.assert_array_equal(numbers(measured)[:100], numbers(test))
    every = np.concatenate([numbers(learned), numbers(measured)])
    assert len(set(every)) == len(every) == 120 + 500
    for split in (learned, measured):  # labels went along
        by_number = dict(zip(numbers(train), train.labels, strict=True)) | dict(
            zip(numbers(test), test.labels, strict=True)
        )
        assert [by_number[number] for number in numbers(split)] == split.labels.tolist()


def test_every_image_is_turned_by_its_own_angle_the_same_again(small):
    split = Split(np.random.default_rng(0).integers(0, 256, (400, 1, SIDE, SIDE), np.uint8), np.zeros(400, int))
    turned = rotated_mnist.turned(split, seed=3)
    assert turned.images.dtype == np.uint8
    np.testing.assert_array_equal(turned.images, rotated_mnist.turned(split, seed=3).images)
    assert (turned.images != rotated_mnist.turned(split, seed=4).images).any((1, 2, 3)).all()
    first = split._replace(images=split.images[:7], labels=split.labels[:7])
    np.testing.assert_array_equal(turned.images[:7], rotated_mnist.turned(first, seed=3).images)
    # What each was turned by, found by trying: all around, and as rotation is defined.
    degrees = np.arange(360)
    each = np.stack([to_uint8(rotate(to_float(split.images), angle)) for angle in degrees]).astype(int)
    away = np.abs(each - turned.images).mean((2, 3, 4))
    best = away.argmin(0)
    assert away.min(0).max() < 4  # grey levels of 255, at half a degree at most; 80 apart at any other angle
    assert np.histogram(best, 8, (0, 360))[0].min() > 25  # 50 expected, standard deviation 6.6
    assert (split.images == turned.images).all((1, 2, 3)).sum() < 4


def test_training_and_test_images_are_turned_by_other_angles(small):
    train, test = small
    same = rotated_mnist.turned(rotated_mnist.upright_50k(train, test), rotated_mnist.TRAINING_SEED)
    assert (same.images != rotated_mnist.rotated_50k(train, test).images).any()


def test_too_few_images_of_a_digit_are_refused(small):
    train, _ = small
    few = train._replace(images=train.images[train.labels != 9], labels=train.labels[train.labels != 9])
    with pytest.raises(DataError, match="can't be drawn from 9 classes alike"):
        rotated_mnist.rotated_12k(few)


def test_of_a_trial_s_few_images_all_are_turned(small):
    train, test = numbered(0, 11, 0), small[1]
    learned = rotated_mnist.rotated_12k(train)
    assert learned.images.shape == train.images.shape
    np.testing.assert_array_equal(learned.labels, train.labels)
    np.testing.assert_array_equal(rotated_mnist.upright_50k(train, test).images, test.images)  # none is left


def test_a_protocol_is_found_by_what_makes_its_training_images():
    for name, protocol in PROTOCOLS.items():
        with case(name):
            assert protocol.train.__name__ == name
            assert protocol.dataset in DATASETS


def test_the_real_images_are_always_the_same(mnist_test):
    """Turned once more they take 14 seconds; that they are turned alike, the first of them show."""
    train = MNIST.load("train", data_dir())
    learned, upright = rotated_mnist.rotated_12k(train), rotated_mnist.upright_50k(train, mnist_test)
    assert (len(learned.labels), len(upright.labels)) == (12_000, 50_000)
    first = upright._replace(images=upright.images[:1000], labels=upright.labels[:1000])
    few = rotated_mnist.turned(first, rotated_mnist.TEST_SEED)
    prints = [split.fingerprint()[:16] for split in (learned, upright, few)]
    assert prints == PRINTS
