"""Whether a graph takes any number of images at a time, and gives each the answer that it gives it alone."""

from collections.abc import Callable, Iterator

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from invariance.model.providers import ORT_ERRORS
from invariance.model.signature import Signature, noise

IMAGES = 3  # that are asked about together and one by one
SAME = 1e-4  # of the largest number: what another order of summation explains
FREE = "images"  # what the freed axis is called


def freed(
    proto: onnx.ModelProto,
    signature: Signature,
    session: ort.InferenceSession,
    opened: Callable[[onnx.ModelProto], ort.InferenceSession],
) -> tuple[onnx.ModelProto, int | None]:
    """The graph with a free axis of images where that changes no answer, and how many images a run takes.

    Args:
        proto: the graph.
        signature: of it.
        session: of it.
        opened: opens a graph.

    Returns:
        The graph, and None for any number; or the graph as it was, and how many images it must be given at a time. A
        graph that takes any number but answers each otherwise beside others, as where scales are worked out from the
        whole batch, must be given one.
    """
    if None not in signature.dims:
        return proto, 1
    images = noise(signature.dims, signature.dtype, IMAGES)
    alone = np.concatenate(
        [_answers(session, signature, images[i : i + 1], signature.batch or 1) for i in range(IMAGES)]
    )
    if signature.batch is None:
        return proto, None if _agrees(session, signature, images, alone) else 1
    for candidate in _candidates(proto, signature):
        try:
            other = opened(candidate)
        except ORT_ERRORS:
            continue
        if _agrees(other, signature, images, alone):
            return candidate, None
    return proto, signature.batch


def in_batches(images: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, int]]:
    """Images (N, ...) in parts of exactly so many, the last filled up with its last image; and how many are real."""
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        yield np.concatenate([part, np.repeat(part[-1:], batch - len(part), 0)]), len(part)


def _answers(session: ort.InferenceSession, signature: Signature, images: np.ndarray, batch: int) -> np.ndarray:
    """(N, classes): what a graph gives for images, each in a batch filled up with itself."""
    parts = [
        session.run([signature.output], {signature.input: part})[0].reshape(batch, -1)[:real]
        for part, real in in_batches(images, batch)
    ]
    return np.concatenate(parts)


def _agrees(session: ort.InferenceSession, signature: Signature, images: np.ndarray, alone: np.ndarray) -> bool:
    """Whether images together get the answers that they get alone."""
    try:
        together = _answers(session, signature, images, len(images))
    except (*ORT_ERRORS, ValueError):
        return False
    if together.shape != alone.shape:
        return False
    largest = np.abs(alone[np.isfinite(alone)]).max(initial=0)
    return bool(np.allclose(together, alone, rtol=0, atol=SAME * float(largest), equal_nan=True))


def _candidates(proto: onnx.ModelProto, signature: Signature) -> Iterator[onnx.ModelProto]:
    """The graph with a free axis: as it is, and with the number taken out of the shapes that it reshapes to."""
    axis = signature.dims.index(None)
    free = onnx.ModelProto()
    free.CopyFrom(proto)
    _free(next(value for value in free.graph.input if value.name == signature.input), axis)
    del free.graph.value_info[:]
    for value in free.graph.output:
        value.type.tensor_type.ClearField("shape")
    yield free
    shapes = {node.input[1] for node in free.graph.node if node.op_type == "Reshape" and len(node.input) > 1}
    shapes |= {node.input[1] for node in free.graph.node if node.op_type == "Expand"}
    tensors = [tensor for tensor in free.graph.initializer if tensor.name in shapes]
    tensors += [
        node.attribute[0].t
        for node in free.graph.node
        if node.op_type == "Constant" and node.output[0] in shapes and node.attribute[0].name == "value"
    ]
    changed = False
    for tensor in tensors:
        sizes = numpy_helper.to_array(tensor).copy()
        if sizes.ndim == 1 and len(sizes) and sizes[0] == signature.batch:
            sizes[0] = 0 if (sizes == -1).any() else -1
            tensor.CopyFrom(numpy_helper.from_array(sizes, tensor.name))
            changed = True
    if changed:
        yield free


def _free(value: onnx.ValueInfoProto, axis: int) -> None:
    value.type.tensor_type.shape.dim[axis].dim_param = FREE
