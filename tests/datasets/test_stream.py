"""Labelled images batch by batch: the same as when all are read at once, in memory that doesn't grow with them."""

import io
import itertools
import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from invariance.datasets import DataError, Split, archives, file_index, folder, stream
from invariance.images.decoding import decode
from invariance.images.pixels import to_uint8
from invariance.images.resizing import shaped
from tests.conftest import case, memory_peak, quiet
from tests.datasets.test_folder import FORMS, PETS, SPLITS, as_folder, as_tar, as_zip, picture, shaded


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def home(tmp_path):
    """A folder for indices."""
    return tmp_path / "home"


@pytest.fixture
def walks(monkeypatch):
    """A list that grows each time a source's files are listed for an index."""
    calls, files, rows = [], folder.files, file_index._list_rows
    monkeypatch.setattr(folder, "files", lambda *args, **options: calls.append(1) or files(*args, **options))
    monkeypatch.setattr(file_index, "_list_rows", lambda *args: calls.append(1) or rows(*args))
    return calls


def every(images):
    return images.read(0, images.count)


def as_list(path, rows, files=PETS, between=","):
    as_folder(path.parent, files)
    path.write_text("".join(between.join(row) + "\n" for row in rows), "utf-8")
    return path


ROWS = [("dog/a.png", "dog"), ("cat/b.png", "cat"), ("./cat/a.png", "cat")]
COUNTED = {f"{label}/{number:02}.png": shaded(10 * number) for label in "ab" for number in range(10)}


# The same as when all are read at once


def test_every_form_gives_what_reading_it_whole_gives(tmp_path, home):
    one, two = "E\u0301le\u0301phant", "\u00c9l\u00e9phant"
    extra = {"dog/broken.png": b"no image", "dog/cut.png": PETS["cat/a.png"][:48], "dog/notes.txt": b"", "dog/.a": b""}
    sources = {
        "classes": PETS,
        "below a folder": {"pets/" + name: data for name, data in PETS.items()},
        "splits": {"some/" + name: data for name, data in SPLITS.items()},
        "validation": {name.replace("test/", "Valid/"): data for name, data in SPLITS.items()},
        "validation unused": SPLITS | {"val/cat/1.png": picture()},
        "accents": {f"{two}/a.png": shaded(1), f"{one}/a.png": shaded(2), f"{two}/b.png": shaded(3)},
        "grey": {"a/1.png": picture(77, mode="L"), "b/2.png": picture(7, mode="L")},
        "problems": PETS | extra | {"title.png": picture(), "dog/deeper/x.png": picture(), "dog/x\n.png": b""},
    }
    for number, (what, files) in enumerate(sources.items()):
        for form, made in FORMS.items():
            with case(what, form):
                (tmp_path / str(number)).mkdir(exist_ok=True)
                path = made(tmp_path / str(number) / form, files)
                whole, found = folder.read(path, quiet), stream.brought(path, home, quiet)
                parts = {"test": found.measured, "train": found.tried}
                for name, split in whole.splits.items():
                    images = found.measured if len(whole.splits) == 1 else parts[name]
                    batch = every(images)
                    assert images.labels == whole.labels
                    assert Split(batch.images, batch.labels).fingerprint() == split.fingerprint()
                    assert batch.labels.dtype == batch.numbers.dtype == np.int64
                    lines = {*batch.problems, *whole.problems}
                    assert lines == set(whole.problems)
                    listed = len(whole.problems) - len(batch.problems)
                    notes = [f"{listed} file{'s were' if listed > 1 else ' was'} left out, the first: "] * bool(listed)
                    assert len(images.notes) == len([*whole.notes, *notes])
                    assert all(map(str.startswith, images.notes, [*whole.notes, *notes]))


def test_titles_say_which_images_they_are(tmp_path, home):
    found = stream.brought(as_zip(tmp_path / "pets.zip", SPLITS), home, quiet)
    assert [found.measured.title, found.tried.title] == ["test images of pets.zip", "training images of pets.zip"]
    found = stream.brought(as_zip(tmp_path / "pets.zip", PETS), home, quiet)
    assert (found.measured.title, found.measured.name, found.tried) == ("images of pets.zip", "pets.zip", None)
    assert every(found.measured).names == ["cat/a.png", "cat/b.png", "dog/a.png"]


def test_a_list_is_read_with_and_without_a_header_by_class_then_name(tmp_path, home):
    for number, (ending, between, more) in enumerate(
        [("csv", ",", []), ("csv", ",", [("path", "class")]), ("TSV", "\t", [("", ""), ("image", "label"), ("", "")])]
    ):
        path = as_list(tmp_path / str(number) / f"some.{ending}", [*more, *ROWS], between=between)
        images = stream.brought(path, home, quiet).measured
        batch = every(images)
        assert (images.labels, images.title, images.notes) == (("cat", "dog"), f"images of some.{ending}", ())
        assert batch.images[:, 0, 0, 0].tolist() == [1, 2, 3]
        assert batch.labels.tolist() == [0, 0, 1]


def test_a_list_gives_classes_of_its_own_and_says_what_is_not_there(tmp_path, home):
    rows = [*ROWS[:2], ("none.png", "cat"), ("cat/b.png", "dog"), ("notes.txt", "cat"), ("up.png", "dog")]
    rows += [("cat/a.png/in.png", "cat"), ("x" * 280 + ".png", "cat"), (str(tmp_path / "pets/cat/a.png"), "cat")]
    path = as_list(tmp_path / "pets/some.csv", [(*ROWS[2][:1], '"a, b"'), *rows, ("../pets/dog/a.png", "dog")])
    (path.parent / "up.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "secret.png").write_bytes(picture())
    images = stream.brought(path, home, quiet).measured
    assert images.labels == ("a, b", "cat", "dog")
    assert every(images).names == ["cat/a.png", "cat/b.png", "dog/a.png"]
    assert images.notes[0].startswith("8 files were left out, the first: ../pets/dog/a.png: its name leads out of")
    with closing(file_index._opened(images.source.index)) as database:
        lines = [line for (line,) in database.execute("SELECT line FROM problem ORDER BY line")]
    reasons = dict(line.split(": ", 1) for line in lines)
    assert reasons["none.png"] == "there is no such file"
    assert reasons["cat/a.png/in.png"] in ("there is no such file", "it can't be read (Not a directory)")
    assert [reason for name, reason in reasons.items() if name.startswith("xxx")] == [
        "it can't be read (File name too long)"
    ]
    assert "its path is absolute" in reasons[str(tmp_path / "pets/cat/a.png")]
    assert reasons["cat/b.png"] == "a line before it names it too, as cat, which counts"
    assert "leads out" in reasons["up.png"]
    assert "does not end" in reasons["notes.txt"]


def test_a_wrong_row_of_a_list_is_told_with_its_line_and_what_was_expected(tmp_path, home):
    wrong = {
        "cat/a.png,cat\n\ncat/b.png\n": ("line 3: expected two columns parted by a comma", "found 1 filled of 1"),
        "path,class\ncat/a.png,cat,3\n": ("line 2", "found 3 filled of 3"),
        "cat/a.png,\n": ("line 1", "found 1 filled of 2"),
        "cat/a.png;cat\n": ("line 1", "found 1 filled of 1"),
        'cat/a.png,"cat\x1b"\n': ("line 1", "can't be shown"),
        'cat/a.png,cat\ncat/b.png,"c"at\n': ("line 2", "can't be read"),
        "cat/a.png," + 200_000 * "x" + "\n": ("line 1", "can't be read"),
        "": ("names no image that is there",),
        "x.png,cat\n": (
            "is there. Expected on each line an image's path",
            ". 1 file was left out, the first: x.png: there is no such",
        ),
    }
    path = as_list(tmp_path / "some.csv", [])
    for text, messages in wrong.items():
        path.write_text(text)
        with case(text[:40]):
            with pytest.raises(DataError) as caught:
                stream.brought(path, home, quiet)
            assert [message for message in ("some.csv", *messages) if message not in str(caught.value)] == []
            assert list(home.glob("*")) == []
    path.write_bytes("cat/a.png,Éléphant".encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        stream.brought(path, home, quiet)


def test_sources_without_proper_classes_and_hostile_ones_are_refused(tmp_path, home, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 50_000)
    monkeypatch.setattr(archives, "MAX_FILES", 20)
    large = PETS | {f"cat/{number}x.png": os.urandom(9000) for number in range(7)}
    many = PETS | {f"cat/{number}.txt": b"" for number in range(20)}
    cut = as_tar(tmp_path / "cut.tar.gz", PETS)
    cut.write_bytes(cut.read_bytes()[:-40])
    (tmp_path / "text.zip").write_bytes(b"just text")
    for path, message in {
        tmp_path / "nothing": "There is no .*nothing",
        as_folder(tmp_path / "empty", {"1.png": picture()}): "no readable image in a class's folder",
        as_folder(tmp_path / "lacking", {"a/1.png": picture(), "b/notes.txt": b""}): "no readable image of b",
        as_zip(tmp_path / "a.zip", {"train/a/1.png": b"", "test/b/1.png": b""}): "lacks",
        as_zip(tmp_path / "large.zip", large): "5e-05 GB unpacked",
        as_tar(tmp_path / "many.tar", many): "more than 20 files",
        cut: "could not be read",
        tmp_path / "text.zip": "could not be read",
    }.items():
        with case(path.name):
            with pytest.raises(DataError, match=message) as caught:
                stream.brought(path, home, quiet)
            assert path.name in str(caught.value)
            assert list(home.glob("*")) == []
    found = stream.brought(
        as_tar(tmp_path / "b.tar", PETS | {"../x.png": picture(), "cat/l.png": "a.png"}), home, quiet
    )
    assert every(found.measured).names == ["cat/a.png", "cat/b.png", "dog/a.png"]
    assert found.notes[0].startswith("2 files were left out, the first: ../x.png: its name leads out of the archive")
    # What lies on the person's own disk has no such bound.
    assert stream.brought(as_folder(tmp_path / "large", large), home, quiet).measured.count == 10
    assert stream.brought(as_folder(tmp_path / "many", many), home, quiet).measured.count == 3


# Sizes


def test_images_are_brought_to_a_shape_as_a_network_gets_them(tmp_path, home):
    rng = np.random.default_rng(0)
    files = {}
    for number, (height, width) in enumerate([(12, 30), (40, 9), (8, 8)]):
        data = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(data, "PNG")
        files[f"a/{number}.png"] = data.getvalue()
    files["a/grey.png"] = picture(77, size=(20, 20), mode="L")
    found = stream.brought(as_folder(tmp_path / "photos", files), home, quiet).measured
    assert found.common_shape() is None
    with pytest.raises(DataError, match=r"a/0\.png is 30 x 12 pixels in colour, a/1\.png is 9 x 40 .* Choose the size"):
        every(found)
    for shape, fit in [((3, 8, 8), "crop"), ((1, 16, 8), "letterbox"), ((3, 8, 8), "stretch")]:
        images = found.shaped(shape, fit)
        for image, data in zip(every(images).images, files.values(), strict=True):
            np.testing.assert_array_equal(image, to_uint8(shaped(decode(data).pixels, shape, fit)))
        assert images.key != found.key
        assert "8 x" in images.notes[-1]
    crop = shaped(np.arange(24, dtype=np.float32).reshape(1, 2, 12) / 24, (3, 2, 2), "crop")
    np.testing.assert_allclose(crop * 24, np.broadcast_to([[5, 6], [17, 18]], (3, 2, 2)), atol=1e-4)
    same = found.shaped((3, 8, 8))
    assert [every(same).images.shape, same.common_shape()] == [(4, 3, 8, 8), None]


def test_the_common_shape_is_in_colour_if_any_image_is(tmp_path, home):
    grey, broken = picture(77, mode="L"), {"a/x.png": b""}
    for number, (files, expected) in enumerate(
        [({"a/1.png": grey, "a/2.png": grey}, (1, 8, 10)), ({"a/1.png": grey, "a/2.png": picture()}, (3, 8, 10))]
    ):
        path = as_folder(tmp_path / str(number), files | broken)
        images = stream.brought(path, home, quiet).measured
        assert images.common_shape() == expected
        assert every(images.shaped(expected)).images.shape == (2, *expected)
    with pytest.raises(DataError, match=r"No image of none could be read, such as a/x\.png: This file is not"):
        stream.brought(as_folder(tmp_path / "none", broken), home, quiet).measured.common_shape()


# Choosing


def some_split(count=50):
    rng = np.random.default_rng(1)
    return Split(rng.integers(0, 256, (count, 1, 8, 8), np.uint8), rng.integers(0, 3, count))


def test_a_sample_and_the_rest_are_all_images_once_in_their_order(tmp_path, home):
    path = as_folder(tmp_path / "counted", COUNTED)
    for images in (
        stream.of_split(some_split(), "s", "S", ("a", "b", "c")),
        stream.brought(path, home, quiet).measured,
    ):
        whole = every(images)
        for count in (1, 7, images.count - 1):
            some = images.sample(count)
            rest = images.without(some)
            one, other = every(some), every(rest)
            places = [whole.names.index(name) for name in one.names]
            others = [whole.names.index(name) for name in other.names]
            assert places == sorted(places)
            assert others == sorted(set(range(images.count)) - set(places))
            assert (some.count, rest.count) == (len(places), len(others)) == (count, images.count - count)
            assert one.numbers.tolist() == list(range(count))
            np.testing.assert_array_equal(one.images, whole.images[places])
            np.testing.assert_array_equal(other.labels, whole.labels[others])
            assert every(images.sample(count)).names == one.names
            assert images.sample(count).key == some.key
            assert len({images.key, some.key, rest.key, images.sample(count, seed=1).key}) == 4
        drawn = images.sample(10)
        rest = images.without(drawn)
        some = rest.sample(5)
        names = [*every(drawn).names, *every(some).names, *every(rest.without(some)).names]
        assert sorted(names) == sorted(whole.names)
        assert images.sample(images.count) is images
        assert images.without(images.sample(images.count)).count == 0
        with pytest.raises(ValueError, match="expected a sample"):
            images.sample(3).without(images.sample(4))
        with pytest.raises(IndexError):
            images.take([images.count])


def test_a_data_set_in_memory_is_known_by_its_fingerprint():
    split = some_split()
    images = stream.of_split(split, "digits", "test images of Digits", ("a", "b", "c"))
    assert images.fingerprint == split.fingerprint()
    assert Split(*every(images)[:2]).fingerprint() == split.fingerprint()
    assert images.sample(5).fingerprint is None
    assert every(images.shaped((3, 4, 4))).images.shape == (50, 3, 4, 4)
    shuffled = images.split()
    assert sorted(shuffled.labels) == sorted(split.labels)
    assert shuffled.labels.tolist() != split.labels.tolist()
    assert shuffled.title == images.title


def test_what_is_tried_is_never_measured(tmp_path, home):
    found = stream.brought(as_zip(tmp_path / "a.zip", COUNTED), home, quiet)
    for most, count in ((1000, 10), (4, 4)):
        tried, measured = found.to_try_and_measure(most)
        assert (tried.count, measured.count) == (count, 20 - count)
        assert not {*every(tried).names} & {*every(measured).names}
        assert [tried.title, measured.title] == ["images of a.zip, drawn at random", "other images of a.zip"]
    found = stream.brought(as_zip(tmp_path / "a.zip", SPLITS), home, quiet)
    tried, measured = found.to_try_and_measure(2)
    assert (tried.count, measured) == (2, found.measured)
    with pytest.raises(DataError, match="one image"):
        stream.brought(as_zip(tmp_path / "a.zip", {"a/1.png": picture()}), home, quiet).to_try_and_measure(9)


def test_classes_find_their_places_among_a_network_s(tmp_path, home):
    files = {"great_white_shark/1.png": shaded(1), "Tench/1.png": shaded(2), "n01443537/1.png": shaded(3)}
    images = stream.brought(as_folder(tmp_path / "fish", files), home, quiet).measured
    known = ("n01443537 goldfish", "tench, Tinca tinca", "cock", "great grey owl", "great white shark, white shark")
    found = images.with_labels(known)
    batch = every(found)
    assert dict(zip(batch.names, batch.labels.tolist(), strict=True)) == {
        **{"great_white_shark/1.png": 4, "Tench/1.png": 1, "n01443537/1.png": 0}
    }
    assert (found.labels, found.key != images.key) == (known, True)
    again = found.with_labels(known[::-1])
    assert every(again).labels.tolist() == [4 - label for label in batch.labels]
    assert images.with_labels(images.labels) is images
    with pytest.raises(DataError, match="fish has classes that the network doesn't know: great_white_shark, n0"):
        images.with_labels(("great grey owl", "tench"))
    twice = stream.of_split(some_split(), "s", "S", ("tench", "Tench", "c"))
    with pytest.raises(DataError, match="tench, Tench would all be the network's TENCH"):
        twice.with_labels(("TENCH", "c", "d"))


# The index


def test_an_index_is_made_once_and_anew_when_the_source_changes(tmp_path, home, walks):
    for form in ("folder", "images.zip", "images.tar.gz", "list"):
        with case(form):
            walks.clear()
            if form == "list":
                path = as_list(tmp_path / "list/some.csv", ROWS)
                changed = path.parent / "dog/a.png"
            else:
                path = FORMS[form](tmp_path / form, PETS)
                changed = path / "dog/a.png" if form == "folder" else path
            (first, *_), at_first = (stream.brought(path, home, quiet) for _ in range(2))
            assert len(walks) == 1
            assert first.key == at_first.measured.key
            assert every(first).images[:, 0, 0, 0].tolist() == [1, 2, 3]
            if form in ("folder", "list"):
                changed.write_bytes(shaded(9))
            else:
                FORMS[form](path, PETS | {"dog/a.png": shaded(9)})
            os.utime(changed, ns=(0, 1))
            second = stream.brought(path, home, quiet).measured
            assert len(walks) == 2
            assert second.key != first.key
            assert every(second).images[:, 0, 0, 0].tolist() == [1, 2, 9]
            with pytest.raises(DataError, match="damaged or gone"):
                every(first)
    assert len(list(home.iterdir())) == 4  # one a source


def test_a_renamed_file_is_a_change_and_the_system_s_files_are_none(tmp_path, home):
    path = as_folder(tmp_path / "pets", PETS)
    before = stream.brought(path, home, quiet).measured.key
    (path / "cat/.DS_Store").write_bytes(b"")
    assert stream.brought(path, home, quiet).measured.key == before
    (path / "cat/a.png").rename(path / "cat/c.png")
    assert stream.brought(path, home, quiet).measured.key != before


def test_a_damaged_index_is_made_anew_and_one_that_is_stopped_leaves_nothing(tmp_path, home, walks):
    path = as_zip(tmp_path / "pets.zip", PETS | {"dog/large.bmp": picture(size=(100, 100), format="BMP")})

    def stop(what, done, total):
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream.brought(path, home, stop)
    assert list(home.iterdir()) == []
    stream.brought(path, home, quiet)
    (index,) = home.iterdir()
    whole = index.read_bytes()
    for number, damaged in enumerate([b"", whole[:-4096], b"x" * len(whole)]):
        index.write_bytes(damaged)
        assert every(stream.brought(path, home, quiet).measured.shaped((3, 8, 8))).labels.tolist() == [0, 0, 1, 1]
        assert len(walks) == 3 + number
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="could not be kept in"):
        stream.brought(path, tmp_path / "file", quiet)


def test_a_source_that_changes_while_it_is_listed_is_refused(tmp_path, home):
    path = as_folder(tmp_path / "pets", PETS)

    def change(what, done, total):
        (path / "dog/more.png").write_bytes(shaded(5))

    with pytest.raises(DataError, match="changed while its images were listed"):
        stream.brought(path, home, change)
    assert list(home.iterdir()) == []
    assert stream.brought(path, home, quiet).measured.count == 4


def test_a_listing_takes_no_more_memory_for_many_files_than_for_few(tmp_path):
    homes = map(str, itertools.count())

    def listing(count):
        def call():
            images = stream.brought(path, tmp_path / "homes" / next(homes), quiet).measured
            assert images.count == count
            assert images.without(images.sample(100)).sample(10, seed=2).read(0, 10).problems

        path = tmp_path / f"{count}"
        for label in "ab":
            (path / label).mkdir(parents=True)
            for image in range(count // 2):
                (path / label / f"{image}.png").touch()
        return call

    few = listing(500)
    few()  # fills caches that never grow
    memory_peak(memory_peak(10_000_000, few) + 100_000, listing(5000))


def test_files_that_vanish_or_are_too_large_are_left_out_and_told(tmp_path, home, monkeypatch):
    path = as_folder(tmp_path / "pets", PETS)
    images = stream.brought(path, home, quiet).measured
    (path / "cat/a.png").unlink()
    batch = every(images)
    assert (batch.names, batch.numbers.tolist()) == (["cat/b.png", "dog/a.png"], [1, 2])
    assert batch.problems == ["cat/a.png: it could not be read (No such file or directory)"]
    monkeypatch.setattr(folder, "MAX_FILE_BYTES", 10)
    batch = every(images.shaped((3, 8, 10)))
    assert (batch.images.shape, len(batch.problems)) == ((0, 3, 8, 10), 3)
    assert "larger than" in batch.problems[1]


# Reading from several places


def test_images_are_read_from_several_threads_and_after_pickling(tmp_path, home):
    for path in (as_zip(tmp_path / "counted.zip", COUNTED), as_folder(tmp_path / "counted", COUNTED)):
        images = stream.brought(path, home, quiet).measured
        expected = every(images)
        copy = pickle.loads(pickle.dumps(images.sample(5)))
        np.testing.assert_array_equal(every(copy).images, every(images.sample(5)).images)
        with ThreadPoolExecutor(8) as pool:
            starts = [*range(15)] * 4
            found = list(pool.map(images.read, starts, [start + 5 for start in starts]))
        for start, batch in zip(starts, found, strict=True):
            np.testing.assert_array_equal(batch.images, expected.images[start : start + 5])


class Counting:
    """Images that count those of which a batch is alive or being made."""

    def __init__(self, count):
        self.count, self.started, self.error = count, [], None
        self.second = threading.Event()

    def read(self, start, stop):
        self.started.append(start)
        if start > 0:
            self.second.set()
        if self.error:
            raise self.error
        return range(start, min(stop, self.count))


def test_batches_come_in_order_and_the_next_are_read_while_one_is_used():
    images = Counting(25)
    assert [list(batch) for batch in stream.batches(images, 10)] == [
        *(list(range(10)), list(range(10, 20)), list(range(20, 25)))
    ]
    assert list(stream.batches(Counting(0), 10)) == []
    images = Counting(1000)
    reading = stream.batches(images, 10)
    next(reading)
    assert images.second.wait(60)  # without a further call
    threads = threading.active_count()
    reading.close()
    assert threading.active_count() < threads
    assert len(images.started) <= 1 + stream.AHEAD
    images = Counting(30)
    images.error = DataError("gone")
    with pytest.raises(DataError, match="gone"):
        next(stream.batches(images, 10))


def test_progress_counts_up_to_all(tmp_path, home):
    for path in (
        as_zip(tmp_path / "a.zip", PETS),
        as_folder(tmp_path / "a", PETS),
        as_list(tmp_path / "b/a.csv", ROWS),
    ):
        steps = []
        stream.brought(path, home, lambda *step, steps=steps: steps.append(step))
        assert all(0 <= done <= total for _, done, total in steps)
        assert steps[0][0] == path.name
        assert any(done == total > 0 for _, done, total in steps)
