"""What Doshi claims of his network."""

from invariance.claims.claim import Claim, accuracy, data
from invariance.claims.index.doshi import DIGITS, ITEMS
from invariance.claims.source import Source

DOSHI = "P. Doshi, Convolutional neural networks (2020)"

CLAIMS = [
    Claim(
        name="doshi-accuracy",
        source=DOSHI,
        where="section III.B",
        says="its network is right on about 99.2 % of the test images",
        theirs=0.992,
        unit="%",
        rule="figure",
        ours=lambda: accuracy("mnist-cnn"),
        page=DIGITS,
        test="claims/test_claims.py::test_the_verdict_follows_from_the_figures",
        data=lambda: data("mnist-cnn"),
        better=1,
        rounding=0.0005,
    ),
]

SOURCE = Source(
    "doshi", "Doshi", DOSHI, "the mathematics of convolutional networks, and a network for digits", ITEMS, tuple(CLAIMS)
)
