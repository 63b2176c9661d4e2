"""Anyone's labelled images: a folder, a .zip or a .tar (also .tar.gz, .tar.bz2, .tar.xz) with one folder a class.

CLASS/IMAGE makes one split, "all"; train/CLASS/IMAGE and test/CLASS/IMAGE make two, whose folders may have any of
SPLIT_NAMES, in large or small letters. Both may lie below one common folder. What is decoded is kept as an .npz in the
person's cache folder.
"""

import hashlib
import json
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import numpy as np

from invariance.datasets import archives
from invariance.datasets.archives import Member, Parts
from invariance.datasets.dataset import DataError, Progress, Split
from invariance.datasets.layout import DEEPEST, LAYOUT, LONGEST_NAME, Layout, Place, left_out, problem
from invariance.files import replacing
from invariance.images.decoding import ENDINGS, MAX_SIDE, decode
from invariance.images.pixels import ImageError, to_uint8

MAX_FILE_BYTES = 20_000_000
WORKERS = min(4, os.cpu_count() or 1)
WAITING = 32  # files that are read ahead of the decoders; with MAX_FILE_BYTES this bounds the memory they take
CACHE_VERSION = 4  # raise it when the same files give other arrays
CACHED = 4  # sources kept
TWICE = "there is another of this name before it, which is used"


class Folder(NamedTuple):
    """Labelled images that someone brought."""

    labels: tuple[str, ...]  # the class names, sorted
    splits: dict[str, Split]  # "train" and "test" as far as the source has them, else "all"; by class, then file name
    problems: tuple[str, ...]  # a line for each file that was left out, with its name and the reason
    notes: tuple[str, ...]  # how the source was read, where a person should know, in sentences


def read(path: Path, progress: Progress, shape: tuple[int, int, int] | None = None) -> Folder:
    """Read and decode all images of a folder or archive, or what an earlier call kept of them.

    Args:
        path: the folder, .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz.
        progress: called with (file name, bytes read, bytes in all), the bytes as they are stored.
        shape: (C, H, W) that images must have, grey being repeated where C is 3; others are listed as problems.
            Without it all images must be of one size; they are RGB unless every one is grey.

    Returns:
        Folder of uint8 (N, C, H, W) images; of an animation the first frame. Validation images stand for the test
        images where there are none, and notes says so.

    Raises:
        DataError: there is nothing at path, it is damaged or too large, there are no classes, a class has no image,
            train and test have different classes, or the images are of different sizes.
    """
    if not archives.is_there(path):
        raise DataError(f"There is no {path}. Name a folder, a {archives.ARCHIVES} with {LAYOUT}.")
    cache = _cache_file(path, shape)
    folder = _cached(cache)
    if folder is None:
        folder = _arrange(path, *_collect(path, progress, shape))
        _keep(cache, folder)
    return folder


def _collect(
    path: Path, progress: Progress, shape: tuple[int, int, int] | None
) -> tuple[dict[Parts, np.ndarray], set[Parts], list[str]]:
    """Every image as uint8 (C, H, W), every folder that may be a class's, and the problems."""
    images: dict[Parts, np.ndarray] = {}
    folders: set[Parts] = set()
    problems: list[str] = []
    seen: set[str] = set()
    pending: deque[tuple[str, Future]] = deque()
    decoded = 0

    def settle() -> None:
        nonlocal decoded
        name, future = pending.popleft()
        try:
            image = images[PurePosixPath(name).parts] = future.result()
        except ImageError as error:
            problems.append(problem(name, str(error)))
        else:
            decoded += image.nbytes
            if decoded > archives.MAX_BYTES:
                raise archives.too_many_bytes(path, "of decoded pixels")

    with ThreadPoolExecutor(WORKERS) as pool, archives.opened(path) as members:
        for file in files(path, members, progress, folders, seen.__contains__):
            if file.refusal:
                problems.append(problem(file.name, file.refusal))
                continue
            seen.add(file.name)
            pending.append((file.name, pool.submit(_decode, file.data, shape)))
            if len(pending) > WAITING:
                settle()
        while pending:
            settle()
    return images, folders, problems


class File(NamedTuple):
    """A file of a source."""

    name: str  # with "/" between its parts, none of them "." or empty unless it is refused
    data: bytes  # what it holds, if that was wanted
    refusal: str  # why it is not used, else ""


def files(
    path: Path,
    members: Iterator[Member],
    progress: Progress,
    folders: set[Parts],
    known: Callable[[str], bool],
    hold: bool = True,
) -> Iterator[File]:
    """Every file of a source that is not hidden.

    Args:
        path: the source.
        members: what opened() gives of it.
        progress: see read().
        folders: gets every folder that may be a class's.
        known: whether there was a file of this name that is used.
        hold: whether their bytes are wanted.

    Raises:
        DataError: it holds too many bytes; see also opened().
    """
    unpacked = total = 0
    for member in members:
        total = member.total
        progress(path.name, min(member.done, total), total)
        name, parts, refusal, data = member.name, PurePosixPath(member.name).parts, bad_name(member.name), b""
        if refusal:
            if member.read is None:  # the files in it are listed
                continue
        else:
            if archives.is_hidden(parts):
                continue
            above = parts if member.read is None else parts[:-1]
            folders.update(above[:depth] for depth in range(1, min(len(above), DEEPEST) + 1))
            if member.read is None:
                continue
            name = "/".join(parts)
            refusal = member.refusal or no_image(name) or (TWICE if known(name) else "")
        if hold and not refusal:
            data = member.read(MAX_FILE_BYTES + 1)
            unpacked += len(data)
            if unpacked > archives.MAX_BYTES:
                raise archives.too_many_bytes(path, "unpacked")
            refusal = too_large(data)
        yield File(name, b"" if refusal else data, refusal)
    progress(path.name, total, total)


def too_large(data: bytes) -> str:
    """Why a file of which at most MAX_FILE_BYTES + 1 bytes were read is not used, else ""."""
    return f"it is larger than {MAX_FILE_BYTES / 1e6:g} MB" if len(data) > MAX_FILE_BYTES else ""


def bad_name(name: str, source: str = "archive") -> str:
    """Why a file of this name is not read, else ""; source: what it must not lead out of."""
    if len(name) > LONGEST_NAME:
        return f"its name has more than {LONGEST_NAME} letters"
    path = PureWindowsPath(name)  # it knows both kinds of slash, and drives
    if path.anchor or ".." in path.parts:
        return f"its name leads out of the {source}"
    return "" if name.isprintable() else "its name holds characters that can't be shown"


def no_image(name: str) -> str:
    """Why a file of this name is no image, else ""."""
    ends = name.lower().endswith(ENDINGS)
    return "" if ends else f"its name does not end as an image's does ({', '.join(ENDINGS)})"


def _decode(data: bytes, shape: tuple[int, int, int] | None) -> np.ndarray:
    """An image file's bytes -> uint8 (C, H, W), or ImageError."""
    image = to_uint8(decode(data).pixels)
    if max(image.shape) >= MAX_SIDE:  # decode() has reduced it to this, or it was just as large
        raise ImageError(f"it has a side of {MAX_SIDE} pixels or more: make it smaller")
    if shape is None:
        return image
    if len(image) == 1 and shape[0] == 3:
        image = np.repeat(image, 3, 0)
    if image.shape != shape:
        raise ImageError(f"it is {_kind(image.shape)}, expected {_kind(shape)}")
    return image


def _kind(shape: tuple[int, int, int]) -> str:
    channels, height, width = shape
    return f"{width} x {height} pixels {'in grey' if channels == 1 else 'in colour'}"


def _arrange(path: Path, images: dict[Parts, np.ndarray], folders: set[Parts], problems: list[str]) -> Folder:
    """Sort decoded images into splits and classes. Empties images, so that they are not in memory twice."""
    layout = Layout(folders)
    placed: dict[str, list[tuple[Place, Parts]]] = defaultdict(list)  # split -> its images
    for parts in images:
        place = layout.place(parts)
        if place.refusal:
            problems.append(problem("/".join(parts), place.refusal))
        else:
            placed[place.split].append((place, parts))
    problems.sort()
    filled = {split: {place.label for place, _ in placed[split]} for split in layout.classes}
    layout.check(path, filled, left_out(len(problems), problems[0] if problems else ""))
    sizes: dict[tuple[int, ...], list[Parts]] = defaultdict(list)
    for split in placed.values():
        split.sort()
        for _, parts in split:
            sizes[images[parts].shape[1:]].append(parts)
    _check_sizes(path, sizes)

    index = {label: number for number, label in enumerate(layout.labels)}
    channels = max(len(images[parts]) for split in placed.values() for _, parts in split)
    arrays = {}
    for split in layout.classes:
        pixels = np.empty((len(placed[split]), channels, *next(iter(sizes))), np.uint8)
        for row, (_, parts) in zip(pixels, placed[split], strict=True):
            row[:] = images.pop(parts)
        arrays[split] = Split(pixels, np.array([index[place.label] for place, _ in placed[split]], np.int64))
    return Folder(layout.labels, arrays, tuple(problems), layout.notes)


def _check_sizes(path: Path, sizes: dict[tuple[int, ...], list[Parts]]) -> None:
    if len(sizes) == 1:
        return
    commonest = sorted(sizes.items(), key=lambda item: -len(item[1]))
    groups = [
        f"{len(names):,} of {width} x {height} pixels (such as {'/'.join(names[0])})"
        for (height, width), names in commonest[:2]
    ]
    more = f" and {len(sizes) - 2} more sizes" if len(sizes) > 2 else ""
    raise DataError(f"{path} holds images of different sizes: {', '.join(groups)}{more}. Resize them all to one size.")


def _cache_file(path: Path, shape: tuple[int, int, int] | None) -> Path:
    """Where the arrays of path's present content are kept: another place once a file's name, size or time changes."""
    digest = hashlib.sha256(repr((CACHE_VERSION, shape, archives.stamp(path))).encode())
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "invariance-lab" / f"folder-{digest.hexdigest()}.npz"


def _cached(cache: Path) -> Folder | None:
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            labels, splits, problems, notes = json.loads(stored["texts"].item())
            arrays = {name: Split(stored[f"{name}_images"], stored[f"{name}_labels"]) for name in splits}
            return Folder(tuple(labels), arrays, tuple(problems), tuple(notes))
    except Exception:  # absent or damaged in whatever way: the images are decoded anew
        return None


def _keep(cache: Path, folder: Folder) -> None:
    """Write the arrays for the next call, and drop all but the newest CACHED of such files."""
    arrays = {"texts": np.array(json.dumps([folder.labels, list(folder.splits), folder.problems, folder.notes]))}
    for name, split in folder.splits.items():
        arrays |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    try:
        with replacing(cache) as partial_file, partial_file.open("wb") as file:
            np.savez(file, **arrays)
        for old in sorted(cache.parent.glob("*folder-*"), key=lambda path: path.stat().st_mtime)[:-CACHED]:
            old.unlink(missing_ok=True)
    except OSError:  # a full disk or a folder that can't be written only costs time: the next call decodes anew
        pass
