"""What every operator is, and what it may be given."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from invariance import UserError

FLOATS = (np.float32, np.float64)


class OperatorError(UserError):
    """Images, a kernel, a window, a stride or a padding that an operator cannot take."""


@dataclass(frozen=True)
class Operator:
    """One entry of OPERATORS."""

    name: str
    title: str
    # float32 or float64 (..., H, W), each image by itself -> (..., H', W') of the same type, with the arguments that
    # networks use most
    apply: Callable[[np.ndarray], np.ndarray]
    about: str  # what it is for, what it costs, where networks use it
    source: str


def check_images(title: str, images: np.ndarray, axes: int = 2) -> None:
    """Refuse what is not float32 or float64 with at least so many axes, of which the last two are not empty.

    Raises:
        OperatorError: says what title takes and what it was given.
    """
    if images.dtype not in FLOATS or images.ndim < axes or 0 in images.shape[-2:]:
        form = "(..., C, H, W)" if axes == 3 else "(..., H, W)"
        raise OperatorError(
            f"{title} takes float32 or float64 images {form} of at least one pixel, "
            f"not {images.dtype} of shape {images.shape}."
        )


def check_whole(what: str, number: int, least: int) -> None:
    """Refuse what is not a whole number of at least least.

    Raises:
        OperatorError: says what was expected and what came.
    """
    if not isinstance(number, Integral) or number < least:
        raise OperatorError(f"The {what} is a whole number of at least {least}, not {number!r}.")
