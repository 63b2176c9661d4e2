"""Images that a person brings: bounds, where they may lie, and what is said of those that can't be read."""

import gc
import io
import tempfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from invariance.datasets import DataError
from tests.conftest import quiet
from ui.yours import labelled
from ui.yours.labelled import FOLDERS, Labelled, named, offered, uploaded


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where temporary folders lie."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def archive(side=16, each=2, classes=("cat", "dog")):
    """A .zip with noisy pictures."""
    rng, packed = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for label in classes:
            for number in range(each):
                picture = io.BytesIO()
                Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(picture, "PNG")
                file.writestr(f"{label}/{number}.png", picture.getvalue())
    return packed.getbuffer()


def test_an_upload_is_kept_as_long_as_who_brought_it(temporary):
    told = []
    images = uploaded("../../my pets?.zip", archive(), lambda *what: told.append(what))
    assert images.words == "my pets_.zip: 4 images of 2 classes"
    assert "my pets_.zip" in {what[0] for what in told}
    assert images.data.images.read(0, 4).labels.tolist() == [0, 0, 1, 1]
    gc.collect()
    assert len(list(temporary.iterdir())) == 1  # the index; the archive is gone
    del images
    gc.collect()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("list.csv", b"/etc/passwd,cat\n", "list.csv is no archive by its name. Expected a .zip, .tar"),
        ("page.zip", b"<!DOCTYPE html>", "page.zip could not be read ("),
        ("empty.zip", bytes(archive(classes=())), "empty.zip has no readable image in a class's folder."),
    ],
)
def test_what_can_t_be_read_is_refused_in_a_sentence_without_this_machine_s_paths(temporary, name, data, reason):
    with pytest.raises(DataError) as refused:
        uploaded(name, memoryview(data), quiet)
    assert str(refused.value).startswith(reason)
    assert str(temporary) not in str(refused.value)
    del refused
    gc.collect()
    assert not list(temporary.iterdir())


def test_uploads_have_bounds_each_and_together(monkeypatch):
    data = archive(side=100, each=10)  # some 600 kB, which noise can't be packed below
    monkeypatch.setattr(labelled, "most_bytes", lambda: len(data) // 2)
    with pytest.raises(DataError, match=r"pets\.zip holds more than .* MB unpacked\. Take fewer images"):
        uploaded("pets.zip", data, quiet)
    gc.collect()
    monkeypatch.setattr(labelled, "most_bytes", lambda: len(data))
    monkeypatch.setattr(labelled, "TOGETHER", 1.5)
    small = archive()
    kept = uploaded("pets.zip", small, quiet)
    monkeypatch.setattr(labelled, "most_bytes", lambda most=kept.folder.bytes: most)
    monkeypatch.setattr(labelled, "TOGETHER", 1)
    with pytest.raises(DataError, match="others fill the room"):
        uploaded("pets.zip", small, quiet)
    del kept
    gc.collect()
    monkeypatch.setattr(labelled, "most_bytes", lambda: len(data))
    assert isinstance(uploaded("pets.zip", small, quiet), Labelled)


def test_only_what_lies_below_the_folder_that_is_offered_can_be_named(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDERS, raising=False)
    assert offered() is None
    for place in ("offered", "secret"):
        with zipfile.ZipFile(io.BytesIO(archive())) as file:
            file.extractall(tmp_path / place / "pets")
    (tmp_path / "offered" / "link").symlink_to(tmp_path / "secret" / "pets")
    monkeypatch.setenv(FOLDERS, str(tmp_path / "offered"))
    for place in ("pets", str(tmp_path / "offered" / "pets")):
        assert named(place, quiet).words == "pets: 4 images of 2 classes"
    for place in ("../secret/pets", str(tmp_path / "secret" / "pets"), "link", "/"):
        with pytest.raises(DataError, match="does not lie below the folder that is offered here"):
            named(place, quiet)
    with pytest.raises(DataError, match=r"^There is no cats\. Name a folder"):
        named("cats", quiet)
