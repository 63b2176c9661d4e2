"""One model on one dataset -> every measure, as plain numbers ready for JSON."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from invariance.datasets import DATASETS, Dataset, Progress, Protocol, Split
from invariance.evaluation.consistency import SHIFTS, consistency
from invariance.evaluation.survival import measured_amounts, survival
from invariance.images.pixels import to_float
from invariance.measures import accuracy, answered, confusion, half_width, losses
from invariance.model import Model
from invariance.transforms import Transform
from invariance.versions import versions

CHUNK = 500  # images between two steps of the progress bar
OF_SEEDS = ("rotation", "translation", "perspective")  # transforms that networks of other seeds are measured under
BY_PROTOCOL = ("fingerprint", "n", "loss", "loss_margin", "accuracy", "confusion")  # what is kept; see evaluate()
CURVE = ("amounts", "n", "loss", "loss_margin", "accuracy", "low", "high")  # of each, what is kept; see survival()


def evaluate(model: Model, dataset: Dataset, split: Split, progress: Progress) -> dict[str, Any]:
    """Measure model on every image of split.

    Args:
        model: what is measured.
        dataset: where split is from.
        split: labelled images of the model's shape.
        progress: called with (model title, images done, images in all).

    Returns:
        the measures by name, and where they come from; see provenance().
    """
    labels = split.labels
    logits = all_logits(model, split.images, progress)
    answers, loss = answered(logits), losses(logits, labels)
    return provenance(model, dataset, split) | {
        "n": len(labels),  # images
        "loss": float(loss.mean()),  # mean cross-entropy, nats
        "loss_margin": half_width(loss),  # half the width of its 95 % interval
        "accuracy": accuracy(answers, labels)._asdict(),  # value, low, high, n; the interval is Wilson's at 95 %
        "per_class": {  # accuracy of each class that has images
            label: accuracy(answers[labels == index], labels[labels == index])._asdict()
            for index, label in enumerate(dataset.labels)
            if (labels == index).any()
        },
        "confusion": confusion(answers, labels, len(dataset.labels)).tolist(),  # rows: labels, columns: answers
    }


def all_logits(model: Model, images: np.ndarray, progress: Progress) -> np.ndarray:
    """uint8 (N, C, H, W) of the model's shape -> logits (N, classes), CHUNK images at a time."""
    count, parts = len(images), []
    for start in range(0, count, CHUNK):
        parts.append(model.logits(to_float(images[start : start + CHUNK])))
        progress(model.card.title, min(start + CHUNK, count), count)
    return np.concatenate(parts)


def evaluate_transform(model: Model, split: Split, transform: Transform, progress: Progress) -> dict[str, Any]:
    """Measure what model's answers to split survive; see survival().

    progress is called with (model and transform, amounts done, amounts in all).
    """
    amounts = measured_amounts(transform)
    images, labels = to_float(split.images), split.labels
    logits = []
    for done, amount in enumerate(amounts, 1):
        logits.append(model.logits(transform.apply(images, amount)))
        progress(f"{model.card.title}, {transform.in_a_sentence}", done, len(amounts))
    return survival(np.stack(logits), labels, transform, amounts)


def evaluate_protocol(model: Model, protocol: Protocol, split: Split, progress: Progress) -> dict[str, Any]:
    """Measure model on the images by which a field compares: split, made by protocol.test(); see BY_PROTOCOL."""
    measured = evaluate(model, DATASETS[protocol.dataset], split, progress)
    return {"title": protocol.title} | {name: measured[name] for name in BY_PROTOCOL}


def evaluate_seed_transform(model: Model, split: Split, transform: Transform, progress: Progress) -> dict[str, Any]:
    """evaluate_transform() of a network trained with another seed, which shows how much is chance: without classes and
    confusions."""
    curve = evaluate_transform(model, split, transform, progress)
    return {key: curve[key] for key in CURVE}


def evaluate_seed_consistency(model: Model, split: Split, progress: Progress) -> dict[str, dict[str, Any]]:
    """How often such a network gives the same answer to two random shifts: of each of SHIFTS its reach and
    consistency()."""
    images = to_float(split.images)
    return {
        name: {
            "reach": shift.reach,
            "consistency": consistency(model, images, shift, shift.reach, progress)._asdict(),
        }
        for name, shift in SHIFTS.items()
    }


def provenance(model: Model, dataset: Dataset, split: Split) -> dict[str, Any]:
    """What a measurement comes from: data, model file, provider, versions, time."""
    return {
        "dataset": dataset.name,
        "dataset_title": split.title or dataset.title,
        "fingerprint": split.fingerprint(),  # of the images and labels
        "sha256": model.sha256,  # of the model's file
        "provider": model.provider.name,
        "versions": versions(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
