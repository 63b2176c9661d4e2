"""OpenVINO, where its extra is installed: batches run on it, in float32, with the answers of the CPU."""

import numpy as np
import pytest

from invariance.datasets import strokes
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.model import Model, providers
from invariance.model.exports import TOLERANCE
from invariance.model.model import FEW
from tests.conftest import case

pytestmark = pytest.mark.skipif(
    bool(providers.why_not_openvino()), reason=f"OpenVINO can't run: {providers.why_not_openvino()}"
)
DIGITS = to_float(strokes.generate(30, seed=7).images)


@pytest.fixture
def on_openvino(monkeypatch):
    monkeypatch.setenv("INVARIANCE_PROVIDER", "openvino")
    return lambda name: Model(records.EXPORTED / f"{name}.onnx")


def test_batches_run_on_it_and_single_images_on_the_cpu(on_openvino):
    model = on_openvino("lenet5")
    assert model._session(FEW + 1).get_providers()[0] == providers.OPENVINO
    assert model._session(1).get_providers() == [providers.CPU]
    assert str(model.provider).startswith("OpenVINO for batches and CPU for single images, because ")


def test_it_gives_every_network_s_logits_as_the_cpu_does(monkeypatch):
    for path in records.models():
        with case(path.stem):
            logits = []
            for name in ("cpu", "openvino"):
                monkeypatch.setenv("INVARIANCE_PROVIDER", name)
                model = Model(path)
                images = np.random.default_rng(0).random((30, *model.card.shape), np.float32)
                logits.append(model.logits(DIGITS if model.card.dataset == "mnist" else images))
            # Of whole numbers a rounding that falls the other way is a step of 1/256.
            atol = TOLERANCE if "made_of" not in model.card.recipe else np.ptp(logits[0]) / 50
            np.testing.assert_allclose(*logits, rtol=0, atol=atol)


def test_what_is_invariant_stays_so(on_openvino):
    model = on_openvino("mnist-invariant")
    logits = model.logits(DIGITS)
    for quarters, shift in ((1, 0), (2, 3), (3, 5), (0, 1)):
        changed = np.roll(np.rot90(DIGITS, quarters, (2, 3)), shift, 3)
        np.testing.assert_allclose(model.logits(np.ascontiguousarray(changed)), logits, rtol=0, atol=TOLERANCE)
