"""A classifier that slides over a canvas of any size: its dense layers become convolutions, so that it runs once.

A dense layer behind maps (C, h, w) is a convolution whose kernel is as large as the maps and finds one place in them;
in larger maps the same kernel finds many. All weights stay as they are. What the network says of every window of a
canvas, side by side, is then a map for each class: it moves with what is drawn (equivariance), and its largest value
stays (invariance).

Source: P. Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional
networks" (2014), section 3.5.
"""

from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

from invariance import UserError
from invariance.inside.layer_kinds import flattens, kind
from invariance.inside.nodes import attributes, window
from invariance.inside.onnx_operators import Places, Products, about
from invariance.inside.values import Inside
from invariance.model.apart import Session
from invariance.model.providers import ORT_ERRORS, said


class Sliding(NamedTuple):
    """A classifier as one large convolution; as_one_convolution() makes it."""

    session: ort.InferenceSession | Session  # the converted network, (N, C, height, width) -> (N, classes, H', W')
    channels: int  # C
    window: tuple[int, int]  # (h, w), the pixels that one place of a map depends on
    stride: tuple[int, int]  # pixels from one place to the next, downwards and to the right

    def maps(self, canvas: np.ndarray) -> np.ndarray:
        """What the network says of windows a stride apart, in one run.

        Args:
            canvas: float32 (C, H, W) in [0, 1], at least as large as the window.

        Returns:
            float32 (classes, H', W'): the logits for the window whose upper left corner is pixel (i stride, j stride).

        Raises:
            UserError: the canvas is of another type, has other channels or is smaller than the window.
        """
        self._check(canvas, self.window)
        return self._run(canvas[None])[0]

    def everywhere(self, canvas: np.ndarray) -> np.ndarray:
        """What the network says of the window at every pixel, in one run: of copies of the canvas, shifted by less
        than a stride, whose maps are dovetailed.

        Args and Raises: as maps().

        Returns:
            float32 (classes, H - h + 1, W - w + 1).
        """
        self._check(canvas, self.window)
        down, right = self.stride
        _, height, width = canvas.shape
        wider = np.pad(canvas, ((0, 0), (0, down - 1), (0, right - 1)))
        copies = np.stack([wider[:, y : y + height, x : x + width] for y in range(down) for x in range(right)])
        maps = self._run(copies)
        _, classes, rows, columns = maps.shape
        parts = maps.reshape(down, right, classes, rows, columns)
        every = parts.transpose(2, 3, 0, 4, 1).reshape(classes, rows * down, columns * right)
        return every[:, : height - self.window[0] + 1, : width - self.window[1] + 1]

    def evidence(self, canvas: np.ndarray) -> np.ndarray:
        """The logits for the window about every pixel, less those for a black window; the canvas stands on black.

        Args and Raises: as maps(), but the canvas may be smaller than the window.

        Returns:
            float32 (classes, H, W); 0 where the whole window is black.
        """
        self._check(canvas, (1, 1))
        margins = [(side // 2, side - 1 - side // 2) for side in self.window]
        black = self.maps(np.zeros((self.channels, *self.window), np.float32))
        return self.everywhere(np.pad(canvas, ((0, 0), *margins))) - black

    def _check(self, canvas: np.ndarray, least: tuple[int, int]) -> None:
        shape = canvas.shape
        sized = canvas.ndim == 3 and shape[0] == self.channels and shape[1] >= least[0] and shape[2] >= least[1]
        if canvas.dtype != np.float32 or not sized:
            raise UserError(
                f"The network slides over a float32 canvas of {self.channels} x at least {least[0]} x {least[1]}, not "
                f"over {canvas.dtype} of shape {shape}."
            )

    def _run(self, copies: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) -> float32 (N, classes, H', W'), the windows that lie inside."""
        maps = self.session.run(None, {self.session.get_inputs()[0].name: copies})[0]
        # Pooling that leaves out a last row makes place for windows that reach one row too far.
        rows, columns = (
            (size - side) // step + 1
            for size, side, step in zip(copies.shape[2:], self.window, self.stride, strict=True)
        )
        return maps[:, :, :rows, :columns]


class Peak(NamedTuple):
    """The largest value of a class's map and where it lies."""

    value: float
    row: int
    column: int
    ahead: bool  # no class has a larger one near there


def peaks(evidence: np.ndarray, reach: int) -> list[Peak]:
    """The peak of each map of float32 (classes, H, W); near is up to reach pixels away along both axes."""
    highest = []
    for one in evidence:
        row, column = (int(place) for place in np.unravel_index(one.argmax(), one.shape))
        value = float(one[row, column])
        near = evidence[:, max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        highest.append(Peak(value, row, column, value > 0 and value >= float(near.max())))
    return highest


def as_one_convolution(inside: Inside) -> Sliding:
    """Make of a classifier one large convolution.

    The padding of a convolution that reads the image is left out, and the window grows by it: a network that put a
    border of zeros around 28 x 28 pixels is shown as many more, with what lies there.

    Args:
        inside: the model.

    Raises:
        UserError: a layer can't slide; says which and why.

    >>> as_one_convolution(Inside(Model(Path("exported/mnist-cnn.onnx")))).window
    (29, 29)
    """
    channels, height, width = inside.model.card.shape
    size, stride = (height, width), (1, 1)
    nodes: list[onnx.NodeProto] = []
    stored: dict[str, np.ndarray] = {}
    value, row = inside.input, None  # what the next node reads; (h, w) of the maps that it finds laid into one row
    for old in inside.nodes:
        node = onnx.NodeProto()
        node.CopyFrom(old)
        operator = about(node)
        given = [name for name in node.input if name and name != value]
        if inside.changing(node) != [value]:
            raise _refusal(inside, node, "brings several values together")
        if not operator.known_to_slide:
            raise _refusal(inside, node, "is not among the layers that are known to slide")
        if operator.places in (Places.WINDOW, Places.POOLED) and row is None:
            slid = window(inside, node)
            pads = [sum(each) for each in zip(slid.before, slid.after, strict=True)]
            first = operator.places is Places.WINDOW and all(about(each).places is Places.SAME for each in nodes)
            if any(pads) and not first:
                raise _refusal(inside, node, "puts zeros around its maps, which every window would need for itself")
            if attributes(node).get("ceil_mode"):
                raise _refusal(inside, node, "has windows of its own that reach beyond the maps")
            others = [each for each in node.attribute if each.name not in ("pads", "auto_pad")]
            del node.attribute[:]
            node.attribute.extend(others)
            size = (size[0] + pads[0], size[1] + pads[1])
            stride = (stride[0] * slid.strides[0], stride[1] * slid.strides[1])
        elif operator.places is Places.RESHAPED and row is None and flattens(inside, node):
            row, given = inside.shape(value)[2:], []
            node = helper.make_node("Identity", [value], node.output)
        elif operator.products is Products.MATRIX and row is not None and not attributes(node).get("transA"):
            node, numbers = _as_convolution(inside, node, row)
            stored |= numbers
            row, given = (1, 1), []
        elif operator.places is not Places.SAME or any(inside.constant(name).size != 1 for name in given):
            raise _refusal(inside, node, "is not among the layers that are known to slide")
        stored |= {name: inside.constant(name) for name in given}
        nodes.append(node)
        value = node.output[0]
    if row != (1, 1) or value != inside.output:
        raise UserError(f"{inside.model.card.title} can't slide: it has no fully connected layer at its end.")
    return Sliding(_opened(inside, nodes, stored), channels, size, stride)


def _refusal(inside: Inside, node: onnx.NodeProto, reason: str) -> UserError:
    title, layer = inside.model.card.title, node.output[0]
    return UserError(f"{title} can't slide: its layer {layer} ({kind(inside, node).lower()}) {reason}.")


def _as_convolution(
    inside: Inside, node: onnx.NodeProto, row: tuple[int, int]
) -> tuple[onnx.NodeProto, dict[str, np.ndarray]]:
    """A Gemm that reads maps of (h, w) laid into one row, as a convolution with that window; and its numbers."""
    scale, layer = attributes(node), node.output[0]
    weights = inside.constant(node.input[1])
    matrix = weights if scale.get("transB") else weights.T  # (outputs, C h w)
    numbers = {f"{layer} kernel": (matrix * scale.get("alpha", 1)).reshape(len(matrix), -1, *row)}
    if len(node.input) > 2:
        bias = inside.constant(node.input[2]) * scale.get("beta", 1)
        numbers[f"{layer} bias"] = np.broadcast_to(bias.ravel(), len(matrix))
    numbers = {name: array.astype(weights.dtype) for name, array in numbers.items()}
    return helper.make_node("Conv", [node.input[0], *numbers], [layer], name=node.name), numbers


def _opened(
    inside: Inside, nodes: list[onnx.NodeProto], stored: dict[str, np.ndarray]
) -> ort.InferenceSession | Session:
    channels, file = inside.model.card.shape[0], onnx.load_from_string(inside.model.data)
    graph = helper.make_graph(
        nodes,
        "sliding",
        [helper.make_tensor_value_info(inside.input, onnx.TensorProto.FLOAT, ["n", channels, "height", "width"])],
        [helper.make_empty_tensor_value_info(inside.output)],
        [numpy_helper.from_array(array, name) for name, array in stored.items()],
    )
    model = helper.make_model(graph, opset_imports=file.opset_import, ir_version=file.ir_version)
    try:
        return inside.model.open_session(model.SerializeToString())
    except ORT_ERRORS as error:
        raise UserError(f"{inside.model.card.title} can't be opened as one convolution: {said(error)}.") from error
