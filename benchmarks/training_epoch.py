"""One epoch of training with the images in memory against the same network behind a DataLoader of encoded images."""

import dataclasses
import io
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.timing import Row, in_turns
from invariance.datasets import Split, strokes
from training.recipes import RECIPES
from training.train import hold_out, train

IMAGES = 10_000  # a sixth of MNIST; made by code, so that no data are needed
BATCHES = (64, 128)  # the usual default, and our recipe's


class Encoded(Dataset):
    """PNG files in memory, decoded one by one, as an image folder would be; reading a disk would add to it."""

    def __init__(self, data: Split, indices: np.ndarray):
        self.files = [self._encode(data.images[index, 0]) for index in indices]
        self.labels = data.labels[indices]

    @staticmethod
    def _encode(image: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        return buffer.getvalue()

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = np.asarray(Image.open(io.BytesIO(self.files[index])).convert("L"))
        return torch.from_numpy(image.astype(np.float32) / 255)[None], int(self.labels[index])


def conventional(train_loader: DataLoader, validation_loader: DataLoader) -> None:
    """One epoch as tutorials write it: float32, one optimiser step a batch, validation at the end."""
    model = RECIPES["lenet5"].build()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    for images, labels in train_loader:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimiser.step()
    model.eval()
    with torch.no_grad():
        for images, labels in validation_loader:
            (model(images).argmax(1) == labels).sum().item()


def measure() -> Iterator[Row]:
    data = strokes.generate(IMAGES, seed=0)
    for_training, for_validation = hold_out(IMAGES)
    recipe = dataclasses.replace(RECIPES["lenet5"], epochs=1, watched=False)
    training, validation = Encoded(data, for_training), Encoded(data, for_validation)

    def behind_a_loader(batch: int) -> None:
        conventional(DataLoader(training, batch, shuffle=True), DataLoader(validation, batch))

    def in_memory() -> None:
        train(recipe, data, torch.device("cpu"), lambda epoch, step, steps: None)

    ours, *theirs = in_turns([in_memory, *(lambda batch=batch: behind_a_loader(batch) for batch in BATCHES)], rounds=5)
    for batch, seconds in zip(BATCHES, theirs, strict=True):
        yield Row(f"per-image DataLoader, batch {batch} ÷ our epoch, LeNet-5", seconds / ours, "×", "at least 3")
    yield Row(f"our epoch over {IMAGES:,} images, LeNet-5", ours, "s")
