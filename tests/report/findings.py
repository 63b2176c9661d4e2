"""Made-up findings of a report, in the form of invariance/report/schema.json: a whole one, an empty one, a hostile one.

What is made up are the answers, image by image; every share, count and calibration is computed from them, so that the
figures of a report agree with each other as those of a measured one do.
"""

import base64
import copy
import functools
import itertools
import math
import zlib
from typing import Any

import numpy as np

from invariance.datasets.strokes import generate
from invariance.images.encoding import data_url
from invariance.images.pixels import to_uint8
from invariance.measures import Share, accuracy, confusion, mean_share, share_of
from invariance.transforms import TRANSFORMS

CLASSES, IMAGES, BINS, SHOWN = 10, 600, 15, 4
SHARE = {"value": 0.0, "low": 0.0, "high": 1.0, "n": 1}
HARDNESS = {  # of a transform: the amount from neutral at which half of the images are lost
    "rotation": 40.0,
    "translation": 3.0,
    "gain": 1.4,
    "circular": math.inf,
    "reflection": math.inf,
}
VERDICTS = {"circular": ("exactly", 0.0), "reflection": ("within rounding", 3e-7)}  # of others: "no"
SHIFTS = {"circular": ("Around the edges", 4), "zeros": ("Black comes in", 4), "crops": ("Crops", 2)}
STAGES = ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1", "logits")
SEVERE = ("gain", (1.5, 1.8, 2.1, 2.5, 3.0))  # a transform with marked severities
BIDI, ZERO_WIDTH = "\u202e", "\u200b"
HOSTILE = (
    '<script>alert("1")</script>',
    '"><img src=x onerror=alert(1)>',
    "';alert(1)//",
    "</style><b>bold</b>",
    f"cod{BIDI}exe.bat{ZERO_WIDTH}",
    "{{ 7 * 7 }}{% include '/etc/hostname' %}",
    "https://example.com/a?b=1&amp;c",
    "javascript:alert(1)",
    "W" * 400,
    "line\none\x00\x1b[31mred",
    "\ud800",
    "",
)


def example() -> dict[str, Any]:
    """Findings of a whole report: ten classes, five transforms, everything measured."""
    return copy.deepcopy(_example())


def empty() -> dict[str, Any]:
    """Findings of a report that has only begun: nothing is measured yet."""
    found = example()
    for part in ("per_class", "confusion", "consistency", "symmetry", "flipped", "layers", "requirements", "limits"):
        found[part] = []
    for part in ("accuracy", "loss", "calibration", "comparison", "accuracy_bits", "answers"):
        found[part] = None
    found["transforms"], found["summary"] = {}, []
    found["run"] |= {"complete": False, "inferences": 0, "images_per_second": 0.0}
    found["data"]["n"] = 0
    return found


def hostile() -> dict[str, Any]:
    """Findings in which every text that a stranger chose would do harm if it were taken for more than text."""
    found, names = example(), itertools.cycle(HOSTILE)
    found["model"] |= {"name": next(names), "title": next(names), "labels": list(HOSTILE[:CLASSES])}
    found["model"] |= {"notes": list(HOSTILE), "tried_on": next(names)}
    found["model"]["signature"] |= {"input": next(names), "output": next(names)}
    for part in found["model"]["preparation"].values():
        part |= {"value": next(names), "from": next(names)}
    found["data"] |= {"name": next(names), "title": next(names), "notes": list(HOSTILE)}
    found["run"] |= {"machine": next(names), "provider": next(names)}
    for row in found["per_class"]:
        row["label"] = next(names)
    for curve in found["transforms"].values():
        curve |= {"title": next(names), "about": next(names), "unit": next(names)[:20]}
        curve["labels"] = [next(names) for _ in curve["labels"]][: len(curve["amounts"])]
        curve["worst"]["label"] = next(names)
        for picture in curve["examples"]:
            picture |= {"label": next(names), "answer": next(names), "picture": next(names)}
    for each in (*found["symmetry"], *found["layers"], *found["calibration"]["transformed"], *found["consistency"]):
        each |= {"title": next(names)} | ({"label": next(names)} if "label" in each else {})
    for each in found["layers"]:
        for layer in each["layers"]:
            layer |= {"layer": next(names), "why": next(names)}
        each["lost_at"] = each["layers"][3]["layer"]
    for each in found["flipped"]:
        each |= {key: next(names) for key in ("name", "label", "title", "amount_label", "before", "after")}
        each |= {"picture": 'data:image/svg+xml;base64,"><script>1</script>', "changed": "https://example.com/x.png"}
    for each in found["requirements"]:
        each |= {"text": next(names), "sentence": next(names)}
    found["comparison"]["model"] |= {"name": next(names), "title": next(names)}
    for each in found["comparison"]["measures"]:
        each |= {"name": next(names), "title": next(names)}
    found["limits"], found["summary"] = list(HOSTILE), list(HOSTILE[:5])
    return found


def share(one: Share) -> dict[str, float]:
    return {key: value if key == "n" else float(value) for key, value in one._asdict().items()}


def packed_bits(right: np.ndarray) -> dict[str, Any]:
    """bool (A, n) -> rows, columns and base64 of zlib of the bits."""
    data = base64.b64encode(zlib.compress(np.packbits(right, axis=1).tobytes())).decode()
    return {"rows": right.shape[0], "columns": right.shape[1], "data": data}


def packed_answers(answers: np.ndarray) -> dict[str, Any]:
    """Class indices (n,) -> columns and base64 of zlib of them as int32."""
    data = base64.b64encode(zlib.compress(answers.astype("<i4").tobytes())).decode()
    return {"columns": len(answers), "data": data}


def ece(confidence: np.ndarray, right: np.ndarray) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Bins of equal width and the expected calibration error Σ_b n_b/N |mean confidence - accuracy|; all (N,)."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins, signed = [], np.zeros(len(right))
    for number in range(BINS):
        here = place == number
        known = bool(here.any())
        gap = float((confidence[here] - right[here]).mean()) if known else 0.0
        signed[here] = np.sign(gap) * (confidence[here] - right[here])
        bins.append(
            {"low": number / BINS, "high": (number + 1) / BINS, "n": int(here.sum())}
            | {"confidence": float(confidence[here].mean()) if known else None}
            | {"accuracy": float(right[here].mean()) if known else None}
        )
    return bins, share(mean_share(signed))


@functools.cache
def _example() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    digits = generate(IMAGES, 3)
    labels = digits.labels.astype(int)
    pictures = (digits.images[:, 0] if digits.images.ndim == 4 else digits.images).astype(np.uint8)
    names = [str(label) for label in range(CLASSES)]
    wrong = (labels + rng.integers(1, CLASSES, IMAGES)) % CLASSES
    strength = rng.lognormal(0, 0.5, IMAGES)  # how much an image withstands, in units of what loses half of them
    answers = np.where(rng.random(IMAGES) < 0.985, labels, wrong)
    right = answers == labels
    sure = np.clip(1 - rng.exponential(0.03, IMAGES), 0.3, 1 - 1e-6)
    sure[~right] = rng.uniform(0.4, 0.9, int((~right).sum()))
    bins, clean_ece = ece(sure, right)

    transforms, transformed, symmetry, layers, flipped = {}, [], [], [], []
    for name, hardness in HARDNESS.items():
        transform = TRANSFORMS[name]
        amounts = list(transform.amounts)
        distance = [_distance(name, amount, transform.neutral) for amount in amounts]
        titles = [transform.label(amount) for amount in amounts]
        # A half turn is found easier than a quarter turn, as it is of real digits.
        felt = [min(far, 60 + (180 - far)) if name == "rotation" else far for far in distance]
        kept = np.array([strength * hardness > far for far in felt]) | (np.array(distance) == 0)[:, None]
        lucky = rng.random((len(amounts), IMAGES)) < 0.03
        there = np.where(kept, answers, np.where(lucky, labels, wrong))
        hits = there == labels
        fading = np.clip(sure - 0.3 * np.minimum(np.array(felt)[:, None] / hardness, 1), 0.2, 1)
        shares = [accuracy(row, labels) for row in there]
        errors = [ece(confidence, row) for confidence, row in zip(fading, hits, strict=True)]
        worst = min(range(len(amounts)), key=lambda place: (shares[place].value, -distance[place]))
        verdict, rounding = VERDICTS.get(name, ("no", 0.0))
        change = [0.0 if far == 0 else rounding + min(1.5, 0.9 * far / hardness) for far in felt]
        at = np.linspace(0, len(amounts) - 1, min(6, len(amounts))).astype(int).tolist()
        transforms[name] = {
            "title": transform.title,
            "unit": transform.unit,
            "about": transform.about,
            "neutral": transform.neutral,
            "amounts": amounts,
            "labels": titles,
            "distance": distance,
            "severities": list(SEVERE[1]) if name == SEVERE[0] else [],
            "n": IMAGES,
            "accuracy": _columns(shares),
            "agreement": _columns([accuracy(row, answers) for row in there]),
            "lost": (right & ~hits).sum(1).tolist(),
            "gained": (~right & hits).sum(1).tolist(),
            "loss": [0.05 + 4 * (1 - one.value) for one in shares],
            "logit_change": change,
            "ece": {key: [error[1][key] for error in errors] for key in ("value", "low", "high")},
            "mean": share(mean_share(hits.mean(0))),
            "always": share(share_of(int(hits.all(0).sum()), IMAGES)),
            "worst": {"amount": amounts[worst], "label": titles[worst]} | share(shares[worst]),
            "examples": [
                {"amount": amounts[place], "label": titles[place], "answer": names[there[place, SHOWN]]}
                | {"probability": float(fading[place, SHOWN])}
                | {"picture": _picture(name, pictures[SHOWN], amounts[place])}
                for place in at
            ],
            "bits": packed_bits(hits),
        }
        telling = amounts[worst]
        here = {"transform": name, "title": transform.title, "amount": telling, "label": titles[worst]}
        transformed.append(here | {"ece": errors[worst][1], "bins": errors[worst][0]})
        same = [place for place, far in enumerate(distance) if far and change[place] <= 1e-5]
        least = min((place for place, far in enumerate(distance) if far), key=change.__getitem__)
        symmetry += [
            {"transform": name, "title": transform.title, "amount": amounts[place], "label": titles[place]}
            | {"change": change[place], "verdict": verdict}
            for place in same or [least]
        ]
        layers.append(here | {"n": 100} | _layers(name))
        flips = _flipped(name, hardness * strength, right, distance)
        flipped += [
            {"name": f"test/{image:05d}.png", "label": names[labels[image]], "transform": name}
            | {"title": transform.title, "amount": amounts[place], "amount_label": titles[place]}
            | {"before": names[answers[image]], "after": names[there[place, image]]}
            | {"picture": data_url(pictures[image][None]), "changed": _picture(name, pictures[image], amounts[place])}
            for image, place in flips
        ]

    counts = confusion(answers, labels, CLASSES)
    found = {
        "format": "invariance-report",
        "version": 1,
        "model": {
            "name": "mine.onnx",
            "title": "Mine",
            "sha256": "ab" * 32,
            "bytes": 252_123,
            "labels": names,
            "shape": [1, 28, 28],
            "signature": {
                "input": "image",
                "dims": [None, 1, 28, 28],
                "dtype": "float32",
                "batch": None,
                "output": "logits",
                "output_type": "tensor(float)",
                "rows": True,
                "gives": "logits",
                "classes": CLASSES,
                "outputs": ["logits"],
            },
            "preparation": {
                "size": {"value": [28, 28], "from": "the file's shape"},
                "channels": {"value": "grey", "from": "the file's shape"},
                "invert": {"value": False, "from": "tried on labelled images"},
                "mean": {"value": [0.1307], "from": "tried on labelled images"},
                "std": {"value": [0.3081], "from": "tried on labelled images"},
            },
            "tried_on": "200 training images",
            "notes": ["The file doesn't name its classes: they are those of the data set."],
        },
        "data": {
            "name": "strokes",
            "title": "Digits written by code",
            "n": IMAGES,
            "of": 1000,
            "fingerprint": "cd" * 32,
            "notes": [],
        },
        "run": {
            "measured": "2026-03-01T09:30:00+00:00",
            "seconds": 83.2,
            "inferences": 104_000,
            "images_per_second": 1250.0,
            "software": {"invariance-lab": "0.1.0", "python": "3.12.1", "numpy": "2.4.6", "onnxruntime": "1.31.1"},
            "provider": "CPU",
            "machine": "a machine with 2 cores",
            "workers": 1,
            "complete": True,
            "quick": False,
        },
        "measures": ["accuracy", *HARDNESS, "consistency", "symmetry", "calibration", "flipped", "layers"],
        "accuracy": share(accuracy(answers, labels)),
        "loss": float(-np.log(np.where(right, sure, 1 - sure)).mean()),
        "accuracy_bits": packed_bits(right[None]),
        "answers": packed_answers(answers),
        "per_class": [
            {"label": names[label]} | share(share_of(int(counts[label, label]), int(counts[label].sum())))
            for label in range(CLASSES)
            if counts[label].sum()
        ],
        "confusion": [[row, column, int(counts[row, column])] for row, column in zip(*np.nonzero(counts), strict=True)],
        "transforms": transforms,
        "consistency": [_consistency(name, strength) for name in SHIFTS],
        "symmetry": symmetry,
        "calibration": {"bins": bins, "ece": clean_ece, "transformed": transformed},
        "flipped": flipped[:5],
        "layers": layers,
        "requirements": [
            {"text": "accuracy >= 0.9", "holds": True, "bound": 0.9}
            | {key: share(accuracy(answers, labels))[key] for key in ("value", "low", "high")}
            | {"sentence": "accuracy is above 90 %."},
            {"text": "rotation@±15 >= 0.995", "holds": False, "bound": 0.995}
            | {key: transforms["rotation"]["accuracy"][key][3] for key in ("value", "low", "high")}
            | {"sentence": "rotation@±15 is below 99.5 %."},
        ],
        "comparison": _comparison(right, transforms),
        "limits": [],
        "summary": [],
    }
    found["confusion"] = [[int(number) for number in row] for row in found["confusion"]]
    return found


def _distance(name: str, amount: float, neutral: float) -> float:
    far = abs(amount - neutral)
    return float(min(far, 360 - far) if name == "rotation" else far)


def _columns(shares: list[Share]) -> dict[str, list[float]]:
    return {key: [float(getattr(one, key)) for one in shares] for key in ("value", "low", "high")}


def _picture(name: str, image: np.ndarray, amount: float) -> str:
    changed = TRANSFORMS[name].apply((image / 255).astype(np.float32)[None, None], amount)
    return data_url(to_uint8(changed[0]))


def _layers(name: str) -> dict[str, Any]:
    """Errors that begin at the first pooling; of light, which moves nothing, there are none until the logits."""
    rows = []
    for place, layer in enumerate(STAGES):
        value = (
            None
            if name == "gain" and place < len(STAGES) - 1
            else 0.0
            if place < 2 or name in VERDICTS
            else 0.05 * place
        )
        rows.append(
            {"layer": layer, "measure": "invariance" if place > 6 else "equivariance", "value": value}
            | {"low": value and value * 0.9, "high": value and value * 1.1}
            | {"why": "There is no such change of a map." if value is None else ""}
        )
    lost = next((row["layer"] for row in rows if row["value"]), None)
    return {"lost_at": lost, "layers": rows}


def _flipped(name: str, limits: np.ndarray, right: np.ndarray, distance: list[float]) -> list[tuple[int, int]]:
    """(image, place of the amount) of the two images that the smallest change makes wrong."""
    order = [int(image) for image in np.argsort(limits) if right[image] and limits[image] <= max(distance)][:2]
    return [
        (image, min((place for place, far in enumerate(distance) if far >= limits[image]), key=distance.__getitem__))
        for image in order
    ]


def _consistency(name: str, strength: np.ndarray) -> dict[str, Any]:
    title, reach = SHIFTS[name]
    nearest = strength * 4.5  # pixels that it takes to flip an image
    flips = [share_of(int((nearest <= most).sum()), IMAGES) for most in range(reach + 1)]
    same = nearest > reach / 2
    return {
        "shift": name,
        "title": title,
        "reach": reach,
        **share(share_of(int(same.sum()), IMAGES)),
        "flips": [share(one) for one in flips],
        "bits": packed_bits(same[None]),
    }


def _comparison(right: np.ndarray, transforms: dict[str, Any]) -> dict[str, Any]:
    here = share(share_of(int(right.sum()), IMAGES))
    there = share(share_of(IMAGES - 30, IMAGES))
    turned = {key: transforms["rotation"]["accuracy"][key][3] for key in ("value", "low", "high")} | {"n": IMAGES}
    measures = [("accuracy", "Accuracy", here, there, 0.2), ("rotation@15", "Rotation by 15°", turned, there, 1e-9)]
    return {
        "model": {"name": "before.onnx", "title": "Before", "sha256": "ef" * 32},
        "same_images": True,
        "agreement": share(share_of(IMAGES - 25, IMAGES)),
        "measures": [
            {"name": name, "title": title, "here": one, "there": other, "difference": one["value"] - other["value"]}
            | {"low": one["low"] - other["high"], "high": one["high"] - other["low"]}
            | {"lost": 12, "gained": 40, "p": p, "beyond_chance": p < 0.05}
            for name, title, one, other, p in measures
        ],
    }
