"""Where a network's logits are: before whatever makes probabilities of them or brings them into another order."""

from typing import NamedTuple

import numpy as np
import onnx

from invariance.inside.nodes import attributes
from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside


class Logits(NamedTuple):
    """A value of K numbers an image, and what it says of the classes."""

    name: str  # of the value
    order: np.ndarray  # for each class: which of the numbers is its own; of one number, whether it or its negative
    one: bool  # K is 1: a single number speaks for the second of two classes and against the first

    def by_class(self, numbers: np.ndarray) -> np.ndarray:
        """(K, ...) -> (classes, ...)."""
        return (np.concatenate([-numbers, numbers]) if self.one else numbers)[self.order]


def logits(inside: Inside, images: np.ndarray) -> np.ndarray:
    """float32 (N, C, H, W) in [0, 1] -> (N, classes): the logits, also of a file that makes probabilities of them.

    A probability near 1 hardly changes, nor does its logarithm; the logit behind it does.

    Raises:
        UserError: the images are not the model's.
    """
    steps = [found for node, found in _backward(inside) if node is not None and not _adds(inside, node)]
    name = steps[-1].name if steps else inside.output
    if not steps or not inside.real(name) or inside.images_axis(name) is None:
        return inside.model.logits(images)
    values = np.moveaxis(inside.values([name], images)[name], inside.images_axis(name), 0)
    return steps[-1].by_class(values.reshape(len(images), -1).T).T


def before_bias(inside: Inside) -> Logits:
    """The logits without what is added to them at last."""
    return _backward(inside)[-1][1]


def _backward(inside: Inside) -> list[tuple[onnx.NodeProto | None, Logits]]:
    """From what a network gives backward: each node that the logits go through, and they as it gets them."""
    now = Logits(inside.output, np.arange(len(inside.model.card.labels)), False)
    steps: list[tuple[onnx.NodeProto | None, Logits]] = [(None, now)]
    while (node := behind(inside, now.name)) is not None:
        picked = _picked(inside, node)
        if picked is not None:
            now = now._replace(order=picked[now.order])
        elif _two_of_one(inside, node):
            now = now._replace(one=True)
        elif not about(node).of_logits and not _adds(inside, node):
            break
        now = now._replace(name=inside.changing(node)[-1])
        steps.append((node, now))
    return steps


def behind(inside: Inside, name: str) -> onnx.NodeProto | None:
    """The node that made a value of the image, those left out that only pass it on."""
    node = inside.maker(name)
    while node is not None and inside.changing(node):
        if not passes_on(inside, node):
            return node
        node = inside.maker(inside.changing(node)[0])
    return None


def passes_on(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node gives, of one image, the numbers that it gets in the order in which it gets them."""
    operator = about(node)
    if operator.places is Places.TRANSPOSED:
        return sum(size > 1 for size in inside.shape(node.output[0])) <= 1
    return operator.passes_on or operator.places is Places.RESHAPED


def _adds(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node adds constant numbers or takes them away."""
    changing = inside.changing(node)
    return (node.op_type == "Add" and len(changing) == 1) or (node.op_type == "Sub" and changing == [node.input[0]])


def _picked(inside: Inside, node: onnx.NodeProto) -> np.ndarray | None:
    """For each number that a node gives, which of (1, K) that it gets; None if it doesn't pick them."""
    if about(node).places is not Places.GATHERED or inside.changing(node) != [node.input[0]]:
        return None
    order, along = inside.constant(node.input[1]), attributes(node).get("axis", 0)
    there = len(inside.shape(node.input[0])) == 2 and along in (1, -1)
    return order if there and order is not None and order.ndim == 1 else None


def _two_of_one(inside: Inside, node: onnx.NodeProto) -> bool:
    """Whether a node puts a second class's number behind a first's: 1 - p and p, or 0 z and z."""
    if node.op_type != "Concat" or len(inside.changing(node)) != 2 or inside.shape(node.output[0]) != (1, 2):
        return False
    first, second = node.input
    made = inside.maker(first)
    if made is None or inside.changing(made) != [second]:
        return False
    number = next(inside.constant(name) for name in made.input if name != second)
    of_sum = made.op_type == "Sub" and made.input[1] == second
    return number is not None and ((of_sum and (number == 1).all()) or (made.op_type == "Mul" and not number.any()))
