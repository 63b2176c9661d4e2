"""How steady a network's answer is when the image is shifted by whole pixels, whatever the right answer is.

Three kinds of shift, each by up to r pixels down or up and right or left:

    circular   what leaves at one side comes in at the other: nothing is lost, and shifts can be undone
    zeros      black comes in, and what leaves is lost
    crops      a window of the image, r pixels smaller on each side, moves over it and is enlarged to its size, as when
               a photo is cropped here or there: new content comes in, and a pixel becomes a little more than one

Consistency is the share of images whose answer is the same for two shifts drawn at random, every one as likely. The
measures that try all (2r + 1)² shifts ask more: whether any of them changes the answer.

Source: R. Zhang, "Making convolutional networks shift-invariant again" (ICML 2019), section 4. Its code draws one pair
of shifts for each batch of images, over several passes; here each image has a pair of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from invariance import UserError
from invariance.datasets import Progress, Split, sample
from invariance.images.pixels import to_float
from invariance.measures import Share, answered, share_of
from invariance.model import Model
from invariance.transforms import Transform
from invariance.transforms.scale import rescale
from invariance.transforms.translation import CIRCULAR, TRANSLATION

CHUNK = 500  # images between two steps of the progress bar
TRIED = 2000  # images of a test set, drawn by sample(), that are classified at every shift: 81 times for a reach of 4


def circular(images: np.ndarray, down: np.ndarray, right: np.ndarray, reach: int) -> np.ndarray:
    """Around the edges."""
    del reach
    height, width = images.shape[2:]
    return _picked(images, (np.arange(height) - down[:, None]) % height, (np.arange(width) - right[:, None]) % width)


def zeros(images: np.ndarray, down: np.ndarray, right: np.ndarray, reach: int) -> np.ndarray:
    """With black coming in."""
    height, width = images.shape[2:]
    framed = np.pad(images, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    return _picked(framed, np.arange(height) + reach - down[:, None], np.arange(width) + reach - right[:, None])


def crops(images: np.ndarray, down: np.ndarray, right: np.ndarray, reach: int) -> np.ndarray:
    """A smaller window that moves against the shift, so that what it shows moves along with it, enlarged.

    Raises:
        UserError: the reach leaves no window of at least two pixels.
    """
    size = min(images.shape[2:])
    if size - 2 * reach < 2:
        raise UserError(f"Crops of {size} pixels reach at most {(size - 2) // 2} each way, not {reach}.")
    # The window's corner pixels become the image's corner pixels.
    return rescale(circular(images, down, right, reach), (size - 1) / (size - 1 - 2 * reach))


class Shift(NamedTuple):
    """How images are shifted; an entry of SHIFTS."""

    title: str
    # float32 images (N, C, H, W), whole pixels down (N,) and right (N,), each from -reach to reach, and the reach
    # -> float32 (N, C, H, W).
    apply: Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
    reach: int  # r of the recorded measurements, pixels
    transform: Transform | None = None  # the one that does the same, all images by one amount to the right
    wraps: bool = False  # what leaves at one side comes in at the other


SHIFTS: dict[str, Shift] = {
    # Every phase of a total stride of 8 is among the shifts.
    "circular": Shift("Around the edges", circular, reach=4, transform=CIRCULAR, wraps=True),
    "zeros": Shift("Black comes in", zeros, reach=4, transform=TRANSLATION),
    "crops": Shift("Crops", crops, reach=2),  # 28 of 32 pixels, as the usual 224 of 256
}


def consistency(model: Model, images: np.ndarray, shift: Shift, reach: int, progress: Progress, seed: int = 0) -> Share:
    """The share of images whose answer is the same for two random shifts.

    Args:
        model: the classifier.
        images: float32 (N, C, H, W) in [0, 1].
        shift: of SHIFTS.
        reach: r, the most pixels that an image moves each way.
        progress: called with (model and shift, images done, images in all).
        seed: of the shifts; the same ones for every model.

    Raises:
        UserError: the reach is not a whole number of at least 1, or too large for the crops.
    """
    _check(reach)
    count = len(images)
    shifts = random_shifts(count, reach, seed)
    same = np.empty(count, bool)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        same[part] = same_answers(model, images[part], shift, shifts[:, :, part], reach)
        progress(f"{model.card.title}, {shift.title.lower()}, two shifts", min(start + CHUNK, count), count)
    return share_of(int(same.sum()), count)


def random_shifts(count: int, reach: int, seed: int = 0) -> np.ndarray:
    """int64 (first or second, down or right, count): two shifts for each image, from -reach to reach pixels."""
    return np.random.default_rng(seed).integers(-reach, reach + 1, (2, 2, count))


def same_answers(model: Model, images: np.ndarray, shift: Shift, shifts: np.ndarray, reach: int) -> np.ndarray:
    """bool (N,): whether each image gets the same answer at its two shifts, (2, 2, N); see random_shifts().

    Answers that are no numbers are not the same as any.
    """
    first, second = (answered(model.logits(shift.apply(images, down, right, reach))) for down, right in shifts)
    return (first == second) & (first >= 0)


def flips(model: Model, images: np.ndarray, shift: Shift, reach: int, progress: Progress) -> list[Share]:
    """For k = 0 to r, the share of images to which some shift of at most k pixels each way gives another answer.

    Another than unshifted, which is of crops: than the window in the middle. For k = 0 only answers that are no numbers
    count.

    Args, Raises: see consistency(); (2r + 1)² versions of every image are classified.
    """
    _check(reach)
    count = len(images)
    nearest = np.empty(count, int)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        nearest[part] = nearest_flips(model, images[part], shift, reach)
        progress(f"{model.card.title}, {shift.title.lower()}, every shift", min(start + CHUNK, count), count)
    return [share_of(int((nearest <= most).sum()), count) for most in range(reach + 1)]


def nearest_flips(model: Model, images: np.ndarray, shift: Shift, reach: int) -> np.ndarray:
    """int (N,): how many pixels the nearest shift is away that changes an image's answer; reach + 1 if none does.

    An answer that is no number counts as changed.
    """
    nearest = np.full(len(images), reach + 1)
    still = _answers(model, images, shift, 0, 0, reach)
    for down, right in _shifts(reach):
        answers = _answers(model, images, shift, down, right, reach)
        changed = (answers != still) | (answers < 0)
        nearest = np.minimum(nearest, np.where(changed, max(abs(down), abs(right)), reach + 1))
    return nearest


def shift_map(model: Model, image: np.ndarray, shift: Shift, down: Sequence[int], right: Sequence[int]) -> np.ndarray:
    """The logits of all classes for many shifts of one image.

    Args:
        model: the classifier.
        image: float32 (C, H, W) in [0, 1].
        shift: of SHIFTS; the reach of crops is the largest shift here.
        down, right: whole pixels, in the order of the map's rows and columns.

    Returns:
        float32 (len(down), len(right), classes).

    Raises:
        UserError: see crops(), or the image is not the model's.
    """
    reach = max(map(abs, (*down, *right)))
    images, columns = np.repeat(image[None], len(right), 0), np.array(right)
    # A row at a time: the shifted images of a large map would take much memory.
    rows = (shift.apply(images, np.full(len(right), amount), columns, reach) for amount in down)
    return np.stack([model.logits(row) for row in rows])


def evaluate_consistency(model: Model, split: Split, progress: Progress) -> dict[str, dict[str, Any]]:
    """Measure model on split with every kind of shift, as plain numbers ready for JSON.

    Returns:
        For each of SHIFTS its reach, its consistency() over all images (value, low, high and n), and its flips() over
        TRIED of them, a list of the same for k = 0 to the reach.
    """
    images, tried = to_float(split.images), to_float(sample(split, TRIED).images)
    return {
        name: {
            "reach": shift.reach,
            "consistency": consistency(model, images, shift, shift.reach, progress)._asdict(),
            "flips": [one._asdict() for one in flips(model, tried, shift, shift.reach, progress)],
        }
        for name, shift in SHIFTS.items()
    }


def is_tried(measured: dict[str, dict[str, Any]], split: Split) -> bool:
    """Whether evaluate_consistency() was recorded of as many images of split as it takes now."""
    return bool(measured) and all(each["flips"][0]["n"] == min(TRIED, len(split.labels)) for each in measured.values())


def _check(reach: int) -> None:
    if isinstance(reach, bool) or not isinstance(reach, int | np.integer) or reach < 1:
        raise UserError(f"The reach of the shifts is a whole number of pixels of at least 1, not {reach!r}.")


def _shifts(reach: int) -> list[tuple[int, int]]:
    """All (down, right), row by row."""
    steps = range(-reach, reach + 1)
    return [(down, right) for down in steps for right in steps]


def _answers(model: Model, images: np.ndarray, shift: Shift, down: int, right: int, reach: int) -> np.ndarray:
    """The answers (N,) to images that are all shifted alike; see answered()."""
    amounts = (np.full(len(images), amount) for amount in (down, right))
    return answered(model.logits(shift.apply(images, *amounts, reach)))


def _picked(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of each image (N, C, H, W) its rows (N, H') and columns (N, W'): (N, C, H', W')."""
    image = np.arange(len(images))[:, None, None, None]
    channel = np.arange(images.shape[1])[:, None, None]
    return images[image, channel, rows[:, None, :, None], columns[:, None, None, :]]
