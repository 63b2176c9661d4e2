"""What goes on inside a model file: its weights, and the values between its layers for given images."""

from functools import cached_property

import numpy as np
import onnx

from invariance import UserError
from invariance.model import Model
from invariance.providers import ORT_ERRORS, open_session


class Inside:
    """A second look at a model, through a copy whose inner values are outputs; the shipped file stays as it is.

    What does not depend on the image counts as constant, however the file stores it: as an initializer, as a Constant
    node, or worked out from them. nodes: those that depend on it, in the order in which they run; input, output: the
    names of the model's own.

    Example:
        >>> inside = Inside(Model(Path("exported/lenet5.onnx")))
        >>> inside.values(["conv1"], np.zeros((7, 1, 28, 28), np.float32))["conv1"].shape
        (7, 6, 28, 28)
    """

    def __init__(self, model: Model):
        self.model = model
        self._proto = onnx.load_from_string(model.data)
        graph = self._proto.graph
        stored = {tensor.name for tensor in graph.initializer}
        self.input = next(value.name for value in graph.input if value.name not in stored)
        self.output = graph.output[0].name
        self.nodes: list[onnx.NodeProto] = []
        depends = {self.input}
        for node in graph.node:
            # A shape is the same for all images, and so is what is made from it.
            if node.op_type not in ("Shape", "Size") and depends.intersection(node.input):
                self.nodes.append(node)
                depends.update(filter(None, node.output))

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The numbers stored in the file, by name."""
        found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in self._proto.graph.initializer}
        for node in self._proto.graph.node:
            if node.op_type == "Constant" and node.attribute[0].name != "sparse_value":
                value = onnx.helper.get_attribute_value(node.attribute[0])
                tensor = isinstance(value, onnx.TensorProto)
                found[node.output[0]] = onnx.numpy_helper.to_array(value) if tensor else np.asarray(value)
        return found

    @cached_property
    def _nodes(self) -> dict[str, onnx.NodeProto]:
        return {name: node for node in self._proto.graph.node for name in node.output if name}

    @cached_property
    def _changing(self) -> set[str]:
        return {self.input, *(name for node in self.nodes for name in node.output if name)}

    def changing(self, node: onnx.NodeProto) -> list[str]:
        """The inputs of a node that depend on the image."""
        return [name for name in node.input if name in self._changing]

    def constant(self, name: str) -> np.ndarray | None:
        """The numbers behind a name, if they are the same for all images."""
        if not name or name in self._changing:
            return None
        return self.weights[name] if name in self.weights else self._one[name]

    def maker(self, name: str) -> onnx.NodeProto | None:
        """The node that makes the value called name; None for the image and for stored numbers."""
        return self._nodes.get(name)

    def kernels(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """Filters (outputs, inputs, k1, k2) and biases (outputs,) of the convolution whose result is called layer.

        Raises:
            UserError: there is no such convolution.
        """
        node, added = self._nodes.get(layer), []
        while node is not None and node.op_type in ("Add", "Identity") and len(self.changing(node)) == 1:
            added += [self.constant(name) for name in node.input if name not in self._changing]  # a bias of its own
            node = self._nodes.get(self.changing(node)[0])
        filters = self.constant(node.input[1]) if node is not None and node.op_type == "Conv" else None
        if filters is None or any(each.size not in (1, len(filters)) for each in added):
            found = [name for name, each in self._nodes.items() if each.op_type == "Conv"]
            raise UserError(
                f"{self.model.card.title} has no convolution {layer}; it has: {', '.join(found) or 'none'}."
            )
        biases = np.zeros(len(filters), filters.dtype)
        for each in (*added, *(self.constant(name) for name in node.input[2:])):
            biases = biases + each.reshape(-1)
        return filters, biases

    @cached_property
    def _session(self):
        """The copy; every value is an output, and a run says which it wants."""
        copy = onnx.ModelProto()
        copy.CopyFrom(self._proto)
        given = {output.name for output in copy.graph.output}
        copy.graph.output.extend(
            onnx.helper.make_empty_tensor_value_info(name) for name in self._nodes if name not in given
        )
        try:
            return open_session(copy.SerializeToString())[0]
        except ORT_ERRORS as error:
            raise UserError(f"{self.model.card.title} can't be opened to look inside: {error}") from error

    @cached_property
    def _one(self) -> dict[str, np.ndarray]:
        """Every value for one black image."""
        return self.values(list(self._nodes), np.zeros((1, *self.model.card.shape), np.float32))

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every value of real numbers that depends on the image: its shape for one image, batch axis first."""
        found = {self.input: (1, *self.model.card.shape)}
        for node in self.nodes:
            for name in filter(None, node.output):
                if self._one[name].dtype.kind == "f":
                    found[name] = self._one[name].shape
        return found

    @property
    def maps(self) -> list[str]:
        """Names of the values that are maps, (N, C, H, W) with more than one place, from the image on."""
        return [name for name, shape in self.shapes.items() if len(shape) == 4 and shape[2] * shape[3] > 1]

    def values(self, names: list[str], images: np.ndarray) -> dict[str, np.ndarray]:
        """What the model computes on its way.

        Args:
            names: of values inside the graph, such as "conv1", or of its input.
            images: float32 (N, C, H, W) in [0, 1].

        Returns:
            Each name's value, of whatever shape it has.

        Raises:
            UserError: the model has no value of a name, or can't take the images.
        """
        if unknown := [name for name in names if name not in self._nodes and name != self.input]:
            raise UserError(
                f"{self.model.card.title} has no value {', '.join(unknown)}; it has: {', '.join(self._nodes)}."
            )
        shape = self.model.card.shape
        if images.shape[1:] != shape or images.dtype != np.float32:
            raise UserError(
                f"{self.model.card.title} takes float32 images of shape (N, {', '.join(map(str, shape))}), "
                f"not {images.dtype} of shape {images.shape}."
            )
        wanted = [name for name in dict.fromkeys(names) if name != self.input]
        try:
            found = self._session.run(wanted, {self.input: images}) if wanted else []
        except ORT_ERRORS as error:
            raise UserError(f"{self.model.card.title} can't be run on {len(images)} images: {error}") from error
        values = {self.input: images, **dict(zip(wanted, found, strict=True))}
        return {name: values[name] for name in names}
