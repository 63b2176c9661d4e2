"""Which parts of an image an answer hangs on: a grey patch slides over them, and the class's probability is watched."""

import numpy as np

from invariance import UserError
from invariance.model import Model
from invariance.model.model import BATCH_VALUES


def occlusion(
    model: Model, image: np.ndarray, label: int, *, patch: int = 5, step: int = 1, grey: float = 0.5
) -> np.ndarray:
    """How much a class's probability drops when a place is covered.

    A square patch stops every step pixels, and at the far edges, so that every pixel is covered. A pixel's drop is the
    mean of p(x) - p(x covered) over the patches that cover it; negative where covering makes the class more probable.

    Args:
        model: the classifier.
        image: float32 (C, H, W) in [0, 1].
        label: the class's number.
        patch: the patch's side in pixels.
        step: pixels from one stop to the next, at most patch.
        grey: the patch's value in [0, 1], for all channels.

    Returns:
        float64 (H, W).

    Raises:
        UserError: a number is out of range, or the image is not the model's.

    Source: M. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks" (2014), section 4.2.
    """
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
    corners = [(top, left) for top in tops for left in lefts]
    whole = model.predict(image[None])[0, label]
    drops, covers = np.zeros(shape[1:]), np.zeros(shape[1:])
    size = max(1, BATCH_VALUES // image.size)
    for start in range(0, len(corners), size):
        part = corners[start : start + size]
        covered = np.repeat(image[None], len(part), 0)
        for each, (top, left) in zip(covered, part, strict=True):
            each[:, top : top + patch, left : left + patch] = grey
        for (top, left), probability in zip(part, model.predict(covered)[:, label], strict=True):
            drops[top : top + patch, left : left + patch] += float(whole) - float(probability)
            covers[top : top + patch, left : left + patch] += 1
    return drops / covers
