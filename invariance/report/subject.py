"""What a report is about: a model opened as well as can be, and labelled images that it is measured on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from invariance.datasets import DATASETS, DataError, Progress, data_dir
from invariance.datasets.stream import Brought, Images, brought, of_split
from invariance.evaluation.tries import Understood, how_many, understand, understand_with
from invariance.model import Kind, Model
from invariance.model.apart import Apart
from invariance.model.opening import PHOTO_SIDE
from invariance.model.reading import read
from invariance.model.signature import ASSUMED


class Subject(NamedTuple):
    """What is measured, and on what."""

    model: Model
    images: Images
    name: str  # the file's name
    bytes: int  # of the file and its weights
    there_are: int  # images, of which some are measured
    tried_on: str  # see Understood
    notes: tuple[str, ...]


class Data:
    """Labelled images, for one model after the other."""

    def __init__(self, name: str, home: Path, progress: Progress):
        """Find the images.

        Args:
            name: in DATASETS, or the path of a folder, an archive or a list; see indexed().
            home: the folder that keeps their index.
            progress: called while the index is made.

        Raises:
            DataError: there are none.
        """
        self._dataset = DATASETS.get(name)
        self._brought: Brought | None = None
        if self._dataset is None:
            self._brought = brought(Path(name), home, progress)
        else:
            split = self._dataset.load("test", data_dir())
            title = f"test images of {split.title or self._dataset.title}"
            self._test = of_split(split, name, title, self._dataset.labels)

    @property
    def images(self) -> Images:
        """Those that are measured on, as they come."""
        return self._test if self._brought is None else self._brought.measured

    def subject(
        self,
        path: Path,
        choices: Mapping[str, Any],
        apart: Apart | None,
        progress: Progress,
        sample: int | None = None,
    ) -> Subject:
        """Open a model for the images, and try what nobody says of how it wants them on others of them.

        Args:
            path: the .onnx file.
            choices: what a person says of it; see opened().
            apart: the process in which it is opened and run; None: this one.
            progress: called with (what is done, preparations tried, preparations in all).
            sample: how many of the images are measured, drawn at random; None: all.

        Raises:
            ModelError, DataError: it can't be opened, or the images aren't of its classes.
        """
        path = path.absolute()
        found, images = self.understood(path, choices, apart, progress)
        size = _bytes(path) if apart is None else apart.call(_bytes, path)
        return _subject(found, images, path.name, size, sample)

    def understood(
        self, path: Path, choices: Mapping[str, Any], apart: Apart | None, progress: Progress
    ) -> tuple[Understood, Images]:
        """As subject(): the model, with what was tried, and all images that are measured on, brought to its classes."""
        if self._brought is not None:
            return self._of_brought(self._brought, path, choices, apart, progress)
        return understand(path, data_dir(), progress, choices, self._dataset.name, apart), self._test

    def of_understood(self, found: Understood, name: str, size: int) -> Subject:
        """All images, for a model that is opened and prepared for already.

        Args:
            found: the model.
            name: of its file.
            size: bytes of the file and its weights.

        Raises:
            DataError: the images aren't of its classes.
        """
        images, card = self.images, found.model.card
        if self._brought is not None:
            images = images.with_labels(card.labels).shaped(card.shape, found.model.preparation.fit)
        return _subject(found, images, name, size)

    def _of_brought(
        self, given: Brought, path: Path, choices: Mapping[str, Any], apart: Apart | None, progress: Progress
    ) -> tuple[Understood, Images]:
        alone = Model.opened(apart, path, choices)
        own, labels, name = alone.preparation, given.measured.labels, given.measured.name
        orders = [labels]  # in which the network may know the classes
        if alone.origins["labels"] != ASSUMED:
            orders = [alone.card.labels]
        elif len(labels) != len(alone.card.labels):
            raise DataError(
                f"{path.name} tells {len(alone.card.labels):,} classes apart and doesn't say what they are; {name} has "
                f"{len(labels):,} {'class' if len(labels) == 1 else 'classes'}. Name the network's classes in its "
                "order, one a line: by --labels FILE, or in the form of the page Your model."
            )
        elif all(label.isdecimal() for label in labels):  # in the order of numbers or, as folders lie, of texts
            orders = list(dict.fromkeys([tuple(sorted(labels, key=int)), labels]))
        tried, measured = given.to_try_and_measure(how_many(own.size))
        common = measured.common_shape()
        small = common is not None and max(common[1:]) <= PHOTO_SIDE
        shape = common if small else own.shape
        several = []
        for order in orders:
            images = tried.with_labels(order).shaped(shape, own.fit).split()
            kind = Kind(name, shape, order)
            if apart is None:
                found = understand_with(path, kind, images, progress, choices)
            else:
                found = apart.call(understand_with, path, kind, images, progress, choices, progress=progress)
            several.append((found, order))
        found, order = max(several, key=lambda each: each[0].tries[0].right)  # the first of those as good
        if apart is not None:
            found.model.running(apart)
        unread = tried.count - len(images.labels)
        if unread:
            note = f"{unread:,} of the {tried.count:,} images to try preparations on can't be read and were left out."
            found = found._replace(notes=(*found.notes, note))
        return found, measured.with_labels(order).shaped(shape, own.fit)


def _subject(found: Understood, images: Images, name: str, size: int, sample: int | None = None) -> Subject:
    some = images if sample is None else images.sample(sample)
    notes = (*found.model.notes, *found.notes)
    return Subject(found.model, some, name, size, images.count, found.tried_on, notes)


def apart_for(path: Path, memory: int) -> Apart:
    """A process for a model where it lies, with the files beside it; a link may lead to where it is kept."""
    path = path.absolute()
    return Apart(path.name, memory, sorted({path.parent, path.resolve().parent}))


def _bytes(path: Path) -> int:
    return read(path).bytes_in_all
