"""Anyone's labelled images: a folder, a .zip or a .tar (also .tar.gz, .tar.bz2, .tar.xz) with one folder a class.

CLASS/IMAGE makes one split, "all"; train/CLASS/IMAGE and test/CLASS/IMAGE make two, whose folders may have any of
SPLIT_NAMES, in large or small letters. Both may lie below one common folder. What is decoded is kept as an .npz in the
person's cache folder.
"""

import hashlib
import json
import os
import unicodedata
from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import numpy as np

from invariance.datasets import archives
from invariance.datasets.archives import Parts
from invariance.datasets.dataset import DataError, Progress, Split
from invariance.files import replacing
from invariance.images.decoding import ENDINGS, MAX_SIDE, decode
from invariance.images.pixels import ImageError, to_uint8

SPLITS = ("train", "test")
VALIDATION = "validation"
SPLIT_NAMES = {  # a folder's name in small letters -> what it holds
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
}
ALL = "all"
LAYOUT = "CLASS/IMAGE, or train/CLASS/IMAGE and test/CLASS/IMAGE"
DEEPEST = 3  # folders above an image: a common one, train or test, the class
MAX_FILE_BYTES = 20_000_000
LONGEST_NAME, SHOWN_OF_NAME = 500, 100  # letters, with the folders above; a longer one is kept nowhere
WORKERS = min(4, os.cpu_count() or 1)
WAITING = 32  # files that are read ahead of the decoders; with MAX_FILE_BYTES this bounds the memory they take
CACHE_VERSION = 3  # raise it when the same files give other arrays
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
    if not path.exists():
        raise DataError(f"There is no {path}. Name a folder, a {archives.ARCHIVES} with {LAYOUT}.")
    cache = _cache_file(path, shape)
    folder = _cached(cache)
    if folder is None:
        folder = _arrange(path, *_collect(path, progress, shape))
        _keep(cache, folder)
    return folder


def _bad_name(name: str) -> str:
    """Why a file of this name is not read, else ""."""
    if len(name) > LONGEST_NAME:
        return f"its name has more than {LONGEST_NAME} letters"
    path = PureWindowsPath(name)  # it knows both kinds of slash, and drives
    if path.anchor or ".." in path.parts:
        return "its name leads out of the archive"
    return "" if name.isprintable() else "its name holds characters that can't be shown"


def _no_image(name: str) -> str:
    ends = name.lower().endswith(ENDINGS)
    return "" if ends else f"its name does not end as an image's does ({', '.join(ENDINGS)})"


def _collect(
    path: Path, progress: Progress, shape: tuple[int, int, int] | None
) -> tuple[dict[Parts, np.ndarray], set[Parts], list[str]]:
    """Every image as uint8 (C, H, W), every folder that may be a class's, and the problems."""
    images: dict[Parts, np.ndarray] = {}
    folders: set[Parts] = set()
    problems: list[str] = []
    seen: set[Parts] = set()
    pending: deque[tuple[Parts, Future]] = deque()
    unpacked = decoded = total = 0

    def settle() -> None:
        nonlocal decoded
        parts, future = pending.popleft()
        try:
            images[parts] = future.result()
        except ImageError as error:
            problems.append(_problem("/".join(parts), str(error)))
        else:
            decoded += images[parts].nbytes
            if decoded > archives.MAX_BYTES:
                raise archives.too_many_bytes(path, "of decoded pixels")

    with ThreadPoolExecutor(WORKERS) as pool, archives.opened(path) as members:
        for member in members:
            total = member.total
            progress(path.name, min(member.done, total), total)
            parts, refusal, data = PurePosixPath(member.name).parts, _bad_name(member.name), b""
            if not refusal:
                if archives.is_hidden(parts):
                    continue
                above = parts if member.read is None else parts[:-1]
                folders.update(above[:depth] for depth in range(1, min(len(above), DEEPEST) + 1))
                if member.read is None:
                    continue
                refusal = member.refusal or _no_image(member.name) or (TWICE if parts in seen else "")
                seen.add(parts)
            elif member.read is None:  # the files in it are listed
                continue
            if not refusal:
                data = member.read(MAX_FILE_BYTES + 1)
                unpacked += len(data)
                if unpacked > archives.MAX_BYTES:
                    raise archives.too_many_bytes(path, "unpacked")
                if len(data) > MAX_FILE_BYTES:
                    refusal = f"it is larger than {MAX_FILE_BYTES / 1e6:g} MB"
            if refusal:
                problems.append(_problem(member.name, refusal))
                continue
            pending.append((parts, pool.submit(_decode, data, shape)))
            if len(pending) > WAITING:
                settle()
        while pending:
            settle()
    progress(path.name, total, total)
    return images, folders, problems


def _problem(name: str, reason: str) -> str:
    shown = name if len(name) <= LONGEST_NAME else f"{name[:SHOWN_OF_NAME]} …"
    shown = shown if shown.isprintable() else ascii(shown)
    return f"{shown}: {' '.join(reason.split())}"


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
    folders = {_composed(folder) for folder in folders}
    tops = {folder[0] for folder in folders}
    below = len(tops) == 1 and not _holds(*tops) and any(len(folder) > 1 for folder in folders)
    by_split = any(len(folder) > below + 1 and _holds(folder[below]) for folder in folders)
    depth = below + 1 + by_split  # folders above an image, its class's being the last

    found: dict[str, set[str]] = defaultdict(set)  # what there is -> the names of its folders
    for folder in folders:
        if len(folder) >= depth:
            found[_holds(folder[below]) if by_split else ALL].add(folder[below])
    notes = ()
    if VALIDATION in found and "test" not in found:
        found["test"] = found.pop(VALIDATION)
        notes = (f"There are no test images: those in {_some(found['test'])} stand for them.",)
    splits = SPLITS if by_split else (ALL,)
    called = {split: _some(found[split]) for split in splits}
    split_of = {name: split for split in splits for name in found[split]}

    classes: dict[str, set[str]] = defaultdict(set)
    for folder in folders:
        if len(folder) >= depth and folder[below] in split_of:
            classes[split_of[folder[below]]].add(folder[depth - 1])
    placed: dict[str, list[tuple[str, Parts]]] = defaultdict(list)  # split -> class and name of each of its images
    for named, parts in sorted((_composed(parts)[below + by_split :], parts) for parts in images):
        top = _composed(parts)[below] if len(parts) > below else ""
        if len(parts) == depth + 1 and top in split_of:
            placed[split_of[top]].append((named[0], parts))
        elif top in found[VALIDATION]:
            problems.append(_problem("/".join(parts), "there are test images, so these are not used"))
        else:
            problems.append(_problem("/".join(parts), f"it does not lie as expected ({LAYOUT})"))
    problems.sort()
    _check(path, classes, {split: {label for label, _ in placed[split]} for split in classes}, called, problems)
    sizes: dict[tuple[int, ...], list[Parts]] = defaultdict(list)
    for split in placed.values():
        for _, parts in split:
            sizes[images[parts].shape[1:]].append(parts)
    _check_sizes(path, sizes)

    labels = sorted(set.union(*classes.values()))
    index = {label: number for number, label in enumerate(labels)}
    channels = max(len(images[parts]) for split in placed.values() for _, parts in split)
    arrays = {}
    for split in (name for name in splits if name in classes):
        pixels = np.empty((len(placed[split]), channels, *next(iter(sizes))), np.uint8)
        for row, (_, parts) in zip(pixels, placed[split], strict=True):
            row[:] = images.pop(parts)
        arrays[split] = Split(pixels, np.array([index[label] for label, _ in placed[split]], np.int64))
    return Folder(tuple(labels), arrays, tuple(problems), notes)


def _composed(parts: Parts) -> Parts:
    """Parts of a name with each accent in one character with its letter; macOS writes them as two."""
    return tuple(unicodedata.normalize("NFC", part) for part in parts)


def _holds(folder: str) -> str:
    """What a folder of this name holds, "train", "test" or "validation", else ""."""
    return SPLIT_NAMES.get(folder.lower(), "")


def _check(
    path: Path,
    classes: dict[str, set[str]],
    filled: dict[str, set[str]],
    called: dict[str, str],
    problems: list[str],
) -> None:
    """Refuse a source without images, with empty classes or with different ones to train and to test on.

    Splits are named as their folders are called.
    """
    left_out = f" {len(problems):,} files were left out, the first: {problems[0]}." if problems else ""
    if not any(filled.values()):
        raise DataError(f"{path} has no readable image in a class's folder. Expected {LAYOUT}.{left_out}")
    for split, other in (SPLITS, SPLITS[::-1]):
        if split in classes and other in classes and (lacking := classes[other] - classes[split]):
            raise DataError(
                f"{path}: {called[split]} lacks {_some(lacking)}, which {called[other]} has. "
                "Train and test must have the same classes."
            )
    for split, names in classes.items():
        if empty := names - filled[split]:
            where = "" if split == ALL else f" in {called[split]}"
            raise DataError(
                f"{path}: no readable image of {_some(empty)}{where}. Every class's "
                f"folder needs at least one; add some or remove the folder.{left_out}"
            )


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


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
    home = path.resolve()
    digest = hashlib.sha256(repr((CACHE_VERSION, shape)).encode())
    for file in sorted(archives.at_most(archives.below(home), path)) if home.is_dir() else [home]:
        status = file.lstat()
        digest.update(repr((str(file), status.st_size, status.st_mtime_ns)).encode())
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
