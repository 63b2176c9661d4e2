"""Convolution of images with one kernel: with padding and stride as networks do it, and around the edges."""

import numpy as np

from invariance.operators.operator import OperatorError, check_images
from invariance.operators.windows import Padding, around, cells, padded


def convolve(
    images: np.ndarray,
    kernel: np.ndarray,
    *,
    stride: int = 1,
    padding: Padding = 0,
    bias: float = 0.0,
    flip: bool = False,
) -> np.ndarray:
    """Slide a kernel over images; each output is the sum of the products, plus a bias.

    S[i, j] = Σ_m Σ_n I[s i + m, s j + n] K[m, n] + b    cross-correlation, which networks call convolution (flip False)
    S[i, j] = Σ_m Σ_n I[s i + m, s j + n] K[k1 - 1 - m, k2 - 1 - n] + b      convolution: the kernel turned by 180°

    with I padded by zeros. A network learns its kernels, so that turning them changes nothing but their names.

    Args:
        images: float32 or float64 (..., H, W) for a kernel of two axes, which sees each plane by itself;
            (..., C, H, W) for a kernel of three, which sums over the channels. The kernel's axes alone decide.
        kernel: (k1, k2) or (C, k1, k2), real; taken in the images' type.
        stride: s, pixels from one place to the next along both axes.
        padding: of zeros along both axes: p on each side, a pair (before, after), or "valid", "same" or "full"; see
            padding_for().
        bias: b, added to every output.
        flip: whether to turn the kernel by 180° first.

    Returns:
        (..., H', W') of the images' type; H' = floor((H + p_before + p_after - k1) / s) + 1, and W' with k2.

    Raises:
        OperatorError: images or kernel of another form, other channels, a stride below 1, a negative padding, or a
            kernel larger than the padded image.

    >>> convolve(np.ones((3, 28, 28), np.float32), np.ones((5, 5))).shape
    (3, 24, 24)
    >>> convolve(np.ones((3, 28, 28), np.float32), np.ones((3, 5, 5)), padding="same").shape
    (28, 28)

    Source: P. Doshi, "Convolutional neural networks" (2020), equations 2 and 3 and the sum over channels below them.
    """
    kernel = _kernel(images, kernel, flip)
    rows, columns = (around(padding, size) for size in kernel.shape[-2:])
    return _sum(padded(images, rows, columns), kernel, stride) + images.dtype.type(bias)


def convolve_circular(images: np.ndarray, kernel: np.ndarray, *, flip: bool = False) -> np.ndarray:
    """Slide a kernel over images whose edges join: what leaves at one side comes in at the other.

    S[i, j] = Σ_m Σ_n I[(i + m) mod H, (j + n) mod W] K[m, n]      cross-correlation (flip False)
    S[i, j] = Σ_m Σ_n I[(i - m) mod H, (j - n) mod W] K[m, n]      convolution (flip True)

    Without edges the laws are exact: a shift of the image shifts the output as far; true convolution commutes and
    associates, becomes a product under the Fourier transform, and has the kernel [[1]] as its neutral element. K[0, 0]
    belongs to the output's own place, so a kernel that is read around its middle moves the image by half its size.

    Args:
        images: float32 or float64 (..., H, W), or (..., C, H, W) for a kernel of three axes; as in convolve().
        kernel: (k1, k2) or (C, k1, k2) of any size: larger than the image, it goes around more than once.
        flip: False for cross-correlation, True for convolution.

    Returns:
        (..., H, W) of the images' type, for (..., C, H, W) summed over the channels.

    Raises:
        OperatorError: images or kernel of another form, or other channels.
    """
    kernel = _kernel(images, kernel, flip)
    rows, columns = ((size - 1, 0) if flip else (0, size - 1) for size in kernel.shape[-2:])
    return _sum(padded(images, rows, columns, "wrap"), kernel, 1)


def _kernel(images: np.ndarray, kernel: np.ndarray, flip: bool) -> np.ndarray:
    """The kernel in the images' type, turned if asked for; refused if it or they are of the wrong form."""
    kernel = np.asarray(kernel)
    if kernel.ndim not in (2, 3) or kernel.size == 0 or kernel.dtype.kind not in "biuf":
        raise OperatorError(
            f"A kernel is real numbers (k1, k2) or (C, k1, k2), not {kernel.dtype} of shape {kernel.shape}."
        )
    check_images("Convolution", images, axes=kernel.ndim)
    if kernel.ndim == 3 and kernel.shape[0] != images.shape[-3]:
        raise OperatorError(
            f"The kernel has as many channels as the images, {images.shape[-3]}, not {kernel.shape[0]}."
        )
    return (kernel[..., ::-1, ::-1] if flip else kernel).astype(images.dtype)


def _sum(images: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Σ K[m, n] × cell (m, n) of every window, over the channels too if the kernel has them."""
    if kernel.ndim == 3:
        return sum(_sum(images[..., c, :, :], plane, stride) for c, plane in enumerate(kernel))
    return sum(weight * cell for weight, cell in zip(kernel.flat, cells(images, *kernel.shape, stride), strict=True))
