"""A network without anything that bends is one matrix: found by asking it, and checked."""

import numpy as np

from invariance.model import Model

SCALE = np.float32(256)


def collapse(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """The matrix and bias that equal the network, if it is affine.

    An affine map f(x) = x W + b is known from b = f(0) and f(s e_i) = s W_i + b, where e_i is 1 in place i and 0
    elsewhere: one image for each of the input's numbers. A large s lets W_i stand out from the rounding of b.

    Returns:
        float64 W (C H W, classes) and b (classes,). Whether they equal the network, deviation() tells.
    """
    shape = model.card.shape
    bias = model.logits(np.zeros((1, *shape), np.float32))[0].astype(np.float64)
    basis = np.eye(int(np.prod(shape)), dtype=np.float32).reshape(-1, *shape)
    return (model.logits(SCALE * basis) - bias) / SCALE, bias


def deviation(model: Model, matrix: np.ndarray, bias: np.ndarray, images: np.ndarray) -> float:
    """The largest difference of a logit between the network and x W + b over images (N, C, H, W) in [0, 1]."""
    return float(np.abs(model.logits(images) - (images.reshape(len(images), -1) @ matrix + bias)).max())


def templates(matrix: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Each class's column of W (C H W, classes) as an image: float32 (classes, C, H, W) in [0, 1].

    A weight of 0 is mid-grey; the largest weight of any class, up or down, is white or black.
    """
    scaled = 0.5 + 0.5 * matrix / np.abs(matrix).max()
    return scaled.T.reshape(-1, *shape).astype(np.float32)
