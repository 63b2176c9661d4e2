"""Whether a graph takes any number of images at a time, and gives each the answer that it gives it alone."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

from invariance.model.card import ModelError
from invariance.model.providers import ORT_ERRORS
from invariance.model.signature import Signature, noise

BRIGHTNESS = (1, 16, 255)  # of the images that are asked about together and one by one: as different as can be
SAME = 1e-4  # of an image's largest number: what another order of summation explains ...
SAME_IN_HALF = 1e-2  # ... and where it is rounded to 11 or 8 binary digits on the way
HALF = (onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
FREE = "images"  # what the freed axis is called


class Freed(NamedTuple):
    """A graph, and how many images it takes."""

    proto: onnx.ModelProto
    batch: int | None  # that a run must be given; None: any number
    mixes: bool  # whether it answers an image otherwise beside others, as where scales are worked out from all of them


def freed(
    proto: onnx.ModelProto,
    signature: Signature,
    session: ort.InferenceSession,
    opened: Callable[[onnx.ModelProto], ort.InferenceSession],
) -> Freed:
    """The graph with a free axis of images where that changes no answer, else as it is.

    Args:
        proto: the graph.
        signature: of it.
        session: of it.
        opened: opens a graph, or raises ModelError.
    """
    if None not in signature.dims:
        return Freed(proto, 1, mixes=False)
    images = noise(signature.dims, signature.dtype, len(BRIGHTNESS))
    if images.dtype.kind == "f":
        images *= np.array(BRIGHTNESS, images.dtype).reshape(-1, *[1] * (images.ndim - 1))
    batch = signature.batch or 1
    alone = np.concatenate([_answers(session, signature, image[None], batch) for image in images])
    same = SAME_IN_HALF if _half(proto) else SAME
    together = _together(session, signature, images, signature.batch or len(images))
    if together is not None and not _alike(together, alone, same):
        return Freed(proto, batch, mixes=True)
    if together is not None and signature.batch is None:
        return Freed(proto, None, mixes=False)
    # Answers that are the same for all images would not show that a candidate mixes them up.
    for candidate in [] if _alike(alone, alone[::-1], same) else _candidates(proto, signature, batch):
        try:
            other = opened(candidate)
        except ModelError:
            continue
        together = _together(other, signature, images, len(images))
        if together is not None and _alike(together, alone, same):
            return Freed(candidate, None, mixes=False)
    return Freed(proto, batch, mixes=False)


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


def _together(session: ort.InferenceSession, signature: Signature, images: np.ndarray, batch: int) -> np.ndarray | None:
    """What a graph gives for images beside each other; None if it doesn't take so many."""
    try:
        return _answers(session, signature, images, batch)
    except (*ORT_ERRORS, ValueError):
        return None


def _alike(answers: np.ndarray, others: np.ndarray, same: float) -> bool:
    """Whether answers (N, classes) are the same but for rounding."""
    sizes = np.abs(np.nan_to_num(others, posinf=0, neginf=0)).max(1, initial=0, keepdims=True)
    return answers.shape == others.shape and np.allclose(answers, others, rtol=0, atol=same * sizes, equal_nan=True)


def _half(proto: onnx.ModelProto) -> bool:
    """Whether a graph calculates with numbers of 16 bits."""
    stored = any(tensor.data_type in HALF for tensor in proto.graph.initializer)
    return stored or any(
        each.name == "to" and each.i in HALF
        for node in proto.graph.node
        if node.op_type == "Cast"
        for each in node.attribute
    )


def _candidates(proto: onnx.ModelProto, signature: Signature, batch: int) -> Iterator[onnx.ModelProto]:
    """The graph with a free axis: as it is, and with the number taken out of the shapes that it reshapes to."""
    free = onnx.ModelProto()
    free.CopyFrom(proto)
    axis = signature.dims.index(None)
    given = next(value for value in free.graph.input if value.name == signature.input)
    del free.graph.value_info[:]
    for value in free.graph.output:
        value.CopyFrom(helper.make_empty_tensor_value_info(value.name))
    if signature.batch is not None:
        given.type.tensor_type.shape.dim[axis].dim_param = FREE
        yield free
    reshapes = [node for node in free.graph.node if node.op_type == "Reshape" and len(node.input) > 1]
    shapes = {node.input[1] for node in reshapes}
    tensors = [tensor for tensor in free.graph.initializer if tensor.name in shapes]
    tensors += [
        attribute.t
        for node in free.graph.node
        if node.op_type == "Constant" and node.output[0] in shapes
        for attribute in node.attribute
        if attribute.name == "value"
    ]
    changed = False
    for tensor in tensors:
        sizes = numpy_helper.to_array(tensor).copy()
        if sizes.ndim == 1 and len(sizes) and sizes[0] == batch:
            sizes[0] = 0 if (sizes == -1).any() else -1
            tensor.CopyFrom(numpy_helper.from_array(sizes, tensor.name))
            changed = True
    for node in reshapes:  # a 0 stands for as many as come
        kept = [each for each in node.attribute if each.name != "allowzero"]
        del node.attribute[:]
        node.attribute.extend(kept)
    if changed:
        yield free
