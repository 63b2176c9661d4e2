"""Turning 10,000 images by a few angles: ours against Pillow, scipy and torch, and against the time of the model."""

from collections.abc import Iterator

import numpy as np
import scipy.ndimage
import torch
from PIL import Image

from benchmarks.timing import Row, in_turns
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.model import Model
from invariance.transforms import TRANSFORMS
from training.augment import rotate

IMAGES = 10_000
ANGLES = (20, 45, 130)  # all others cost the same; quarter turns, which cost nothing, are left out


def pillow(images: np.ndarray, angle: float) -> np.ndarray:
    """One image at a time, as data loaders do it."""
    turned = [Image.fromarray(image[0]).rotate(angle, Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image)[None] for image in turned])


def measure() -> Iterator[Row]:
    data = to_float(np.tile(strokes.generate(1000, seed=0).images, (IMAGES // 1000, 1, 1, 1)))
    tensor = torch.from_numpy(data)
    model = Model(records.EXPORTED / "lenet5.onnx")
    change = TRANSFORMS["rotation"].apply

    def all_angles(turn):
        return lambda: [turn(angle) for angle in ANGLES]

    def with_torch(angle: float) -> torch.Tensor:
        return rotate(tensor, torch.full((IMAGES,), float(np.deg2rad(angle))))

    ours, both, alone, theirs_torch, theirs_scipy, theirs_pillow = in_turns(
        [
            all_angles(lambda angle: change(data, angle)),
            all_angles(lambda angle: model.logits(change(data, angle))),
            all_angles(lambda angle: model.logits(data)),
            all_angles(with_torch),
            all_angles(lambda angle: scipy.ndimage.rotate(data, angle, (3, 2), reshape=False, order=1)),
            all_angles(lambda angle: pillow(data, angle)),
        ],
        rounds=5,
    )
    yield Row("rotation and LeNet-5 ÷ LeNet-5 alone, 10,000 images", both / alone, "×", "at most 1.10")
    yield Row("torch grid_sample ÷ our rotation", theirs_torch / ours, "×")
    yield Row("scipy.ndimage.rotate ÷ our rotation", theirs_scipy / ours, "×")
    yield Row("Pillow, image by image ÷ our rotation", theirs_pillow / ours, "×")
    yield Row("our rotation of 10,000 images by one angle", 1000 * ours / len(ANGLES), "ms")
