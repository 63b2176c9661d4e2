"""CIFAR-10's two archives, as tiny ones made here, and the real one if it is there."""

import hashlib
import io
import tarfile
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from invariance.datasets import CIFAR10, DataError, cifar10, data_dir, download
from invariance.evaluation.evaluate import provenance
from tests.conftest import quiet

RECORDS = 4


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path_factory):
    """Batches of RECORDS images, and an empty cache folder."""
    monkeypatch.setattr(cifar10, "BATCH_RECORDS", RECORDS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def write_tar(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, f"w:{path.suffix[1:]}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def batches():
    """The six files of the binary version, in no order, and the images and labels in them in file order."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, RECORDS, 3, 32, 32), np.uint8)
    labels = rng.integers(0, 10, (6, RECORDS), np.uint8)
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
    records = np.concatenate([labels[..., None], images.reshape(6, RECORDS, -1)], 2)
    files = {"cifar-10-batches-bin/" + name: part.tobytes() for name, part in zip(names, records, strict=True)}
    order = sorted(files, key=lambda name: hashlib.md5(name.encode()).digest())
    assert order != sorted(files)
    return {"cifar-10-batches-bin/readme.html": b"hello"} | {name: files[name] for name in order}, images, labels


def write_binary(root, **changes):
    """The binary archive; changes gives other bytes for a file, or None to leave it out."""
    files, images, labels = batches()
    for name, data in changes.items():
        files[f"cifar-10-batches-bin/{name}.bin"] = data
    files = {name: data for name, data in files.items() if data is not None}
    return write_tar(root / "cifar10" / cifar10.BINARY.name, files), images, labels


def write_jpeg(root, labels=cifar10.LABELS, **extra):
    """The JPEG archive with enough images of each class in turn; an image's shade tells its number."""
    files = {}
    for split, count in (("train", 5 * RECORDS), ("test", RECORDS)):
        for number in range(count):
            file = io.BytesIO()
            Image.new("RGB", (32, 32), (number, number, number)).save(file, "JPEG", quality=95)
            files[f"{split}/{labels[number % len(labels)]}/{number:04}.jpg"] = file.getvalue()
    return write_tar(root / "cifar10" / cifar10.JPEG, files | extra)


def test_the_binary_version_is_read_in_file_order(tmp_path):
    _, images, labels = write_binary(tmp_path)
    train, test = (CIFAR10.load(split, tmp_path) for split in ("train", "test"))
    np.testing.assert_array_equal(train.images, images[:5].reshape(-1, 3, 32, 32))
    np.testing.assert_array_equal(train.labels, labels[:5].reshape(-1))
    np.testing.assert_array_equal(test.images, images[5])
    np.testing.assert_array_equal(test.labels, labels[5])
    assert (train.images.dtype, train.labels.dtype, train.title) == (np.uint8, np.int64, "")


@pytest.mark.parametrize(
    ("split", "changes", "message"),
    [
        ("train", {"data_batch_3": None}, "data_batch_3.bin in it, found no such file"),
        ("train", {"data_batch_5": bytes(3 * 3073)}, "data_batch_5.bin with 12,292 bytes, found 9,219"),
        ("test", {"test_batch": bytes(5 * 3073)}, "test_batch.bin with 12,292 bytes, found more"),
        ("test", {"test_batch": b""}, "test_batch.bin with 12,292 bytes, found 0"),
        ("test", {"test_batch": bytes(3 * 3073) + bytes([10]) + bytes(3072)}, r"labels in 0\.\.9, found 10"),
    ],
)
def test_a_wrong_binary_file_is_named(tmp_path, split, changes, message):
    write_binary(tmp_path, **changes)
    with pytest.raises(DataError, match=message) as caught:
        CIFAR10.load(split, tmp_path)
    assert cifar10.BINARY.name in str(caught.value)
    assert "python -m invariance fetch cifar10" in str(caught.value)


@pytest.mark.parametrize("left", [0.3, 0.9])
def test_a_binary_archive_cut_short_is_named(tmp_path, left):
    path, _, _ = write_binary(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(left * len(data))])
    with pytest.raises(DataError, match=cifar10.BINARY.name):
        CIFAR10.load("test", tmp_path)


@pytest.fixture
def two_classes(monkeypatch):
    """RECORDS images can't fill ten classes: let there be two."""
    monkeypatch.setattr(cifar10, "LABELS", cifar10.LABELS[:2])


def test_the_jpeg_copy_is_read_and_bears_its_name(tmp_path, two_classes):
    write_jpeg(tmp_path, cifar10.LABELS)
    train, test = (CIFAR10.load(split, tmp_path) for split in ("train", "test"))
    assert train.title == test.title == "CIFAR-10 (JPEG copy)"
    assert test.images.shape == (4, 3, 32, 32)
    assert test.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3]  # of each class in turn, by name
    assert test.labels.tolist() == [0, 1, 0, 1]
    assert train.images[:3, 0, 0, 0].tolist() == [0, 2, 4]  # by class, then by name
    assert train.labels.tolist() == [0] * 10 + [1] * 10
    assert test.fingerprint() == test._replace(title="").fingerprint()


def test_a_measurement_bears_the_name_of_the_copy_it_was_made_on(tmp_path, two_classes):
    model = SimpleNamespace(sha256="", provider=SimpleNamespace(name=""))
    write_jpeg(tmp_path, cifar10.LABELS)
    split = CIFAR10.load("test", tmp_path)
    assert provenance(model, CIFAR10, split)["dataset_title"] == "CIFAR-10 (JPEG copy)"
    assert provenance(model, CIFAR10, split._replace(title=""))["dataset_title"] == "CIFAR-10"


def test_a_jpeg_copy_that_is_not_whole_is_refused(tmp_path, two_classes):
    write_jpeg(tmp_path, cifar10.LABELS, **{"test/airplane/0000.jpg": b"damaged"})
    with pytest.raises(DataError, match=r"'test': 4.*'test': 3.*1 files left out, the first: test/airplane/0000\.jpg"):
        CIFAR10.load("train", tmp_path)
    write_jpeg(tmp_path, ("cat", "dog"))
    with pytest.raises(DataError, match=r"of airplane, automobile, found .* of cat, dog"):
        CIFAR10.load("train", tmp_path)


def test_the_binary_version_comes_before_the_jpeg_copy(tmp_path, two_classes):
    write_jpeg(tmp_path, cifar10.LABELS)
    write_binary(tmp_path, test_batch=bytes(RECORDS * 3073))
    assert CIFAR10.load("test", tmp_path).title == ""


def test_either_archive_will_do_and_the_missing_one_is_the_binary(tmp_path):
    assert [path.name for path in CIFAR10.missing("test", tmp_path)] == ["cifar-10-binary.tar.gz"]
    with pytest.raises(DataError, match="python -m invariance fetch cifar10"):
        CIFAR10.load("test", tmp_path)
    path = write_jpeg(tmp_path)
    assert CIFAR10.missing("test", tmp_path) == []
    path.unlink()
    write_binary(tmp_path)
    assert CIFAR10.missing("test", tmp_path) == []


def test_the_binary_version_may_lie_unpacked_with_the_files_of_one_split(tmp_path, monkeypatch):
    files, images, labels = batches()
    for name, data in files.items():
        (tmp_path / "cifar10" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cifar10" / name).write_bytes(data)
    asked = []
    monkeypatch.setattr(cifar10, "download", lambda *arguments: asked.append(1))
    CIFAR10.fetch(tmp_path, quiet)
    assert asked == []
    np.testing.assert_array_equal(CIFAR10.load("train", tmp_path).images, images[:5].reshape(-1, 3, 32, 32))
    (tmp_path / "cifar10/cifar-10-batches-bin/data_batch_3.bin").unlink()
    assert CIFAR10.load("test", tmp_path).labels.tolist() == labels[5].tolist()
    assert [path.name for path in CIFAR10.missing("train", tmp_path)] == ["cifar-10-binary.tar.gz"]
    CIFAR10.fetch(tmp_path, quiet)
    assert asked == [1]


def test_fetch_gets_the_binary_version_even_beside_the_jpeg_copy_and_keeps_a_good_one(tmp_path, monkeypatch):
    asked = []

    def copy(url, partial, file, progress):
        asked.append(url)
        partial.write_bytes(b"an archive")

    monkeypatch.setattr(download, "_copy", copy)
    write_jpeg(tmp_path)
    with pytest.raises(DataError, match=r"it has md5 .*, not c32a1d4ab5d03f1284b67883e8d87530"):
        CIFAR10.fetch(tmp_path, quiet)
    assert not (tmp_path / "cifar10" / cifar10.BINARY.name).exists()
    md5 = hashlib.md5(b"an archive").hexdigest()
    monkeypatch.setattr(cifar10, "BINARY", download.RemoteFile(cifar10.BINARY.name, ("http://x/",), 10, stored_md5=md5))
    CIFAR10.fetch(tmp_path, quiet)
    CIFAR10.fetch(tmp_path, quiet)
    assert asked == ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "http://x/cifar-10-binary.tar.gz"]
    assert (tmp_path / "cifar10" / cifar10.BINARY.name).read_bytes() == b"an archive"


def test_real_cifar10_is_what_it_should_be(monkeypatch):
    monkeypatch.undo()
    if CIFAR10.missing("test", data_dir()):
        pytest.skip("needs CIFAR-10; run: python -m invariance fetch cifar10")
    train, test = (CIFAR10.load(split, data_dir()) for split in ("train", "test"))
    assert train.images.shape == (50_000, 3, 32, 32)
    assert np.bincount(train.labels).tolist() == [5000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    np.testing.assert_allclose(train.images.mean((0, 2, 3)) / 255, [0.4914, 0.4822, 0.4465], atol=0.001)
