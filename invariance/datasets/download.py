"""Download one file from the first mirror that has it: checked, then renamed into place."""

import gzip
import hashlib
import time
import urllib.request
import zlib
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from invariance.datasets.dataset import DataError, Progress
from invariance.files import remove_leftovers, replacing

TIMEOUT_S = 20  # for an answer, and between two parts of it
LEAST_RATE = 20_000  # bytes a second that a mirror has to give, on average over each WINDOW_S
WINDOW_S = 30
DEADLINE_S = 7200  # for one file from one mirror
CHUNK = 1 << 16


@dataclass(frozen=True)
class RemoteFile:
    """A gzip file on the web, known by what is inside or, where only that was published, by the file as stored."""

    name: str
    mirrors: tuple[str, ...]  # addresses that the name is put behind
    size: int  # bytes as stored
    content_md5: str = ""  # of what is inside, which stays the same when a mirror packs it anew
    content_size: int = 0  # bytes of what is inside
    stored_md5: str = ""  # of the file as stored; "" where the content's is known


def content_problem(path: Path, file: RemoteFile) -> str | None:
    """Why the gzip file at path is not the expected one, or None if it is."""
    if file.stored_md5:
        with path.open("rb") as stored:
            md5 = hashlib.file_digest(stored, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return None if md5 == file.stored_md5 else f"it has md5 {md5}, not {file.stored_md5}"
    digest, left = hashlib.md5(usedforsecurity=False), file.content_size
    try:
        with gzip.open(path) as content:
            while chunk := content.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    return f"its content is longer than the expected {file.content_size:,} bytes"
                digest.update(chunk)
    except (OSError, EOFError, zlib.error) as error:
        return f"it does not decompress ({error})"
    if digest.hexdigest() != file.content_md5:
        return f"its content has md5 {digest.hexdigest()}, not {file.content_md5}"
    return None


def download(file: RemoteFile, folder: Path, progress: Progress) -> Path:
    """Put file into folder unless a good copy is there.

    Args:
        file: what to get, from where, and how to know that it is right.
        folder: made if missing.
        progress: called with (file name, bytes so far, bytes in all).

    Returns:
        The path of the checked file.

    Raises:
        DataError: no mirror gave the right file fast enough; says why for each, and which file to put where by hand.
    """
    target = folder / file.name
    remove_leftovers(target)
    if target.exists() and content_problem(target, file) is None:
        return target
    problems = []
    for mirror in file.mirrors:
        try:
            with replacing(target) as partial:
                _copy(mirror + file.name, partial, file, progress)
                if problem := content_problem(partial, file):
                    raise DataError(problem)
            return target
        except (OSError, HTTPException, DataError) as error:
            problems.append(f"{mirror}: {error}")
    raise DataError(
        f"{file.name} could not be downloaded ({'; '.join(problems)}). "
        f"Get the file in another way and put it in {folder}, or set INVARIANCE_DATA to a folder that has it."
    )


def _copy(url: str, partial: Path, file: RemoteFile, progress: Progress) -> None:
    done = shown = before = 0  # bytes: so far, when progress was called, and at the start of this window
    begun = start = time.monotonic()
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response, partial.open("wb") as out:
        total = response.length or file.size
        while chunk := response.read1(CHUNK):  # what has come; read() would wait until all of it has
            done += len(chunk)
            now = time.monotonic()
            if done > 2 * file.size:
                raise DataError(f"more than twice the expected {file.size:,} bytes came")
            if now - begun > DEADLINE_S:
                raise DataError(f"{done:,} of {total:,} bytes came in {now - begun:,.0f} s; it may take {DEADLINE_S:,}")
            if now - start > WINDOW_S:
                if (rate := (done - before) / (now - start)) < LEAST_RATE:
                    raise DataError(f"only {rate:,.0f} bytes a second came for {WINDOW_S} s; expected {LEAST_RATE:,}")
                start, before = now, done
            out.write(chunk)
            if done - shown >= CHUNK or done == total:
                progress(file.name, done, max(total, done))
                shown = done
    if done < total:
        raise DataError(f"the connection ended after {done:,} of {total:,} bytes")
