import gzip

import numpy as np
import pytest

from invariance.datasets import MNIST, DataError, data_dir
from invariance.datasets.mnist import read_idx
from tests.datasets.conftest import small_mnist, write_idx


def test_what_is_written_is_read_back(tmp_path):
    images, labels = small_mnist(tmp_path)
    split = MNIST.load("train", tmp_path)
    np.testing.assert_array_equal(split.images[:, 0], images)
    np.testing.assert_array_equal(split.labels, labels)
    assert split.images.dtype == np.uint8


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"magic": bytes([0, 0, 8, 1])}, "magic number 00000803, found 00000801"),
        ({"magic": bytes([0, 0, 9, 3])}, "found 00000903"),
        ({"magic": b""}, "found 00000002"),
        ({"shape": (3, 28, 28)}, "1,568 follow"),
        ({"shape": (1, 28, 28)}, "more follow"),
        ({"extra": b"x"}, "more follow"),
    ],
)
def test_a_wrong_header_is_named(tmp_path, damage, message):
    path = write_idx(tmp_path / "file.gz", np.zeros((2, 28, 28), np.uint8), **damage)
    with pytest.raises(DataError, match=message):
        read_idx(path, 3)


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"\x00\x00\x08\x03" * 500)[:20]])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"file\.gz"):
        read_idx(path, 3)


def test_a_header_cut_short_is_named(tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 3, 0, 0])))
    with pytest.raises(DataError, match="inside its header"):
        read_idx(path, 3)


def test_labels_that_do_not_fit_the_images_are_refused(tmp_path):
    small_mnist(tmp_path, labels=np.array([1, 2], np.uint8))
    with pytest.raises(DataError, match="inconsistent"):
        MNIST.load("test", tmp_path)


def test_labels_above_nine_are_refused(tmp_path):
    small_mnist(tmp_path, labels=np.array([1, 2, 3, 4, 10], np.uint8))
    with pytest.raises(DataError, match="inconsistent"):
        MNIST.load("test", tmp_path)


def test_missing_files_are_named_with_the_command(tmp_path):
    with pytest.raises(DataError, match="python -m invariance fetch mnist"):
        MNIST.load("test", tmp_path)


def test_a_fingerprint_changes_with_one_pixel_one_label_and_the_shape(tmp_path):
    small_mnist(tmp_path)
    split = MNIST.load("train", tmp_path)
    pixels, labels = split.images.copy(), split.labels.copy()
    pixels[0, 0, 0, 0] ^= 1
    labels[0] += 1
    prints = {
        split.fingerprint(),
        split._replace(images=pixels).fingerprint(),
        split._replace(labels=labels).fingerprint(),
        split._replace(images=split.images.reshape(-1, 1, 14, 56)).fingerprint(),
    }
    assert len(prints) == 4
    assert split.fingerprint() == MNIST.load("train", tmp_path).fingerprint()


def test_real_mnist_is_what_it_should_be(mnist_test):
    train = MNIST.load("train", data_dir())
    assert train.images.shape == (60_000, 1, 28, 28)
    assert mnist_test.images.shape == (10_000, 1, 28, 28)
    assert np.bincount(mnist_test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
