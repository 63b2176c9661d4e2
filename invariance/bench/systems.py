"""What the test bench knows: every kind of layer as a function from images to images."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from invariance.bench.circulant import circulant
from invariance.measures import softmax
from invariance.operators import OPERATORS, Operator
from invariance.operators.activations import relu, sigmoid
from invariance.operators.convolution import convolve, convolve_circular
from invariance.operators.kernels import KERNELS

HALBREICH = "A. Halbreich, Neural networks for images, exercise 1"
KERNEL = KERNELS["emboss"].matrix  # whole numbers, and not the same when turned
BIAS = 1.0
MEAN, VARIANCE, GAIN, OFFSET = 1.0, 4.0, 6.0, 2.0  # of batch normalisation: 3 x - 1
STEP = 2  # of all entries of OPERATORS that keep more than one place
DROPPED = 0.5  # the share of pixels that dropout sets to 0


@dataclass(frozen=True)
class System:
    """A function from images to images that is put to the test."""

    name: str
    title: str
    # float32 or float64 (N, C, H, W), each image by itself -> (N, C', H', W') of the same type, and the same numbers
    # whenever it is asked; C is 1 for the entries of SYSTEMS
    apply: Callable[[np.ndarray], np.ndarray]
    about: str
    source: str = ""
    # what it holds for images of a size (H, W); None where that is nothing or is said in about
    numbers: Callable[[tuple[int, int]], np.ndarray] | None = None
    # pixels from one output place to the next, down and right; None: as many times as the output has fewer places
    stride: tuple[int, int] | None = None


def without_constant(system: System) -> System:
    """L(x) - L(0): of an affine operator the linear part, of a linear one all of it."""
    return replace(system, apply=lambda images: system.apply(images) - system.apply(np.zeros_like(images[:1])))


def _convolution(images: np.ndarray) -> np.ndarray:
    """Around the edges, the kernel's middle on each pixel."""
    return np.roll(convolve_circular(images, KERNEL, flip=True), (-1, -1), (-2, -1))


@lru_cache(maxsize=16)
def dense(size: tuple[int, int]) -> np.ndarray:
    """float64 (H W, H W): whole numbers from -2 to 2 by chance, the same for every call; read-only."""
    return _read_only(np.random.default_rng(size).integers(-2, 3, (size[0] * size[1],) * 2).astype(np.float64))


@lru_cache(maxsize=16)
def convolution_matrix(size: tuple[int, int]) -> np.ndarray:
    """float64 (H W, H W): the convolution of SYSTEMS around the edges, as a matrix; read-only."""
    impulse = np.zeros(size)
    impulse[0, 0] = 1
    return _read_only(circulant(_convolution(impulse)))


@lru_cache(maxsize=16)
def _mask(size: tuple[int, int]) -> np.ndarray:
    """float64 (H, W): 0 where a pixel is dropped, 1 / (1 - p) elsewhere; the same for every call; read-only."""
    return _read_only((np.random.default_rng(size).random(size) >= DROPPED) / (1 - DROPPED))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _times(matrix: Callable[[tuple[int, int]], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A matrix times the pixels, row by row; the result is laid out as an image again."""

    def apply(images: np.ndarray) -> np.ndarray:
        weights = matrix(images.shape[-2:]).astype(images.dtype, copy=False)
        return (images.reshape(len(images), -1) @ weights.T).reshape(images.shape)

    return apply


def _softmax(images: np.ndarray) -> np.ndarray:
    return softmax(images.reshape(len(images), -1)).reshape(images.shape)


def _pool(operator: Operator) -> System:
    rows, _ = operator.apply(np.zeros((STEP**2, STEP**2))).shape
    stride = None if rows == 1 else (STEP, STEP)  # global pooling has none
    return System(operator.name, operator.title, operator.apply, operator.about, operator.source, stride=stride)


SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        System(
            "convolution",
            "Convolution around the edges",
            _convolution,
            "The kernel Emboss, turned by 180° as true convolution does, on an image whose edges join.",
            HALBREICH,
            lambda size: KERNEL,
        ),
        System(
            "zero_padded",
            "Convolution with zero padding",
            lambda images: convolve(images, KERNEL, padding="same", flip=True),
            "The same kernel on an image with zeros around it, as in most networks.",
            HALBREICH,
            lambda size: KERNEL,
        ),
        System(
            "bias",
            "Adding a bias",
            lambda images: images + BIAS,
            f"Adds {BIAS:g} to every pixel. A network has one such number for each map.",
            HALBREICH,
        ),
        System("relu", "ReLU", relu, "max(x, 0) of every pixel.", HALBREICH),
        System("sigmoid", "Sigmoid", sigmoid, "1 / (1 + e⁻ˣ) of every pixel.", "the definition"),
        *map(_pool, OPERATORS.values()),
        System(
            "batch_normalisation",
            "Batch normalisation, in use",
            lambda images: (images - MEAN) / VARIANCE**0.5 * GAIN + OFFSET,
            f"Subtracts {MEAN:g}, divides by √{VARIANCE:g}, multiplies by {GAIN:g} and adds {OFFSET:g}: once training "
            "is over, these four numbers of each map are fixed. During training the first two come from the batch.",
            "S. Ioffe, C. Szegedy, Batch normalization (2015)",
        ),
        System(
            "dropout",
            "Dropout, in use",
            lambda images: images.copy(),
            "Once training is over, dropout changes nothing.",
            "N. Srivastava et al., Dropout (2014)",
        ),
        System(
            "dropout_training",
            "Dropout, in training",
            lambda images: images * _mask(images.shape[-2:]).astype(images.dtype),
            f"Sets pixels to 0, each with probability {DROPPED:g}, and multiplies the others by {1 / (1 - DROPPED):g}. "
            "In training every image gets a new draw, which makes it no function at all; here one draw is kept.",
            "N. Srivastava et al., Dropout (2014)",
            _mask,
        ),
        System(
            "softmax",
            "Softmax",
            _softmax,
            "eˣ of every pixel, divided by their sum. Networks do this to their logits, here it is done to all pixels.",
            "the definition",
        ),
        System(
            "fully_connected",
            "Fully connected",
            _times(dense),
            "A matrix of whole numbers drawn by chance times the pixels, row by row; its output is laid out as an "
            "image of the same size, so that there is something to shift.",
            HALBREICH,
            dense,
        ),
        System(
            "circulant",
            "Fully connected, circulant",
            _times(convolution_matrix),
            "A matrix too, with a number for every pair of pixels, but one that depends only on how far apart they "
            "lie: the convolution around the edges, written as a fully connected layer.",
            "the definition",
            convolution_matrix,
        ),
        System(
            "flatten",
            "Flattening",
            lambda images: images.reshape(len(images), 1, 1, -1).copy(),
            "Writes the pixels in one row, row by row. Each pixel keeps its value and has an address of its own; what "
            "is lost is that a shift of the image is a shift of addresses.",
            HALBREICH,
        ),
    )
}
