"""What Halbreich answers: which layers are linear and follow shifts, and how small networks fit CIFAR-10."""

from functools import lru_cache
from typing import Any

import numpy as np

from invariance.claims.claim import Claim, accuracy, best_of, data, loss, of_class, parameters
from invariance.claims.index.halbreich import CLASSES, EVERY, FLATTENING, ITEMS, LARGER
from invariance.claims.source import Source
from invariance.evaluation import records
from invariance.operators.flatten import by_chance

HALBREICH = "A. Halbreich, Neural networks for images, exercise 1"
ROWS, RANDOM = "row by row", "random, fixed"  # orders of flattening
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


def _coding() -> list[Claim]:
    """Halbreich's coding questions: sizes, accuracies and losses of small networks on CIFAR-10."""
    sizes = {
        "cifar-underfit": ("1, smallest, figure 3", 69_706, "the network that underfits has 69,706 parameters"),
        "cifar-fit": ("1, middle, figure 3", 106_008, "the network between has 106,008 parameters"),
        "cifar-overfit": (
            "1, largest, figure 3",
            167_530,
            "the network that overfits most has 167,530 parameters",
        ),
        "cifar-linear": ("2, figure 3", 6_434, "the linear network has 6,434 parameters"),
        "cifar-gap": (
            "3, averaged, figure 4",
            13_034,
            "one convolution and global average pooling, as printed, have 13,034 parameters",
        ),
        "cifar-shallow": (
            "3, one layer, figure 9",
            54_046,
            "one 9 × 9 convolution and a linear layer have 54,046 parameters",
        ),
    }
    claims = [
        Claim(
            name=f"halbreich-parameters-{name.removeprefix('cifar-')}",
            source=HALBREICH,
            where=f"coding question {question}",
            says=says,
            theirs=count,
            unit="parameters",
            rule="exact",
            ours=lambda name=name: parameters(name),
            page=LARGER,
            test="claims/test_halbreich.py::test_parameters_by_hand",
        )
        for name, (question, count, says) in sizes.items()
    ]
    claims += [
        Claim(
            name="halbreich-accuracy",
            source=HALBREICH,
            where="coding question 3, output: accuracy",
            says="the best of the three networks of question 1 is right on 69 % of the test images",
            theirs=0.69,
            unit="%",
            rule="figure",
            rounding=0.005,
            ours=lambda: accuracy(best_of(TWO_CONVOLUTIONS)),
            page=LARGER,
            test="claims/test_halbreich.py::test_his_accuracy",
            data=lambda: data(best_of(TWO_CONVOLUTIONS)),
        ),
        *(
            Claim(
                name=f"halbreich-accuracy-{label}",
                source=HALBREICH,
                where="coding question 3, output: classes",
                says=f"it is right on {100 * theirs:g} % of the images of class {label}",
                theirs=theirs,
                unit="%",
                rule="figure",
                rounding=0.0005,
                ours=lambda label=label: of_class(best_of(TWO_CONVOLUTIONS), label),
                page=CLASSES,
                test="claims/test_halbreich.py::test_classes",
                data=lambda: data(best_of(TWO_CONVOLUTIONS)),
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
            rule="figure",
            rounding=0.005,
            ours=lambda: loss("cifar-linear"),
            page=LARGER,
            test="claims/test_halbreich.py::test_losses",
            data=lambda: data("cifar-linear"),
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
                rule="figure",
                ours=lambda name=name: accuracy(name),
                page=LARGER,
                test="claims/test_halbreich.py::test_one_convolution_is_poorer",
                data=lambda name=name: data(name),
            )
        )
    return claims


@lru_cache(maxsize=1)
def _verdicts() -> dict[str, bool]:
    """Operator -> whether the test bench finds it linear and following shifts."""
    from invariance.bench.verdicts import is_lti, verdicts  # late: it takes half a second

    return {name: is_lti(by_law) for name, by_law in verdicts().items()}


def _flattening() -> dict[str, Any]:
    """What `python -m training flatten-order` recorded; {} if it wasn't run."""
    return records.experiment("flatten-order")


def _random_order_loses() -> float | None:
    """1 if networks whose maps are flattened in a fixed random order are right less often than row by row, by more
    than exchanging their names would explain in 1 of 10 cases; else 0."""
    runs = _flattening().get("runs")
    if runs is None or not {ROWS, RANDOM} <= {run["variant"] for run in runs}:
        return None
    right = np.array([[run["accuracy"]["value"] for run in runs if run["variant"] == name] for name in (ROWS, RANDOM)])
    return float(right[1].mean() < right[0].mean() and by_chance(right) < 0.1)


def _theory() -> list[Claim]:
    """Halbreich's answers on linear systems that follow shifts: what is one, and what isn't."""
    answers = {  # name: (question, the operator, whether it is one, what the source says)
        "lti": ("1", "convolution", True, "a convolution is linear and follows shifts"),
        "relu": ("3 a", "relu", False, "ReLU is linear and follows shifts"),
        "pick": ("3 b", "pick", False, "strided pooling is linear and follows shifts"),
        "bias": ("3 c", "bias", False, "adding a bias is linear and follows shifts"),
        "dense": ("3 d", "fully_connected", False, "a fully connected layer is linear and follows shifts"),
        "circulant": ("3 d", "circulant", False, "a fully connected layer can be so, with the right matrix"),
    }
    claims = [
        Claim(
            name=f"halbreich-{name}",
            source=HALBREICH,
            where=f"theoretical question {question}",
            says=says,
            theirs=theirs,
            unit="",
            rule="exact",
            ours=lambda operator=operator: float(_verdicts()[operator]),
            page=EVERY,
            test="claims/test_halbreich.py::test_operators",
        )
        for name, (question, operator, theirs, says) in answers.items()
    ]
    return [
        *claims,
        Claim(
            name="halbreich-flattening",
            source=HALBREICH,
            where="theoretical question 2",
            says="flattening in a random order costs right answers",
            theirs=1,
            unit="",
            rule="comparison",
            ours=_random_order_loses,
            page=FLATTENING,
            test="claims/test_halbreich.py::test_flattening",
            data=lambda: _flattening().get("test", {}).get("dataset_title", ""),
        ),
    ]


CLAIMS = [*_theory(), *_coding()]

SOURCE = Source(
    "halbreich",
    "Halbreich",
    HALBREICH,
    "which layers are linear and follow shifts, and small networks for photos",
    ITEMS,
    tuple(CLAIMS),
)
