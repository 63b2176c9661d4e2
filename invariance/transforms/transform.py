"""What every transform is, and the bilinear resampling that most of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from invariance import UserError
from invariance.transforms.action import Maps, Parts, Undefined

if TYPE_CHECKING:
    from scipy.sparse import csr_array

PLANES = 250  # images and channels that are resampled at a time: what they take fits a processor's cache


class TransformError(UserError):
    """An amount outside a transform's range, or images of the wrong shape."""


Action = Callable[["Transform", Maps, float], Parts]


def between_places(transform: "Transform", maps: Maps, amount: float) -> NoReturn:
    """The action of changes for which no place of a map comes to lie on another."""
    del maps
    raise Undefined(f"{transform.title} by {transform.label(amount)} takes places of a map between its places.")


def no_turn(amount: float) -> int:
    """The quarter turns of a change that turns nothing."""
    del amount
    return 0


@dataclass(frozen=True)
class Transform:
    """One entry of TRANSFORMS."""

    name: str  # in TRANSFORMS, in records, in addresses and on the command line
    title: str
    unit: str  # of an amount, as it is written behind a number
    neutral: float  # the amount at which images come back as they are
    low: float  # the least amount that makes sense ...
    high: float  # ... and the most
    amounts: tuple[float, ...]  # the default grid, from low to high, the neutral amount among them
    change: Callable[[np.ndarray, float], np.ndarray]  # see apply(); not called for the neutral amount
    about: str  # what it does, in sentences for people
    names: tuple[str, ...] = ()  # of the amounts, where numbers say little
    action: Action = between_places  # what it does to feature maps
    quarters: Callable[[float], int] = no_turn  # the quarter turns that an amount is, counter-clockwise, 0 to 3
    moves: bool = True  # what the image shows to other places; False: it changes values alone
    by_pixels: bool = False  # an amount is pixels that it moves: on a map of stride s, amount / s places
    telling: float | None = None  # the amount where a symmetry is best seen, one of amounts; None: the largest
    measured_whole: tuple[str, ...] = ()  # data sets of which all test images are measured; of others the first 1000
    own_page: bool = False  # a page of its own shows it, and Other changes leaves it out

    def label(self, amount: float) -> str:
        """An amount as people read it: "45°", "left ↔ right"."""
        return self.names[self.amounts.index(amount)] if self.names else f"{amount:g}{self.unit}"

    def apply(self, images: np.ndarray, amount: float) -> np.ndarray:
        """Change images by amount.

        Args:
            images: float32 (N, C, H, W) in [0, 1].
            amount: in this transform's unit.

        Returns:
            float32 (N, C, H, W) in [0, 1].

        Raises:
            TransformError: the amount is out of range or the images are not four-dimensional float32.
        """
        if images.ndim != 4 or images.dtype != np.float32:
            raise TransformError(
                f"{self.title} takes float32 images (N, C, H, W), not {images.dtype} of shape {images.shape}."
            )
        if not self.low <= amount <= self.high:
            raise TransformError(f"{self.title} takes {self.low:g} to {self.high:g}{self.unit}, not {amount:g}.")
        return images.copy() if amount == self.neutral else self.change(images, amount)


def resample(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Bilinear resampling along an affine map, zeros outside.

    Args:
        images: float32 (N, C, H, W).
        matrix: (2, 3): output pixel (x, y), counted from the centre ((W-1)/2, (H-1)/2), x right and y down, takes its
            value from input place matrix @ (x, y, 1), counted from the centre too.

    Returns:
        float32 (N, C, H, W).
    """
    weights = _weights(tuple(np.ravel(matrix).tolist()), *images.shape[2:])
    planes = images.reshape(-1, weights.shape[1])  # each image and channel a row of H W values
    changed = np.empty_like(planes)
    for start in range(0, len(planes), PLANES):
        part = slice(start, start + PLANES)
        changed[part] = (weights @ np.ascontiguousarray(planes[part].T)).T
    return changed.reshape(images.shape)


@lru_cache(maxsize=80)  # a slider's amounts, at about 40 kB each for 28x28 pixels and 2 MB for 224x224
def _weights(matrix: tuple[float, ...], height: int, width: int) -> "csr_array":
    """The resampling as a sparse float32 matrix (H W, H W), at most four numbers a row; see resample().

    matrix: its six numbers, row by row.

    An output pixel whose value comes from (x, y), with i = floor(x), j = floor(y), u = x - i and v = y - j, is
    (1-u)(1-v) I[j, i] + u (1-v) I[j, i+1] + (1-u) v I[j+1, i] + u v I[j+1, i+1].
    """
    from scipy.sparse import csr_array  # late: only transforms need it

    centre = np.array([[(width - 1) / 2], [(height - 1) / 2]])  # x, y
    places = np.mgrid[:height, :width][::-1].reshape(2, -1) - centre
    x, y = np.reshape(matrix, (2, 3)) @ np.concatenate([places, np.ones_like(places[:1])]) + centre
    left, top = np.floor(x), np.floor(y)
    u, v = x - left, y - top
    columns = np.stack([left, left + 1, left, left + 1])  # (4, H W)
    rows = np.stack([top, top, top + 1, top + 1])
    values = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    outputs = np.broadcast_to(np.arange(height * width), inside.shape)
    inputs = (rows * width + columns)[inside].astype(np.int64)
    return csr_array(
        (values[inside].astype(np.float32), (outputs[inside], inputs)), shape=(height * width, height * width)
    )
