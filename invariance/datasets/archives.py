"""The files in a folder, a .zip or a .tar, one after the other, with bounds: nothing is unpacked to disk."""

import bz2
import gzip
import hashlib
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from invariance.datasets.dataset import DataError

SYSTEM_FILES = ("__MACOSX", "Thumbs.db", "desktop.ini")  # and whatever begins with a dot
MAX_FILES = 200_000
MAX_BYTES = 2_000_000_000  # in all: unpacked, and decoded
MAX_NAME_BYTES = 1 << 20  # of a long name and what else a .tar says of one file
CHUNK = 1 << 16
LONGEST_REASON = 200  # letters
ARCHIVES = ".zip, .tar, .tar.gz, .tar.bz2 or .tar.xz"
UTF8_NAME = 1 << 11  # the flag by which a .zip says that a name is UTF-8

# What the readers of archives raise when the bytes are not what they should be. NotImplementedError: zipfile doesn't
# know the compression; the two after it come of headers that claim absurd depths or sizes.
DAMAGE = (
    *(OSError, EOFError, ValueError, LookupError, struct.error, NotImplementedError, RecursionError, MemoryError),
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error),
)

# The types of a .tar's entries whose content tarfile reads itself: long names, and headers of the pax format.
NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)

Parts = tuple[str, ...]


class Member(NamedTuple):
    """One file or folder of a source."""

    name: str  # with "/" between its parts
    read: Callable[[int], bytes] | None  # read(limit): its first bytes, at most limit; None for a folder
    refusal: str  # why it must not be read, else ""
    done: int  # bytes of the source as stored, up to this member's end ...
    total: int  # ... and in all


@contextmanager
def opened(path: Path, bounded: bool = True) -> Iterator[Iterator[Member]]:
    """The members of a folder or archive, to be read one after the other; archives are unpacked in one pass.

    Args:
        path: the folder or archive.
        bounded: whether a folder may have at most MAX_FILES too, as archives may in any case.

    Raises:
        DataError: path is no archive, is damaged or has too many files or bytes; also from a member's read().
    """
    try:
        if path.is_dir():
            yield at_most(_in_folder(path), path) if bounded else _in_folder(path)
        else:
            yield at_most((_in_zip if zipfile.is_zipfile(path) else _in_tar)(path), path)
    except DataError:
        raise
    except PermissionError as error:
        raise locked(error.filename or path, error) from error
    except DAMAGE as error:
        raise DataError(
            f"{path} could not be read ({in_short(error)}). Expected a folder or a whole "
            f"{ARCHIVES}; it is something else, damaged or cut short. Get it again or pack it anew."
        ) from error


def in_short(error: Exception) -> str:
    """What a library's error says, or its beginning: some quote the damaged bytes."""
    said = str(error) or type(error).__name__
    said = said if said.isprintable() else ascii(said)
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]} …"


def at_most(items: Iterator, path: Path) -> Iterator:
    """The same items, as long as there are no more than MAX_FILES."""
    for count, item in enumerate(items, 1):
        if count > MAX_FILES:
            raise DataError(f"{path} holds more than {MAX_FILES:,} files and folders. Take fewer.")
        yield item


def too_many_bytes(path: Path, kind: str) -> DataError:
    return DataError(f"{path} holds more than {MAX_BYTES / 1e9:g} GB {kind}. Take fewer images or smaller ones.")


def below(root: Path) -> Iterator[os.DirEntry]:
    """Every file and folder below root, in no order, without what is hidden; links to folders are not followed."""
    waiting = [os.fspath(root)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if not is_hidden((entry.name,)):
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        yield entry
        except OSError as error:
            raise DataError(f"{error.filename} could not be listed ({error.strerror}). Make it readable.") from error


def is_there(path: Path) -> bool:
    """Whether something lies at a path.

    Raises:
        DataError: that can't be told.
    """
    try:
        return path.exists()
    except OSError as error:
        raise locked(path, error) from error


def locked(path: Path | str, error: OSError) -> DataError:
    return DataError(f"{path} can't be read ({error.strerror}). Make it readable, or name another.")


def stamp(path: Path, more: Iterable[Path] = ()) -> str:
    """sha256 (hex) of a source's place and the name, size and time of each of its files, in whatever order.

    Args:
        path: the folder or file.
        more: further files that belong to it, there or not.

    Raises:
        DataError: the folder can't be listed.
    """
    home, total = path.resolve(), 0
    for file in chain(below(home) if home.is_dir() else [home], more):
        try:
            status = os.stat(file, follow_symlinks=False)
            state = () if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)
        except OSError:  # it isn't there, or its name is none, or lies in a folder that can't be entered
            state = ("missing",)
        total += int.from_bytes(hashlib.sha256(repr((os.fspath(file), state)).encode()).digest())
    return hashlib.sha256(repr((str(home), total)).encode()).hexdigest()


def _in_folder(root: Path) -> Iterator[Member]:
    home = root.resolve()
    done, total = 0, sum(size_of(entry) for entry in below(home))
    for entry in below(home):
        done += size_of(entry)
        path, refusal = Path(entry.path), ""
        reading = partial(head, path)
        if entry.is_symlink() and leads_out(path, home):
            refusal = "it is a link that leads out of the folder"
        elif entry.is_dir(follow_symlinks=False):
            reading = None
        elif not path.is_file():
            refusal = "it is no plain file"
        yield Member(path.relative_to(home).as_posix(), reading, refusal, done, total)


def size_of(entry: os.DirEntry) -> int:
    """Its bytes; those of a link itself."""
    return entry.stat(follow_symlinks=False).st_size


def leads_out(path: Path, home: Path) -> bool:
    """Whether a file lies elsewhere than below home, which is resolved, once links on the way are followed."""
    return not Path(os.path.realpath(path)).is_relative_to(home)


def head(path: Path, limit: int) -> bytes:
    """The first bytes of a plain file, at most limit."""
    with path.open("rb") as file:
        return file.read(
            min(limit, os.fstat(file.fileno()).st_size)
        )  # read() takes memory for all that it is asked for


def _in_zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        done, total = 0, sum(info.compress_size for info in archive.infolist())
        for info in archive.infolist():
            done += info.compress_size
            name = _zipped_name(info)
            refusal, reading = "", partial(_head_of_zipped, archive, info)
            if name.endswith("/"):
                reading = None
            elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                refusal = "it is a link or another special file"
            elif info.flag_bits & 1:
                refusal = "it is encrypted"
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # Of the other methods Python unpacks without a limit whatever a few bytes stand for.
                refusal = "it is packed by another method than deflate"
            yield Member(name, reading, refusal, done, total)


def _zipped_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if not info.flag_bits & UTF8_NAME:  # macOS writes UTF-8 all the same; zipfile took it for code page 437
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")  # as some packers on Windows write it


def _head_of_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(info) as file:
        return file.read(limit)


def _in_tar(path: Path) -> Iterator[Member]:
    total = path.stat().st_size
    with path.open("rb") as raw:
        stream = _Limited(unpacked(raw), raw, path)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK, tarinfo=_StrictHeader) as archive:
            for info in archive:
                archive.members.clear()  # tarfile keeps what every header says, names of a megabyte too, ...
                archive.pax_headers.clear()  # ... and what one says of all files that follow
                if info.size > MAX_BYTES:  # tarfile would go on to its end, step by step, even where nothing follows
                    raise too_many_bytes(path, "unpacked")
                plain = info.isreg() and not info.issparse()
                refusal = "" if plain or info.isdir() else "it is a link or another special file"
                reading = None if info.isdir() else partial(_head_of_tarred, archive, info)
                yield Member(info.name, reading, refusal, stream.done, total)
        while stream.read(CHUNK):  # the checksum comes last
            pass


def unpacked(raw: BinaryIO) -> BinaryIO:
    """What raw holds: unpacked by gzip, bzip2 or xz, whichever its first bytes tell, else as it is."""
    magic = raw.read(6)
    raw.seek(0)
    packers = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
    return next((open_packed(raw) for start, open_packed in packers.items() if magic.startswith(start)), raw)


def _head_of_tarred(archive: tarfile.TarFile, info: tarfile.TarInfo, limit: int) -> bytes:
    return archive.extractfile(info).read(limit)


class _StrictHeader(tarfile.TarInfo):
    """tarfile takes a damaged or missing header for the archive's end and says nothing, and names of any length."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> tarfile.TarInfo:
        try:
            info = super().frombuf(buf, encoding, errors)
        except (tarfile.EmptyHeaderError, tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as error:
            raise tarfile.ReadError(str(error)) from error
        if info.type in NAMES and info.size > MAX_NAME_BYTES:
            raise tarfile.ReadError(f"a name of {info.size:,} bytes")
        return info


class _Limited:
    """What raw unpacks to: at most MAX_BYTES, so that a few bytes can't go on for ever. done: bytes of raw used."""

    def __init__(self, unpacked: BinaryIO, raw: BinaryIO, path: Path):
        self.unpacked, self.raw, self.path, self.done, self.left = unpacked, raw, path, 0, MAX_BYTES

    def read(self, size: int) -> bytes:
        data = self.unpacked.read(size)
        self.done = self.raw.tell()
        self.left -= len(data)
        if self.left < 0:
            raise too_many_bytes(self.path, "unpacked")
        return data


def is_hidden(parts: Parts) -> bool:
    return any(part.startswith(".") or part in SYSTEM_FILES for part in parts)
