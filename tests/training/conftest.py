"""Helpers that tests share."""

import os
import subprocess
import sys

import numpy as np
import torch

from invariance.datasets import strokes
from invariance.operators.shapes import square
from tests.conftest import ROOT

# More threads wait for each other where other work runs too, several times as long as they save on networks this small.
torch.set_num_threads(1)


def pictures(shape):
    """A digit, a square that is its own turned and mirrored copy, and noise; float32 (3, *shape)."""
    channels, size, _ = shape
    digit = strokes.generate(1, seed=2).images[0, 0].astype(np.float32) / 255
    drawn = [np.pad(digit, (size - 28) // 2), square(size, size // 4)]
    tints = np.array([1, 0.8, 0.3], np.float32)[:channels, None, None]  # colours, where there are any
    noise = np.random.default_rng(1).random(shape, np.float32)
    return np.stack([*(each.astype(np.float32) * tints for each in drawn), noise])


def run(*arguments, module="training", **environment):
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def exports():
    return {path.name: path.stat().st_mtime_ns for path in (ROOT / "exported").iterdir()}
