"""Turning images by a few angles: ours against torch, scipy and Pillow, and against the time of the model."""

from collections.abc import Iterator

import numpy as np
import scipy.ndimage
import torch
from PIL import Image
from torch.nn import functional

from benchmarks.timing import Row, in_turns
from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.model import Model
from invariance.transforms import TRANSFORMS

COUNTS = (72, 1000, 10_000)
IMAGES = COUNTS[-1]
ANGLES = (20, 45, 130)  # all others cost the same; quarter turns, which cost nothing, are left out


def pillow(images: np.ndarray, angle: float) -> np.ndarray:
    """One image at a time, as data loaders do it."""
    turned = [Image.fromarray(image[0]).rotate(angle, Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image)[None] for image in turned])


def with_torch(images: torch.Tensor, angle: float) -> torch.Tensor:
    """All images at the places of one grid, which is worked out once."""
    cos, sin = float(np.cos(np.deg2rad(angle))), float(np.sin(np.deg2rad(angle)))
    source = torch.tensor([[[cos, -sin, 0], [sin, cos, 0]]])
    with torch.inference_mode():
        grid = functional.affine_grid(source, [1, *images.shape[1:]], align_corners=True)
        return functional.grid_sample(images, grid.expand(len(images), -1, -1, -1), align_corners=True)


def measure() -> Iterator[Row]:
    data = to_float(np.tile(strokes.generate(1000, seed=0).images, (IMAGES // 1000, 1, 1, 1)))
    model = Model(records.EXPORTED / "lenet5.onnx")
    rotation = TRANSFORMS["rotation"]
    change = rotation.apply

    def all_angles(turn):
        return lambda: [turn(angle) for angle in ANGLES]

    ours, both, alone, theirs_scipy, theirs_pillow = in_turns(
        [
            all_angles(lambda angle: change(data, angle)),
            all_angles(lambda angle: model.logits(change(data, angle))),
            all_angles(lambda angle: model.logits(data)),
            all_angles(lambda angle: scipy.ndimage.rotate(data, angle, (3, 2), reshape=False, order=1)),
            all_angles(lambda angle: pillow(data, angle)),
        ],
        rounds=5,
    )
    yield Row("rotation and LeNet-5 ÷ LeNet-5 alone, 10,000 images", both / alone, "×", "at most 1.10")
    yield Row("scipy.ndimage.rotate ÷ our rotation, 10,000 images", theirs_scipy / ours, "×")
    yield Row("Pillow, image by image ÷ our rotation, 10,000 images", theirs_pillow / ours, "×")
    for count in COUNTS:
        part, tensor = data[:count], torch.from_numpy(data[:count])
        ours, theirs = in_turns(
            [
                all_angles(lambda angle, part=part: change(part, angle)),
                all_angles(lambda angle, tensor=tensor: with_torch(tensor, angle)),
            ],
            rounds=15,
            repeats=IMAGES // count,
        )
        yield Row(f"torch grid_sample with one grid ÷ our rotation, {count:,} images", theirs / ours, "×")
        yield Row(f"our rotation of {count:,} images by one angle", 1000 * ours / len(ANGLES), "ms")
    each, one_by_one = in_turns(
        [
            lambda: rotation.apply_each(data[0], rotation.amounts),
            lambda: [change(data[:1], angle) for angle in rotation.amounts],
        ],
        rounds=15,
        repeats=20,
    )
    yield Row("one image by 72 angles, one after the other ÷ in one product", one_by_one / each, "×")
    yield Row("our rotation of one image by 72 angles", 1000 * each, "ms")
