"""What the source documents claim, and what was measured here: theirs, ours, verdict.

Ours is read from exported/*.json or computed from the exported files, never typed in; it is None while it is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from invariance import results
from invariance.measures import Share
from invariance.model import Card, Model

JALOLI = "M. Jaloli, Rotation invariance in CNN model (2019)"
DOSHI = "P. Doshi, Convolutional neural networks (2020)"
HALBREICH = "A. Halbreich, Neural networks for images, exercise 1"


@dataclass(frozen=True)
class Claim:
    """One figure of a source. theirs: a share in 0..1, a loss in nats, or a count; kind says how to compare:

    "at least": higher is better; "at most": lower is better; "below": less than that; "about": within `tolerance`;
    "exactly": equal. data: what ours was measured on, "" where no images are involved.
    """

    name: str
    source: str
    where: str
    says: str
    theirs: float
    unit: str  # "%", "nats" or "parameters"
    kind: str
    ours: Callable[[], Share | float | None]
    page: str
    tolerance: float = 0.0
    data: Callable[[], str] = lambda: ""

    def verdict(self) -> str:
        """ "reproduced", "surpassed", "corrected" or, while ours is missing, "not measured"."""
        ours = self.ours()
        if ours is None:
            return "not measured"
        low, high = (ours.low, ours.high) if isinstance(ours, Share) else (ours, ours)
        if self.kind == "at least":
            return "surpassed" if low > self.theirs else "reproduced" if high >= self.theirs else "corrected"
        if self.kind == "at most":
            return "surpassed" if high < self.theirs else "reproduced" if low <= self.theirs else "corrected"
        if self.kind == "below":
            return "reproduced" if high < self.theirs else "corrected"
        near = low - self.tolerance <= self.theirs <= high + self.tolerance
        return "reproduced" if near else "corrected"


def _record(name: str) -> dict[str, Any] | None:
    """What was measured of an exported model on its dataset, if that was measured on the file that is there."""
    path = results.EXPORTED / f"{name}.onnx"
    if not path.exists():
        return None
    sha256, card = _identity(path, path.stat().st_mtime_ns)
    found, problem = results.evaluation(path, sha256, card.dataset)
    return None if problem else found


@lru_cache(maxsize=64)
def _identity(path: Path, modified: int) -> tuple[str, Card]:
    """sha256 and card of a model file. modified: when that was, so that a file exported anew is opened anew."""
    del modified
    model = Model(path)
    return model.sha256, model.card


def _data(name: str) -> str:
    found = _record(name)
    return found["dataset_title"] if found else ""


def _at(name: str, kind: str, amount: float) -> Share | float | None:
    """Accuracy or loss of an exported model on its test images turned by an angle in degrees."""
    curve = ((_record(name) or {}).get("transforms") or {}).get("rotation")
    if curve is None:
        return None
    place = curve["amounts"].index(amount)
    if kind == "loss":
        return curve["loss"][place]
    return Share(curve["accuracy"][place], curve["low"][place], curve["high"][place], curve["n"])


def _accuracy(name: str) -> Share | None:
    found = _record(name)
    return Share(**found["accuracy"]) if found else None


def _loss(name: str) -> float | None:
    found = _record(name)
    return found["loss"] if found else None


def _training_loss(name: str) -> float | None:
    return results.training_loss(results.EXPORTED / f"{name}.onnx")


def _parameters(name: str) -> float | None:
    path = results.EXPORTED / f"{name}.onnx"
    return _identity(path, path.stat().st_mtime_ns)[1].parameters if path.exists() else None


def best_of(names: tuple[str, ...]) -> str:
    """The one of several exported models that is right most often; the first while none is measured."""
    return max(names, key=lambda name: found.value if (found := _accuracy(name)) else 0)


def _of_class(name: str, label: str) -> Share | None:
    found = _record(name)
    return Share(**found["per_class"][label]) if found else None


def _rotation_claims() -> list[Claim]:
    """Jaloli's tables 1 and 2: accuracy and loss on test images turned by quarter turns."""
    table = {0: (0.97, 0.099), 90: (0.14, 5.9623), 180: (0.33, 6.2347), 270: (0.13, 5.1319), 360: (0.97, 0.084)}
    claims = []
    for angle, (accuracy, loss) in table.items():
        upright = angle in (0, 360)
        where = "table 1" if angle == 0 else "table 2"
        turned = "upright test images" if angle == 0 else f"test images turned by {angle}°"
        claims += [
            Claim(
                name=f"jaloli-accuracy-{angle}",
                source=JALOLI,
                where=where,
                says=f"LeNet-5 is right on {accuracy:.0%} of the {turned}".replace("%", " %"),
                theirs=accuracy,
                unit="%",
                kind="at least" if upright else "about",
                tolerance=0.1,
                ours=lambda angle=angle: _at("lenet5", "accuracy", angle),
                page="rotation",
                data=lambda: _data("lenet5"),
            ),
            Claim(
                name=f"jaloli-loss-{angle}",
                source=JALOLI,
                where=where,
                says=f"its loss on {turned} is {loss:g}",
                theirs=loss,
                unit="nats",
                kind="at most" if upright else "about",
                tolerance=1.0,
                ours=lambda angle=angle: _at("lenet5", "loss", angle),
                page="rotation",
                data=lambda: _data("lenet5"),
            ),
        ]
    return claims


TWO_CONVOLUTIONS = ("cifar-underfit", "cifar-fit", "cifar-overfit")
# Right answers by class of the network that he found best.
HALBREICH_CLASSES = {
    "airplane": 0.777,
    "automobile": 0.854,
    "bird": 0.539,
    "cat": 0.512,
    "deer": 0.715,
    "dog": 0.562,
    "frog": 0.794,
    "horse": 0.702,
    "ship": 0.778,
    "truck": 0.756,
}


def _fit_claims() -> list[Claim]:
    """Halbreich's coding questions: sizes, accuracies and losses of small networks on CIFAR-10."""
    sizes = {
        "cifar-underfit": (1, 69_706, "the network that underfits has 69,706 parameters"),
        "cifar-fit": (1, 106_008, "the network between has 106,008 parameters"),
        "cifar-overfit": (1, 167_530, "the network that overfits most has 167,530 parameters"),
        "cifar-linear": (2, 6_434, "the linear network has 6,434 parameters"),
        "cifar-gap": (3, 13_034, "one convolution and global average pooling, as printed, have 13,034 parameters"),
        "cifar-shallow": (3, 54_046, "one 9 × 9 convolution and a linear layer have 54,046 parameters"),
    }
    claims = [
        Claim(
            name=f"halbreich-parameters-{name.removeprefix('cifar-')}",
            source=HALBREICH,
            where=f"coding question {question}",
            says=says,
            theirs=count,
            unit="parameters",
            kind="exactly",
            ours=lambda name=name: _parameters(name),
            page="fit",
        )
        for name, (question, count, says) in sizes.items()
    ]
    claims += [
        Claim(
            name="halbreich-accuracy",
            source=HALBREICH,
            where="coding question 3",
            says="the best of the three networks of question 1 is right on 69 % of the test images",
            theirs=0.69,
            unit="%",
            kind="at least",
            ours=lambda: _accuracy(best_of(TWO_CONVOLUTIONS)),
            page="fit",
            data=lambda: _data(best_of(TWO_CONVOLUTIONS)),
        ),
        *(
            Claim(
                name=f"halbreich-accuracy-{label}",
                source=HALBREICH,
                where="coding question 3",
                says=f"it is right on {100 * theirs:g} % of the images of class {label}",
                theirs=theirs,
                unit="%",
                kind="about",
                tolerance=0.1,
                ours=lambda label=label: _of_class(best_of(TWO_CONVOLUTIONS), label),
                page="fit",
                data=lambda: _data(best_of(TWO_CONVOLUTIONS)),
            )
            for label, theirs in HALBREICH_CLASSES.items()
        ),
        Claim(
            name="halbreich-linear-loss",
            source=HALBREICH,
            where="coding question 2",
            says="without non-linear layers the loss on test images stays at about 1.75",
            theirs=1.75,
            unit="nats",
            kind="about",
            tolerance=0.1,
            ours=lambda: _loss("cifar-linear"),
            page="fit",
            data=lambda: _data("cifar-linear"),
        ),
    ]
    for name, what in (("cifar-gap", "global average pooling"), ("cifar-shallow", "a linear layer")):
        claims.append(
            Claim(
                name=f"halbreich-{name.removeprefix('cifar-')}-poor",
                source=HALBREICH,
                where="coding question 3",
                says=f"one convolution and {what} are right on fewer test images than the 69 % of question 1",
                theirs=0.69,
                unit="%",
                kind="below",
                ours=lambda name=name: _accuracy(name),
                page="fit",
                data=lambda name=name: _data(name),
            )
        )
    return claims


CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in (
        *_rotation_claims(),
        Claim(
            name="jaloli-training-loss",
            source=JALOLI,
            where="table 1",
            says="its loss on upright training images is 0.1",
            theirs=0.1,
            unit="nats",
            kind="at most",
            ours=lambda: _training_loss("lenet5"),
            page="rotation",
            data=lambda: _data("lenet5"),
        ),
        Claim(
            name="jaloli-parameters",
            source=JALOLI,
            where="figure 3",
            says="LeNet-5, as drawn there, has 767,426 parameters",
            theirs=767_426,
            unit="parameters",
            kind="exactly",
            ours=lambda: _parameters("lenet5"),
            page="",
        ),
        Claim(
            name="jaloli-conclusion",
            source=JALOLI,
            where="conclusion",
            says="CNNs are not rotation invariant: turned by 90°, right answers are few. True of a plain CNN trained "
            "upright; a p4 network trained upright is as right at 90° as at 0°",
            theirs=0.14,
            unit="%",
            kind="about",
            tolerance=0.1,
            ours=lambda: _at("p4cnn", "accuracy", 90),
            page="rotation",
            data=lambda: _data("p4cnn"),
        ),
        Claim(
            name="doshi-accuracy",
            source=DOSHI,
            where="section III.B",
            says="its network is right on about 99.2 % of the test images",
            theirs=0.992,
            unit="%",
            kind="at least",
            ours=lambda: _accuracy("mnist-cnn"),
            page="fit",
            data=lambda: _data("mnist-cnn"),
        ),
        *_fit_claims(),
    )
}
