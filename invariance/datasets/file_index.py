"""Which labelled images a source holds: kept in a file, so that a million of them take no more memory than a thousand.

A source is a folder or an archive laid out as layout.py says, or a list: a .csv or .tsv file with one image a row, its
path from the list's folder and its class. The index is a database of SQLite with a row an image, by split, class and
name; of an archive it holds the files too, so that they are unpacked once.
"""

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from threading import Lock
from typing import NamedTuple

import numpy as np

from invariance.datasets import archives, folder
from invariance.datasets.dataset import DataError, Progress
from invariance.datasets.layout import ALL, LAYOUT, LONGEST_NAME, Layout, Place, composed, left_out, problem
from invariance.files import replacing
from invariance.images.decoding import decode
from invariance.images.pixels import ImageError, to_uint8
from invariance.images.resizing import shaped

VERSION = 1  # raise it when the same source gives another index or other pixels
LISTS = {".csv": ("excel", "a comma"), ".tsv": ("excel-tab", "a tab")}  # ending -> csv's dialect, what parts columns
COLUMNS = 2
STEP = 1000  # rows between two reports of progress
SCHEMA = """
PRAGMA journal_mode = OFF;  -- the file is renamed to its place once it is whole, or deleted
PRAGMA synchronous = OFF;
CREATE TABLE file (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, data BLOB);
CREATE TABLE problem (line TEXT NOT NULL);
CREATE TABLE image (number INTEGER PRIMARY KEY, label INTEGER NOT NULL, file INTEGER NOT NULL);
CREATE TABLE about (facts TEXT NOT NULL);
CREATE TEMP TABLE placed (split TEXT NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL, file INTEGER NOT NULL);
CREATE TEMP TABLE label (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
"""
PLACE = """
INSERT INTO image (number, label, file)
SELECT row_number() OVER (ORDER BY placed.split, label.number, placed.name, file.name) - 1, label.number, file.id
FROM placed JOIN label ON label.name = placed.label JOIN file ON file.id = placed.file
ORDER BY 1
"""


@dataclass(frozen=True)
class Files:
    """Images that an index lists, by their numbers: what it says of them, and their pixels."""

    index: Path
    home: Path | None  # the folder that they lie in; None: they are in the index
    start: int = 0  # the number of the first

    def pictures(
        self, numbers: Iterable[int], shape: tuple[int, int, int] | None, fit: str
    ) -> Iterator[tuple[str, int, np.ndarray | ImageError]]:
        """For each number the image's name, its class, and uint8 (C, H, W) or why there are no such pixels.

        Args:
            numbers: of images, from 0.
            shape: (C, H, W) to bring them to; without it they come as they are.
            fit: how; see fit_weights().

        Raises:
            DataError: the index is damaged or gone.
        """
        lock = Lock()  # a connection serves one thread at a time

        def one(number: int) -> tuple[str, int, np.ndarray | ImageError]:
            with lock:
                row = database.execute(
                    "SELECT file.name, label, data FROM image JOIN file ON file.id = image.file WHERE number = ?",
                    (self.start + int(number),),
                ).fetchone()
            name, label, data = row
            try:
                return name, label, _decoded(self._read(name) if self.home else data, shape, fit)
            except ImageError as error:
                return name, label, error

        try:
            with closing(_opened(self.index)) as database, ThreadPoolExecutor(folder.WORKERS) as pool:
                yield from pool.map(one, numbers)
        except sqlite3.Error as error:
            raise DataError(
                f"The index {self.index.name} of the images is damaged or gone ({error}). Start again to make it anew."
            ) from error

    def _read(self, name: str) -> bytes:
        try:
            data = archives.head(Path(self.home, name), folder.MAX_FILE_BYTES + 1)
        except OSError as error:
            raise ImageError(f"it could not be read ({error.strerror})") from error
        if refusal := folder.too_large(data):
            raise ImageError(refusal)
        return data


def _decoded(data: bytes, shape: tuple[int, int, int] | None, fit: str) -> np.ndarray:
    pixels = decode(data).pixels
    return to_uint8(pixels if shape is None else shaped(pixels, shape, fit))


def _opened(index: Path) -> sqlite3.Connection:
    """Connection to an index, which nobody changes."""
    return sqlite3.connect(f"{index.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


class Index(NamedTuple):
    """What a source holds."""

    files: Files
    key: str  # sha256 (hex): another one once a file's name, size or time changes
    labels: tuple[str, ...]  # the class names, sorted
    splits: dict[str, tuple[int, int]]  # as Folder.splits -> the number of its first image, and how many there are
    notes: tuple[str, ...]  # as Folder.notes, and how many files were left out


def indexed(path: Path, home: Path, progress: Progress) -> Index:
    """The index of a source, made anew if there is none of its present state.

    Args:
        path: the folder, .zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .csv or .tsv.
        home: the folder that keeps the index; it is made if missing.
        progress: see folder.read(). What it raises ends the work and leaves nothing behind.

    Raises:
        DataError: there is nothing at path, it is damaged or, as an archive, too large, there are no classes, a class
            has no image, train and test have different classes, a row of a list is wrong, or the index can't be kept.
    """
    if not archives.is_there(path):
        raise DataError(
            f"There is no {path}. Name a folder or a {archives.ARCHIVES} with {LAYOUT}, or a list of images, "
            f"{' or '.join(LISTS)}."
        )
    of_path = hashlib.sha256(str(path.resolve()).encode(errors="replace")).hexdigest()[:8]
    key = _key(path)
    place = home.resolve() / f"images-{of_path}-{key[:16]}.sqlite"
    index = _kept(place, path, key)
    if index is not None:
        return index
    try:
        with replacing(place) as partial:
            with closing(sqlite3.connect(partial)) as database:
                database.executescript(SCHEMA)
                (_list_rows if _is_list(path) else _list_files)(path, database, progress)
                database.commit()
            if _key(path) != key:
                raise DataError(f"{path} changed while its images were listed. Start again once nothing changes it.")
        for other in place.parent.glob(f"images-{of_path}-*.sqlite"):  # of what path held before
            if other != place:
                other.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise DataError(
            f"The index of {path} could not be kept in {home} ({error}). Make room there or name another folder."
        ) from error
    return _kept(place, path, key)


def _is_list(path: Path) -> bool:
    return path.suffix.lower() in LISTS and not path.is_dir()


def _key(path: Path) -> str:
    more: Iterable[Path] = ()
    if _is_list(path):
        home = path.resolve().parent
        more = (Path(home, row.name) for row in _rows(path) if not row.refusal)
    return hashlib.sha256(f"{VERSION} {archives.stamp(path, more)}".encode()).hexdigest()


def _kept(place: Path, path: Path, key: str) -> Index | None:
    if not place.is_file():
        return None
    try:
        with closing(_opened(place)) as database:
            facts = json.loads(database.execute("SELECT facts FROM about").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):  # damaged in whatever way: it is made anew
        return None
    home = path.resolve() if path.is_dir() else path.resolve().parent if _is_list(path) else None
    splits = {split: (first, count) for split, first, count in facts["splits"]}
    return Index(Files(place, home), key, tuple(facts["labels"]), splits, tuple(facts["notes"]))


def _list_files(path: Path, database: sqlite3.Connection, progress: Progress) -> None:
    """List what a folder or an archive holds."""

    def known(name: str) -> bool:
        return database.execute("SELECT 1 FROM file WHERE name = ?", (name,)).fetchone() is not None

    folders: set[archives.Parts] = set()
    with archives.opened(path, bounded=False) as members:
        for file in folder.files(path, members, progress, folders, known, hold=not path.is_dir()):
            if file.refusal:
                _add_problem(database, file.name, file.refusal)
            else:
                database.execute("INSERT INTO file (name, data) VALUES (?, ?)", (file.name, file.data))
    layout = Layout(folders)
    total = database.execute("SELECT count(*) FROM file").fetchone()[0]
    for number, (file, name) in enumerate(database.execute("SELECT id, name FROM file")):
        if number % STEP == 0:
            progress("Sorting the images by class", number, total)
        _add_place(database, layout.place(PurePosixPath(name).parts), file, name)
    filled: dict[str, set[str]] = {split: set() for split in layout.classes}
    for split, label in database.execute("SELECT DISTINCT split, label FROM placed"):
        filled[split].add(label)
    layout.check(path, filled, _left_out(database))
    _finish(database, layout.labels, layout.notes)


class Row(NamedTuple):
    """A row of a list."""

    name: str  # of the image, from the list's folder
    label: str  # its class
    refusal: str  # why this name can't be an image's, else ""
    done: int  # bytes of the list up to here, about


def _rows(path: Path) -> Iterator[Row]:
    """The rows of a list but its header: a first row whose first column is no file's name.

    Raises:
        DataError: the list is no text, or a row has not the two columns.
    """
    dialect, comma = LISTS[path.suffix.lower()]
    line, first = 0, True
    try:
        with path.open("rb") as raw:
            rows = csv.reader(io.TextIOWrapper(raw, "utf-8-sig", newline=""), dialect, strict=True)
            for row in rows:
                line = rows.line_num
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                header = first and len(cells) == COLUMNS and not PurePosixPath(cells[0]).suffix
                first = False
                if header:
                    continue
                if len(cells) != COLUMNS or not all(cells):
                    raise _wrong(path, line, comma, f"{sum(map(bool, cells))} filled of {len(cells)}")
                name, label = cells[0].replace("\\", "/"), composed((cells[1],))[0]
                if not label.isprintable() or len(label) > LONGEST_NAME:
                    raise _wrong(path, line, comma, f"a class that is too long or can't be shown: {ascii(label)[:40]}")
                absolute = (
                    "its path is absolute: write it from the list's folder" if PureWindowsPath(name).anchor else ""
                )
                refusal = absolute or folder.bad_name(name, "list's folder") or folder.no_image(name)
                yield Row(PurePosixPath(name).as_posix(), label, refusal, raw.tell())
    except csv.Error as error:
        raise _wrong(path, rows.line_num, comma, f"what can't be read ({error})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8. Save it so.") from error
    except OSError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Make it readable.") from error


def _wrong(path: Path, line: int, comma: str, came: str) -> DataError:
    return DataError(
        f"{path}, line {line}: expected two columns parted by {comma}, an image's path from the list's folder and its "
        f"class; found {came}. Mend the line, or take it out."
    )


def _no_file(file: Path, home: Path) -> str:
    """Why there is no file to read in a list's folder, else ""."""
    if archives.leads_out(file, home):
        return "it is a link that leads out of the list's folder"
    if file.is_file():
        return ""
    return "it is no plain file" if file.exists() else "there is no such file"


def _list_rows(path: Path, database: sqlite3.Connection, progress: Progress) -> None:
    """List what a list names."""
    home, total = path.resolve().parent, path.stat().st_size
    for row in _rows(path):
        progress(path.name, min(row.done, total), total)
        file, refusal = Path(home, row.name), row.refusal
        try:
            refusal = refusal or _no_file(file, home)
        except OSError as error:
            refusal = f"it can't be read ({error.strerror})"
        if refusal:
            _add_problem(database, row.name, refusal)
            continue
        added = database.execute("INSERT OR IGNORE INTO file (name) VALUES (?)", (row.name,))
        if added.rowcount:
            _add_place(database, Place(ALL, row.label, row.name, ""), added.lastrowid, row.name)
        else:
            # Of a list, every file has its place, in the same order: the places need no index of their own.
            (before,) = database.execute(
                "SELECT label FROM placed WHERE rowid = (SELECT id FROM file WHERE name = ?)", (row.name,)
            ).fetchone()
            _add_problem(database, row.name, f"a line before it names it too, as {before}, which counts")
    labels = tuple(label for (label,) in database.execute("SELECT DISTINCT label FROM placed ORDER BY label"))
    if not labels:
        raise DataError(
            f"{path} names no image that is there. Expected on each line an image's path from the list's folder, "
            f"{LISTS[path.suffix.lower()][1]} and its class. {_left_out(database)}".rstrip()
        )
    progress(path.name, total, total)
    _finish(database, labels, ())


def _add_problem(database: sqlite3.Connection, name: str, reason: str) -> None:
    database.execute("INSERT INTO problem VALUES (?)", (problem(name, reason),))


def _add_place(database: sqlite3.Connection, place: Place, file: int, name: str) -> None:
    if place.refusal:
        _add_problem(database, name, place.refusal)
    else:
        database.execute("INSERT INTO placed VALUES (?, ?, ?, ?)", (place.split, place.label, place.name, file))


def _left_out(database: sqlite3.Connection) -> str:
    return left_out(*database.execute("SELECT count(*), min(line) FROM problem").fetchone())


def _finish(database: sqlite3.Connection, labels: tuple[str, ...], notes: tuple[str, ...]) -> None:
    """Sort what was placed, and write down what there is."""
    database.executemany("INSERT INTO label VALUES (?, ?)", [(label, number) for number, label in enumerate(labels)])
    database.execute(PLACE)
    splits, first = [], 0
    for split, count in database.execute("SELECT split, count(*) FROM placed GROUP BY split ORDER BY split"):
        splits.append((split, first, count))
        first += count
    notes = (*notes, *filter(None, [_left_out(database)]))
    database.execute(
        "INSERT INTO about VALUES (?)", (json.dumps({"labels": labels, "splits": splits, "notes": notes}),)
    )
