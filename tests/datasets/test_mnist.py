import dataclasses
import functools
import gzip
import hashlib

import numpy as np
import pytest

from invariance.datasets import MNIST, DataError, data_dir, mnist
from invariance.datasets.mnist import FILES, content_md5, read_idx
from tests.conftest import memory_peak, quiet
from tests.datasets.conftest import small_mnist, write_idx

RENAMED = {
    "packed": str,
    "unpacked": lambda name: name.removesuffix(".gz"),
    "packed with a dot": lambda name: name.replace("-idx", ".idx"),
    "unpacked with a dot": lambda name: name.replace("-idx", ".idx").removesuffix(".gz"),
}


def test_what_is_written_is_read_back(tmp_path):
    images, labels = small_mnist(tmp_path)
    split = MNIST.load("train", tmp_path)
    np.testing.assert_array_equal(split.images[:, 0], images)
    np.testing.assert_array_equal(split.labels, labels)
    assert split.images.dtype == np.uint8


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("form", RENAMED)
def test_a_split_needs_its_own_two_files_under_any_of_their_names(tmp_path, split, form):
    images, labels = small_mnist(tmp_path, splits=[split], rename=RENAMED[form])
    assert MNIST.missing(split, tmp_path) == []
    read = MNIST.load(split, tmp_path)
    np.testing.assert_array_equal(read.images[:, 0], images)
    np.testing.assert_array_equal(read.labels, labels)
    other = "test" if split == "train" else "train"
    names = [FILES[other, "images"].name, FILES[other, "labels"].name]
    assert [path.name for path in MNIST.missing(other, tmp_path)] == names
    with pytest.raises(DataError, match=", ".join(names)):
        MNIST.load(other, tmp_path)


def test_files_are_known_by_their_bytes_and_a_folder_is_no_file(tmp_path):
    images, _ = small_mnist(tmp_path, splits=["test"])
    packed = tmp_path / "mnist" / FILES["test", "images"].name
    packed.write_bytes(gzip.decompress(packed.read_bytes()))  # as some browsers leave it
    np.testing.assert_array_equal(MNIST.load("test", tmp_path).images[:, 0], images)
    packed.unlink()
    packed.mkdir()
    assert MNIST.missing("test", tmp_path) == [packed]


def test_nobody_can_write_into_what_everybody_shares(tmp_path):
    small_mnist(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        MNIST.load("test", tmp_path).images[0] = 0


def refused(path, message):
    with pytest.raises(DataError, match=message):
        read_idx(path, 3)


@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_a_header_takes_no_more_memory_than_what_follows_it(tmp_path, name):
    for shape, message in (
        ((2**32 - 1,) * 3, "more than the 250,000,000 bytes that are read"),
        ((300_000, 28, 28), "235,200,000 bytes, but 1,568 follow"),
    ):
        path = write_idx(tmp_path / name, np.zeros((2, 28, 28), np.uint8), shape=shape)
        memory_peak(5_000_000, functools.partial(refused, path, message))


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


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"\x00\x00\x08\x03" * 500, mtime=0)[:20]])
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


def test_no_image_at_all_is_refused(tmp_path):
    small_mnist(tmp_path, 0)
    with pytest.raises(DataError, match="inconsistent"):
        MNIST.load("test", tmp_path)


# What is called MNIST, and what only lies in its files


def test_a_checksum_is_that_of_the_unpacked_file(tmp_path):
    small_mnist(tmp_path)
    for (_, kind), file in FILES.items():
        path = tmp_path / "mnist" / file.name
        expected = hashlib.md5(gzip.decompress(path.read_bytes())).hexdigest()
        assert content_md5(read_idx(path, mnist.DIMENSIONS[kind])) == expected


@pytest.fixture
def genuine(tmp_path, monkeypatch):
    """Made-up files that count as MNIST's; their images and labels."""
    images, labels = small_mnist(tmp_path)
    for (split, kind), file in FILES.items():
        md5 = content_md5(images if kind == "images" else labels)
        monkeypatch.setitem(FILES, (split, kind), dataclasses.replace(file, content_md5=md5))
    return images, labels


def test_only_mnist_s_content_is_called_mnist(genuine, tmp_path):
    images, labels = genuine
    assert MNIST.load("test", tmp_path).title == ""
    for kind, values in (("images", images ^ 1), ("labels", labels[::-1])):
        small_mnist(tmp_path)
        write_idx(tmp_path / "mnist" / FILES["test", kind].name, np.ascontiguousarray(values))
        assert MNIST.load("test", tmp_path).title == "not MNIST (in MNIST's files)"
        assert MNIST.load("train", tmp_path).title == ""


def test_another_known_data_set_is_refused_by_its_name(genuine, tmp_path, monkeypatch):
    assert set(mnist.OTHERS.values()) == {"Fashion-MNIST", "Kuzushiji-MNIST"}
    clothes = genuine[0] ^ 1
    monkeypatch.setitem(mnist.OTHERS, content_md5(clothes), "Fashion-MNIST")
    write_idx(tmp_path / "mnist" / FILES["test", "images"].name, clothes)
    with pytest.raises(DataError, match="test files hold Fashion-MNIST, no digits of MNIST"):
        MNIST.load("test", tmp_path)


def test_fetch_gets_what_is_missing_or_damaged_and_leaves_the_rest(genuine, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(mnist, "download", lambda file, folder, progress: asked.append(file.name))
    MNIST.fetch(tmp_path, quiet)
    assert asked == []
    folder = tmp_path / "mnist"
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    (folder / "train-labels-idx1-ubyte.gz").rename(folder / "train-labels.idx1-ubyte.gz")
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    MNIST.fetch(tmp_path, quiet)
    assert asked == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
    mine = write_idx(folder / "train-labels-idx1-ubyte.gz", genuine[1][::-1].copy())
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte\.gz holds other labels, not MNIST, and is left"):
        MNIST.fetch(tmp_path, quiet)
    assert mine.exists()


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
    assert train.title == mnist_test.title == ""
    assert np.bincount(mnist_test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
