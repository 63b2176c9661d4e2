"""Which maps of a network hold four orientations, as those of a network on the group p4 do: told from its filters."""

import numpy as np
import onnx

from invariance import UserError
from invariance.inside.nodes import attributes, covers
from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside

TURNS = 4
COPIED = 1e-5  # of the largest number: how far filters may be from copies of each other


def oriented_values(inside: Inside) -> set[str]:
    """Values whose channels are four orientations, one after the other, that a turn by 90° moves on by one."""
    values: set[str] = set()
    for node in inside.nodes:
        names = inside.changing(node)
        has = [name in values for name in names]
        operator = about(node)
        if node.op_type == "Conv":
            oriented = _convolves_orientations(inside, node, has[0])
        elif operator.places in (Places.SAME, Places.MIXED) and all(has):
            constants = (inside.constant(name) for name in node.input if name not in names)
            oriented = all(value is None or value.size == 1 or _same_for_all(value.reshape(-1)) for value in constants)
        elif operator.places in (Places.PADDED, Places.POOLED) or covers(inside, node):
            oriented = all(has) and inside.shape(node.output[0])[1] == inside.shape(names[0])[1]
        else:
            oriented = False
        if oriented and len(inside.shape(node.output[0])) == 4:
            values.add(node.output[0])
    return values


def _convolves_orientations(inside: Inside, node: onnx.NodeProto, oriented: bool) -> bool:
    """oriented: whether what it gets has orientations."""
    try:
        filters, biases = inside.kernels(node.output[0])
    except UserError:
        return False
    groups = attributes(node).get("group", 1)
    if groups > 1:  # depthwise: a filter of its own for each orientation of a channel
        return oriented and groups == len(filters) and _same_for_all(biases) and _turned(filters, False)
    return _same_for_all(biases) and _turned(filters, oriented)


def _same_for_all(numbers: np.ndarray) -> bool:
    """Whether (4 C,) numbers are those of C channels, once for each orientation."""
    if len(numbers) % TURNS:
        return False
    parts = numbers.reshape(TURNS, -1)
    return bool(np.abs(parts - parts[0]).max(initial=0) <= COPIED * np.abs(parts).max(initial=0))


def _turned(filters: np.ndarray, oriented: bool) -> bool:
    """Whether filters (4 C', C, k, k) are one set in four orientations: turned, their inputs' orientations moved on.

    w_s[c', t, c] = rot90^s(w_0[c', t - s mod 4, c]), t the orientation of the input if it has them.
    """
    outs, ins, height, width = filters.shape
    count = TURNS if oriented else 1
    if outs % TURNS or ins % count or height != width:
        return False
    parts = filters.reshape(TURNS, outs // TURNS, count, ins // count, height, width)
    expected = np.stack([np.rot90(np.roll(parts[0], s, 1) if oriented else parts[0], s, (3, 4)) for s in range(TURNS)])
    return bool(np.abs(parts - expected).max() <= COPIED * np.abs(filters).max())
