"""Which class and which split a file of labelled images belongs to, by the folders that it lies in.

CLASS/IMAGE makes one split, "all"; train/CLASS/IMAGE and test/CLASS/IMAGE make two, whose folders may have any of
SPLIT_NAMES, in large or small letters. Both may lie below one common folder. Only names are looked at.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from invariance.datasets.archives import Parts
from invariance.datasets.dataset import DataError

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
LONGEST_NAME, SHOWN_OF_NAME = 500, 100  # letters, with the folders above; a longer one is kept nowhere


class Place(NamedTuple):
    """Where an image belongs. Places sort by class, then by the file's name, as images of a split come."""

    split: str
    label: str  # its class
    name: str  # of the file, without the folders above
    refusal: str  # why it belongs nowhere, else ""


class Layout:
    """How the folders of a source part its images.

    labels: the class names, sorted.
    classes: the names of "train" and of "test" as far as the source has them, else of "all".
    notes: how the source is read, where a person should know, in sentences: validation images stand for the test images
        where there are none.
    """

    def __init__(self, folders: Iterable[Parts]):
        """folders: every folder, down to DEEPEST of them."""
        folders = {composed(folder) for folder in folders}
        tops = {folder[0] for folder in folders}
        self._below = below = len(tops) == 1 and not _holds(*tops) and any(len(folder) > 1 for folder in folders)
        self._by_split = by_split = any(len(folder) > below + 1 and _holds(folder[below]) for folder in folders)
        self._depth = depth = below + 1 + by_split  # folders above an image, its class's being the last

        found: dict[str, set[str]] = defaultdict(set)  # what there is -> the names of its folders
        for folder in folders:
            if len(folder) >= depth:
                found[_holds(folder[below]) if by_split else ALL].add(folder[below])
        self.notes: tuple[str, ...] = ()
        if VALIDATION in found and "test" not in found:
            found["test"] = found.pop(VALIDATION)
            self.notes = (f"There are no test images: those in {_some(found['test'])} stand for them.",)
        self._unused = found[VALIDATION]
        splits = SPLITS if by_split else (ALL,)
        self._called = {split: _some(found[split]) for split in splits}
        self._split_of = {name: split for split in splits for name in found[split]}

        classes: dict[str, set[str]] = {split: set() for split in splits}
        for folder in folders:
            if len(folder) >= depth and folder[below] in self._split_of:
                classes[self._split_of[folder[below]]].add(folder[depth - 1])
        self.classes = {split: names for split, names in classes.items() if names}
        self.labels = tuple(sorted(set().union(*classes.values())))

    def place(self, parts: Parts) -> Place:
        """Where an image of this name belongs."""
        named = composed(parts)
        top = named[self._below] if len(parts) > self._below else ""
        if len(parts) == self._depth + 1 and top in self._split_of:
            return Place(self._split_of[top], *named[-2:], "")
        if top in self._unused:
            return Place("", "", "", "there are test images, so these are not used")
        return Place("", "", "", f"it does not lie as expected ({LAYOUT})")

    def check(self, path: Path, filled: dict[str, set[str]], left_out: str) -> None:
        """Refuse a source without images, with empty classes or with different ones to train and to test on.

        Args:
            path: the source.
            filled: of each split, the classes that have images.
            left_out: see left_out().
        """
        left_out = f" {left_out}" if left_out else ""
        if not any(filled.values()):
            raise DataError(f"{path} has no readable image in a class's folder. Expected {LAYOUT}.{left_out}")
        for split, other in (SPLITS, SPLITS[::-1]):  # named as their folders are called
            lacking = self.classes.get(other, set()) - self.classes.get(split, set())
            if split in self.classes and lacking:
                raise DataError(
                    f"{path}: {self._called[split]} lacks {_some(lacking)}, which {self._called[other]} has. "
                    "Train and test must have the same classes."
                )
        for split, names in self.classes.items():
            if empty := names - filled[split]:
                where = "" if split == ALL else f" in {self._called[split]}"
                raise DataError(
                    f"{path}: no readable image of {_some(empty)}{where}. Every class's "
                    f"folder needs at least one; add some or remove the folder.{left_out}"
                )


def problem(name: str, reason: str) -> str:
    """A line that says why a file was left out."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[:SHOWN_OF_NAME]} …"
    shown = shown if shown.isprintable() else ascii(shown)
    return f"{shown}: {' '.join(reason.split())}"


def left_out(count: int, first: str) -> str:
    """How many files were left out, and the first one's problem, as a sentence; "" for none."""
    files = f"{count:,} {'files were' if count > 1 else 'file was'}"
    return f"{files} left out, the first: {first.rstrip('.')}." if count else ""


def composed(parts: Parts) -> Parts:
    """Parts of a name with each accent in one character with its letter; macOS writes them as two."""
    return tuple(unicodedata.normalize("NFC", part) for part in parts)


def _holds(folder: str) -> str:
    """What a folder of this name holds, "train", "test" or "validation", else ""."""
    return SPLIT_NAMES.get(folder.lower(), "")


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
