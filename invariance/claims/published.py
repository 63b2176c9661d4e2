"""What others report of their networks, beside networks of ours that are measured alike.

Only what was read is here, and where: papers' figures from the authors' own pages and files, or, where that says so,
from others who quote them. Ours comes from exported/*.json; a network that isn't there or isn't measured has no row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from invariance.claims.claim import accuracy, data, measurements, shares
from invariance.claims.verdict import NOT_COMPARABLE, NOT_MEASURED, Measured, beside
from invariance.datasets import CIFAR10, MNIST
from invariance.measures import Z_95, Share
from invariance.number_words import percent
from invariance.transforms.rotation import ROTATION


class Setting(NamedTuple):
    """What is learned from and measured on, so that figures stand beside each other."""

    title: str
    about: str  # how theirs and ours come about, in sentences
    images: str  # what ours must be measured on to be the same
    ours: Callable[[str], Measured | None]  # of a network by name, over its seeds


@dataclass(frozen=True)
class Published:
    """One figure that others report."""

    setting: Setting
    theirs: str  # their network, and what is special about the figure
    right: float  # share of the test images, 0 to 1
    digits: int  # that it is printed with, behind the point, in per cent
    n: int  # their test images
    source: str  # where it was read
    network: str  # the file's name of ours beside it
    differs: str = ""  # what forbids to judge which is higher
    headline: bool = False  # whether it stands in the README
    runs: int = 1  # trainings that theirs is the mean of

    @property
    def rounding(self) -> float:
        """By how much it may be off for being printed so."""
        return 0.5 * 10.0 ** -(self.digits + 2)

    def theirs_in_words(self) -> str:
        return percent(self.right, self.digits)

    def ours_in_words(self) -> str:
        """The mean and the standard deviation over seeds; "not measured" while there is no figure."""
        if (ours := self.ours()) is None:
            return NOT_MEASURED
        count = len(ours.values)
        over = f" ± {100 * ours.spread:.2f} over {count} seeds" if count > 1 else ", one seed"
        return percent(ours.value) + over

    def ours(self) -> Measured | None:
        """Our network's figure; None while it isn't there or isn't measured."""
        return self.setting.ours(self.network)

    def unlike(self) -> str:
        """Why theirs and ours are not compared; "" if they are."""
        measured_on = data(self.network)
        other = f"ours on {measured_on}" if measured_on and measured_on != self.setting.images else ""
        return "; ".join(why for why in (self.differs, other) if why)

    def verdict(self) -> str:
        """How ours stands beside theirs, by the rule of beside(); NOT_COMPARABLE, and why, where they are unlike."""
        if why := self.unlike():
            return f"{NOT_COMPARABLE}: {why}"
        return beside(self.right, self.ours(), self.rounding, self.right * (1 - self.right) / self.n, self.runs)


def measured() -> list[Published]:
    """What stands beside a figure of ours."""
    return [one for one in PUBLISHED if one.ours()]


def by_protocol(name: str) -> Measured | None:
    """How often the seeds of an exported model are right on the test images of the protocol it was trained by."""
    found = [each.get("protocol") for each in measurements(name)]
    return shares([each and Share(**each["accuracy"]) for each in found])


def at_all_angles(name: str) -> Measured | None:
    """How often the seeds of an exported model are right on average over all angles."""
    curves = [each.get("transforms", {}).get(ROTATION.name) for each in measurements(name)]
    if not curves or None in curves:
        return None
    own = [curves[0]["amounts"].index(angle) for angle in ROTATION.amounts]
    values = tuple(sum(curve["accuracy"][place] for place in own) / len(own) for curve in curves)
    # The answers to one image at several angles hang together: how far the images are apart is recorded of the first.
    mean = curves[0]["mean"]
    return Measured(values, mean["n"], ((mean["high"] - mean["low"]) / 2 / Z_95) ** 2)


ROTATED = Setting(
    "Rotated MNIST",
    "Trained on 12,000 and tested on 50,000 digits, each turned by a random angle. Theirs are the files of "
    "Larochelle et al. 2007 where a row doesn't say otherwise; ours are made of MNIST by the same plan, no digit in "
    "both, each turned once, and a tenth of the 12,000 is held out. But the choice of our network's form was not kept "
    "apart from the test digits: 40,000 of them, upright, are among the 60,000 on which the same form was trained and "
    "chosen for MNIST, and it is one of three that were measured on the 50,000. The mean and spread "
    "of pixels that it subtracts and divides by are also those of all 60,000.",
    MNIST.title,
    by_protocol,
)
UPRIGHT = Setting(
    "Trained upright, tested at all angles",
    "Trained on MNIST's upright digits. Ours is the mean over 0, 5, …, 355° on the 10,000 test images. The tables of "
    "the papers on RIC-CNN, on H-NeXt trained upright (arXiv 2311.01111) and on characteristic orientations (arXiv "
    "2602.20930) could not be read.",
    MNIST.title,
    at_all_angles,
)
DIGITS = Setting(
    "MNIST",
    "Trained on MNIST's 60,000 upright digits, of which ours holds a tenth out, and tested on its 10,000.",
    MNIST.title,
    accuracy,
)
PHOTOS = Setting(
    "CIFAR-10",
    "Trained on CIFAR-10's 50,000 photos, of which ours holds a tenth out, and tested on its 10,000.",
    CIFAR10.title,
    accuracy,
)

H_NETS = "issue 10 of github.com/danielewworrall/harmonicConvolutions (2018)"
PDO = "README of github.com/shenzy08/PDO-eConvs (Shen et al. 2020), table on MNIST-rot-12k"
ROTEQNET = (
    "README of github.com/COGMAR/RotEqNet, results from the MNIST-rot test; it prints “10 0000” test images, and its "
    "mnist/make_mnist_rot.py makes 50,000 of MNIST"
)
GE_CNN = "README of github.com/huetufemchopf/ge-cnn, a reimplementation of Cohen & Welling 2016"
RIC = "issue 1 of github.com/HanlinMo/Rotation-Invariant-Coordinate-Convolutional-Neural-Network (2023)"
AN = "An et al. 2020, An ensemble of simple CNN models for MNIST digit recognition"
JORDAN = "Jordan 2024, 94% on CIFAR-10 in 3.29 seconds on a single GPU (arXiv 2404.00498v2)"
COHEN = "README of github.com/tscohen/gconv_experiments (Cohen & Welling 2016), comparison of G-CNNs, CIFAR10+"
ROT12K, ANY_ANGLE, NOT_TOLD = "mnist-rot12k", "mnist-any-angle", "on which test images isn't told"

PUBLISHED = (
    Published(ROTATED, "Conventional CNN, 22 k parameters, no augmentation", 0.9497, 2, 50_000, PDO, ROT12K),
    Published(ROTATED, "G-CNN on p4, 25 k parameters, no augmentation", 0.9772, 2, 50_000, PDO, ROT12K, headline=True),
    Published(ROTATED, "PDO-eConv, 26 k parameters, no augmentation", 0.9813, 2, 50_000, PDO, ROT12K),
    Published(ROTATED, "Harmonic networks, as their paper says", 0.9831, 2, 50_000, H_NETS, ROT12K, headline=True),
    Published(ROTATED, "Harmonic networks, as a reader got by the authors' code", 0.9724, 2, 50_000, H_NETS, ROT12K),
    Published(
        ROTATED,
        "H-NeXt, UP+MASK, the best of 10 runs",
        0.9860,
        2,
        50_000,
        "testing.ipynb in github.com/karellat/h-next (Karella et al. 2023); how it was chosen: its README",
        ROT12K,
        "theirs is the best of 10 runs",
        headline=True,
    ),
    Published(
        ROTATED,
        "RotEqNet, as a reimplementation quotes its paper: training images turned at random anew, the mean over turns "
        "of each test image",
        0.989,
        1,
        50_000,
        ROTEQNET,
        ROT12K,
    ),
    Published(
        ROTATED,
        "E(2)-CNN on D16, as Papers with Code quotes the paper",
        0.99318,
        3,
        50_000,
        "paperswithcode.com/paper/general-e2-equivariant-steerable-cnns (Weiler & Cesa 2019), test error 0.682",
        ROT12K,
        headline=True,
    ),
    Published(
        ROTATED,
        "RotEqNet, reimplemented, the same, on images that the reimplementation makes of MNIST",
        0.988,
        1,
        50_000,
        ROTEQNET,
        ROT12K,
    ),
    Published(UPRIGHT, "Z2CNN, a conventional CNN", 0.42, 0, 10_000, GE_CNN, "lenet5", NOT_TOLD),
    Published(UPRIGHT, "P4CNN", 0.84, 0, 10_000, GE_CNN, "p4cnn", NOT_TOLD),
    Published(
        UPRIGHT,
        "Harmonic networks, as the paper on RIC-CNN says, about",
        0.92,
        0,
        10_000,
        RIC,
        ANY_ANGLE,
        NOT_TOLD,
        headline=True,
    ),
    Published(UPRIGHT, "Harmonic networks, as a reader got, about", 0.47, 0, 10_000, RIC, ANY_ANGLE, NOT_TOLD),
    Published(
        DIGITS,
        "M5, one network: the mean of 29 after the last epoch, ± 0.03",
        0.9969,
        2,
        10_000,
        f"{AN}: logs/modelM5 in github.com/ansh941/MnistSimpleCNN, our mean",
        "mnist-best",
        headline=True,
        runs=29,
    ),
    Published(
        DIGITS,
        "Three networks that vote, up to",
        0.9987,
        2,
        10_000,
        f"{AN}, abstract",
        "mnist-best",
        "theirs are three, and the most that they reach",
    ),
    Published(
        PHOTOS,
        "airbench94, the mean of 1,000 runs, six views of each image",
        0.9401,
        2,
        10_000,
        JORDAN,
        "cifar-best",
        runs=1_000,
    ),
    Published(
        PHOTOS,
        "airbench96, the mean of 200 runs, six views of each image",
        0.9605,
        2,
        10_000,
        JORDAN,
        "cifar-best",
        headline=True,
        runs=200,
    ),
    Published(PHOTOS, "All-CNN-C on p4", 0.9233, 2, 10_000, COHEN, "cifar-p4", headline=True),
    Published(PHOTOS, "ResNet44 on p4m", 0.9506, 2, 10_000, COHEN, "cifar-p4"),
    Published(
        PHOTOS,
        "E(2)-CNN, a wide residual network, ± 0.03",
        0.9795,
        2,
        10_000,
        "README of github.com/QUVA-Lab/e2cnn (Weiler & Cesa 2019), experimental results",
        "cifar-p4",
    ),
)
