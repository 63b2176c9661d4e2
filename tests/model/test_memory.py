"""A process that asked a network about many images holds little more than before, on Linux."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

GROWTH_MB = 30  # nothing given back leaves 47, batches of a million values 290

CODE = """
import numpy as np, psutil
from pathlib import Path
from invariance.model import Model
model = Model(Path("exported/mnist-shift-polyphase.onnx"))
images = np.random.default_rng(0).random((2000, 1, 28, 28), np.float32)
model.logits(images[:1])
before = psutil.Process().memory_info().rss
model.logits(images)
print((psutil.Process().memory_info().rss - before) / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's own library decides")
def test_a_large_batch_leaves_no_memory_behind():
    run = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(run.stdout) < GROWTH_MB
