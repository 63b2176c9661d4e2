"""Some layers of a network, cut out of its file: a function from one of its values to a later one."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import helper, numpy_helper

from invariance import UserError
from invariance.bench.systems import System
from invariance.inside.architecture import layers
from invariance.inside.values import Inside
from invariance.model.providers import ORT_ERRORS, said


def cut(inside: Inside, start: str, end: str) -> Callable[[np.ndarray], np.ndarray]:
    """The part of a network that makes one of its values from an earlier one.

    Args:
        inside: the model.
        start: the name of the value that is given to the part, or of the model's input.
        end: the name of the value that it makes.

    Returns:
        A function from any (N, ...) in place of start to what end then is. It raises UserError for what start can't be.

    Raises:
        UserError: end is not made from start alone, or the part can't be opened by itself.

    >>> inside = Inside(Model(Path("exported/lenet5.onnx")))
    >>> cut(inside, "relu1", "conv2")(np.zeros((7, 6, 28, 28), np.float32)).shape
    (7, 16, 14, 14)
    """
    nodes = _between(inside, start, end)
    names = dict.fromkeys(name for node in nodes for name in node.input)
    stored = [name for name in names if name in inside.weights and inside.maker(name) is None]
    given = inside.values([start], np.zeros((1, *inside.model.card.shape), np.float32))[start]
    kind = helper.np_dtype_to_tensor_dtype(given.dtype)
    file = onnx.load_from_string(inside.model.data)
    graph = helper.make_graph(
        nodes,
        "stack",
        [helper.make_tensor_value_info(start, kind, ["n", *given.shape[1:]])],
        [helper.make_empty_tensor_value_info(end)],
        [numpy_helper.from_array(inside.weights[name], name) for name in stored],
    )
    part = helper.make_model(graph, opset_imports=file.opset_import, ir_version=file.ir_version)
    try:
        session = inside.model.open_session(part.SerializeToString())
    except ORT_ERRORS as error:
        raise UserError(f"The part of the network from {start} to {end} can't be opened: {said(error)}.") from error

    def run(values: np.ndarray) -> np.ndarray:
        try:
            return session.run([end], {start: values})[0]
        except ORT_ERRORS as error:
            raise UserError(
                f"The part of the network from {start} to {end} takes {given.dtype} (N, "
                f"{', '.join(map(str, given.shape[1:]))}), not {values.dtype} of shape {values.shape}: {said(error)}."
            ) from error

    return run


def stack(inside: Inside, start: str, end: str) -> System:
    """The part of a network from one value to a later one, for the test bench.

    A value without places, (N, K), counts as K maps of one place, (N, K, 1, 1).

    Raises:
        UserError: as cut(); or one of the two is neither maps nor a row of numbers, or they hold different numbers of
            versions of the image.
    """
    before, after = (inside.shapes.get(name, ()) for name in (start, end))
    if before[:1] != after[:1] or not {len(before), len(after)} <= {2, 4}:
        raise UserError(
            f"The test bench takes maps or rows of numbers to maps or rows, one to one; for an image, {start} is of "
            f"shape {before} and {end} of shape {after}. Pick others."
        )
    apply = cut(inside, start, end)
    strides = {inside.input: (1, 1)} | {layer.name: layer.total_stride for layer in layers(inside)}
    near, far = strides.get(start), strides.get(end)

    def run(values: np.ndarray) -> np.ndarray:
        return as_maps(apply(values.reshape(len(values), *before[1:])))

    return System(
        name=f"{start}-{end}",
        title=f"{inside.model.card.title} from {start} to {end}",
        apply=run,
        about="",
        stride=(far[0] // near[0], far[1] // near[1]) if near and far else None,
    )


def as_maps(values: np.ndarray) -> np.ndarray:
    """A row of numbers (N, K) as K maps of one place, (N, K, 1, 1); maps stay as they are."""
    return values.reshape(*values.shape, 1, 1) if values.ndim == 2 else values


def _between(inside: Inside, start: str, end: str) -> list[onnx.NodeProto]:
    """All nodes that end needs when start is given, in an order in which they can run."""
    order, seen, open_ = [], {start, ""}, [(end, False)]
    while open_:  # depth first: a node comes after all that it reads
        name, complete = open_.pop()
        node = inside.maker(name)
        if complete:
            order.append(node)
        elif name in seen or (node is None and name in inside.weights):
            continue
        elif node is None:
            raise UserError(
                f"{end} is not made from {start} alone. Begin earlier, with a value that all that leads to {end} "
                "passes through."
            )
        else:
            seen.update(node.output)
            open_ += [(name, True), *((each, False) for each in node.input)]
    if not order:
        raise UserError(f"There is nothing between {start} and {end}: pick a later value to end with.")
    return order
