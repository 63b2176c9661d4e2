"""What was measured, as plain values ready for JSON: the form of schema.json."""

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np

from invariance.evaluation.consistency import SHIFTS
from invariance.images.encoding import data_url
from invariance.images.pixels import to_uint8
from invariance.inside.symmetry import LayerError, lost_at
from invariance.measures import EXACT, Bins, Mean, Share, ece, reliability, share_of, share_of_sums
from invariance.model import Preparation
from invariance.report.comparison import FORMAT, VERSION, pack_answers, pack_bits
from invariance.report.measure import EASIEST, Part, easiest
from invariance.report.run import Layers, Measured, Total
from invariance.report.subject import Subject
from invariance.report.summary import summary
from invariance.transforms import TRANSFORMS
from invariance.versions import versions

ROUNDING = 1e-5  # of the largest logit: how far logits may be from each other that were computed twice
EXACTLY, WITHIN, NO = "exactly", "within rounding", "no"
BINS = Bins._fields
NO_NUMBER = "no number"  # the answer of logits that are none


def findings(subject: Subject, measured: Measured, workers: int, *, quick: bool = False) -> dict[str, Any]:
    """All that is known so far; see schema.json. What isn't complete is left out."""
    labels = subject.model.card.labels
    still = measured.total("still")
    curves = {
        name: _curve(name, total, _examples(name, measured, labels))
        for name in measured.plan.transforms
        if (total := measured.total("transform", name)) is not None
    }
    found = {
        "format": FORMAT,
        "version": VERSION,
        "model": _model(subject),
        "data": _data(subject, measured),
        "run": _run(subject, measured, workers, quick),
        "measures": measured.plan.measures,
        **_as_it_is(still, labels),
        "transforms": curves,
        "consistency": _consistency(measured),
        "symmetry": [each for name, curve in curves.items() for each in _symmetry(name, curve)],
        "calibration": _calibration(still, curves, measured),
        "flipped": _flipped(subject, measured),
        "layers": [_layers(name, layers) for name, layers in measured.layers.items()],
        "requirements": [],
        "comparison": None,
        "limits": [*measured.limits, *_no_numbers(measured)],
    }
    return found | {"summary": summary(found)}


def as_json(found: dict[str, Any]) -> str:
    """Findings as the text of report.json."""
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _share(share: Share) -> dict[str, Any]:
    return share._asdict()


def _columns(shares: Sequence[Share]) -> dict[str, list[float]]:
    return {end: [getattr(share, end) for share in shares] for end in ("value", "low", "high")}


def _model(subject: Subject) -> dict[str, Any]:
    model = subject.model
    return {
        "name": subject.name,
        "title": model.card.title,
        "sha256": model.sha256,
        "bytes": subject.bytes,
        "labels": list(model.card.labels),
        "shape": list(model.card.shape),
        "signature": asdict(model.signature),
        "preparation": {
            part.name: {"value": getattr(model.preparation, part.name), "from": model.origins[part.name]}
            for part in fields(Preparation)
        },
        "tried_on": subject.tried_on or None,
        "notes": list(subject.notes),
    }


def _data(subject: Subject, measured: Measured) -> dict[str, Any]:
    images = subject.images
    total = next(iter(measured.totals.values()))
    left_out = [line for start in sorted(total.left_out) for line in total.left_out[start]]
    notes = list(images.notes)
    if left_out:
        notes.append(f"{len(left_out):,} images can't be read and were left out, the first: {left_out[0]}")
    digests = hashlib.sha256(b"".join(total.digests[start] for start in sorted(total.digests)))
    return {
        "name": images.name,
        "title": images.title,
        "n": int(total.sum["n"]) if total.sum else 0,
        "of": subject.there_are,
        "fingerprint": images.fingerprint or digests.hexdigest(),
        "notes": notes,
    }


def _run(subject: Subject, measured: Measured, workers: int, quick: bool) -> dict[str, Any]:
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": measured.seconds,
        "inferences": measured.answers,
        "images_per_second": measured.answers / measured.seconds if measured.seconds else 0.0,
        "software": versions(),
        "provider": subject.model.provider.name,
        "machine": f"{platform.system()}, {platform.machine()}",
        "workers": workers,
        "complete": measured.complete,
        "quick": quick,
    }


def _as_it_is(still: Total | None, labels: Sequence[str]) -> dict[str, Any]:
    if still is None or not still.sum["n"]:
        nothing = {"accuracy": None, "loss": None, "accuracy_bits": None, "answers": None}
        return nothing | {"per_class": [], "confusion": []}
    n, rows = int(still.sum["n"]), still.sum["confusion"]
    per_class = []
    for index, label in enumerate(labels):
        own = rows[rows[:, 0] == index]
        if len(own):
            right = int(own[own[:, 1] == index, 2].sum())
            per_class.append({"label": label} | _share(share_of(right, int(own[:, 2].sum()))))
    right, answers = still.columns("right"), still.columns("answers")
    return {
        "accuracy": _share(share_of(int(rows[rows[:, 0] == rows[:, 1], 2].sum()), n)),
        "loss": int(still.sum["loss"]) / EXACT / n,
        "accuracy_bits": None if right is None else pack_bits(right[None]),
        "answers": None if answers is None else pack_answers(answers),
        "per_class": per_class,
        "confusion": [row for row in rows.tolist() if row[1] >= 0],
    }


def _curve(name: str, total: Total, examples: list[dict[str, Any]]) -> dict[str, Any]:
    transform, amounts, part = TRANSFORMS[name], total.step.amounts, total.sum
    n, count = int(part["n"]), len([amount for amount in amounts if amount in transform.amounts])
    shares = [share_of(int(each), n) for each in part["hits"]]
    far = [transform.distance(amount) for amount in amounts]
    worst = min(
        (place for place in range(len(amounts)) if far[place]), key=lambda place: (shares[place].value, far[place])
    )
    bits = total.columns("right")
    errors = [ece(_bins(part, place)) for place in range(len(amounts))]
    return {
        "title": transform.title,
        "unit": transform.unit,
        "about": transform.about,
        "neutral": transform.neutral,
        "amounts": list(amounts),
        "labels": [transform.label(amount) for amount in amounts],
        "distance": far,
        "severities": list(transform.severities),
        "n": n,
        "accuracy": _columns(shares),
        "agreement": _columns([share_of(int(each), n) for each in part["agree"]]),
        "lost": part["lost"].tolist(),
        "gained": part["gained"].tolist(),
        "loss": (part["loss"] / EXACT / n).tolist(),
        "logit_change": [min(float(each), 1e9) for each in part["change"]],
        "ece": _columns(errors),
        "mean": _share(share_of_sums(int(part["times"]), int(part["times2"]), count, n)),
        "always": _share(share_of(int(part["always"]), n)),
        "worst": {"amount": amounts[worst], "label": transform.label(amounts[worst])} | _share(shares[worst]),
        "examples": examples,
        "bits": None if bits is None else pack_bits(bits),
    }


def _bins(part: Part, place: int | None = None) -> Bins:
    return Bins(*(part[f"bins_{field}"] if place is None else part[f"bins_{field}"][place] for field in BINS))


def _examples(name: str, measured: Measured, labels: Sequence[str]) -> list[dict[str, Any]]:
    if name not in measured.examples:
        return []
    return [
        {
            "amount": amount,
            "label": TRANSFORMS[name].label(amount),
            "picture": data_url(to_uint8(picture)),
            "answer": labels[int(chances.argmax())] if np.isfinite(chances).all() else NO_NUMBER,
            "probability": float(chances.max()) if np.isfinite(chances).all() else 0.0,
        }
        for amount, picture, chances in zip(*measured.examples[name], strict=True)
    ]


def _consistency(measured: Measured) -> list[dict[str, Any]]:
    found = []
    for name, reach in measured.plan.shifts:
        total = measured.total("shift", name, reach)
        if total is None:
            continue
        bits, every = total.columns("right"), measured.total("every shift", name, reach)
        nearest = [] if every is None else np.cumsum(every.sum["nearest"])[: reach + 1]
        found.append(
            {"shift": name, "title": SHIFTS[name].title, "reach": reach}
            | _share(share_of(int(total.sum["same"]), int(total.sum["n"])))
            | {"flips": [_share(share_of(int(count), int(every.sum["n"]))) for count in nearest]}
            | {"bits": None if bits is None else pack_bits(bits)}
        )
    return found


def _symmetry(name: str, curve: dict[str, Any]) -> list[dict[str, Any]]:
    """The amounts that leave all logits as they are; if there are none, the one that changes them least."""
    others = [
        (change, amount, label)
        for change, amount, label, far in zip(
            curve["logit_change"], curve["amounts"], curve["labels"], curve["distance"], strict=True
        )
        if far
    ]
    told = [each for each in others if each[0] <= ROUNDING] or [min(others)]
    return [
        {
            "transform": name,
            "title": curve["title"],
            "amount": amount,
            "label": label,
            "change": change,
            "verdict": EXACTLY if change == 0 else WITHIN if change <= ROUNDING else NO,
        }
        for change, amount, label in told
    ]


def _calibration(still: Total | None, curves: dict[str, Any], measured: Measured) -> dict[str, Any] | None:
    if still is None or not still.sum["n"]:
        return None
    transformed = []
    for name, curve in curves.items():
        place = curve["amounts"].index(curve["worst"]["amount"])
        bins = _bins(measured.total("transform", name).sum, place)
        transformed.append(
            {"transform": name, "title": curve["title"], "amount": curve["worst"]["amount"]}
            | {"label": curve["worst"]["label"], "ece": _share(ece(bins)), "bins": reliability(bins)}
        )
    bins = _bins(still.sum)
    return {"bins": reliability(bins), "ece": _share(ece(bins)), "transformed": transformed}


def _flipped(subject: Subject, measured: Measured) -> list[dict[str, Any]]:
    """The images that the smallest change turns, as a share of the farthest amount of its transform."""
    rows = []
    for name in measured.plan.transforms:
        if (total := measured.total("transform", name)) is not None:
            rows += [(*row, name) for row in total.sum["flips"].tolist()]
    places = {tuple(row[:6]): row[6] for row in reversed(rows)}  # of equals the first transform's
    first = easiest(np.array([row[:6] for row in rows], np.int64).reshape(-1, 6))[:EASIEST]
    labels, found = subject.model.card.labels, []
    for row in first.tolist():
        number, _, _, place, before, after = row
        name = places[tuple(row)]
        amount = measured.plan.transforms[name][place]
        batch = subject.images.read(number, number + 1)
        if not len(batch.names):
            continue  # it was there when it was measured, and is gone
        image = batch.images.astype(np.float32) / 255
        changed = TRANSFORMS[name].apply(image, amount)
        found.append(
            {
                "name": batch.names[0],
                "label": labels[int(batch.labels[0])],
                "transform": name,
                "title": TRANSFORMS[name].title,
                "amount": amount,
                "amount_label": TRANSFORMS[name].label(amount),
                "before": labels[before],
                "after": labels[after] if after >= 0 else NO_NUMBER,
                "picture": data_url(batch.images[0]),
                "changed": data_url(to_uint8(changed[0])),
            }
        )
    return found


def _layers(name: str, layers: Layers) -> dict[str, Any]:
    transform, found = TRANSFORMS[name], layers.found
    rows = [
        {"layer": str(layer), "measure": str(measure)}
        | {
            end: None if np.isnan(value) else float(value)
            for end, value in zip(("value", "low", "high"), ends, strict=True)
        }
        | {"why": str(why)}
        for layer, measure, ends, why in zip(
            *(found[part] for part in ("layers", "measures", "errors", "whys")), strict=True
        )
    ]
    lost = lost_at([_layer_error(row) for row in rows])
    return {
        "transform": name,
        "title": transform.title,
        "amount": layers.amount,
        "label": transform.label(layers.amount),
        "n": layers.images,
        "lost_at": lost and lost.layer,
        "layers": rows,
    }


def _layer_error(row: dict[str, Any]) -> LayerError:
    value = row["value"]
    error = None if value is None else Mean(value, row["low"], row["high"], 0)
    return LayerError(row["layer"], row["measure"], error, row["why"])


def _no_numbers(measured: Measured) -> list[str]:
    found = []
    for step, total in measured.totals.items():
        broken = 0 if total.sum is None or "broken" not in total.sum else int(np.sum(total.sum["broken"]))
        if broken:
            found.append(
                f"{step.title}: {broken:,} answers hold values that are no numbers; they count as wrong and as changed."
            )
    return found
