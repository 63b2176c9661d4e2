"""A person's own networks: their files and what was said of them, kept for this browser session only."""

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import DATASETS, DataError, Dataset, Split, data_dir
from invariance.evaluation.tries import Understood, understand
from invariance.images.digits import as_digit
from invariance.images.pixels import Noted
from invariance.images.resizing import fitted, shaped
from invariance.model import Model
from invariance.model.apart import Apart
from invariance.model.reading import MOST_BYTES
from invariance.strangers_words import letters

KEPT = "own_models"  # in st.session_state: by name, the one that came first at the head
MOST = 4  # networks a session
COLOURS = ("#B8336A", "#2F7F8F", "#C06C00", "#5B6ABF")  # none of those of the networks that come with the app
LIKE_MNIST = 32  # pixels: grey images no larger are taken for drawings, whose ink is found and centred as a digit's
OWN = "yours"  # before the name of a kind of image that only one of these networks knows


@dataclass(frozen=True)
class Own:
    """One network of a person's own."""

    name: str  # among all networks; no file here is called so
    files: tuple[tuple[str, bytes], ...]  # the .onnx first, then what lies beside it
    choices: Mapping[str, Any]  # what the person said of it; see opened()
    kind: str | None  # the dataset whose kind of image it knows if the person said so; "" for another
    understood: Understood
    colour: str

    @property
    def model(self) -> Model:
        return self.understood.model

    @property
    def path(self) -> Path:
        """The file's name; the file itself is gone."""
        return Path(self.files[0][0])

    @property
    def dataset(self) -> Dataset:
        """Whose kind of image it knows; one of its own if it is none of DATASETS."""
        return self.understood.dataset or _own_kind(self)


def own_models() -> list[Own]:
    """Those of this session."""
    return list(st.session_state.get(KEPT, {}).values())


def add(files: list[tuple[str, bytes]], progress: Callable[[str, int, int], None]) -> Own:
    """Open a network and keep it.

    Args:
        files: names and contents: an .onnx, and what lies beside it.
        progress: see understand().

    Raises:
        UserError: it can't be used, or there are MOST already.
    """
    kept = st.session_state.setdefault(KEPT, {})
    files = sorted(files, key=lambda file: not _is_model(file[0]))
    stem = Path(files[0][0]).stem
    same = [own.name for own in kept.values() if own.path.name == files[0][0]]  # it was exported anew
    if len(kept) >= MOST and not same:
        raise UserError(f"There are {MOST} networks of yours already. Remove one first.")
    name = same[0] if same else next(name for name in _names(stem) if name not in kept)
    others = sum(len(data) for own in kept.values() if own.name != name for _, data in own.files)
    if others + sum(len(data) for _, data in files) > MOST_BYTES:
        raise UserError(f"Your networks are kept up to {MOST_BYTES / 1e6:.0f} MB together. Remove one first.")
    taken = {own.colour for own in kept.values()}
    colour = kept[name].colour if same else next(colour for colour in COLOURS if colour not in taken)
    own = opened(name, tuple(files), {}, None, colour, progress)
    kept[name] = own
    return own


def change(own: Own, choices: Mapping[str, Any], kind: str | None, progress: Callable[[str, int, int], None]) -> None:
    """Open a network again, as the person says.

    Raises:
        UserError: it can't be used so; it stays as it was.
    """
    st.session_state[KEPT][own.name] = opened(own.name, own.files, choices, kind, own.colour, progress)


def remove(own: Own) -> None:
    """Forget a network."""
    st.session_state[KEPT].pop(own.name, None)
    own.model.apart.close()


def _is_model(name: str) -> bool:
    return name.lower().endswith(".onnx")


def models_among(files: list[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    """Files that were dropped together, as one list a network: its .onnx, and all that is no .onnx."""
    beside = [file for file in files if not _is_model(file[0])]
    return [[file, *beside] for file in files if _is_model(file[0])]


def _names(stem: str):
    yield f"{OWN}-{stem}"
    number = 1
    while True:
        number += 1
        yield f"{OWN}-{stem}-{number}"


def opened(
    name: str,
    files: tuple[tuple[str, bytes], ...],
    choices: Mapping[str, Any],
    kind: str | None,
    colour: str,
    progress: Callable[[str, int, int], None],
) -> Own:
    """A network by its name among all, from files as add() takes them; the other arguments are those of Own.

    Raises:
        UserError: it can't be used.
    """
    with laid_out(files) as (apart, path):
        understood = understand(path, data_dir(), progress, choices, kind, apart)
    model = understood.model
    title = letters(f"{path.stem}, yours" + name.removeprefix(f"{OWN}-{path.stem}").replace("-", " "))
    dataset = understood.dataset.name if understood.dataset else name
    labels = tuple(map(letters, model.card.labels))
    model.card = replace(model.card, name=name, title=title, labels=labels, dataset=dataset)
    own = Own(name, files, dict(choices), kind, understood, colour)
    weakref.finalize(own, apart.close)  # when the visit ends; what is kept of the network for all visits opens it again
    return own


@contextmanager
def laid_out(files: tuple[tuple[str, bytes], ...]) -> Iterator[tuple[Apart, Path]]:
    """A process in which a network can be opened, and where its .onnx lies for so long, with what is beside it.

    files: as add() takes them, the .onnx first.
    """
    apart = Apart(Path(files[0][0]).name)
    places = [Path(apart.folder, Path(file).name) for file, _ in files]
    for place, (_, data) in zip(places, files, strict=True):
        place.write_bytes(data)
    yield apart, places[0]
    for place in places:
        place.unlink(missing_ok=True)


def _own_kind(own: Own) -> Dataset:
    """The kind of image that only this network knows, as a dataset without labelled images; it doesn't keep own."""
    name, card, preparation = own.name, own.model.card, own.model.preparation

    def prepare(image: np.ndarray, drawn: bool = False) -> Noted:
        if card.shape[0] == 1 and max(card.shape) <= LIKE_MNIST:
            digit = as_digit(image, drawn)
            return digit._replace(pixels=fitted(digit.pixels, card.shape))
        return Noted(shaped(image, card.shape, preparation.fit))

    def load(split: str, root: Path) -> Split:
        raise DataError(f"There are no labelled {split} images for {card.title}.")

    return Dataset(
        name=name,
        title=card.title,
        labels=card.labels,
        shape=card.shape,
        load=load,
        prepare=prepare,
        missing=lambda split, root: [root / name],
    )


def labelled(dataset: Dataset) -> bool:
    """Whether there are labelled images of a kind, here or to be fetched; of those that only own networks know, no."""
    return dataset.name in DATASETS


def kinds() -> dict[str, Dataset]:
    """All kinds of images that networks here know, by name: DATASETS, and those that only own networks know."""
    return DATASETS | {own.name: own.dataset for own in own_models() if own.understood.dataset is None}
