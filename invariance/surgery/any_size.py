"""A network for images of another size than its file says.

A network whose layers slide over the image, and that takes the mean over all places before its last layer, works on any
size; one that compares a fixed number of values, as LeNet-5's linear layers do, works on its own size alone. The file
names one size in both cases, so trying is the only way to know.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from invariance.model import Model, ModelError
from invariance.model.gate import IN_ONE_FORM


def with_size(model: Model, height: int, width: int) -> Model:
    """The same network, with the same card but for the shape, for images of height x width pixels.

    Raises:
        ModelError: the network can't take them.

    Example:
        >>> with_size(Model(Path("exported/mnist-shift-plain.onnx")), 32, 32).card.shape
        (1, 32, 32)
    """
    if height < 1 or width < 1:
        raise _refusal(model, height, width)
    proto = onnx.load_from_string(model.data)
    for side, size in zip(proto.graph.input[0].type.tensor_type.shape.dim[2:], (height, width), strict=True):
        side.dim_value = size
    del proto.graph.value_info[:]  # the sizes of the maps between the layers were those for the old size
    with tempfile.TemporaryDirectory(dir=model.apart and model.apart.folder) as folder:
        path = Path(folder, "resized.onnx")
        path.write_bytes(proto.SerializeToString(deterministic=True))
        try:
            resized = Model.opened(model.apart, path, IN_ONE_FORM)
            answers = resized.logits(np.zeros((2, *resized.card.shape), np.float32))
        except ModelError as error:
            raise _refusal(model, height, width) from error
    if len(answers) != 2:  # what comes out of one image is cut into several answers
        raise _refusal(model, height, width)
    resized.card = replace(model.card, shape=resized.card.shape)
    return resized


def _refusal(model: Model, height: int, width: int) -> ModelError:
    _, own_height, own_width = model.card.shape
    return ModelError(
        f"{model.card.title} was made for images of {own_height} × {own_width} pixels and can't take {height} × "
        f"{width}. A network for any size takes the mean over all places before its last layer; if it halves its maps "
        "twice, choose multiples of 4."
    )
