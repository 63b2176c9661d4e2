"""What every transform is, and the bilinear resampling that most of them share."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from cachetools import LRUCache, cached

from invariance import UserError
from invariance.number_words import number
from invariance.transforms.action import Maps, Parts, Undefined

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MAP_SIDE = 32  # pixels of an image on which an action is tried
PLANES = 250  # images and channels that are resampled at a time: what they take fits a processor's cache
ROWS_IN, ROWS_OUT = 16, 256  # of theirs that are transposed at a time, before and after, for the same reason
MOST_PIXELS = 100_000  # of one image at several amounts that are resampled at a time: 127 times 28x28
MOST_BYTES = 64_000_000  # of the matrices that are kept: one takes about 22 kB for 28x28 pixels, 1.4 MB for 224x224


class TransformError(UserError):
    """An amount outside a transform's range, or images of the wrong shape."""


PLACE, LIGHT, DETAIL = "Place", "Light", "Blur, noise and file"  # what transforms change, for people to choose from

Action = Callable[["Transform", Maps, float], Parts]


def between_places(transform: "Transform", maps: Maps, amount: float) -> NoReturn:
    """The action of changes for which no place of a map comes to lie on another."""
    del maps
    raise Undefined(f"{transform.title} by {transform.label(amount)} takes places of a map between its places.")


def moves_nothing(transform: "Transform", maps: Maps, amount: float) -> NoReturn:
    """The action of changes of values: none."""
    del maps, amount
    raise Undefined(f"{transform.title} changes values and moves nothing: there is no such change of a map.")


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
    proper: bool = False  # its title begins with a name, which keeps its capital inside a sentence
    names: tuple[str, ...] = ()  # of the amounts, where numbers say little
    period: float | None = None  # amounts that are so far apart are the same change (360°); None: there are none
    severities: tuple[float, ...] = ()  # five marked amounts, weakest first, where a test of robustness has such
    group: str = PLACE  # the heading under which a person finds it
    action: Action = between_places  # what it does to feature maps
    quarters: Callable[[float], int] = no_turn  # the quarter turns that an amount is, counter-clockwise, 0 to 3
    moves: bool = True  # what the image shows to other places; False: it changes values alone
    by_pixels: bool = False  # an amount is pixels that it moves: on a map of stride s, amount / s places
    telling: float | None = None  # the amount where a symmetry is best seen, one of amounts; None: the largest
    own_page: bool = False  # a page of its own shows it, and Other changes leaves it out
    change_each: Callable[[np.ndarray, Sequence[float]], np.ndarray] | None = None  # apply_each(), where it is faster

    @property
    def tells_most(self) -> float:
        """The amount where a symmetry is best seen."""
        return self.amounts[-1] if self.telling is None else self.telling

    @property
    def moves_maps(self) -> bool:
        """Whether its action on maps is known where it tells most: on a map like the image, at least."""
        image = np.zeros((1, 1, MAP_SIDE, MAP_SIDE), np.float32)
        try:
            self.action(self, Maps(image, image, (1, 1), (MAP_SIDE, MAP_SIDE)), self.tells_most)
        except Undefined:
            return False
        return True

    def label(self, amount: float) -> str:
        """An amount as people read it: "45°", "−3 px", "left ↔ right"."""
        return self.names[self.amounts.index(amount)] if self.names else f"{number(amount, 'g')}{self.unit}"

    @property
    def in_a_sentence(self) -> str:
        """Its title inside a sentence: "motion blur", "Gaussian noise"."""
        return self.title if self.proper else self.title[:1].lower() + self.title[1:]

    def by(self, amount: float) -> str:
        """The change by an amount inside a sentence: "rotation by 45°", "reflection (left ↔ right)", "gamma (2)"."""
        label = self.label(amount)
        return (
            f"{self.in_a_sentence} by {label}" if self.moves and not self.names else f"{self.in_a_sentence} ({label})"
        )

    def distance(self, amount: float) -> float:
        """How far an amount is from the neutral one, in this transform's unit: 345° is 15° from 0°."""
        away = abs(amount - self.neutral)
        return away if self.period is None else min(away % self.period, -away % self.period)

    def wrapped(self, amount: float) -> float:
        """The same change as an amount from low to high where a period brings it there: -15° is 345°."""
        if self.period is None or self.low <= amount <= self.high:
            return amount
        return self.low + (amount - self.low) % self.period

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
        self._check(images, [amount])
        return images.copy() if amount == self.neutral else self.change(images, amount)

    def apply_each(self, image: np.ndarray, amounts: Sequence[float]) -> np.ndarray:
        """Change one image by each of some amounts: the same numbers as apply() gives, sooner.

        Args:
            image: float32 (C, H, W) in [0, 1].
            amounts: A of them, in this transform's unit.

        Returns:
            float32 (A, C, H, W) in [0, 1].

        Raises:
            TransformError: see apply().
        """
        self._check(image[None], amounts)
        if self.change_each is not None:
            return self.change_each(image, amounts)
        return np.concatenate([self.apply(image[None], amount) for amount in amounts])

    def _check(self, images: np.ndarray, amounts: Sequence[float]) -> None:
        if images.ndim != 4 or images.dtype != np.float32:
            raise TransformError(
                f"{self.title} takes float32 images (N, C, H, W), not {images.dtype} of shape {images.shape}."
            )
        for amount in amounts:
            if not self.low <= amount <= self.high:
                raise TransformError(f"{self.title} takes {self.low:g} to {self.high:g}{self.unit}, not {amount:g}.")


def resample(images: np.ndarray, matrix: np.ndarray, quarters: int = 0) -> np.ndarray:
    """Bilinear resampling along an affine or projective map, zeros outside.

    Args:
        images: float32 (N, C, H, W).
        matrix: (2, 3): output pixel (x, y), counted from the centre ((W-1)/2, (H-1)/2), x right and y down, takes its
            value from input place matrix @ (x, y, 1), counted from the centre too. Or (3, 3): from (a/c, b/c), where
            matrix @ (x, y, 1) is (a, b, c) with c > 0.
        quarters: turns by 90° counter-clockwise that follow, of square images.

    Returns:
        float32 (N, C, H, W).
    """
    weights = _weights(_numbers([matrix]), *images.shape[2:], quarters)
    planes = images.reshape(-1, weights.shape[1])  # each image and channel a row of H W values
    changed = np.empty_like(planes)
    for start in range(0, len(planes), PLANES):
        part = planes[start : start + PLANES]
        columns = np.empty(part.shape[::-1], np.float32)
        _transpose(part, columns, ROWS_IN)
        _transpose(weights @ columns, changed[start : start + PLANES], ROWS_OUT)
    return changed.reshape(images.shape)


def resample_each(image: np.ndarray, matrices: Sequence[np.ndarray]) -> np.ndarray:
    """float32 (C, H, W) -> (A, C, H, W): an image resampled along each of A maps, in one product; see resample()."""
    channels, height, width = image.shape
    planes = image.reshape(channels, -1).T
    size = max(1, MOST_PIXELS // (height * width))
    parts = [
        (_weights(_numbers(matrices[i : i + size]), height, width) @ planes).reshape(-1, height, width, channels)
        for i in range(0, len(matrices), size)
    ]
    return np.ascontiguousarray(np.moveaxis(np.concatenate(parts), 3, 1))


def _transpose(rows: np.ndarray, columns: np.ndarray, at_once: int) -> None:
    """Write rows.T to columns, so many rows at a time: all at once take up to four times as long."""
    for start in range(0, len(rows), at_once):
        columns[:, start : start + at_once] = rows[start : start + at_once].T


def _numbers(matrices: Sequence[np.ndarray]) -> tuple[tuple[float, ...], ...]:
    """The nine numbers of each matrix, row by row; the last row of (2, 3) is (0, 0, 1)."""
    return tuple((*np.ravel(matrix).tolist(), 0.0, 0.0, 1.0)[:9] for matrix in matrices)


@cached(
    LRUCache(
        MOST_BYTES, getsizeof=lambda weights: weights.data.nbytes + weights.indices.nbytes + weights.indptr.nbytes
    ),
    lock=threading.Lock(),
)
def _weights(matrices: tuple[tuple[float, ...], ...], height: int, width: int, quarters: int = 0) -> "csr_array":
    """Resamplings as a sparse float32 matrix (A H W, H W), at most four numbers a row, one below the other.

    matrices: see _numbers(); quarters: see resample().

    An output pixel whose value comes from (x, y), with i = floor(x), j = floor(y), u = x - i and v = y - j, is
    (1-u)(1-v) I[j, i] + u (1-v) I[j, i+1] + (1-u) v I[j+1, i] + u v I[j+1, i+1].
    """
    from scipy.sparse import csr_array  # late: only transforms need it

    centre = np.array([[(width - 1) / 2], [(height - 1) / 2]])  # x, y
    places = np.rot90(np.mgrid[:height, :width][::-1], quarters, (1, 2)).reshape(2, -1) - centre
    upper, last = np.split(np.reshape(matrices, (-1, 3, 3)), [2], axis=1)
    places = np.concatenate([places, np.ones_like(places[:1])])
    sources = (upper @ places) / (last @ places) + centre
    x, y = np.moveaxis(sources, 1, 0).reshape(2, -1)
    left, top = np.floor(x), np.floor(y)
    u, v = x - left, y - top
    columns = np.stack([left, left + 1, left, left + 1])  # (4, A H W)
    rows = np.stack([top, top, top + 1, top + 1])
    values = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    outputs = np.broadcast_to(np.arange(len(x), dtype=np.int32), inside.shape)
    inputs = (rows * width + columns)[inside].astype(np.int32)
    return csr_array((values[inside].astype(np.float32), (outputs[inside], inputs)), shape=(len(x), height * width))
