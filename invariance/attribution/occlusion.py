"""Which parts of an image an answer hangs on: a grey patch slides over them, and the class's logit is watched."""

import math

import numpy as np

from invariance import UserError
from invariance.attribution.logits import logits
from invariance.datasets import Progress
from invariance.inside.symmetry import SAME
from invariance.inside.values import Inside
from invariance.model.model import BATCH_VALUES


def patch_and_step(shape: tuple[int, ...]) -> tuple[int, int]:
    """A patch in proportion to an image: its side, and from one stop to the next, both in pixels.

    They are a sixth and a fifteenth of √(H W), 1 at least: 5 and 2 for 28 × 28 and 32 × 32 pixels, 37 and 15 for
    224 × 224. Whatever its size, a square image has at most 19 × 19 stops.

    Args:
        shape: (C, H, W) of the image.
    """
    side = math.sqrt(shape[1] * shape[2])
    patch = max(1, min(*shape[1:], round(side / 6)))
    return patch, max(1, min(patch, round(side / 15)))


def occlusion(
    inside: Inside,
    image: np.ndarray,
    label: int,
    *,
    patch: int,
    step: int,
    grey: float = 0.5,
    progress: Progress = lambda *_: None,
) -> np.ndarray:
    """How far a class's logit falls when a place is covered.

    A square patch stops every step pixels, and at the far edges, so that every pixel is covered. A pixel's drop is the
    mean of z(x) - z(x covered) over the patches that cover it, z the logit, also
    where the file makes probabilities of it; negative where covering lets it rise.
    A drop of at most SAME, 1e-5, of the largest logit (of any class, at any stop, up or down) counts as 0: so far may
    logits be from each other that were computed twice.

    Args:
        inside: the classifier.
        image: float32 (C, H, W) in [0, 1].
        label: the class's number.
        patch: the patch's side in pixels; patch_and_step() fits it to the image.
        step: pixels from one stop to the next, at most patch.
        grey: the patch's value in [0, 1], for all channels.
        progress: called with ("places", places covered, places in all).

    Returns:
        float64 (H, W).

    Raises:
        UserError: a number is out of range, the image is not the model's, or a logit is no finite number.

    Source: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks" (2014), section 4.2.
    """
    model = inside.model
    shape, classes = model.card.shape, len(model.card.labels)
    if image.shape != shape or image.dtype != np.float32:
        raise UserError(f"The image is float32 of shape {shape}, not {image.dtype} of shape {image.shape}.")
    if not 0 <= label < classes:
        raise UserError(f"The class is a number from 0 to {classes - 1}, not {label}.")
    if not 1 <= patch <= min(shape[1:]):
        raise UserError(f"The patch is 1 to {min(shape[1:])} pixels wide, not {patch}.")
    if not 1 <= step <= patch:
        raise UserError(f"The step is 1 to {patch} pixels, so that every pixel is covered, not {step}.")
    if not 0 <= grey <= 1:
        raise UserError(f"The patch's grey is 0 (black) to 1 (white), not {grey:g}.")
    tops, lefts = ([*range(0, size - patch, step), size - patch] for size in shape[1:])
    parts = [np.s_[top : top + patch, left : left + patch] for top in tops for left in lefts]
    batches = [logits(inside, image[None])]
    size = max(1, BATCH_VALUES // image.size)
    for start in range(0, len(parts), size):
        some = parts[start : start + size]
        covered = np.repeat(image[None], len(some), 0)
        for each, part in zip(covered, some, strict=True):
            each[:, *part] = grey
        batches.append(logits(inside, covered))
        progress("places", start + len(some), len(parts))
    every = np.concatenate(batches).astype(np.float64)
    if not np.isfinite(every).all():
        raise UserError(
            f"Occlusion compares finite logits, but {model.card.title} gives infinite ones or no numbers for this "
            "image; choose another image."
        )
    falls = every[0, label] - every[1:, label]
    falls[np.abs(falls) <= SAME * np.abs(every).max()] = 0
    drops, covers = np.zeros((2, *shape[1:]))
    for part, fall in zip(parts, falls, strict=True):
        drops[part] += fall
        covers[part] += 1
    return drops / covers
