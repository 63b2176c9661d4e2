"""What every transform is, and the bilinear resampling that most of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import onnxruntime as ort

from invariance import UserError


class TransformError(UserError):
    """An amount outside a transform's range, or images of the wrong shape."""


@dataclass(frozen=True)
class Transform:
    """One entry of TRANSFORMS.

    change(images, amount) takes float32 (N, C, H, W) in [0, 1] and gives the same shape; it is not called for the
    neutral amount, at which the images come back as they are. low and high: the ends of the amounts that make sense;
    amounts: the default grid, from low to high; unit: of an amount, as it is written behind a number.
    """

    name: str
    title: str
    unit: str
    neutral: float
    low: float
    high: float
    amounts: tuple[float, ...]
    change: Callable[[np.ndarray, float], np.ndarray]
    about: str
    names: tuple[str, ...] = ()  # of the amounts, where numbers say little

    def label(self, amount: float) -> str:
        """An amount as people read it: "45°", "left ↔ right"."""
        return self.names[self.amounts.index(amount)] if self.names else f"{amount:g}{self.unit}"

    def apply(self, images: np.ndarray, amount: float) -> np.ndarray:
        """Change images by amount.

        Args:
            images: float32 (N, C, H, W) in [0, 1].
            amount: in this transform's unit.

        Returns:
            float32 (N, C, H, W) in [0, 1].

        Raises:
            TransformError: the amount is out of range or the images are not four-dimensional float32.
        """
        if images.ndim != 4 or images.dtype != np.float32:
            raise TransformError(
                f"{self.title} takes float32 images (N, C, H, W), not {images.dtype} of shape {images.shape}."
            )
        if not self.low <= amount <= self.high:
            raise TransformError(f"{self.title} takes {self.low:g} to {self.high:g}{self.unit}, not {amount:g}.")
        return images.copy() if amount == self.neutral else self.change(images, amount)


def resample(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Bilinear resampling along an affine map, zeros outside.

    Args:
        images: float32 (N, C, H, W).
        matrix: (2, 3): output pixel (x, y), counted from the centre ((W-1)/2, (H-1)/2), x right and y down, takes its
            value from input place matrix @ (x, y, 1), counted from the centre too.

    Returns:
        float32 (N, C, H, W).
    """
    count, channels, height, width = images.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    source = np.tensordot(np.asarray(matrix, float), np.stack([x, y, np.ones_like(x)]), 1)  # (2, H, W)
    # GridSample counts from -1 to 1, from the first pixel's middle to the last one's; every image is a channel to it.
    grid = source / np.array([(width - 1) / 2, (height - 1) / 2])[:, None, None]
    planes = images.reshape(1, count * channels, height, width)
    feed = {"planes": planes, "grid": np.ascontiguousarray(grid.transpose(1, 2, 0)[None], np.float32)}
    return _sampler().run(None, feed)[0].reshape(images.shape)


@cache
def _sampler() -> ort.InferenceSession:
    """One GridSample operator; on the CPU, where 10,000 MNIST images take 8 ms."""
    from onnx import TensorProto, helper  # late: only transforms need it

    planes, grid, changed = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("planes", [1, "n", "h", "w"]), ("grid", [1, "h", "w", 2]), ("changed", [1, "n", "h", "w"]))
    )
    node = helper.make_node(
        "GridSample", ["planes", "grid"], ["changed"], mode="linear", padding_mode="zeros", align_corners=1
    )
    graph = helper.make_graph([node], "resample", [planes, grid], [changed])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
