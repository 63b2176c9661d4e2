"""Model.predict against a bare onnxruntime session and against torch eager, LeNet-5."""

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.timing import Row, in_turns
from invariance.evaluation import records
from invariance.model import Model
from invariance.model.providers import open_session
from training.recipes import RECIPES

BATCHES = {1: 200, 64: 10, 1000: 1}  # batch size -> calls a round


def measure() -> Iterator[Row]:
    path = records.EXPORTED / "lenet5.onnx"
    model, network = Model(path), RECIPES["lenet5"].build().eval()
    session, _ = open_session(path.read_bytes())

    def eager(images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return network(images).softmax(1)

    for batch, repeats in BATCHES.items():
        images = np.random.default_rng(0).random((batch, 1, 28, 28), np.float32)
        tensor = torch.from_numpy(images)
        ours, bare, torchs = in_turns(
            [
                lambda images=images: model.predict(images),
                lambda images=images: session.run(["logits"], {"image": images}),
                lambda tensor=tensor: eager(tensor),
            ],
            rounds=15,
            repeats=repeats,
        )
        one = batch == 1
        yield Row(f"Model.predict ÷ bare session.run, batch {batch}", ours / bare, "×", "at most 1.5" if one else "")
        yield Row(f"torch eager ÷ Model.predict, batch {batch}", torchs / ours, "×", "at least 3" if one else "")
        yield Row(f"Model.predict, batch {batch}", ours * 1000, "ms")
