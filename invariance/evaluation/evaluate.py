"""One model on one dataset -> every measure, as plain numbers ready for JSON."""

import platform
from datetime import UTC, datetime
from typing import Any

import numpy as np
import onnxruntime

from invariance.datasets import Dataset, Progress, Split
from invariance.evaluation.survival import grid, survival
from invariance.images.pixels import to_float
from invariance.measures import accuracy, confusion, cross_entropy
from invariance.model import Model
from invariance.transforms import Transform

CHUNK = 500  # images between two steps of the progress bar


def evaluate(model: Model, dataset: Dataset, split: Split, progress: Progress) -> dict[str, Any]:
    """Measure model on every image of split.

    Args:
        model: what is measured.
        dataset: where split is from.
        split: labelled images of the model's shape.
        progress: called with (model title, images done, images in all).

    Returns:
        n, loss (mean cross-entropy, nats), accuracy and per_class accuracies (each with value, low, high, n; the
        interval is Wilson's at 95 %), confusion (rows: labels, columns: answers), and what identifies the
        measurement: dataset and its fingerprint, the model file's sha256, provider, versions, time.
    """
    count, labels = len(split.images), split.labels
    parts = []
    for start in range(0, count, CHUNK):
        parts.append(model.logits(to_float(split.images[start : start + CHUNK])))
        progress(model.card.title, min(start + CHUNK, count), count)
    logits = np.concatenate(parts)
    answers = logits.argmax(1)
    return identity(model, dataset, split) | {
        "n": count,
        "loss": cross_entropy(logits, labels),
        "accuracy": accuracy(answers, labels)._asdict(),
        "per_class": {
            label: accuracy(answers[labels == index], labels[labels == index])._asdict()
            for index, label in enumerate(dataset.labels)
            if (labels == index).any()
        },
        "confusion": confusion(answers, labels, len(dataset.labels)).tolist(),
    }


def evaluate_transform(model: Model, split: Split, transform: Transform, progress: Progress) -> dict[str, Any]:
    """Measure what model's answers to split survive; see survival().

    progress is called with (model and transform, amounts done, amounts in all).
    """
    amounts = grid(transform)
    images, labels = to_float(split.images), split.labels
    logits = []
    for done, amount in enumerate(amounts, 1):
        logits.append(model.logits(transform.apply(images, amount)))
        progress(f"{model.card.title}, {transform.title.lower()}", done, len(amounts))
    return survival(np.stack(logits), labels, transform, amounts)


def identity(model: Model, dataset: Dataset, split: Split) -> dict[str, Any]:
    """What identifies a measurement: data, model file, provider, versions, time."""
    return {
        "dataset": dataset.name,
        "dataset_title": split.title or dataset.title,
        "fingerprint": split.fingerprint(),
        "sha256": model.sha256,
        "provider": model.provider.name,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
