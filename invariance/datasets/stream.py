"""Labelled images batch by batch, of a dataset or of what someone brought, however many there are.

What is held of a folder, an archive or a list is where its index lies; see file_index.py.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from operator import is_
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from invariance.datasets.dataset import DataError, Progress, Split
from invariance.datasets.file_index import indexed
from invariance.datasets.layout import problem
from invariance.images.pixels import ImageError, to_float, to_uint8
from invariance.images.resizing import shaped
from invariance.model.opening import places

AHEAD = 2  # batches that are decoded while the caller works with one
LOOKED_AT, AT_A_TIME = 64, 8  # images by which common_shape() judges, and how many it holds
SHOWN = 5  # names in an error
TITLES = {"test": "test images of {}", "train": "training images of {}", "all": "images of {}"}


class Batch(NamedTuple):
    """Some images, decoded."""

    images: np.ndarray  # uint8 (n, C, H, W) in 0..255
    labels: np.ndarray  # int64 (n,): indices into the labels
    names: list[str]  # where each lies in its source
    numbers: np.ndarray  # int64 (n,): their places among all; of those that can't be decoded there is none
    problems: list[str]  # a line for each image that was left out


class Source(Protocol):
    """Where pixels come from; safe to use from several threads at once."""

    def pictures(
        self, numbers: Iterable[int], shape: tuple[int, int, int] | None, fit: str
    ) -> Iterator[tuple[str, int, np.ndarray | ImageError]]:
        """See Files.pictures()."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """Images in memory."""

    split: Split

    def pictures(
        self, numbers: Iterable[int], shape: tuple[int, int, int] | None, fit: str
    ) -> Iterator[tuple[str, int, np.ndarray]]:
        for number in numbers:
            image = self.split.images[number]
            if shape not in (None, image.shape):
                image = to_uint8(shaped(to_float(image), shape, fit))
            yield f"image {number}", int(self.split.labels[number]), image


class Choice(NamedTuple):
    """Some images of all, or all others."""

    which: np.ndarray  # int64, ascending
    others: bool

    def places(self, numbers: np.ndarray) -> np.ndarray:
        """int64 (n,) places among the chosen -> among all."""
        if not self.others:
            return self.which[numbers]
        before = self.which - np.arange(len(self.which))  # how many that are not in which come before each that is
        return numbers + np.searchsorted(before, numbers, side="right")


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images that are decoded when they are read. Safe to read from several threads at once; can be pickled.

    key: sha256 (hex) under which may be kept what was made of them: another one for other images, labels or shapes, and
        once the name, size or time of a file changes.
    fingerprint: that of Split, where it is known without reading them.
    """

    source: Source
    name: str
    title: str
    labels: tuple[str, ...]  # the class names
    count: int
    notes: tuple[str, ...]  # how they are read, where a person should know, in sentences
    key: str
    fingerprint: str | None = None
    choices: tuple[Choice, ...] = ()  # of the source's images, and of those, and so on
    order: tuple[int, ...] | None = None  # of each class of the source, its place in labels; None: its own
    shape: tuple[int, int, int] | None = None  # (C, H, W) to which images are brought; None: they come as they are
    fit: str = "crop"  # how; see fit_weights()

    def read(self, start: int, stop: int) -> Batch:
        """The images of start <= number < stop; see take()."""
        return self.take(np.arange(start, min(stop, self.count)))

    def take(self, numbers: np.ndarray) -> Batch:
        """The images of these numbers, int (n,) in 0..count-1, in this order.

        Raises:
            DataError: they are of different sizes, and no shape was chosen.
        """
        numbers = np.asarray(numbers, np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < self.count:
            raise IndexError(f"expected numbers in 0..{self.count - 1}, got {numbers.min()}..{numbers.max()}")
        images: list[np.ndarray] = []
        labels, names, kept, problems = [], [], [], []
        pictures = self.source.pictures(self._places(numbers), self.shape, self.fit)
        for number, (name, label, image) in zip(numbers, pictures, strict=True):
            if isinstance(image, ImageError):
                problems.append(problem(name, str(image)))
                continue
            if images and image.shape != images[0].shape:
                raise DataError(
                    f"{self.name} holds images of different sizes or colours: {names[0]} is {_kind(images[0])}, {name} "
                    f"is {_kind(image)}. Choose the size that all are brought to."
                )
            images.append(image)
            labels.append(label if self.order is None else self.order[label])
            names.append(name)
            kept.append(number)
        pixels = np.stack(images) if images else np.zeros((0, *(self.shape or (0, 0, 0))), np.uint8)
        return Batch(pixels, np.array(labels, np.int64), names, np.array(kept, np.int64), problems)

    def _places(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers of images of the source."""
        for choice in reversed(self.choices):
            numbers = choice.places(numbers)
        return numbers

    def sample(self, count: int, seed: int = 0) -> "Images":
        """So many of them, drawn at random without replacement, the same each time; all if there are no more."""
        if count >= self.count:
            return self
        which = np.sort(np.random.default_rng(seed).choice(self.count, count, replace=False, shuffle=False))
        return self._chosen(Choice(which, False), count)

    def without(self, other: "Images") -> "Images":
        """The rest, of which other is a sample."""
        if other is self:  # a sample of all
            return self._chosen(Choice(np.arange(0), False), 0)
        *before, choice = other.choices or (None,)
        if choice is None or len(before) != len(self.choices) or not all(map(is_, before, self.choices)):
            raise ValueError("expected a sample of these images")
        return self._chosen(Choice(choice.which, True), self.count - len(choice.which))

    def _chosen(self, choice: Choice, count: int) -> "Images":
        drawn = hashlib.sha256(choice.which.tobytes()).hexdigest()
        key = _derived(self.key, "choice", drawn, choice.others)
        return replace(self, count=count, key=key, fingerprint=None, choices=(*self.choices, choice))

    def shaped(self, shape: tuple[int, int, int], fit: str = "crop") -> "Images":
        """The same, all brought to shape (C, H, W): resized as fit_weights() says, made grey or grey repeated."""
        notes = (*self.notes, f"Images of another size than {_kind_of(shape)} are resized ({fit}).")
        key = _derived(self.key, "shape", shape, fit)
        return replace(self, shape=shape, fit=fit, notes=notes, key=key, fingerprint=None)

    def with_labels(self, labels: tuple[str, ...]) -> "Images":
        """The same, labelled by places among labels, which hold these classes and maybe more, in any order.

        Raises:
            DataError: they lack a class, or two of these classes would be one of theirs.
        """
        if labels == self.labels:
            return self
        order = places(self.labels, labels)
        if unknown := [label for label, place in zip(self.labels, order, strict=True) if place is None]:
            raise DataError(
                f"{self.name} has classes that the network doesn't know: {_some(unknown)}. Expected some of "
                f"{_some(labels)}. Name its classes as the network does, or say how it does."
            )
        if len(set(order)) < len(order):
            twice = next(place for place in order if order.count(place) > 1)
            both = [label for label, place in zip(self.labels, order, strict=True) if place == twice]
            raise DataError(f"{self.name}: {_some(both)} would all be the network's {labels[twice]}. Rename them.")
        before = range(len(self.labels)) if self.order is None else self.order
        order = tuple(order[place] for place in before)
        return replace(self, labels=labels, order=order, key=_derived(self.key, "labels", labels), fingerprint=None)

    def common_shape(self) -> tuple[int, int, int] | None:
        """(C, H, W) of the images as they are, if some that are drawn at random are all of one size, else None.

        C is 1 only if all of these are grey.

        Raises:
            DataError: none of them can be read.
        """
        some = self.sample(LOOKED_AT)
        shapes, error = [], None
        for start in range(0, some.count, AT_A_TIME):
            numbers = some._places(np.arange(start, min(start + AT_A_TIME, some.count)))
            for name, _, image in self.source.pictures(numbers, None, self.fit):
                if isinstance(image, ImageError):
                    error = error or problem(name, str(image))
                else:
                    shapes.append(image.shape)
        if not shapes:
            raise DataError(f"No image of {self.name} could be read, such as {error}")
        channels, heights, widths = map(set, zip(*shapes, strict=True))
        return (max(channels), heights.pop(), widths.pop()) if len(heights) == len(widths) == 1 else None

    def split(self, seed: int = 0) -> Split:
        """All of them in memory, in an order by chance, the same each time; without those that can't be read.

        Raises:
            DataError: none can be read.
        """
        batch = self.take(np.random.default_rng(seed).permutation(self.count))
        if self.count and not len(batch.labels):
            raise DataError(
                f"None of the {self.title} could be read, such as {batch.problems[0]}. Mend or replace them."
            )
        return Split(batch.images, batch.labels, self.title)


def of_split(split: Split, name: str, title: str, labels: tuple[str, ...]) -> Images:
    """Images that are in memory already; the other arguments are those of Images."""
    fingerprint = split.fingerprint()
    return Images(Arrays(split), name, title, labels, len(split.labels), (), _derived(fingerprint, labels), fingerprint)


class Brought(NamedTuple):
    """Labelled images that someone brought."""

    measured: Images  # test images, where there are such
    tried: Images | None  # training images, to try preparations on, where there are both
    notes: tuple[str, ...]  # those of the images

    def to_try_and_measure(self, most: int) -> tuple[Images, Images]:
        """Images to try preparations on, at most so many, and others to measure on; their titles say which.

        They are training and test images where there are both; else at most half of them are drawn at random to be
        tried on.

        Raises:
            DataError: there is only one image.
        """
        if self.tried is not None:
            return self.tried.sample(most), self.measured
        every = self.measured
        if every.count < 2:
            raise DataError(
                f"{every.name} holds one image; expected at least two, one to try and one to measure on. Add some."
            )
        tried = every.sample(min(most, every.count // 2))
        others = replace(every.without(tried), title=f"other images of {every.name}")
        return replace(tried, title=f"images of {every.name}, drawn at random"), others


def brought(
    path: Path, home: Path, progress: Progress, shape: tuple[int, int, int] | None = None, fit: str = "crop"
) -> Brought:
    """The images of a folder, an archive or a list.

    Args:
        path: see indexed(); so too home and progress.
        home: the folder that keeps the index.
        progress: called while the index is made.
        shape: (C, H, W) to bring them to; see Images.shaped(). Without it they come as they are.
        fit: how they are brought to it.

    Raises:
        DataError: see indexed().
    """
    index = indexed(path, home, progress)
    name = path.resolve().name

    def images(split: str) -> Images:
        first, count = index.splits[split]
        source, key = replace(index.files, start=first), _derived(index.key, split)
        found = Images(source, name, TITLES[split].format(name), index.labels, count, index.notes, key)
        return found if shape is None else found.shaped(shape, fit)

    both = len(index.splits) > 1
    measured = images("test" if both else next(iter(index.splits)))
    return Brought(measured, images("train") if both else None, measured.notes)


def batches(images: Images, size: int) -> Iterator[Batch]:
    """All images in turn, so many at a time. While the caller works with one batch the next AHEAD are decoded."""
    ahead: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(1) as pool:
        try:
            for start in range(0, images.count, size):
                ahead.append(pool.submit(images.read, start, start + size))
                if len(ahead) > AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for waiting in ahead:
                waiting.cancel()


def _derived(key: str, *what: object) -> str:
    return hashlib.sha256(repr((key, *what)).encode()).hexdigest()


def _kind(image: np.ndarray) -> str:
    return f"{_kind_of(image.shape)} in {'grey' if len(image) == 1 else 'colour'}"


def _kind_of(shape: tuple[int, int, int]) -> str:
    return f"{shape[2]} x {shape[1]} pixels"


def _some(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
