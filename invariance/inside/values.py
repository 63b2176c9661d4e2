"""What goes on inside a model file: its weights, and the values between its layers for given images."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort

from invariance import UserError
from invariance.inside.onnx_operators import about, biases_of
from invariance.model import Model
from invariance.model.batch import in_batches
from invariance.model.gate import ANSWER
from invariance.model.preparation import PREFIX
from invariance.model.providers import ORT_ERRORS, said
from invariance.model.reading import names_read

REAL = ("tensor(float)", "tensor(float16)", "tensor(double)")
BYTES = ("tensor(uint8)", "tensor(int8)", "tensor(int32)")  # what quantised networks calculate with
OTHER = ("tensor(int64)", "tensor(bool)", "tensor(uint64)", "tensor(uint32)", "tensor(int16)", "tensor(uint16)")
WORKED_OUT_BYTES = 50_000_000  # of constant numbers that a file works out, as are kept; the smallest are
NAMED = 12  # names that a message lists


class _Seen(NamedTuple):
    """A value as it comes out for one image."""

    shape: tuple[int, ...]
    axis: int | None  # that gets longer with every further image, if one does
    together: bool = False  # all that an image adds there lies side by side, and not with what is alike of other images


class Inside:
    """A second look at a model, through a copy whose inner values are outputs; the shipped file stays as it is.

    What does not depend on the image counts as constant, however the file stores it: as an initializer, as a Constant
    node, or worked out from them. What goes on in the branches and loops of a file stays hidden: only what leaves them
    is a value. What prepares the images for the file, and makes logits of its answer, are nodes like others.

    nodes: those that depend on the image, in the order in which they run; input, output: the names of the model's own.

    Example:
        >>> inside = Inside(Model(Path("exported/lenet5.onnx")))
        >>> inside.values(["conv1"], np.zeros((7, 1, 28, 28), np.float32))["conv1"].shape
        (7, 6, 28, 28)
    """

    def __init__(self, model: Model):
        self.model = model
        self._proto = onnx.load_from_string(model.data)
        graph = self._proto.graph
        self.input = graph.input[0].name
        self.output = graph.output[0].name
        self.nodes: list[onnx.NodeProto] = []
        self._changing = {self.input}
        for node in graph.node:
            # A shape is the same for all images, and so is what is made from it.
            if not about(node).only_shape and self._changing.intersection(names_read(node)):
                self.nodes.append(node)
                self._changing.update(filter(None, node.output))

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The numbers stored in the file that a node reads, by name."""
        read = {name for node in self._proto.graph.node for name in names_read(node)}
        tensors = [tensor for tensor in self._proto.graph.initializer if tensor.name in read]
        stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in tensors}
        for node in self._proto.graph.node:
            if node.op_type == "Constant" and node.attribute[0].name != "sparse_value":
                value = onnx.helper.get_attribute_value(node.attribute[0])
                tensor = isinstance(value, onnx.TensorProto)
                stored[node.output[0]] = onnx.numpy_helper.to_array(value) if tensor else np.asarray(value)
        return stored

    @cached_property
    def _nodes(self) -> dict[str, onnx.NodeProto]:
        return {name: node for node in self._proto.graph.node for name in node.output if name}

    def changing(self, node: onnx.NodeProto) -> list[str]:
        """What a node reads that depends on the image, by name."""
        return [name for name in names_read(node) if name in self._changing]

    def prepares(self, node: onnx.NodeProto) -> bool:
        """Whether a node is among those that prepare images for the file's own graph."""
        return node.output[0].startswith(PREFIX) or node.output[0] == self.model.signature.input

    def reads_answer(self, node: onnx.NodeProto) -> bool:
        """Whether a node is among those that make logits of what the file's own graph gives."""
        name = node.output[0]
        return name.startswith(ANSWER) or (name == self.output and name != self.model.signature.output)

    def constant(self, name: str) -> np.ndarray | None:
        """The numbers behind a name, if they are the same for all images."""
        if not name or name in self._changing:
            return None
        return self.weights[name] if name in self.weights else self._worked_out.get(name)

    def maker(self, name: str) -> onnx.NodeProto | None:
        """The node that makes the value called name; None for the image and for stored numbers."""
        return self._nodes.get(name)

    def convolution(self, layer: str) -> tuple[onnx.NodeProto, list[np.ndarray]]:
        """The node of the convolution whose result is called layer, and the biases that other nodes add to it.

        Raises:
            UserError: see kernels().
        """
        node, added = self._nodes.get(layer), []
        while node is not None and node.op_type in ("Add", "Identity") and len(self.changing(node)) == 1:
            added += [self.constant(name) for name in node.input if name not in self._changing]
            node = self._nodes.get(self.changing(node)[0])
        if node is not None:
            node = self.whole_numbers_behind(node) or node
        if node is None or not about(node).has_kernels or not all(map(one_a_map, added)):
            convolutions = [name for name, each in self._nodes.items() if about(each).has_kernels]
            raise UserError(f"{self.model.card.title} has no convolution {layer}; it has: {_list(convolutions)}.")
        filters = self.constant(node.input[about(node).filters])
        if filters is None:
            raise UserError(f"The filters of {layer} can't be read from the file: it works them out from the image.")
        if filters.ndim != 4:
            axes = filters.ndim - 2
            raise UserError(
                f"{layer} slides along {axes} {'axis' if axes == 1 else 'axes'}; only filters that slide along two, "
                "rows and columns, are pictures."
            )
        if node.op_type == "ConvInteger":
            self._step_of_filters(node, layer)
        return node, added

    def kernels(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """Filters and biases of the convolution whose result, its bias added or not, is called layer.

        Returns:
            (outputs, inputs, k1, k2), the inputs those of one group, and (outputs,). Of a quantised convolution: the
            numbers that the stored whole numbers stand for.

        Raises:
            UserError: there is no such convolution, or its filters are no pictures: they slide along one axis or along
                three, or they are worked out from the image.
        """
        node, added = self.convolution(layer)
        filters = self.constant(node.input[about(node).filters])
        step = 1
        if node.op_type == "ConvInteger":
            filters = filters.astype(np.float32)
            if any(node.input[3:]):
                filters -= self.constant(node.input[3])
            filters *= self._step_of_filters(node, layer)
        elif about(node).whole_numbers:
            scale, zero = (self.constant(name).reshape(-1, 1, 1, 1) for name in node.input[4:6])
            filters = (filters.astype(np.float32) - zero) * scale
            step = self.constant(node.input[1]) * scale.reshape(-1)  # of a bias: that of a product
        added += [self.constant(name) * step for name in biases_of(node)]
        biases = np.zeros(len(filters), filters.dtype)
        for each in added:
            biases = biases + each.reshape(-1)
        return filters, biases

    def whole_numbers_behind(self, node: onnx.NodeProto) -> onnx.NodeProto | None:
        """The node whose whole numbers a product makes the real ones that they stand for; None if it does no such.

        Of a network that is quantised as it runs: Mul(Cast(ConvInteger(image, filters)), Mul(step of the image, step of
        the filters)), where the first of these steps follows the image.
        """
        for cast in map(self._nodes.get, node.input if node.op_type == "Mul" else ()):
            made = self._nodes.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
            if made is not None and made.op_type in ("ConvInteger", "MatMulInteger"):
                return made
        return None

    def _step_of_filters(self, node: onnx.NodeProto, layer: str) -> np.ndarray:
        """What 1 stands for in the filters of a convolution in whole numbers, for all or for each: see kernels()."""
        for product in self.nodes:
            if self.whole_numbers_behind(product) is not node:
                continue
            steps = next(
                made for made in map(self._nodes.get, product.input) if made is not None and made.op_type != "Cast"
            )
            for step in map(self.constant, steps.input if steps.op_type == "Mul" else ()):
                if step is not None:
                    return step.reshape(-1, 1, 1, 1)
        raise UserError(f"The filters of {layer} are whole numbers, and the file doesn't say what they stand for.")

    @cached_property
    def _session(self):
        """The copy; every value is an output, and a run says which it wants."""
        copy = onnx.ModelProto()
        copy.CopyFrom(self._proto)
        given = {output.name for output in copy.graph.output}
        copy.graph.output.extend(
            onnx.helper.make_empty_tensor_value_info(name) for name in self._nodes if name not in given
        )
        options = ort.SessionOptions()
        # What would join nodes to one can't be done where each value is an output; trying takes as long as the rest.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        try:
            return self.model.open_session(copy.SerializeToString(), options)
        except ORT_ERRORS as error:
            raise UserError(f"{self.model.card.title} can't be opened to look inside: {said(error)}") from error

    @cached_property
    def _types(self) -> dict[str, str]:
        """Of every value that can be had as an array: what onnxruntime calls its type."""
        offered = {output.name: output.type for output in self._session.get_outputs()}
        return {name: offered[name] for name in self._nodes if offered[name] in (*REAL, *BYTES, *OTHER)}

    @cached_property
    def _worked_out(self) -> dict[str, np.ndarray]:
        names = [name for name in self._types if name not in self._changing and name not in self.weights]
        found = self.values(names, np.zeros((1, *self.model.card.shape), np.float32))
        kept, room = {}, WORKED_OUT_BYTES
        for name, numbers in sorted(found.items(), key=lambda each: each[1].nbytes):
            if (room := room - numbers.nbytes) < 0:
                break
            kept[name] = numbers
        return kept

    @cached_property
    def _seen(self) -> dict[str, _Seen]:
        names = [self.input, *(name for name in self._types if name in self._changing)]
        images = np.random.default_rng(0).random((2, *self.model.card.shape), np.float32)
        one = self.values(names, images[:1])
        if self.model.batch:  # what several images get is one behind the other
            other = self.values(names, images[1:])
            return {
                name: _Seen(value.shape, 0 if value.shape and value.shape == other[name].shape else None, together=True)
                for name, value in one.items()
            }
        two = self.values(names, images)
        return {name: _compared(one[name], two[name]) for name in names}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every value that depends on the image: its shape for one image, the axis of the images included."""
        return {name: seen.shape for name, seen in self._seen.items()}

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a value for one image, or of constant numbers; () if it can't be told."""
        if name in self.shapes:
            return self.shapes[name]
        numbers = self.constant(name)
        return () if numbers is None else numbers.shape

    def images_axis(self, name: str) -> int | None:
        """The axis of a value along which images follow each other; None if there is no such axis."""
        return self._seen[name].axis if name in self._seen else None

    def versions(self, name: str, values: np.ndarray) -> np.ndarray:
        """A value that values() gave, as (copies, N, ...): for each image so many versions or parts of it.

        Raises:
            UserError: it has no images axis, or holds more or less for these images than for others.
        """
        shape, axis, together = self._seen[name]
        if axis is None:
            raise UserError(f"{name} doesn't hold something for each image.")
        values = np.moveaxis(values, axis, 0)
        if values.shape[1:] != (*shape[:axis], *shape[axis + 1 :]) or len(values) % shape[axis]:
            raise UserError(f"How much {name} holds depends on what the images show.")
        if together:
            return values.reshape(-1, shape[axis], *values.shape[1:]).swapaxes(0, 1)
        return values.reshape(shape[axis], -1, *values.shape[1:])

    def real(self, name: str) -> bool:
        """Whether a value holds real numbers, not whole ones or truth values."""
        return name == self.input or self._types.get(name) in REAL

    def quantised(self, name: str) -> bool:
        """Whether a value holds whole numbers that may stand for real ones."""
        return self._types.get(name) in BYTES

    @property
    def maps(self) -> list[str]:
        """Names of the values that are maps, (N, C, H, W) with more than one place, from the image on."""
        return [
            name
            for name, (shape, axis, _) in self._seen.items()
            if self.real(name) and len(shape) == 4 and axis == 0 and shape[2] * shape[3] > 1
        ]

    def values(self, names: list[str], images: np.ndarray) -> dict[str, np.ndarray]:
        """What the model computes on its way, all of it in one run.

        Args:
            names: of values inside the graph, such as "conv1", or of its input.
            images: float32 (N, C, H, W) in [0, 1].

        Returns:
            Each name's value, of whatever shape it has. Of a file that takes some number of images a run, the values of
            several runs one behind the other.

        Raises:
            UserError: the model has no value of a name, or can't take the images.
        """
        if unknown := [name for name in names if name not in self._types and name != self.input]:
            raise UserError(f"{self.model.card.title} has no value {_list(unknown)}; it has: {_list(self._types)}.")
        self.model.check(images)
        wanted = [name for name in dict.fromkeys(names) if name != self.input]
        try:
            results = self._run(wanted, images) if wanted else []
        except ORT_ERRORS as error:
            raise UserError(f"{self.model.card.title} can't be run on {len(images)} images: {said(error)}") from error
        values = {self.input: images, **dict(zip(wanted, results, strict=True))}
        return {name: values[name] for name in names}

    def _run(self, wanted: list[str], images: np.ndarray) -> list[np.ndarray]:
        """The values of these names, in runs of as many images as the file takes."""
        batch = self.model.batch
        if batch is None or len(images) == 0:
            return self._session.run(wanted, {self.input: images})
        parts = []
        for part, real in in_batches(images, batch):
            results = self._session.run(wanted, {self.input: part})
            parts.append([each[: len(each) * real // batch] if each.ndim else each for each in results])
        for name, each in zip(wanted, zip(*parts, strict=True), strict=True):
            if len({value.shape[1:] for value in each}) > 1:
                raise UserError(f"How much {name} holds depends on what the images show; ask about one at a time.")
        return [np.concatenate(each) if each[0].ndim else each[0] for each in zip(*parts, strict=True)]


def one_a_map(numbers: np.ndarray | None) -> bool:
    """Whether numbers that are added to maps (N, C, H, W) are the same for all places of a map."""
    return numbers is not None and (numbers.size == 1 or (numbers.ndim in (3, 4) and numbers.size == numbers.shape[-3]))


def _compared(one: np.ndarray, two: np.ndarray) -> _Seen:
    """A value for an image, and for that image and another."""
    longer = [axis for axis, sizes in enumerate(zip(one.shape, two.shape, strict=False)) if sizes[0] != sizes[1]]
    if one.ndim != two.ndim or len(longer) != 1 or two.shape[longer[0]] != 2 * one.shape[longer[0]]:
        return _Seen(one.shape, None)
    axis = longer[0]
    first, both = (np.moveaxis(each, axis, 0).astype(np.float64) for each in (one, two))
    with np.errstate(invalid="ignore"):  # infinite values
        apart = [np.abs(both[part] - first).sum() for part in (np.s_[: len(first)], np.s_[::2])]
    return _Seen(one.shape, axis, bool(len(first) > 1 and apart[0] < apart[1]))


def _list(names: Iterable[str]) -> str:
    names = list(names)
    left = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {left} more" if left > 0 else "") if names else "none"
