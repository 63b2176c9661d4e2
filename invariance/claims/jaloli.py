"""What Jaloli claims of LeNet-5: its size, its losses, and its accuracy on turned digits."""

from invariance.claims.claim import Claim, at, data, parameters, training_loss
from invariance.claims.index.jaloli import ITEMS, LAYERS, ROTATION, TABLES
from invariance.claims.source import Source
from invariance.number_words import percent

JALOLI = "M. Jaloli, Rotation invariance in CNN model (2019)"


def _rotation() -> list[Claim]:
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
                says=f"LeNet-5 is right on {percent(accuracy, 0)} of the {turned}",
                theirs=accuracy,
                unit="%",
                comparison="at least" if upright else "about",
                tolerance=0.1,
                ours=lambda angle=angle: at("lenet5", "accuracy", angle),
                page=TABLES,
                data=lambda: data("lenet5"),
            ),
            Claim(
                name=f"jaloli-loss-{angle}",
                source=JALOLI,
                where=where,
                says=f"its loss on {turned} is {loss:g}",
                theirs=loss,
                unit="nats",
                comparison="at most" if upright else "about",
                tolerance=1.0,
                ours=lambda angle=angle: at("lenet5", "loss", angle),
                page=TABLES,
                data=lambda: data("lenet5"),
            ),
        ]
    return claims


CLAIMS = [
    *_rotation(),
    Claim(
        name="jaloli-training-loss",
        source=JALOLI,
        where="table 1",
        says="its loss on upright training images is 0.1",
        theirs=0.1,
        unit="nats",
        comparison="at most",
        ours=lambda: training_loss("lenet5"),
        page=TABLES,
        data=lambda: data("lenet5"),
    ),
    Claim(
        name="jaloli-parameters",
        source=JALOLI,
        where="figure 3",
        says="LeNet-5, as drawn there, has 767,426 parameters",
        theirs=767_426,
        unit="parameters",
        comparison="exactly",
        ours=lambda: parameters("lenet5"),
        page=LAYERS,
    ),
    Claim(
        name="jaloli-conclusion",
        source=JALOLI,
        where="conclusion",
        says="CNNs are not rotation invariant: turned by 90°, right answers are few. True of a plain CNN trained "
        "upright; a p4 network trained upright is as right at 90° as at 0°",
        theirs=0.14,
        unit="%",
        comparison="about",
        tolerance=0.1,
        ours=lambda: at("p4cnn", "accuracy", 90),
        page=ROTATION,
        data=lambda: data("p4cnn"),
    ),
]

SOURCE = Source("jaloli", "Jaloli", JALOLI, "what turning a digit does to LeNet-5", ITEMS, tuple(CLAIMS))
