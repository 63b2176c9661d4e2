"""Labelled images that a person brings to measure a network on: uploaded, or named where the app's host offers them.

What was uploaded is kept for the visit, with bounds for each and for all visits together.
"""

import os
import re
import shutil
import tempfile
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from invariance.datasets import DataError, Progress
from invariance.datasets.archives import ARCHIVES
from invariance.number_words import counted
from invariance.report.subject import Data

ENDINGS = ("zip", "tar", "tgz", "gz", "bz2", "xz")
FOLDERS = "INVARIANCE_FOLDERS"  # in the environment: a folder; every visitor may measure on the images below it
LONGEST_NAME = 60  # letters of an upload's
TOGETHER = 4  # times as much as one may upload: what all visits may keep


class Folder:
    """A temporary folder that goes with this object."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="invariance-"))
        weakref.finalize(self, shutil.rmtree, self.path, True)

    @property
    def bytes(self) -> int:
        """Of all that lies in it now; others may just be deleting some."""
        total = 0
        with suppress(FileNotFoundError):
            for each in os.scandir(self.path):
                with suppress(FileNotFoundError):
                    total += each.stat().st_size
        return total


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images that a person brought."""

    data: Data
    folder: Folder  # holds their index, and the images themselves if they were uploaded

    @property
    def words(self) -> str:
        images = self.data.images
        return f"{images.name}: {counted(images.count)} images of {counted(len(images.labels))} classes"


_uploaded: weakref.WeakSet[Folder] = weakref.WeakSet()  # of all visits
_turn = threading.Lock()  # for it


def most_bytes() -> int:
    """Bytes that may be uploaded at once, and that what was uploaded may hold unpacked."""
    return int(1e6 * st.get_option("server.maxUploadSize"))


def uploaded(name: str, archive: memoryview, progress: Progress) -> Labelled:
    """Take an archive.

    Args:
        name: the file's, as the browser tells it.
        archive: what it holds.
        progress: called with (its name, bytes read, bytes in all).

    Raises:
        DataError: it is none, holds no labelled images or too much, or others keep too much.
    """
    name = re.sub(r"[^\w. -]", "_", Path(name).name)[-LONGEST_NAME:]
    if not name.lower().endswith(tuple(f".{ending}" for ending in ENDINGS)):
        raise DataError(f"{name} is no archive by its name. Expected a {ARCHIVES}.")
    folder, most, room = Folder(), most_bytes(), Folder()
    with _turn:
        if sum(each.bytes for each in _uploaded) + len(archive) > TOGETHER * most:
            raise DataError("The images of others fill the room that there is for uploads. Try again in some minutes.")
        _uploaded.add(folder)
    path = room.path / name
    path.write_bytes(archive)

    def check() -> None:
        if folder.bytes > most:
            raise DataError(f"{name} holds more than {most / 1e6:g} MB unpacked. Take fewer images or smaller ones.")

    def bounded(what: str, done: int, total: int) -> None:
        check()
        progress(what, done, total)

    try:
        data = Data(str(path), folder.path, bounded)
        check()  # now all of it is written
    except DataError as error:
        raise DataError(without_place(error, folder.path, room.path)) from error
    return Labelled(data, folder)


def offered() -> Path | None:
    """The folder of this machine below which a person may name images; None: there is none."""
    return Path(place).expanduser().resolve() if (place := os.environ.get(FOLDERS)) else None


def named(place: str, progress: Progress) -> Labelled:
    """Take a folder, archive or list of this machine.

    Args:
        place: its path from offered(), or a whole path.
        progress: see uploaded().

    Raises:
        DataError: it lies elsewhere, is not there, or holds no labelled images.
    """
    root = offered()
    path = (root / Path(place.strip()).expanduser()).resolve()
    if not path.is_relative_to(root):
        raise DataError(f"{place} does not lie below the folder that is offered here. Name one that lies in it.")
    folder = Folder()
    try:
        return Labelled(Data(str(path), folder.path, progress), folder)
    except DataError as error:
        raise DataError(without_place(error, folder.path, root)) from error


def without_place(error: Exception, *folders: Path) -> str:
    """What an error says, without where these folders lie on the machine."""
    said = str(error)
    for folder in folders:
        said = said.replace(f"{folder}{os.sep}", "").replace(str(folder), "the folder")
    return said
