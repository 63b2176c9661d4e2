"""What Doshi claims of his network."""

from invariance.claims.claim import Claim, accuracy, data

DOSHI = "P. Doshi, Convolutional neural networks (2020)"

CLAIMS = [
    Claim(
        name="doshi-accuracy",
        source=DOSHI,
        where="section III.B",
        says="its network is right on about 99.2 % of the test images",
        theirs=0.992,
        unit="%",
        comparison="at least",
        ours=lambda: accuracy("mnist-cnn"),
        page="training?what=Digits",
        data=lambda: data("mnist-cnn"),
    ),
]
