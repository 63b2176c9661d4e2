"""The layers of a convolutional network: forward gives a layer's output, backward the gradients.

backward takes delta, the gradient of the loss with respect to what forward gave last; it leaves the gradients with
respect to the layer's parameters in `gradients` and returns the one with respect to its input. Maps are (N, C, H, W).
"""

from abc import ABC, abstractmethod

import numpy as np

from invariance.measures import cross_entropy, softmax
from invariance.operators.windows import cells


class Layer(ABC):
    """parameters and gradients: lists of arrays, of the same shapes in the same order."""

    def __init__(self, *parameters: np.ndarray):
        self.parameters = list(parameters)
        self.gradients: list[np.ndarray] = []

    @abstractmethod
    def forward(self, values: np.ndarray) -> np.ndarray: ...

    @abstractmethod
    def backward(self, delta: np.ndarray) -> np.ndarray: ...


def im2col(maps: np.ndarray, size: int) -> np.ndarray:
    """(N, C, H, W) -> (N, C size², H' W'): every window of size x size as one column, at stride 1."""
    columns = np.stack(list(cells(maps, size, size, 1)), 2)  # (N, C, size², H', W')
    return columns.reshape(len(maps), maps.shape[1] * size * size, -1)


def col2im(columns: np.ndarray, shape: tuple[int, ...], size: int) -> np.ndarray:
    """The transpose of im2col: (N, C size², H' W') -> maps of this shape, adding up where windows overlap."""
    maps = np.zeros(shape, columns.dtype)
    height, width = shape[2] - size + 1, shape[3] - size + 1
    columns = columns.reshape(*shape[:2], size * size, height, width)
    for m in range(size):
        for n in range(size):
            maps[:, :, m : m + height, n : n + width] += columns[:, :, m * size + n]
    return maps


class Convolution(Layer):
    """Cross-correlation with filters (F, C, k, k) plus biases (F,), at stride 1, without padding: (N, F, H', W')."""

    def forward(self, values: np.ndarray) -> np.ndarray:
        filters, biases = self.parameters
        self.shape, size = values.shape, filters.shape[-1]
        self.columns = im2col(values, size)
        sums = filters.reshape(len(filters), -1) @ self.columns + biases[:, None]  # (N, F, H' W')
        return sums.reshape(*sums.shape[:2], self.shape[2] - size + 1, -1)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        filters, _ = self.parameters
        delta = delta.reshape(*delta.shape[:2], -1)  # (N, F, H' W')
        products = delta @ self.columns.transpose(0, 2, 1)  # (N, F, C k²)
        self.gradients = [products.sum(0).reshape(filters.shape), delta.sum((0, 2))]
        return col2im(filters.reshape(len(filters), -1).T @ delta, self.shape, filters.shape[-1])


class ReLU(Layer):
    """max(x, 0); its slope at 0 counts as 0."""

    def forward(self, values: np.ndarray) -> np.ndarray:
        self.positive = values > 0
        return values * self.positive

    def backward(self, delta: np.ndarray) -> np.ndarray:
        return delta * self.positive


class MaxPool(Layer):
    """The largest of every 2x2 values; where several are, the gradient goes to the first of them, row by row."""

    def forward(self, values: np.ndarray) -> np.ndarray:
        windows = np.stack(list(cells(values, 2, 2, 2)))  # (4, N, C, H', W')
        self.shape, self.winner = values.shape, windows.argmax(0)
        return windows.max(0)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        maps = np.zeros(self.shape, delta.dtype)
        bottom, right = 2 * delta.shape[2], 2 * delta.shape[3]  # an odd row or column at the end is in no window
        for cell in range(4):
            maps[:, :, cell // 2 : bottom : 2, cell % 2 : right : 2] = delta * (self.winner == cell)
        return maps


class Dense(Layer):
    """Weights (O, I) times all values of an image in one row, plus biases (O,): (N, O)."""

    def forward(self, values: np.ndarray) -> np.ndarray:
        weights, biases = self.parameters
        self.shape, self.rows = values.shape, values.reshape(len(values), -1)
        return self.rows @ weights.T + biases

    def backward(self, delta: np.ndarray) -> np.ndarray:
        self.gradients = [delta.T @ self.rows, delta.sum(0)]
        return (delta @ self.parameters[0]).reshape(self.shape)


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean of -ln p(label) over (N, classes) logits and (N,) labels, and its gradient (p - y)/N; y is one-hot."""
    delta = softmax(logits)
    delta[np.arange(len(labels)), labels] -= 1
    return cross_entropy(logits, labels), delta / len(labels)
