"""What Halbreich answers in theory: which layers are linear and follow shifts, and in what order a map is flattened."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from invariance.claims.claim import Claim
from invariance.claims.index.halbreich import (
    BIAS,
    DENSE,
    EVERY,
    IMPULSE,
    LAWS,
    MATRICES,
    QUESTION_2,
    THEORY,
)
from invariance.operators.convolution import convolve_circular

HALBREICH = "A. Halbreich, Neural networks for images, exercise 1"
TESTS = "claims/test_halbreich.py::"
SIZE = (3, 4)  # of the images on which what holds of all matrices is shown entry by entry


def theory(
    name: str,
    question: str,
    says: str,
    theirs: bool,
    ours: Callable[[], float],
    page: str,
    test: str,
    inferred: str = "",
) -> Claim:
    """A count or a proof. question: after "theoretical question"."""
    return Claim(
        name=f"halbreich-{name}",
        source=HALBREICH,
        where=f"{THEORY} {question}",
        says=says,
        theirs=float(theirs),
        unit="",
        rule="exact",
        ours=ours,
        page=page,
        test=TESTS + test,
        inferred=inferred,
    )


@lru_cache(maxsize=1)
def _verdicts() -> dict[str, dict[str, Any]]:
    """Operator -> law -> what the test bench finds."""
    from invariance.bench.verdicts import verdicts  # late: it takes half a second

    return verdicts()


def _holds(operator: str, law: str) -> float:
    return float(_verdicts()[operator][law].holds)


def _is_lti(operator: str) -> float:
    from invariance.bench.verdicts import is_lti

    return float(is_lti(_verdicts()[operator]))


def is_convolution(matrix: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether a matrix (H W, H W) of whole numbers is the circular convolution with its first column, on every image.

    As both are linear, it is so if it is so of every image with a single 1.
    """
    images = np.eye(len(matrix)).reshape(-1, *size)
    response = matrix[:, 0].reshape(size).astype(np.float64)
    convolved = [convolve_circular(image, response, flip=True).ravel() for image in images]
    return np.array_equal(np.transpose(convolved), matrix)


@lru_cache(maxsize=1)
def _followers_are_convolutions() -> float:
    """1 if every linear map of images of SIZE that follows all shifts is a convolution: it is a sum of followers()."""
    from invariance.bench.circulant import followers

    return float(all(is_convolution(matrix, SIZE) for matrix in followers(SIZE)))


@lru_cache(maxsize=1)
def _convolutions_follow() -> float:
    """1 if every convolution on images of SIZE is linear and follows all shifts.

    Both sides of T (x * h) = (T x) * h are linear in x and in h: they are equal if they are for every x and h with a
    single 1. Of a kernel, the response is linear in x if it is the sum over its pixels of x[k] times that to a 1 there.
    """
    impulses = np.eye(SIZE[0] * SIZE[1]).reshape(-1, *SIZE)
    whole = np.arange(1.0, 1 + impulses[0].size).reshape(SIZE)
    for kernel in impulses:
        answers = np.stack([convolve_circular(image, kernel, flip=True) for image in impulses])
        if not np.array_equal(convolve_circular(whole, kernel, flip=True), np.tensordot(whole.ravel(), answers, 1)):
            return 0.0
        for shift in np.ndindex(SIZE):
            moved = [convolve_circular(np.roll(image, shift, (0, 1)), kernel, flip=True) for image in impulses]
            if not np.array_equal(moved, np.roll(answers, shift, (1, 2))):
                return 0.0
    return 1.0


@lru_cache(maxsize=1)
def _impulse_gives_the_kernel() -> float:
    from invariance.bench.impulse import impulse_response, support
    from invariance.bench.systems import KERNEL, SYSTEMS

    return float(np.array_equal(support(impulse_response(SYSTEMS["convolution"], (1, 8, 8))[0, 0]), KERNEL))


def _adding_shifts() -> float:
    """1 if the vector that shifts one image when it is added shifts another too; black is the other."""
    image, black = np.eye(1, 4)[0], np.zeros(4)
    added = np.roll(image, 1) - image
    return float(np.array_equal(black + added, np.roll(black, 1)))


THEORY_CLAIMS = [
    theory(
        "lti",
        "1",
        "a linear operator that follows shifts is a convolution. Here: of images, around their edges",
        True,
        _followers_are_convolutions,
        MATRICES,
        "test_what_follows_shifts_is_a_convolution",
    ),
    theory(
        "convolution",
        "1",
        "a convolution is linear and follows shifts. Here: of images, around their edges",
        True,
        _convolutions_follow,
        LAWS,
        "test_convolutions_are_linear_and_follow_shifts",
        inferred="the source derives the other direction and says that the two correspond to each other",
    ),
    theory(
        "impulse",
        "1, impulse response",
        "what a convolution answers to an impulse is its kernel",
        True,
        _impulse_gives_the_kernel,
        IMPULSE,
        "test_an_impulse_gives_the_kernel",
    ),
    theory(
        "shifted-input",
        "1, shifted input",
        "for a linear operator that follows shifts, L[x[n + m]] = L[x[n]]",
        True,
        lambda: _holds("convolution", "invariant"),
        IMPULSE,
        "test_a_convolution_is_not_invariant",
    ),
    *(
        theory(name, question, says, False, lambda operator=operator: _is_lti(operator), EVERY, "test_operators")
        for name, question, operator, says in (
            ("relu", "3 a", "relu", "ReLU is linear and follows shifts"),
            ("pick", "3 b", "pick", "strided pooling is linear and follows shifts"),
            ("bias", "3 c", "bias", "adding a bias is linear and follows shifts"),
            ("dense", "3 d", "fully_connected", "a fully connected matrix in general is linear and follows shifts"),
        )
    ),
    theory(
        "circulant",
        "3 d",
        "there is a fully connected matrix that is linear and follows shifts",
        False,
        lambda: _is_lti("circulant"),
        MATRICES,
        "test_operators",
        inferred="the source says no of fully connected matrices, and names no exception; a circulant one is our "
        "counterexample",
    ),
    theory(
        "bias-homogeneous",
        "3 c, homogeneity",
        "with a bias, λI + b is λ(I + b)",
        False,
        lambda: _holds("bias", "homogeneous"),
        BIAS,
        "test_operators",
    ),
    theory(
        "dense-shift",
        "3 d, equation 2",
        "adding a vector to an image shifts it",
        True,
        _adding_shifts,
        DENSE,
        "test_adding_a_vector_is_no_shift",
        inferred="the source says “shift the input signal by a vector”, and writes I + a",
    ),
    theory(
        "dense-sum",
        "3 d, equation 3",
        "of a fully connected matrix, W(I + a) = WI + Wa",
        True,
        lambda: _holds("fully_connected", "additive"),
        DENSE,
        "test_operators",
    ),
    theory(
        "dense-scale",
        "3 d",
        "if the image is multiplied by a number, what a fully connected matrix gives is multiplied by another one",
        True,
        lambda: 1 - _holds("fully_connected", "homogeneous"),
        DENSE,
        "test_operators",
    ),
    Claim(
        name="halbreich-not-linear",
        source=HALBREICH,
        where=f"{QUESTION_2}, non-linear layers",
        says="ReLU and max pooling are not linear",
        theirs=1.0,
        unit="",
        rule="exact",
        ours=lambda: float(not (_holds("relu", "additive") or _holds("max", "additive"))),
        page=EVERY,
        test=f"{TESTS}test_max_pooling_and_relu_are_not_linear",
    ),
]
