"""What goes on inside a model file: its weights, and the values between its layers for given images."""

from functools import cached_property

import numpy as np
import onnx

from invariance import UserError
from invariance.model import Model
from invariance.providers import open_session


class Inside:
    """A second look at a model, through a copy whose inner values are outputs; the shipped file stays as it is."""

    def __init__(self, model: Model):
        self.model = model
        self._proto = onnx.load_from_string(model.data)

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The numbers stored in the file, by name."""
        return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in self._proto.graph.initializer}

    @cached_property
    def _nodes(self) -> dict[str, onnx.NodeProto]:
        return {name: node for node in self._proto.graph.node for name in node.output}

    def kernels(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """Filters (outputs, inputs, k1, k2) and biases (outputs,) of the convolution whose result is called layer.

        Raises:
            UserError: there is no such convolution.
        """
        node = self._nodes.get(layer)
        if node is None or node.op_type != "Conv":
            found = [name for name, each in self._nodes.items() if each.op_type == "Conv"]
            raise UserError(
                f"{self.model.card.title} has no convolution {layer}; it has: {', '.join(found) or 'none'}."
            )
        filters = self.weights[node.input[1]]
        return filters, self.weights[node.input[2]] if len(node.input) > 2 else np.zeros(len(filters), filters.dtype)

    def values(self, names: list[str], images: np.ndarray) -> dict[str, np.ndarray]:
        """What the model computes on its way.

        Args:
            names: of values inside the graph, such as "conv1".
            images: float32 (N, C, H, W) in [0, 1].

        Returns:
            Each name's value, of whatever shape it has.

        Raises:
            UserError: the model has no value of a name.
        """
        if unknown := [name for name in names if name not in self._nodes]:
            raise UserError(
                f"{self.model.card.title} has no value {', '.join(unknown)}; it has: {', '.join(self._nodes)}."
            )
        copy = onnx.ModelProto()
        copy.CopyFrom(self._proto)
        given = {output.name for output in copy.graph.output}
        copy.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names if name not in given)
        session, _ = open_session(copy.SerializeToString())
        found = session.run(names, {session.get_inputs()[0].name: images})
        return dict(zip(names, found, strict=True))
