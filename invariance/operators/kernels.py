"""Kernels that find edges, blur, sharpen and shift, as cross-correlation (convolve() without flip) reads them."""

from dataclasses import dataclass

import numpy as np

from invariance.operators.operator import check_whole

KRISHNAN = "A. Krishnan, Translation invariance and CNN (2022)"
SOBEL = "I. Sobel, G. Feldman, A 3x3 isotropic gradient operator for image processing (1968)"
PREWITT = "J. Prewitt, Object enhancement and extraction (1970)"
GONZALEZ = "R. Gonzalez, R. Woods, Digital image processing"
DEFINITION = "the definition of cross-correlation"


@dataclass(frozen=True, eq=False)
class Kernel:
    """One entry of KERNELS."""

    name: str
    title: str
    matrix: np.ndarray  # float32 (k1, k2), read-only
    about: str  # what it finds or does, in a sentence
    source: str


def binomial(taps: int) -> np.ndarray:
    """The weights (taps,) that halve and add neighbours taps - 1 times: C(taps - 1, k) / 2^(taps - 1), float64.

    Raises:
        OperatorError: taps below 1.

    >>> binomial(3)
    array([0.25, 0.5 , 0.25])
    """
    check_whole("size of a blur", taps, 1)
    weights = np.ones(1)
    for _ in range(taps - 1):
        weights = np.convolve(weights, [0.5, 0.5])
    return weights


def _kernel(name: str, title: str, matrix: object, about: str, source: str) -> Kernel:
    matrix = np.array(matrix, np.float32)
    matrix.setflags(write=False)
    return Kernel(name, title, matrix, about, source)


_EDGE = np.array([[1, -1], [1, -1]])
_SOBEL = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
_PREWITT = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])

KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        _kernel(
            "vertical",
            "Vertical edge, 2×2",
            _EDGE,
            "Finds upright edges: positive where the left is brighter than the right, negative where it is darker.",
            KRISHNAN,
        ),
        _kernel(
            "horizontal",
            "Horizontal edge, 2×2",
            _EDGE.T,
            "Finds level edges: positive where the upper row is brighter than the lower, negative where it is darker.",
            f"{KRISHNAN}, transposed",
        ),
        _kernel("sobel_top", "Sobel, top", -_SOBEL, "Finds level edges whose upper side is the brighter one.", SOBEL),
        _kernel(
            "sobel_bottom",
            "Sobel, bottom",
            _SOBEL,
            "Finds level edges whose lower side is the brighter one.",
            f"{SOBEL}; shown on an image in {KRISHNAN}",
        ),
        _kernel(
            "sobel_left", "Sobel, left", -_SOBEL.T, "Finds upright edges whose left side is the brighter one.", SOBEL
        ),
        _kernel(
            "sobel_right", "Sobel, right", _SOBEL.T, "Finds upright edges whose right side is the brighter one.", SOBEL
        ),
        _kernel(
            "prewitt_bottom",
            "Prewitt, bottom",
            _PREWITT,
            "Finds level edges whose lower side is the brighter one, all three columns weighing the same.",
            PREWITT,
        ),
        _kernel(
            "prewitt_right",
            "Prewitt, right",
            _PREWITT.T,
            "Finds upright edges whose right side is the brighter one, all three rows weighing the same.",
            PREWITT,
        ),
        _kernel(
            "laplacian",
            "Laplacian",
            [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
            "Finds edges and spots of every direction: how far the four neighbours lie above the pixel, in sum.",
            GONZALEZ,
        ),
        _kernel(
            "outline",
            "Outline",
            [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
            "Finds outlines: how far a pixel lies above its eight neighbours, in sum.",
            GONZALEZ,
        ),
        _kernel(
            "box",
            "Box blur",
            np.full((3, 3), 1 / 9),
            "Blurs: the mean of the pixel and its eight neighbours.",
            GONZALEZ,
        ),
        _kernel(
            "gaussian",
            "Gaussian blur, 3×3",
            np.outer(binomial(3), binomial(3)),
            "Blurs smoothly: a mean in which nearer pixels weigh more, 1 2 1 along each axis.",
            GONZALEZ,
        ),
        _kernel(
            "gaussian5",
            "Gaussian blur, 5×5",
            np.outer(binomial(5), binomial(5)),
            "Blurs smoothly and further: 1 4 6 4 1 along each axis, the same as the smaller one twice.",
            GONZALEZ,
        ),
        _kernel(
            "sharpen",
            "Sharpen",
            [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
            "Sharpens: takes the Laplacian away from the image, which lifts every difference between neighbours.",
            GONZALEZ,
        ),
        _kernel(
            "emboss",
            "Emboss",
            [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
            "Shows the image in relief: bright where it grows brighter downwards and to the right, flat parts kept.",
            "V. Powell, Image kernels explained visually (2015)",
        ),
        _kernel(
            "identity",
            "Identity",
            [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
            "Changes nothing: every pixel is itself.",
            DEFINITION,
        ),
        _kernel(
            "shift_right",
            "Shift right",
            [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
            "Moves the image one pixel to the right: every pixel becomes its left neighbour.",
            DEFINITION,
        ),
        _kernel(
            "shift_down",
            "Shift down",
            [[0, 1, 0], [0, 0, 0], [0, 0, 0]],
            "Moves the image one pixel down: every pixel becomes its upper neighbour.",
            DEFINITION,
        ),
    )
}
