"""Max pooling that blurs before it leaves pixels out, so that a shift changes less.

Max pooling with stride s takes the largest value of a window that moves by one pixel, and keeps every s-th of these.
The first step commutes with shifts; the second does not, and makes waves that are too fine for the new grid appear as
coarse ones (aliasing). A blur between the two weakens them first, as signal processing has always done.

Source: R. Zhang, "Making convolutional networks shift-invariant again" (ICML 2019).
"""

import numpy as np

from invariance.operators.convolution import convolve
from invariance.operators.kernels import binomial
from invariance.operators.operator import Operator, OperatorError, check_images, check_whole
from invariance.operators.pooling import max_pool
from invariance.operators.windows import output_size, padded


def antialiased_max_pool(
    images: np.ndarray, window: int = 2, stride: int = 2, blur: int = 3, *, circular: bool = True
) -> np.ndarray:
    """The largest value at every place, blurred, and every stride-th of that kept, from the first.

    y = (max over k x k, stride 1) ⋆ (b bᵀ), every s-th;  b = binomial weights: 1 2 1 / 4 for three taps

    Args:
        images: float32 or float64 (..., H, W).
        window: k, whose largest value is taken.
        stride: s, which pixels are kept.
        blur: taps of the binomial filter along each axis: 2, 3 and 5 are the paper's Rect-2, Tri-3 and Bin-5; 1 does
            not blur, which is plain max pooling where the window fits.
        circular: whether the edges join, so that shifts around them lose nothing; if not, windows stay inside and the
            blur sees the map reflected at its border, as in the paper.

    Returns:
        of the images' type: circular (..., H // s, W // s), else (..., H', W') with H' = floor((H - k) / s) + 1: the
        same for s = k.

    Raises:
        OperatorError: images of another form, a window, stride or blur below 1, or a window or stride larger than the
            image.

    Source: R. Zhang, "Making convolutional networks shift-invariant again" (ICML 2019), section 3.
    """
    check_images("Anti-aliased max pooling", images)
    height, width = (output_size(size, window, 0, stride) for size in images.shape[-2:])
    check_whole("size of a blur", blur, 1)
    if circular:
        height, width = (size // stride for size in images.shape[-2:])
        if not height or not width:
            raise OperatorError(f"The stride is at most the image's size, {min(images.shape[-2:])}, not {stride}.")
        images = padded(images, (0, window - 1), (0, window - 1), "wrap")
    border = ((blur - 1) // 2, blur // 2)
    largest = padded(max_pool(images, window, 1), border, border, "wrap" if circular else "reflect")
    weights = binomial(blur)
    return convolve(largest, np.outer(weights, weights), stride=stride)[..., :height, :width]


ANTIALIASED = Operator(
    name="antialiased",
    title="Anti-aliased max pooling",
    apply=antialiased_max_pool,
    about="Takes the largest value around every pixel, blurs that, and only then keeps every second pixel; edges join. "
    "It costs about four times max pooling and a blur, and a shift by one pixel changes the result much less, but not "
    "nothing. Networks take it in place of max pooling to give steadier answers to shifted images.",
    source="R. Zhang, Making convolutional networks shift-invariant again (2019)",
)
