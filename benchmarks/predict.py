"""Model.predict against a bare onnxruntime session, torch eager and, where it runs, OpenVINO, LeNet-5."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import onnxruntime as ort
import torch

from benchmarks.timing import Row, in_turns
from invariance.evaluation import records
from invariance.model import Model
from invariance.model.providers import CPU, open_session, why_not_openvino
from training.recipes import RECIPES

BATCHES = {1: 200, 64: 10, 1000: 1}  # batch size -> calls a round
OPENVINO_BATCHES = (1, 72, 400)


def measure() -> Iterator[Row]:
    path = records.EXPORTED / "lenet5.onnx"
    model, network = Model(path), RECIPES["lenet5"].build().eval()
    session = ort.InferenceSession(path, providers=[CPU])  # as it is opened by who knows nothing of us

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
        yield Row(f"Model.predict ÷ bare session.run, batch {batch}", ours / bare, "×", "at most 1.2" if one else "")
        yield Row(f"torch eager ÷ Model.predict, batch {batch}", torchs / ours, "×", "at least 3" if one else "")
        yield Row(f"Model.predict, batch {batch}", ours * 1000, "ms")
    if not why_not_openvino():
        yield from _openvino()


def _openvino() -> Iterator[Row]:
    """The same network on OpenVINO and on the CPU provider, batches whole."""
    data = (records.EXPORTED / "lenet5.onnx").read_bytes()
    sessions = []
    for name in ("cpu", "openvino"):
        with set_provider(name):
            sessions.append(open_session(data, batches=True)[0])
    for batch in OPENVINO_BATCHES:
        images = np.random.default_rng(0).random((batch, 1, 28, 28), np.float32)
        calls = [lambda session=session, images=images: session.run(None, {"image": images}) for session in sessions]
        cpu, openvino = in_turns(calls, rounds=15, repeats=1000 // batch)
        yield Row(f"CPU provider ÷ OpenVINO in float32, batch {batch}", cpu / openvino, "×")


@contextmanager
def set_provider(name: str) -> Iterator[None]:
    before = os.environ.get("INVARIANCE_PROVIDER")
    os.environ["INVARIANCE_PROVIDER"] = name
    try:
        yield
    finally:
        os.environ.pop("INVARIANCE_PROVIDER")
        if before is not None:
            os.environ["INVARIANCE_PROVIDER"] = before
