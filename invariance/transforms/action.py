"""What a change T of an image does to feature maps: T f(x), to be held against f(Tx).

An action is a function of the transform (for its title and labels), some maps and the amount; it gives the two on the
places that both have, or raises Undefined, which says why there is no T f(x). It is not asked about the neutral amount.
"""

from typing import NamedTuple

import numpy as np


class Undefined(Exception):  # noqa: N818 - no error: it carries the reason
    """T can't be done to what a layer gives; says why, as a sentence."""


class Maps(NamedTuple):
    """The maps that a layer f gives of some images x and of the changed images Tx."""

    still: np.ndarray  # f(x), (..., H, W), rows and columns in the order of the image's
    changed: np.ndarray  # f(Tx), of the same shape
    stride: tuple[int, int]  # pixels of the image from one row to the next, and from one column to the next
    size: tuple[int, int]  # height and width of the image, pixels


class Parts(NamedTuple):
    """What is compared, of the same shape: the places that both have."""

    changed: np.ndarray  # f(Tx)
    moved: np.ndarray  # T f(x)
