"""Blur of a lens out of focus and of a camera that moves. Beyond the edge the image goes on as its mirror image.

Amounts are per cent of the image's shorter side, so that one amount takes as much of a digit of 28×28 pixels as of a
photo of 224×224; a radius in pixels would wipe out the one and hardly touch the other.

Kinds and strengths follow D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common corruptions
and perturbations" (2019) and the code that made their ImageNet-C and CIFAR-10-C; the kernels are our own. Their radii
of defocus, 3 to 10 of 224 pixels and 0.3 to 1.5 of 32, are 1.3 to 4.5 % and 0.9 to 4.7 % of the side; but they round
the disc to whole pixels and smooth it with a Gaussian, and ours is the disc itself. Their motion fades along one side
of a line of random direction, and ours is even along a horizontal one: lengths of 3 to 15 % spread values about as wide
as ImageNet-C's halves of Gaussians, whose standard deviations σ are 3 to 15 of 224 pixels; half a Gaussian is as wide
as a line of 2.09 σ.
"""

from functools import lru_cache

import numpy as np

from invariance.transforms.transform import DETAIL, Transform, moves_nothing

PARTS = 200  # of a line, and of a disc along and across, whose middles stand for all of their places
LANES = 16  # transforms that a processor computes in one step, at most
PLANES = 4 * LANES  # images and channels that are blurred at a time


def defocus(images: np.ndarray, percent: float) -> np.ndarray:
    """The mean over a disc about each pixel of float32 (N, C, H, W); percent: its radius, of the shorter side."""
    return _blurred(images, _disc(percent / 100 * min(images.shape[2:])))


def motion(images: np.ndarray, percent: float) -> np.ndarray:
    """The mean over a horizontal line about each pixel of float32 (N, C, H, W); percent: its length, as in defocus."""
    return _blurred(images, _line(percent / 100 * min(images.shape[2:])))


@lru_cache(64)
def _disc(radius: float) -> np.ndarray:
    """The kernel of a disc, (2 R + 1, 2 R + 1); radius in pixels."""
    y, x = np.stack(np.meshgrid(_middles(), _middles(), indexing="ij")).reshape(2, -1)
    inside = x**2 + y**2 <= 1
    return _kernel(radius * x[inside], radius * y[inside])


@lru_cache(64)
def _line(length: float) -> np.ndarray:
    """The kernel of a horizontal line, (2 R + 1, 2 R + 1); length in pixels."""
    return _kernel(length / 2 * _middles(), np.zeros(PARTS))


def _middles() -> np.ndarray:
    """(PARTS,): the middles of as many equal parts of -1 to 1."""
    return (2 * np.arange(PARTS) + 1) / PARTS - 1


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean over places about a pixel, in pixels, as weights of the pixels around, (2 R + 1, 2 R + 1), the sum 1.

    Between pixels an image is bilinear: with i = floor(x), j = floor(y), u = x - i and v = y - j the pixels (i, j),
    (i + 1, j), (i, j + 1) and (i + 1, j + 1) have the shares (1-u)(1-v), u (1-v), (1-u) v and u v in a place.
    """
    reach = int(np.ceil(max(np.abs(x).max(), np.abs(y).max())))
    left, top = np.floor(x), np.floor(y)
    u, v = x - left, y - top
    kernel = np.zeros((2 * reach + 2, 2 * reach + 2))
    for down, right, share in ((0, 0, (1 - u) * (1 - v)), (0, 1, u * (1 - v)), (1, 0, (1 - u) * v), (1, 1, u * v)):
        np.add.at(kernel, (top.astype(int) + reach + down, left.astype(int) + reach + right), share / len(x))
    return kernel[:-1, :-1]  # the last row and column are of places beyond the reach: there are none


def _blurred(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve float32 (N, C, H, W) with a kernel (2 R + 1, 2 R + 1) that is its own mirror image.

    Done as a product of Fourier transforms. Planes are filled up to whole steps of a processor: it rounds the rest of a
    step otherwise, and an image would change with the number of its neighbours.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2  # late: only transforms need it

    reach = len(kernel) // 2
    height, width = (side + 2 * reach for side in images.shape[2:])
    size = next_fast_len(height, real=True), next_fast_len(width, real=True)
    factor = rfft2(np.roll(np.pad(kernel, [(0, side - len(kernel)) for side in size]), (-reach, -reach), (0, 1)))
    planes = images.reshape(-1, *images.shape[2:])
    blurred = np.empty_like(planes)
    for start in range(0, len(planes), PLANES):
        part = planes[start : start + PLANES]
        mirrored = np.pad(part, ((0, -len(part) % LANES), (reach, reach), (reach, reach)), "reflect")
        whole = irfft2(rfft2(mirrored, size) * factor.astype(np.complex64), size)
        blurred[start : start + PLANES] = whole[: len(part), reach : height - reach, reach : width - reach]
    return np.clip(blurred, 0, 1).reshape(images.shape)


DEFOCUS = Transform(
    name="defocus",
    title="Defocus",
    unit=" %",
    neutral=0,
    low=0,
    high=10,
    amounts=(0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10),
    severities=(1.5, 2, 3, 4, 5),
    change=defocus,
    about="A lens out of focus: each point becomes a disc, its radius so many per cent of the image's shorter side.",
    group=DETAIL,
    action=moves_nothing,
    moves=False,
)
MOTION = Transform(
    name="motion",
    title="Motion blur",
    unit=" %",
    neutral=0,
    low=0,
    high=30,
    amounts=(0, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30),
    severities=(3, 5, 8, 12, 15),
    change=motion,
    about="A camera that moves: each point becomes a horizontal line, its length so many per cent of the shorter side.",
    group=DETAIL,
    action=moves_nothing,
    moves=False,
)
