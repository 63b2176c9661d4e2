"""Digits written by code: pen strokes with several shapes a digit, varied in slant, size, width and place.

No image of a person's hand: shapes are control points on a unit square (x right, y down), joined by a Catmull-Rom
spline (E. Catmull, R. Rom, "A class of local interpolating splines", 1974), shaken, slanted, and drawn at 28x28 as
MNIST's digits are: within 20x20, bright on black.
"""

from pathlib import Path

import numpy as np

from invariance.datasets.dataset import Dataset, Split
from invariance.images.digits import as_digit
from invariance.images.pixels import to_uint8
from invariance.images.strokes import Stroke, rasterise

SIZES = {"train": 4000, "test": 1000}
SEEDS = {"train": 1, "test": 2}

# For each digit its shapes, for each shape its strokes, for each stroke its control points.
# A stroke of two points is straight.
SHAPES: dict[int, list[list[list[tuple[float, float]]]]] = {
    0: [
        [[(0.55, 0.0), (0.2, 0.15), (0.05, 0.5), (0.2, 0.87), (0.5, 1.0), (0.82, 0.83), (0.95, 0.47), (0.8, 0.12), (0.52, 0.0)]],
        [[(0.62, 0.03), (0.35, 0.08), (0.2, 0.5), (0.3, 0.9), (0.55, 0.98), (0.75, 0.8), (0.8, 0.4), (0.68, 0.1), (0.45, 0.05)]],
    ],
    1: [
        [[(0.5, 0.0), (0.5, 1.0)]],
        [[(0.33, 0.2), (0.55, 0.0)], [(0.55, 0.0), (0.52, 1.0)]],
        [[(0.3, 0.22), (0.52, 0.0)], [(0.52, 0.0), (0.52, 1.0)], [(0.25, 1.0), (0.78, 1.0)]],
    ],
    2: [
        [[(0.1, 0.25), (0.3, 0.03), (0.65, 0.02), (0.82, 0.25), (0.65, 0.55), (0.35, 0.8), (0.1, 0.98)], [(0.1, 0.98), (0.92, 0.96)]],
        [[(0.12, 0.2), (0.4, 0.0), (0.75, 0.12), (0.75, 0.42), (0.45, 0.75), (0.18, 0.95), (0.12, 0.8), (0.35, 0.78), (0.65, 0.95), (0.95, 0.9)]],
    ],
    3: [
        [[(0.15, 0.12), (0.45, 0.0), (0.78, 0.12), (0.72, 0.36), (0.42, 0.47)], [(0.42, 0.47), (0.78, 0.56), (0.88, 0.78), (0.6, 0.98), (0.3, 0.98), (0.08, 0.85)]],
        [[(0.15, 0.04), (0.8, 0.04)], [(0.8, 0.04), (0.42, 0.42)], [(0.42, 0.42), (0.75, 0.48), (0.88, 0.7), (0.7, 0.95), (0.38, 1.0), (0.1, 0.88)]],
    ],
    4: [
        [[(0.2, 0.02), (0.1, 0.55)], [(0.1, 0.55), (0.9, 0.52)], [(0.75, 0.05), (0.68, 1.0)]],
        [[(0.65, 0.0), (0.05, 0.65)], [(0.05, 0.65), (0.95, 0.65)], [(0.65, 0.0), (0.65, 1.0)]],
        [[(0.15, 0.05), (0.12, 0.4), (0.35, 0.55), (0.8, 0.45)], [(0.82, 0.02), (0.75, 1.0)]],
    ],
    5: [
        [[(0.88, 0.02), (0.25, 0.04)], [(0.25, 0.04), (0.18, 0.45)], [(0.18, 0.45), (0.5, 0.38), (0.82, 0.52), (0.85, 0.78), (0.6, 0.98), (0.3, 0.99), (0.08, 0.88)]],
        [[(0.9, 0.0), (0.35, 0.05)], [(0.35, 0.05), (0.25, 0.42)], [(0.25, 0.42), (0.62, 0.45), (0.8, 0.7), (0.6, 0.93), (0.15, 0.98)]],
    ],
    6: [
        [[(0.72, 0.0), (0.4, 0.2), (0.18, 0.55), (0.2, 0.85), (0.5, 1.0), (0.8, 0.85), (0.78, 0.6), (0.5, 0.52), (0.2, 0.72)]],
        [[(0.5, 0.0), (0.25, 0.35), (0.15, 0.75), (0.4, 1.0), (0.72, 0.88), (0.72, 0.65), (0.45, 0.58), (0.2, 0.78)]],
    ],
    7: [
        [[(0.08, 0.05), (0.88, 0.05)], [(0.88, 0.05), (0.6, 0.45), (0.42, 1.0)]],
        [[(0.1, 0.15), (0.12, 0.04)], [(0.12, 0.04), (0.88, 0.03)], [(0.88, 0.03), (0.4, 1.0)]],
        [[(0.08, 0.04), (0.9, 0.04)], [(0.9, 0.04), (0.55, 0.5), (0.4, 1.0)], [(0.3, 0.52), (0.82, 0.5)]],
    ],
    8: [
        [[(0.78, 0.12), (0.48, 0.0), (0.2, 0.15), (0.3, 0.38), (0.65, 0.58), (0.85, 0.8), (0.52, 1.0), (0.17, 0.82), (0.35, 0.55), (0.68, 0.36), (0.8, 0.15)]],
        [[(0.5, 0.0), (0.24, 0.1), (0.26, 0.36), (0.5, 0.46), (0.76, 0.34), (0.74, 0.1), (0.5, 0.0)], [(0.5, 0.46), (0.17, 0.6), (0.2, 0.9), (0.5, 1.0), (0.82, 0.88), (0.82, 0.6), (0.5, 0.46)]],
    ],
    9: [
        [[(0.8, 0.15), (0.5, 0.0), (0.2, 0.15), (0.2, 0.4), (0.45, 0.52), (0.75, 0.38), (0.8, 0.15)], [(0.8, 0.15), (0.76, 1.0)]],
        [[(0.78, 0.2), (0.55, 0.02), (0.25, 0.12), (0.2, 0.38), (0.5, 0.48), (0.75, 0.3), (0.78, 0.2)], [(0.78, 0.2), (0.75, 0.6), (0.6, 0.92), (0.3, 0.98)]],
    ],
}  # fmt: skip


def spline(points: np.ndarray, steps: int = 8) -> np.ndarray:
    """A Catmull-Rom curve through points (n, 2), doubled at its ends -> (steps * (n - 1) + 1, 2).

    Between p1 and p2, with neighbours p0 and p3 and t in [0, 1):
    1/2 (2 p1 + (p2 - p0) t + (2 p0 - 5 p1 + 4 p2 - p3) t^2 + (3 p1 - p0 - 3 p2 + p3) t^3)
    """
    padded = np.concatenate([points[:1], points, points[-1:]])
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None] for i in range(4))  # each (n - 1, 1, 2)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    curve = (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3) / 2
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def write(digit: int, rng: np.random.Generator) -> list[Stroke]:
    """One digit as pen strokes on a pad of side 1, different each time."""
    shape = SHAPES[digit][rng.integers(len(SHAPES[digit]))]
    angle, slant = np.deg2rad(rng.normal(0, 4)), rng.normal(0.1, 0.12)
    height, aspect = rng.uniform(16, 19) / 28, rng.uniform(0.6, 0.85)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    form = turn @ np.array([[aspect, -slant], [0, 1]]) * height
    # Ends that meet must meet after shaking too: equal control points are shaken alike.
    shaken = {point: point + rng.normal(0, 0.018, 2) for stroke in shape for point in stroke}
    place, width = 0.51 + rng.normal(0, 0.02, 2), rng.uniform(1.8, 3.2) / 28
    return [
        Stroke(place + (spline(np.array([shaken[point] for point in stroke])) - 0.5) @ form.T, width)
        for stroke in shape
    ]


def generate(count: int, seed: int) -> Split:
    """count digits, 0..9 in turn -> uint8 (count, 1, 28, 28) and int64 (count,); the same for the same seed."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = np.empty((count, 1, 28, 28), np.uint8)
    for image, digit in zip(images, labels, strict=True):
        image[:] = to_uint8(rasterise(write(int(digit), rng), 28))
    return Split(images, labels.astype(np.int64))


def load(split: str, root: Path) -> Split:
    """4,000 "train" or 1,000 "test" digits; root is not needed, nothing is read."""
    del root
    return generate(SIZES[split], SEEDS[split])


STROKES = Dataset(
    name="strokes",
    title="digits written by code",
    labels=tuple("0123456789"),
    shape=(1, 28, 28),
    load=load,
    prepare=as_digit,
)
