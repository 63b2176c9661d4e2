"""How a stranger's file wants its images: what the file doesn't say is tried on labelled ones.

They are training images, never those on which its accuracy is told afterwards.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from invariance.datasets import CIFAR10, DATASETS, MNIST, STROKES, Dataset, Progress, Split, strokes
from invariance.images.pixels import to_float
from invariance.measures import answered, cross_entropy, share_of
from invariance.model import Kind, Model
from invariance.model.apart import Apart
from invariance.model.hints import CARD
from invariance.model.opening import same_labels
from invariance.model.preparation import WHOLE
from invariance.model.preview import prepared
from invariance.model.signature import ASSUMED, SHAPE

IMAGES = 1000  # labelled ones that the best preparations are tried on
SMALL, FEWEST = 64 * 64, 24  # pixels up to which a network gets as many, and how many it gets at least
FEW, BEST = 200, 4  # of them that all are tried on, and how many go on to the rest
EASY = 0.98  # share right from which on images are too easy to tell preparations apart: then noise is added to them ...
NOISE = 64  # ... of this standard deviation, pixels being 0..255
CHUNK_VALUES = 10_000_000  # numbers of images that are prepared at a time
SEED = 0
ABOVE = 0.1  # how far, on the way from guessing to always right, answers must be for a preparation to be believed
SHOWN = 10  # classes that a note names
DOUBT = 2  # standard deviations that two counts of right answers may differ by chance
ENOUGH = 0.3  # share of right answers from which on it knows this kind of image; chance gives 0.1
NEUTRAL = {"mean": (0.0,), "std": (1.0,)}
SCALES: tuple[tuple[str, dict[str, Any], int | None], ...] = (  # name, parts, channels of networks that it is for
    ("0 to 1", {"range": (0.0, 1.0), **NEUTRAL}, None),
    ("0 to 255", {"range": (0.0, 255.0), **NEUTRAL}, None),
    ("-1 to 1", {"range": (-1.0, 1.0), **NEUTRAL}, None),
    ("0 to 16", {"range": (0.0, 16.0), **NEUTRAL}, 1),  # scikit-learn's digits
    ("MNIST's mean and spread", {"range": (0.0, 1.0), "mean": (0.1307,), "std": (0.3081,)}, 1),
    (
        "CIFAR-10's mean and spread",
        {"range": (0.0, 1.0), "mean": (0.4914, 0.4822, 0.4465), "std": (0.2470, 0.2435, 0.2616)},
        3,
    ),
    (
        "ImageNet's mean and spread",
        {"range": (0.0, 1.0), "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
        3,
    ),
    ("0 to 255 less ImageNet's mean", {"range": (0.0, 255.0), "mean": (123.68, 116.779, 103.939), "std": (1.0,)}, 3),
)


class Try(NamedTuple):
    """A preparation, and how often the file was right with it."""

    name: str  # in words
    parts: dict[str, Any]  # of a Preparation
    right: int
    n: int  # images
    loss: float  # mean cross-entropy, nats; decides where no other is clearly right more often
    noisy: bool = False  # whether half of the images are the others with noise


class Understood(NamedTuple):
    """A stranger's file, opened as well as can be."""

    model: Model
    dataset: Dataset | None  # whose kind of image it knows; None: something else
    tries: list[Try]  # the best first
    notes: tuple[str, ...]
    tried_on: str = ""  # which images, in words


def understand(
    path: Path,
    root: Path,
    progress: Progress,
    choices: Mapping[str, Any] | None = None,
    dataset: str | None = None,
    apart: Apart | None = None,
) -> Understood:
    """Open a file, find out which kind of image it knows, and try what nobody says of how it wants them.

    Args:
        path: the .onnx file.
        root: see data_dir().
        progress: called with (what is done, preparations tried, preparations in all).
        choices: what a person says of the file; see opened().
        dataset: which dataset's kind of image it knows, if a person says so; "" for another.
        apart: where the file is opened and run, if not here: for those that strangers bring.

    Raises:
        ModelError: see Model.opened().
    """
    alone = Model.opened(apart, path, choices)
    if dataset is None and alone.origins["range"] == CARD and alone.card.dataset in DATASETS:  # it says everything
        known = DATASETS[alone.card.dataset]
        kind = Kind(known.name, known.shape, known.labels)
        return Understood(Model.opened(apart, path, choices, kind), known, [], ())
    if dataset is None and "dataset" in alone.origins:  # as it was said before
        dataset = alone.card.dataset if alone.card.dataset in DATASETS else ""
    notes: list[str] = []
    unknown = Understood(alone, None, [], ())
    for candidate in _candidates(alone, dataset):
        kind = Kind(candidate.name, candidate.shape, candidate.labels)
        model = Model.opened(apart, path, choices, kind)  # or a refusal, before images are read
        images = labelled(candidate, root)
        if images is None:
            notes.append(
                f"Nothing was tried: {candidate.title} is not on this machine. Fetch it with: "
                f"python -m invariance fetch {candidate.name}"
            )
            if len(notes) == 1:
                return Understood(model, candidate, [], tuple(notes))
            continue  # it is not for this that the first is not what it knows
        if apart is None:
            found = understand_with(path, kind, images, progress, choices)
        else:
            found = apart.call(understand_with, path, kind, images, progress, choices, progress=progress)
            found.model.running(apart)
        best = found.tries[0]
        if dataset is not None or best.right >= ENOUGH * best.n:
            return found._replace(dataset=candidate, notes=(*notes, *found.notes))
        notes.append(
            f"Of {candidate.title} no preparation gets more than {best.right} of {best.n} right: it seems to know "
            "something else."
        )
        if not unknown.tries:  # those on the likeliest kind of image are shown
            unknown = found._replace(model=alone)
    return unknown._replace(notes=tuple(notes))


def understand_with(
    path: Path, kind: Kind, images: Split, progress: Progress, choices: Mapping[str, Any] | None = None
) -> Understood:
    """Open a file for a kind of image, and try on labelled ones what nobody says of how it wants them.

    Args:
        path: the .onnx file.
        kind: of image. Where the file names its classes, they must be the same; else they are taken in this order.
        images: of that kind, with labels; their title says which they are.
        progress: see understand().
        choices: what a person says of the file; see opened().

    Returns:
        Understood, of no dataset. Where no preparation clearly beats guessing, the file is opened as if none was tried.

    Raises:
        ModelError: see Model.
    """
    model, notes = Model(path, choices, kind), []
    found = tries(path, model, kind, images, progress, choices)
    best, classes = found[0], len(kind.labels)
    guessed = np.bincount(images.labels).max() / len(images.labels)  # by who always says the commonest class
    if model.origins["labels"] == ASSUMED and list(kind.labels) != [str(number) for number in range(classes)]:
        more = f" … ({classes:,})" if classes > SHOWN else ""
        notes.append(f"The file names no classes: they are taken in the order {', '.join(kind.labels[:SHOWN])}{more}.")
    if share_of(best.right, best.n).low > guessed + ABOVE * (1 - guessed):
        model = Model(path, choices, kind, _said_nowhere(model, best))
    else:
        notes.append(
            f"No preparation is right much more often than guessing, the best for {best.right:,} of {best.n:,} images: "
            "nothing is concluded from them."
        )
    return Understood(model, None, found, tuple(notes), f"{found[0].n // (1 + found[0].noisy):,} {images.title}")


def tries(
    path: Path,
    model: Model,
    kind: Kind,
    images: Split,
    progress: Progress,
    choices: Mapping[str, Any] | None = None,
) -> list[Try]:
    """Every preparation that may be meant, the one that is right most often first.

    Args:
        path: the file.
        model: opened for this kind of image; what it assumes is tried.
        kind: of image.
        images: labelled ones of that kind.
        progress: see understand().
        choices: what a person says of the file.
    """
    own = model.preparation
    plain = {**NEUTRAL, "range": WHOLE.get(own.dtype, (0.0, 1.0)), "invert": False, "transpose": False}
    plain |= {"layout": own.layout, "size": own.size}
    if own.channels != "grey":
        plain["channels"] = "rgb"
    # What comes here is prepared already, but for its layout and type: so one session serves all preparations.
    shape = replace(own, transpose=False).shape
    bare = Model(path, {**(choices or {}), **plain}, Kind(kind.name, shape, kind.labels))
    open_ = list(_alternatives(model, kind))
    few, images = (_first(images, most, own.size) for most in (FEW, IMAGES))

    def each(candidates: Sequence[tuple[str, dict[str, Any]]], images: Split, what: str) -> list[Try]:
        found = []
        for number, (name, parts) in enumerate(candidates, 1):
            found.append(_tried(bare, model, images, name, parts))
            progress(what, number, len(candidates))
        return found

    first = _ranked(each(open_, few, "Trying preparations")) if len(open_) > 1 else []
    leading = [(one.name, one.parts) for one in first[:BEST]] or open_
    best = each(leading, images, "Trying the best on more images")
    if len(best) > 1 and max(one.right for one in best) >= EASY * len(images.images):
        noisy = each(leading, with_noise(images), "Trying the best with noise")
        best = [one._replace(noisy=True) for one in noisy]
    return _ranked(best) + first[BEST:]


def how_many(size: tuple[int, int], most: int = IMAGES) -> int:
    """Images that preparations are tried on; fewer for networks that take large ones (H, W), which have more pixels."""
    return max(FEWEST, min(most, most * SMALL // (size[0] * size[1])))


def _first(images: Split, most: int, size: tuple[int, int]) -> Split:
    """The first of the images, see how_many()."""
    count = how_many(size, most)
    return images._replace(images=images.images[:count], labels=images.labels[:count])


def _ranked(tried: list[Try]) -> list[Try]:
    """Those of which none is clearly right more often by their losses, then the others; tried on the same images."""
    most = max(each.right for each in tried)

    def key(each: Try) -> tuple[bool, float]:
        wrong = 2 * each.n - most - each.right  # of both; their difference by chance is about the root of that
        return (False, each.loss) if most - each.right <= DOUBT * math.sqrt(wrong) else (True, -each.right)

    return sorted(tried, key=key)


def labelled(dataset: Dataset, root: Path) -> Split | None:
    """IMAGES training images of a dataset; digits written by code where MNIST isn't there; None if there are none."""
    if dataset.missing("train", root):
        return strokes.generate(IMAGES, SEED)._replace(title=STROKES.title) if dataset is MNIST else None
    split = dataset.load("train", root)
    some = np.random.default_rng(SEED).permutation(len(split.images))[:IMAGES]
    return Split(split.images[some], split.labels[some], f"training images of {split.title or dataset.title}")


def with_noise(split: Split) -> Split:
    """The same images, twice: as they are, and with noise."""
    rng = np.random.default_rng(SEED)
    noisy = [np.clip(image + rng.normal(0, NOISE, image.shape), 0, 255).astype(np.uint8) for image in split.images]
    return split._replace(images=np.concatenate([split.images, noisy]), labels=np.tile(split.labels, 2))


def _candidates(model: Model, dataset: str | None) -> list[Dataset]:
    """The datasets whose kind of image a file may know."""
    if dataset is not None:
        return [DATASETS[dataset]] if dataset else []
    labels, channels = model.card.labels, model.preparation.shape[0]
    likeliest_first = sorted((MNIST, CIFAR10), key=lambda each: each.shape[0] != channels)
    if model.origins["labels"] != ASSUMED:
        return [each for each in likeliest_first if same_labels(labels, each.labels)]
    # Digits may be shown in colour, but things in colour are not named by who sees grey.
    return [each for each in likeliest_first if len(labels) == len(each.labels) and each.shape[0] <= channels]


def _alternatives(model: Model, kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may be meant by a file that doesn't say: each in words, and as parts of a Preparation."""
    origins, channels = model.origins, model.preparation.shape[0]
    own = {part: getattr(model.preparation, part) for part in ("range", "mean", "std")}
    scales = [(name, parts) for name, parts, only in SCALES if only in (None, channels)]
    groups: list[list[tuple[str, dict[str, Any]]]] = [scales if origins["range"] == ASSUMED else [("", own)]]
    if origins["invert"] == ASSUMED and channels == 1:
        groups.append([("", {"invert": False}), ("inverted", {"invert": True})])
    if origins["transpose"] == ASSUMED and channels == 1:
        groups.append([("", {"transpose": False}), ("transposed", {"transpose": True})])
    if origins["channels"] == ASSUMED and channels == 3 and kind.shape[0] == 3:
        groups.append([("", {"channels": "rgb"}), ("blue first", {"channels": "bgr"})])
    if origins["fit"] == ASSUMED and model.preparation.size != kind.shape[1:]:
        groups.append([("resized", {"fit": "crop"}), ("with a margin", {"fit": "margin"})])
    if model.preparation.layout == "flat" and channels == 3 and origins["layout"] == SHAPE:
        groups.append([("", {"layout": "flat"}), ("channels last", {"layout": "flat HWC"})])
    for combination in product(*groups):
        parts = {key: value for _, each in combination for key, value in each.items()}
        if parts.get("channels") == "bgr" and origins["range"] == ASSUMED:  # each colour keeps its mean
            parts |= {key: parts[key][::-1] for key in ("mean", "std")}
        yield ", ".join(name for name, _ in combination if name) or "as the file says", parts


def _tried(bare: Model, model: Model, images: Split, name: str, parts: dict[str, Any]) -> Try:
    own = model.preparation
    taken = replace(own, **parts, dtype="float32")
    if own.layout != "flat":  # of which the channels may come last
        taken = replace(taken, layout="NCHW")
    labels, logits = images.labels, []
    step = max(1, CHUNK_VALUES // max(images.images[0].size, math.prod(own.shape)))
    for start in range(0, len(labels), step):
        some = to_float(images.images[start : start + step])
        values = prepared(model, taken, some).reshape(-1, *bare.card.shape)
        low, high = bare.preparation.range
        logits.append(bare.logits(np.ascontiguousarray((values - low) / (high - low), np.float32)))
    answers = np.concatenate(logits)
    right = int((answered(answers) == labels).sum())
    loss = float(cross_entropy(answers, labels))
    return Try(name, parts, right, len(labels), loss if math.isfinite(loss) else math.inf)


def _said_nowhere(model: Model, best: Try) -> dict[str, Any]:
    """The parts of the best preparation that the file didn't say."""
    return {part: value for part, value in best.parts.items() if model.origins.get(part) == ASSUMED or part == "layout"}
