"""What the source documents claim, and what was measured here: theirs, ours, verdict.

Ours is read from exported/*.json or computed from the exported files, never typed in; it is None while it is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from invariance import results
from invariance.measures import Share
from invariance.model import Model

JALOLI = "M. Jaloli, Rotation invariance in CNN model (2019)"
DOSHI = "P. Doshi, Convolutional neural networks (2020)"


@dataclass(frozen=True)
class Claim:
    """One figure of a source. theirs: a share in 0..1, a loss in nats, or a count; kind says how to compare:

    "at least": higher is better; "at most": lower is better; "about": within `tolerance`; "exactly": equal.
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
        near = low - self.tolerance <= self.theirs <= high + self.tolerance
        return "reproduced" if near else "corrected"


def _record(name: str, dataset: str) -> dict[str, Any] | None:
    """What was measured of an exported model, if that was measured on the file that is there."""
    path = results.EXPORTED / f"{name}.onnx"
    if not path.exists():
        return None
    found, problem = results.evaluation(path, Model(path).sha256, dataset)
    return None if problem else found


def _at(name: str, kind: str, amount: float) -> Share | float | None:
    """Accuracy or loss of an exported model on MNIST turned by an angle in degrees."""
    curve = ((_record(name, "mnist") or {}).get("transforms") or {}).get("rotation")
    if curve is None:
        return None
    place = curve["amounts"].index(amount)
    if kind == "loss":
        return curve["loss"][place]
    return Share(curve["accuracy"][place], curve["low"][place], curve["high"][place], curve["n"])


def _accuracy(name: str) -> Share | None:
    found = _record(name, "mnist")
    return Share(**found["accuracy"]) if found else None


def _training_loss(name: str) -> float | None:
    return results.training_loss(results.EXPORTED / f"{name}.onnx")


def _parameters(name: str) -> float | None:
    path = results.EXPORTED / f"{name}.onnx"
    return Model(path).card.parameters if path.exists() else None


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
            ),
        ]
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
            page="",
        ),
    )
}
