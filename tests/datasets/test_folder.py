"""Anyone's images against folders and archives made here: good, malformed and hostile ones."""

import bz2
import functools
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from invariance.datasets import DataError, archives, folder
from tests.conftest import memory_peak, quiet

RED, GREEN = (255, 0, 0), (0, 255, 0)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """An empty cache folder for each test."""
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    return place / "invariance-lab"


def picture(colour=RED, size=(10, 8), format="PNG", mode="RGB", **options):
    """An image file of one colour, as bytes; size is (width, height)."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format, **options)
    return file.getvalue()


def shaded(level, **options):
    return picture((level, 0, 0), **options)


# Written in no order; sorted it is cat/a, cat/b, dog/a, and so their reds are 1, 2, 3.
PETS = {"dog/a.png": shaded(3), "cat/b.png": shaded(2), "cat/a.png": shaded(1)}
SPLITS = {"train/" + name: data for name, data in PETS.items()} | {"test/dog/x.png": RED, "test/cat/y.png": GREEN}
SPLITS = {name: data if isinstance(data, bytes) else picture(data) for name, data in SPLITS.items()}


def as_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def as_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def as_tar(path, files):
    """A .tar, .tar.gz, .tar.bz2 or .tar.xz by path's ending; a str instead of bytes is a symbolic link's target."""
    kind = path.suffix[1:]
    with tarfile.open(path, "w" if kind == "tar" else f"w:{kind}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return path


FORMS = {
    "folder": as_folder,
    "images.zip": as_zip,
    "images.tar": as_tar,
    "images.tar.gz": as_tar,
    "images.tar.bz2": as_tar,
    "images.tar.xz": as_tar,
}


@pytest.fixture(params=FORMS)
def make(request, tmp_path):
    """make(files) -> a folder or an archive of them, once for each form."""
    return lambda files: FORMS[request.param](tmp_path / request.param, files)


def read(path, **options):
    return folder.read(path, quiet, **options)


def refused(path, message, **options):
    with pytest.raises(DataError, match=message) as caught:
        read(path, **options)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_form_gives_the_same_images_by_class_and_name(make):
    found = read(make(PETS))
    assert found.labels == ("cat", "dog")
    assert list(found.splits) == ["all"]
    assert found.problems == ()
    images, labels, title = found.splits["all"]
    assert (images.shape, images.dtype, labels.dtype, title) == ((3, 3, 8, 10), np.uint8, np.int64, "")
    assert images[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert not images[:, 1:].any()
    assert labels.tolist() == [0, 0, 1]


@pytest.mark.parametrize("below", ["", "some folder/"])
def test_train_and_test_are_told_apart_also_below_one_common_folder(make, below):
    found = read(make({below + name: data for name, data in SPLITS.items()}))
    assert found.labels == ("cat", "dog")
    assert list(found.splits) == ["train", "test"]
    assert found.splits["train"].images[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert found.splits["test"].labels.tolist() == [0, 1]
    assert found.splits["test"].images[:, :, 0, 0].tolist() == [list(GREEN), list(RED)]
    assert found.problems == ()


def test_classes_may_lie_below_one_common_folder(make):
    found = read(make({"pets/" + name: data for name, data in PETS.items()}))
    assert found.labels == ("cat", "dog")
    assert list(found.splits) == ["all"]


def test_train_alone_is_a_split_not_a_common_folder(make):
    assert list(read(make({"train/" + name: data for name, data in PETS.items()})).splits) == ["train"]


def test_splits_are_told_by_their_usual_names_in_any_letters(tmp_path):
    names = [("training", "testing"), ("Train", "Test"), ("TRAIN", "TESTING"), ("train", "val"), ("Train", "Valid")]
    for number, (train, test) in enumerate([*names, ("training", "Validation")]):
        files = {
            name.replace("train/", f"{train}/").replace("test/", f"{test}/"): data for name, data in SPLITS.items()
        }
        found = read(as_folder(tmp_path / str(number), files))
        assert list(found.splits) == ["train", "test"]
        assert found.labels == ("cat", "dog")
        assert found.splits["train"].images[:, 0, 0, 0].tolist() == [1, 2, 3]
        assert found.splits["test"].images[:, :, 0, 0].tolist() == [list(GREEN), list(RED)]
        assert found.problems == ()
        said = (f"There are no test images: those in {test} stand for them.",) if test[0] in "vV" else ()
        assert found.notes == read(tmp_path / str(number)).notes == said  # the second time from the cache


def test_a_lacking_class_is_told_by_the_folder_s_own_name(tmp_path):
    files = {"Train/a/1.png": picture(), "Train/b/1.png": picture(), "valid/a/1.png": picture()}
    refused(as_folder(tmp_path / "folder", files), "valid lacks b, which Train has")


def test_classes_may_be_called_as_splits_are(tmp_path):
    found = read(as_folder(tmp_path / "folder", {"valid/1.png": picture(), "test/1.png": picture()}))
    assert (found.labels, list(found.splits)) == (("test", "valid"), ["all"])


def test_a_class_whose_accents_are_written_in_two_ways_is_one(make):
    one, two = (unicodedata.normalize(form, "Éléphant") for form in ("NFC", "NFD"))
    assert one != two
    # The same file name in both folders: two images all the same.
    files = {f"{two}/a.png": shaded(1), f"{one}/a.png": shaded(2), f"{two}/b.png": shaded(3), "Zebra/a.png": shaded(4)}
    found = read(make(files))
    assert found.labels == ("Zebra", one)
    images, labels, _ = found.splits["all"]
    assert labels.tolist() == [0, 1, 1, 1]
    reds = images[:, 0, 0, 0].tolist()
    assert (reds[0], sorted(reds[1:3]), reds[3]) == (4, [1, 2], 3)
    assert found.problems == ()


def test_utf8_names_in_a_zip_that_does_not_call_them_so_are_read(tmp_path):
    path = as_zip(tmp_path / "a.zip", {"Éléphant/a.png": picture()})
    data = bytearray(path.read_bytes())
    for start, place in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):  # the high byte of the flags, here and there
        data[data.index(start) + place] &= ~(archives.UTF8_NAME >> 8) & 0xFF
    path.write_bytes(data)
    assert read(path).labels == ("Éléphant",)


def test_what_is_left_out_is_listed_and_system_files_are_not(make):
    extra = {
        "cat/broken.png": b"no image",
        "cat/cut.png": PETS["cat/a.png"][:48],
        "cat/deeper/c.png": picture(),
        "cat/notes.txt": b"",
        "README.md": b"",
        "title.png": picture(),
        "cat/.DS_Store": b"",
        "cat/Thumbs.db": b"",
        "__MACOSX/cat/._a.png": b"",
    }
    found = read(make(PETS | extra))
    assert len(found.splits["all"].images) == 3
    expected = ["README.md", "cat/broken.png", "cat/cut.png", "cat/deeper/c.png", "cat/notes.txt", "title.png"]
    assert [line.split(":")[0] for line in found.problems] == expected
    reasons = dict(line.split(": ", 1) for line in found.problems)
    assert "not an image" in reasons["cat/broken.png"]
    assert "cut short" in reasons["cat/cut.png"]
    assert "lie as expected" in reasons["cat/deeper/c.png"]
    assert "does not end as an image's" in reasons["cat/notes.txt"]
    assert "lie as expected" in reasons["title.png"]


def test_grey_stays_grey_only_if_every_image_is(make):
    grey = picture(77, mode="L")
    assert read(make({"a/1.png": grey, "b/1.png": grey})).splits["all"].images.shape == (2, 1, 8, 10)
    mixed = read(make({"a/1.png": grey, "b/1.png": picture()})).splits["all"].images
    assert mixed[:, :, 0, 0].tolist() == [[77, 77, 77], list(RED)]


def test_photos_as_phones_and_browsers_name_them_are_read(make):
    files = {
        "a/IMG_1.HEIC": picture(format="HEIF"),
        "b/1.jfif": picture(format="JPEG"),
        "b/2.JPG": picture(format="JPEG"),
    }
    found = read(make(files))
    assert found.problems == ()
    np.testing.assert_allclose(found.splits["all"].images.mean((0, 2, 3)), RED, atol=3)


def test_a_wanted_shape_is_kept_to_and_the_others_listed(make):
    files = {"a/1.png": picture(77, mode="L"), "a/2.png": picture(size=(9, 8)), "b/1.png": picture()}
    found = read(make(files), shape=(3, 8, 10))
    assert found.splits["all"].images[:, :, 0, 0].tolist() == [[77, 77, 77], list(RED)]
    assert found.problems == ("a/2.png: it is 9 x 8 pixels in colour, expected 10 x 8 pixels in colour",)
    refused(make(files), "no readable image of b.* in colour, expected 10 x 8 pixels in grey", shape=(1, 8, 10))


def test_orientation_tag_is_applied(make):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture(size=(10, 8), format="JPEG", exif=exif)
    assert read(make({"a/1.jpg": turned})).splits["all"].images.shape == (1, 3, 10, 8)


def test_images_of_different_sizes_are_refused_with_examples_and_counts(make):
    message = refused(make(PETS | {"dog/b.png": picture(size=(20, 16))}), "different sizes")
    assert "3 of 10 x 8 pixels (such as cat/a.png)" in message
    assert "1 of 20 x 16 pixels (such as dog/b.png)" in message
    assert "Resize" in message


def test_too_large_an_image_is_listed_because_it_would_be_reduced(make):
    found = read(make({"a/1.png": picture(), "a/2.png": picture(size=(1025, 8)), "a/3.png": picture(size=(1024, 8))}))
    assert [line[:7] for line in found.problems] == ["a/2.png", "a/3.png"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no readable image"),
        ({"1.png": picture()}, r"no readable image in a class's folder.*1 file was.*1\.png"),
        ({"a/1.png": b"x", "b/1.png": b"y"}, r"no readable image.*2 files were left out, the first: a/1\.png"),
        ({"a/1.png": picture(), "b/1.png": b"y"}, r"no readable image of b\. .*b/1\.png"),
        ({"a/1.png": picture(), "b/notes.txt": b"y"}, "no readable image of b"),
        ({"x/y/cat/1.png": picture(), "x/z/cat/1.png": picture()}, "Expected CLASS/IMAGE"),
        ({"train/a/1.png": picture(), "train/b/1.png": picture(), "test/a/1.png": picture()}, "test lacks b, which"),
        ({"train/a/1.png": picture(), "test/b/1.png": picture(), "test/a/1.png": picture()}, "train lacks b, which"),
        ({"train/a/1.png": picture(), "test/a/1.png": b"x"}, "no readable image of a in test"),
    ],
)
def test_sources_without_proper_classes_are_refused(make, tmp_path, files, message):
    (tmp_path / "folder").mkdir()
    refused(make(files), message)


def test_an_empty_class_folder_is_refused(tmp_path):
    (as_folder(tmp_path / "pets", PETS) / "cow").mkdir()
    refused(tmp_path / "pets", "no readable image of cow")


def test_files_of_another_split_are_listed(make):
    found = read(make(SPLITS | {"validation/cat/1.png": picture()}))
    assert list(found.splits) == ["train", "test"]
    assert found.problems == ("validation/cat/1.png: there are test images, so these are not used",)
    assert found.notes == ()


def test_a_name_that_is_twice_in_an_archive_is_used_once(tmp_path):
    path = as_zip(tmp_path / "a.zip", PETS)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("cat/a.png", shaded(9))
    found = read(path)
    assert found.splits["all"].images[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert found.problems == (f"cat/a.png: {folder.TWICE}",)


# Hostile and damaged sources


@pytest.mark.parametrize("form", ["a.zip", "a.tar.xz"])
@pytest.mark.parametrize("name", ["../cat/x.png", "cat/../../x.png", "/cat/x.png", "C:\\cat\\x.png", "\\\\host\\x.png"])
def test_names_that_lead_out_are_listed(tmp_path, form, name):
    found = read(FORMS[f"images.{form[2:]}"](tmp_path / form, PETS | {name: picture()}))
    assert len(found.splits["all"].images) == 3
    assert found.labels == ("cat", "dog")
    assert len(found.problems) == 1
    assert "leads out of the archive" in found.problems[0]


def test_names_that_cannot_be_shown_are_listed_in_one_line(make):
    found = read(make(PETS | {"cow\n/\x1b[31m.png": picture()}))
    assert found.labels == ("cat", "dog")
    assert found.problems == (r"'cow\n/\x1b[31m.png': its name holds characters that can't be shown",)


def test_backslashes_from_windows_packers_part_folders(tmp_path):
    path = as_zip(tmp_path / "a.zip", {name.replace("/", "\\"): data for name, data in PETS.items()})
    assert read(path).labels == ("cat", "dog")


def test_links_in_archives_are_listed(tmp_path):
    packed = zipfile.ZipInfo("cat/link.png")
    packed.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = as_zip(tmp_path / "a.zip", PETS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(packed, "/etc/passwd")
    assert read(path).problems == ("cat/link.png: it is a link or another special file",)
    path = as_tar(tmp_path / "a.tar", PETS | {"cat/link.png": "a.png"})
    assert read(path).problems == ("cat/link.png: it is a link or another special file",)


def test_only_links_that_stay_in_a_folder_are_followed(tmp_path):
    root = as_folder(tmp_path / "pets", PETS)
    (tmp_path / "secret.png").write_bytes(picture())
    (root / "cat/out.png").symlink_to(tmp_path / "secret.png")
    (root / "cat/up.png").symlink_to("../../secret.png")
    (root / "cat/nowhere.png").symlink_to("nothing.png")
    (root / "cat/round.png").symlink_to("round.png")
    (root / "cat/in.png").symlink_to("../dog/a.png")
    (root / "more").symlink_to(root / "cat")
    os.mkfifo(root / "cat/pipe.png")
    found = read(root)
    assert found.splits["all"].images[:, 0, 0, 0].tolist() == [1, 2, 3, 3]
    assert [line.split(":")[0] for line in found.problems] == [
        *("cat/nowhere.png", "cat/out.png", "cat/pipe.png", "cat/round.png", "cat/up.png", "more")
    ]
    assert sum("leads out" in line for line in found.problems) == 2


def test_encrypted_and_oddly_packed_members_are_listed(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in PETS.items():
            archive.writestr(name, data)
        archive.writestr("cat/packed.png", picture(), zipfile.ZIP_BZIP2)
    data = path.read_bytes()
    first = data.index(b"PK\x01\x02")  # the directory's entry of dog/a.png; its flags are 8 bytes in
    path.write_bytes(data[: first + 8] + b"\x01" + data[first + 9 :])
    message = refused(path, "no readable image of dog")
    assert "2 files were left out, the first: cat/packed.png: it is packed by another method" in message
    path.write_bytes(data)
    assert len(read(path).problems) == 1


def test_a_wrong_checksum_in_a_zip_is_refused(tmp_path):
    path = as_zip(tmp_path / "a.zip", PETS)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 16] ^= 1
    path.write_bytes(data)
    refused(path, "Bad CRC-32")


@pytest.mark.parametrize("form", ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize("left", [0.1, 0.5, 0.97])
def test_an_archive_cut_short_is_refused(tmp_path, form, left):
    path = FORMS[f"images.{form[2:]}"](tmp_path / form, {f"cat/{i}.png": os.urandom(2000) for i in range(9)} | PETS)
    whole = path.read_bytes().rstrip(b"\0")
    path.write_bytes(whole[: int(left * len(whole))])
    refused(path, "could not be read")


def test_a_tar_cut_between_two_files_is_refused(tmp_path):
    path = as_tar(tmp_path / "a.tar", PETS)
    path.write_bytes(path.read_bytes()[:2048])  # two files of a header and a block each
    refused(path, "empty header")


def test_a_damaged_header_in_a_tar_is_refused(tmp_path):
    path = as_tar(tmp_path / "a.tar", PETS)
    data = bytearray(path.read_bytes())
    data[1024] ^= 1
    path.write_bytes(data)
    refused(path, "bad checksum")


@pytest.mark.parametrize("packer", [gzip, bz2, lzma])
def test_a_wrong_checksum_at_the_end_is_refused(tmp_path, packer):
    path = as_tar(tmp_path / "a.tar", PETS)
    # Padded, so that the archive's end mark comes well before what it is packed in ends.
    data = bytearray(packer.compress(path.read_bytes() + bytes(4 * archives.CHUNK)))
    data[-6] ^= 1
    path.write_bytes(data)
    refused(path, "could not be read")


@pytest.mark.parametrize("content", [b"", b"just text", bytes(3000), b"PK\x05\x06" + bytes(100), b"\xfd7zXZ\0junk"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    refused(path, r"could not be read .*\.tar\.xz|no readable image")


def test_an_archive_that_must_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    """As the system refuses it; root, as whom tests may run, may read all."""

    def locked(path, *mode):
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "images.tar.gz"
    path.write_bytes(b"")
    monkeypatch.setattr(archives.Path, "open", locked)
    assert refused(path, r"can't be read \(Permission denied\)\. Make it readable").startswith(str(path))


def test_nothing_there_is_said(tmp_path):
    refused(tmp_path / "nothing", "There is no .*nothing")


@pytest.mark.parametrize(("packer", "kind"), [(lzma, "LZMAFile"), (bz2, "BZ2File")])
def test_a_bomb_ends_at_the_limit_without_being_unpacked(tmp_path, monkeypatch, packer, kind):
    monkeypatch.setattr(archives, "MAX_BYTES", 1_000_000)
    unpacked = 0

    class Counting(getattr(packer, kind)):
        def read(self, size=-1):
            nonlocal unpacked
            data = super().read(size)
            unpacked += len(data)
            return data

    monkeypatch.setattr(packer, kind, Counting)
    path = tmp_path / "packed.tar"
    header = tarfile.TarInfo("cat/bomb.txt")
    header.size = 999_936
    path.write_bytes(packer.compress(50 * (header.tobuf() + bytes(header.size))))
    assert path.stat().st_size < 100_000
    refused(path, r"more than 0\.001 GB unpacked")
    assert 1_000_000 < unpacked < 1_200_000


def test_a_file_with_holes_cut_short_is_refused(tmp_path):
    info = tarfile.TarInfo("cat/x.png")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[482] = 1  # more about its holes is to follow
    header[148:156] = b"%06o\0 " % (8 * ord(" ") + sum(header[:148]) + sum(header[156:]))
    (tmp_path / "a.tar").write_bytes(header)
    refused(tmp_path / "a.tar", "could not be read")


def test_a_header_in_a_tar_that_claims_a_huge_size_ends_at_once(tmp_path):
    for number, (kind, headers, message) in enumerate(
        [
            (tarfile.REGTYPE, {}, "more than 2 GB unpacked"),
            (tarfile.REGTYPE, {"size": str(2**80)}, "more than 2 GB unpacked"),
            (tarfile.GNUTYPE_LONGNAME, {}, "a name of 1,208,925,819,614,629,174,706,176 bytes"),
            (tarfile.XHDTYPE, {}, "a name of 1,208,925,819,614,629,174,706,176 bytes"),
        ]
    ):
        info = tarfile.TarInfo("cat/notes.txt")
        info.type, info.size, info.pax_headers = kind, 0 if headers else 2**80, headers
        header = info.tobuf(tarfile.PAX_FORMAT if headers else tarfile.GNU_FORMAT)
        path = tmp_path / f"{number}.tar"
        path.write_bytes(header + as_tar(tmp_path / "pets.tar", PETS).read_bytes())
        refused(path, message)


def test_files_are_read_up_to_the_limit_whatever_their_header_claims(make, monkeypatch):
    monkeypatch.setattr(folder, "MAX_FILE_BYTES", 1000)
    found = read(make(PETS | {"cat/large.png": bytes(1001), "cat/fits.png": picture().ljust(1000, b"\0")}))
    assert found.problems == ("cat/large.png: it is larger than 0.001 MB",)


def test_a_zip_that_understates_a_file_is_refused(tmp_path):
    path = as_zip(tmp_path / "a.zip", PETS | {"cat/bomb.png": bytes(5_000_000)})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    assert struct.unpack_from("<I", data, entry + 24) == (5_000_000,)
    struct.pack_into("<I", data, entry + 24, 100)
    path.write_bytes(data)
    refused(path, "Bad CRC-32")


def test_too_many_bytes_are_refused(make, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 50_000)
    refused(make(PETS | {f"cat/{i}x.png": os.urandom(9000) for i in range(7)}), "5e-05 GB unpacked")


def test_too_many_decoded_bytes_are_refused(make, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 70_000)
    assert read(make({"cat/1.png": picture(size=(150, 150))})).labels == ("cat",)
    refused(make({f"cat/{i}.png": picture(size=(150, 150)) for i in range(2)}), "GB of decoded pixels")


def test_too_many_files_are_refused(make, monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILES", 9)
    assert read(make(PETS)).problems == ()
    refused(make(PETS | {f"cat/{i}.txt": b"" for i in range(8)}), "more than 9 files")


def test_an_image_with_a_huge_header_is_listed(make):
    data = bytearray(picture(format="BMP"))
    struct.pack_into("<ii", data, 18, 100_000, 100_000)
    found = read(make(PETS | {"cat/huge.bmp": bytes(data)}))
    assert len(found.problems) == 1
    assert "too large" in found.problems[0]


def test_many_folders_inside_each_other_take_no_memory(tmp_path):
    path = as_tar(tmp_path / "a.tar", PETS | {"a/" * 200 + "x.png": picture(), "a/1.png": picture()})
    found = read(path)
    assert found.labels == ("a", "cat", "dog")
    assert len(found.problems) == 1
    _, folders, _ = folder._collect(path, quiet, None)
    assert max(len(parts) for parts in folders) == folder.DEEPEST


def test_long_headers_in_a_tar_are_kept_no_longer_than_needed(tmp_path):
    long = "a" * 200_000
    for number, headers in enumerate([{"path": f"{long}{{}}.png"}, {"comment": long}, {}]):
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
            for member in range(50):
                info = tarfile.TarInfo(f"cat/{member}.txt")
                info.pax_headers = {key: value.format(member) for key, value in headers.items()}
                if not headers:  # of all files that follow
                    record = tarfile.TarInfo.create_pax_global_header({f"comment{member}": long})
                    archive.fileobj.write(record)
                archive.addfile(info)
        told = "cat/49.txt|50 files were left out, the first: (aaaa|cat/0.txt)"
        memory_peak(4_000_000, functools.partial(refused, path, told))


def test_a_name_that_is_too_long_is_cut_where_it_is_listed(tmp_path):
    name = "cat/" + "x" * 9000 + ".png"
    (problem,) = read(as_tar(tmp_path / "a.tar", PETS | {name: picture()})).problems
    assert problem.endswith(f"its name has more than {folder.LONGEST_NAME} letters")
    assert len(problem) < 200


def test_what_a_library_says_of_a_damaged_archive_is_told_in_short(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/" + "x" * 400 + ".png", picture())
    data = bytearray(path.read_bytes())
    data[35] = 1  # of the name in front of the file: another than in the directory
    path.write_bytes(data)
    message = refused(path, "could not be read")
    assert message.isprintable()
    assert len(message) < 600


def test_what_a_hidden_folder_holds_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILES", 9)
    root = as_folder(tmp_path / "pets", PETS | {f".git/{number}": b"" for number in range(10)})
    assert read(root).problems == ()


# Progress and the cache


def test_progress_counts_stored_bytes_up_to_their_sum(make):
    path, steps = make(PETS | {"dog/.last": os.urandom(5 * archives.CHUNK)}), []
    folder.read(path, lambda *step: steps.append(step))
    assert {label for label, _, _ in steps} == {path.name}
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert steps[-1][1] == steps[-1][2] > 0
    if path.suffix in (".gz", ".bz2", ".xz", ".tar"):
        assert steps[-1][2] == path.stat().st_size


@pytest.fixture
def decoded(monkeypatch):
    """A list that grows with each image that is decoded."""
    calls, decode = [], folder.decode
    monkeypatch.setattr(folder, "decode", lambda data: calls.append(1) or decode(data))
    return calls


def same(first, second):
    assert first._replace(splits=list(first.splits)) == second._replace(splits=list(second.splits))
    assert [split.fingerprint() for split in first.splits.values()] == [
        split.fingerprint() for split in second.splits.values()
    ]


def test_the_second_reading_decodes_nothing_and_gives_the_same(make, decoded):
    path = make(SPLITS | {"train/cat/broken.png": b"", "train/cat/ä.txt": b""})
    first = read(path)
    assert len(decoded) == 6
    second = read(path)
    assert len(decoded) == 6
    same(first, second)
    assert len(first.problems) == 2
    assert second.splits["train"].images.dtype == np.uint8
    assert second.splits["train"].labels.dtype == np.int64


def test_no_cached_file_is_ever_unpickled(make, cache):
    read(make(PETS))
    (kept,) = cache.iterdir()
    with np.load(kept, allow_pickle=False) as stored:
        assert {name: stored[name].dtype.kind for name in stored} == {
            "texts": "U",
            "all_images": "u",
            "all_labels": "i",
        }


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-40], lambda data: b"x" * len(data), "flip"])
def test_a_damaged_cache_file_is_replaced(make, cache, decoded, damage):
    path = make(PETS)
    first = read(path)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    if damage == "flip":
        middle = whole.index(first.splits["all"].images.tobytes())
        kept.write_bytes(whole[:middle] + b"\xff" + whole[middle + 1 :])
    else:
        kept.write_bytes(damage(whole))
    same(first, read(path))
    assert len(decoded) == 6
    same(first, read(path))
    assert len(decoded) == 6


def test_a_changed_source_and_another_shape_are_decoded_anew(make):
    path = make(PETS)
    assert read(path).splits["all"].images.max() == 3
    path = make(PETS | {"dog/a.png": shaded(99)})
    assert read(path).splits["all"].images.max() == 99
    refused(path, "no readable image", shape=(3, 4, 4))


@pytest.mark.parametrize(("form", "changed"), [("folder", "dog/a.bmp"), ("images.tar", "")])
def test_a_change_that_leaves_the_size_is_seen_by_its_time(tmp_path, form, changed):
    path = FORMS[form](tmp_path / form, {"dog/a.bmp": shaded(1, format="BMP")})
    before = (path / changed).stat()
    assert read(path).splits["all"].images.max() == 1
    FORMS[form](path, {"dog/a.bmp": shaded(2, format="BMP")})
    os.utime(path / changed, ns=(0, before.st_mtime_ns + 1))
    assert (path / changed).stat().st_size == before.st_size
    assert read(path).splits["all"].images.max() == 2


def test_only_the_newest_cache_files_are_kept(tmp_path, cache, decoded):
    for number in range(folder.CACHED + 2):
        read(as_zip(tmp_path / f"{number}.zip", PETS))
        for kept in cache.iterdir():  # so that their times differ on any file system
            os.utime(kept, ns=(0, kept.stat().st_mtime_ns - 10**9))
    assert len(list(cache.iterdir())) == folder.CACHED
    decoded.clear()
    read(tmp_path / f"{folder.CACHED + 1}.zip")
    assert decoded == []
    read(tmp_path / "0.zip")
    assert len(decoded) == 3


def test_without_a_place_for_the_cache_images_are_read_all_the_same(make, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert read(make(PETS)).labels == ("cat", "dog")
