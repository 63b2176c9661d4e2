"""What a convolution of a model would make of an image if it had other filters, such as those of an earlier epoch."""

import numpy as np

from invariance import UserError
from invariance.inside.nodes import window
from invariance.inside.values import Inside
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve


def maps_with(inside: Inside, layer: str, filters: np.ndarray, biases: np.ndarray, image: np.ndarray) -> np.ndarray:
    """The maps of a convolution with other filters, after the ReLU that follows it, if one does.

    Args:
        inside: of the model.
        layer: the convolution's name.
        filters: (F, C, k1, k2).
        biases: (F,).
        image: float32 (C, H, W) in [0, 1]; of a model that looks at several versions of it, these are of the first.

    Returns:
        float32 (F, H', W').

    Raises:
        UserError: there is no such convolution, or its window slides with two strides or with gaps.
    """
    node, _ = inside.convolution(layer)
    slid = window(inside, node)
    if len(set(slid.strides)) > 1 or max(slid.dilations) > 1:
        raise UserError(
            f"{layer} slides with the strides {slid.strides} and the dilations {slid.dilations}; only one stride and "
            "no dilation is worked out here."
        )
    given = inside.values([node.input[0]], image[None])[node.input[0]]
    given = inside.versions(node.input[0], given)[0, 0].astype(np.float32)
    padded = np.pad(given, ((0, 0), *zip(slid.before, slid.after, strict=True)))
    maps = np.stack(
        [
            convolve(padded, each, stride=slid.strides[0], bias=float(bias))
            for each, bias in zip(filters, biases, strict=True)
        ]
    )
    follows = any(each.op_type == "Relu" and each.input[0] == layer for each in inside.nodes)
    return relu(maps) if follows else maps
