"""Of any bytes in place of a data set: what is in them, or a sentence."""

import gzip
import io
import struct
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from invariance.datasets import cifar10, folder
from invariance.datasets.dataset import DataError
from invariance.datasets.mnist import read_idx
from tests.conftest import encoded, quiet
from tests.properties.damage import damaged, outcome

IDX = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 4) + bytes(range(24))
SHADES = {f"{label}/{number}.png": 40 * number for label in ("no", "yes") for number in range(3)}
PICTURES = {name: encoded(Image.new("L", (8, 9), shade)) for name, shade in SHADES.items()}


@contextmanager
def a_file(name, data):
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        path.write_bytes(data)
        yield path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@given(data=st.data())
def test_an_idx_file_gives_what_follows_its_header_or_a_sentence(pack, data):
    came = data.draw(damaged(pack(IDX)))
    with a_file("images.idx", came) as path:
        values = outcome(DataError, read_idx, path, 3)
    if values is None:
        return
    plain = gzip.decompress(came) if came[:2] == b"\x1f\x8b" else came
    assert values.dtype == np.uint8
    assert values.shape == struct.unpack(">3I", plain[4:16])
    assert values.tobytes() == plain[16:]


def zipped(method):
    def pack():
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, data in PICTURES.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    return pack


def tarred(method):
    def pack():
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=f"w:{method}") as archive:
            for name, data in PICTURES.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return buffer.getvalue()

    return pack


ARCHIVES = {
    "stored.zip": zipped(zipfile.ZIP_STORED)(),
    "deflated.zip": zipped(zipfile.ZIP_DEFLATED)(),
    **{f"some.tar.{method}": tarred(method)() for method in ("", "gz", "bz2", "xz")},
}


@pytest.mark.parametrize("name", ARCHIVES)
@given(data=st.data())
def test_an_archive_gives_images_that_were_packed_or_a_sentence(name, data):
    came = data.draw(damaged(ARCHIVES[name]))
    with pytest.MonkeyPatch.context() as patch, a_file(name, came) as path:
        patch.setenv("XDG_CACHE_HOME", str(path.parent / "cache"))
        found = outcome(DataError, folder.read, path, quiet)
    if found is None:
        return
    labels, splits, problems, notes = found
    for images, answers, _ in splits.values():
        assert images.dtype == np.uint8
        assert images.ndim == 4
        assert len(images) == len(answers) > 0
        assert set(answers) <= set(range(len(labels)))
    assert all(line.isprintable() for line in (*problems, *notes))
    if came == ARCHIVES[name]:
        assert problems == ()
        assert splits["all"].images[:, 0, 0, 0].tolist() == list(SHADES.values())


@given(data=st.data())
def test_a_binary_of_cifar_gives_its_records_or_a_sentence(data):
    records = np.random.default_rng(0).integers(0, 10, (2, cifar10.RECORD_BYTES), np.uint8)
    came = data.draw(damaged(records.tobytes()))
    with pytest.MonkeyPatch.context() as patch, a_file("test_batch.bin", came) as path:
        patch.setattr(cifar10, "BATCH_RECORDS", 2)
        split = outcome(DataError, cifar10.read_binary, path.parent, "test")
    if split is None:
        return
    images, labels, _ = split
    found = np.concatenate([labels[:, None], images.reshape(2, -1)], 1)
    assert found.astype(np.uint8).tobytes() == came
    assert labels.max() <= 9
