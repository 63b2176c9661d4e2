"""A file's bytes -> the ONNX graph in it, complete and in order; what is no such file is named in one sentence.

The weights of large networks lie in a second file. It is looked for beside the model and nowhere else: a name that
leads out of that folder is refused, since whoever made the file could read any other with it.
"""

import hashlib
import heapq
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, NamedTuple

import numpy as np
import onnx
from google.protobuf.message import DecodeError, Message
from onnx import helper, inliner, numpy_helper
from onnx.external_data_helper import ExternalDataInfo, uses_external_data

from invariance.model.card import ModelError
from invariance.model.versions import OLDEST_FORM, newest_form

MOST_BYTES = 500_000_000  # of a model and its weights
LONGEST_NAME = 1000  # letters, of a file with weights
MOST_NODES = 20_000  # those of branches and loops too, and those of a function at each place that names it
MOST_LINKS = 10 * MOST_NODES  # that the nodes read and make, and attributes that they have, together
EXPORT = "Export the network to ONNX"
FOREIGN = (  # how files begin that are no ONNX files, what they are, and what to do
    (b"version https://git-lfs", "a Git LFS pointer, not the model itself", "Run: git lfs pull"),
    (b"<", "a web page or XML, not a model", "Download the file itself (on GitHub: Raw)"),
    (b"PK\x03\x04", "a zip, as PyTorch (.pt, .pth) and Keras (.keras) write", EXPORT),
    (b"\x80", "a Python pickle, as older versions of PyTorch write", EXPORT),
    (b"\x89HDF", "an HDF5 file, as Keras (.h5) writes", EXPORT),
    (b"\x1f\x8b", "packed by gzip", "Unpack it first"),
    (b"{", "JSON, not a model", EXPORT),
)
MARKS = ((b"TFL3", "a TensorFlow Lite model"), (b"ORTM", "a model in onnxruntime's own format"))  # from the fifth byte


class ModelFile(NamedTuple):
    """An ONNX file that was read."""

    path: Path
    data: bytes  # of the file itself
    proto: onnx.ModelProto  # see in_order(); all weights are inside
    classes: tuple[str, ...]  # the names of its classes, as operators for labels hold them; () if none does
    notes: tuple[str, ...]  # what a person should know of it
    sha256: str  # of the file, and of the weights beside it if there are any
    bytes_in_all: int


def read(path: Path) -> ModelFile:
    """Read an ONNX file and the weights beside it.

    Raises:
        ModelError: it can't be read, is too large or no ONNX file, or its weights are not where they must be.
    """
    try:
        size = path.stat().st_size
        data = b"" if size > MOST_BYTES else path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path.name} can't be read ({error.strerror}).") from error
    _bounded(path, size)
    if what := _foreign(data):
        raise ModelError(f"{path.name} is no ONNX model: it is {what}.")
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except DecodeError:
        proto.Clear()
    if not proto.graph.node or not proto.graph.output:
        raise ModelError(
            f"{path.name} is no ONNX model, or is cut short: no network was found in it. Get the file again."
        )
    _few_enough(proto, path.name)
    if not _readable(proto):
        raise ModelError(f"{path.name} is damaged: a name in it is no text. Get the file again.")
    del proto.training_info[:]
    proto.DiscardUnknownFields()  # which onnxruntime may know
    digest, total = hashlib.sha256(data), len(data)
    outside = defaultdict(list)
    for tensor in filter(uses_external_data, _tensors(proto)):
        try:
            place, size = ExternalDataInfo(tensor), _bytes_of(tensor)
        except (ValueError, KeyError) as error:  # where it lies is no number, or its type none that there is
            raise ModelError(f"{path.name} is damaged where it says what {tensor.name} is. Get it again.") from error
        outside[place.location].append((tensor, place, size))
        total += size
        _bounded(path, total)
    for name, tensors in outside.items():
        with _beside(path, name).open("rb") as file:
            for tensor, place, size in tensors:
                digest.update(_fill(tensor, place, size, file, path))
    classes = _classes(proto.graph)
    proto = in_order(proto, path.name)
    notes = ()
    if _out_of_training(proto):
        notes = (
            "It was exported in training mode. Here batch normalisation takes the means and variances that the file "
            "holds, and dropout leaves out nothing, as after model.eval().",
        )
    return ModelFile(path, data, proto, classes, notes, digest.hexdigest(), total)


def _bounded(path: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise ModelError(
            f"{path.name} has more than {MOST_BYTES / 1e6:.0f} MB with its weights. Take a smaller network."
        )


def _few_enough(proto: onnx.ModelProto, name: str) -> None:
    """See that a graph has no more nodes and links than are read here."""
    functions, counted = {(each.domain, each.name): each for each in proto.functions}, {}

    def count(nodes: Iterable[onnx.NodeProto]) -> np.ndarray:
        """Nodes and links, as Python's numbers: a few functions that name each other make more than 64 bits hold."""
        total = np.array([0, 0], object)
        for node in nodes:
            key = (node.domain, node.op_type)
            if key in functions:
                if key not in counted:
                    counted[key] = count(functions[key].node)
                total += counted[key]
            total += (1, len(node.input) + len(node.output) + len(node.attribute))
            for graph in _inner(node):
                total += count(graph.node)
        return total

    try:
        found = np.max([count(proto.graph.node), *(count(function.node) for function in proto.functions)], axis=0)
    except RecursionError:
        raise ModelError(f"{name} is nested too deeply, or a function in it names itself. Export it anew.") from None
    for number, most, what in zip(found, (MOST_NODES, MOST_LINKS), ("nodes", "values between its nodes"), strict=True):
        if number > most:
            raise ModelError(f"{name} has {_words(number)} {what}; at most {most:,} are taken. Take a smaller network.")


def _words(number: int) -> str:
    return f"{number:,}" if number < 10**12 else "more than a million million"


def _foreign(data: bytes) -> str:
    """What a file is if it is known to be something else, and what to do; else ""."""
    if not data:
        return "empty. Get it again"
    for begins, what, what_to_do in FOREIGN:
        if data[:64].lstrip().startswith(begins):
            return f"{what}. {what_to_do}"
    return next((f"{what}. {EXPORT}" for mark, what in MARKS if data[4:8] == mark), "")


def _readable(message: Message) -> bool:
    """Whether what must be text is: of a damaged file protobuf gives the bytes where they are no UTF-8."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.type == field.TYPE_MESSAGE and not all(map(_readable, values)):
            return False
        if field.type == field.TYPE_STRING and any(isinstance(each, bytes) for each in values):
            return False
    return True


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph, and those of the branches and loops in it."""
    yield graph
    for node in graph.node:
        for inner in _inner(node):
            yield from _graphs(inner)


def _inner(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The branches of a node, or what it repeats."""
    return [each for a in node.attribute for each in (*a.graphs, *([a.g] if a.type == a.GRAPH else []))]


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Every tensor in a message, wherever it stands: in a sparse one, in a function, in a branch ..."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for each in value if field.is_repeated else [value]:
                yield from [each] if isinstance(each, onnx.TensorProto) else _tensors(each)


def _beside(path: Path, name: str) -> Path:
    """The file of that name in the model's folder."""
    if len(name) > LONGEST_NAME:
        raise ModelError(
            f"{path.name} is damaged: it wants its weights from a name of {len(name):,} letters. Get it again."
        )
    parts = PureWindowsPath(name)  # it knows both kinds of slash, and drives
    if not name or parts.anchor or ".." in parts.parts:
        raise ModelError(
            f"{path.name} wants its weights from {name!r}, which leads out of its folder: this is refused. Export it "
            "anew, with the weights inside or beside it."
        )
    weights = path.parent.joinpath(*parts.parts)
    if not weights.is_file():
        raise ModelError(
            f"The weights of {path.name} lie in a second file, {name}, which is not there: put it beside the model "
            "(on the page: drop both files together)."
        )
    homes = (path.parent.resolve(), path.resolve().parent)
    if not any(weights.resolve().is_relative_to(home) for home in homes):
        raise ModelError(f"{name}, with the weights of {path.name}, is a link that leads out of its folder: refused.")
    return weights


def _bytes_of(tensor: onnx.TensorProto) -> int:
    """How many bytes its numbers take."""
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    bits = {onnx.TensorProto.INT4: 4, onnx.TensorProto.UINT4: 4}.get(tensor.data_type, 8 * kind.itemsize)
    if any(size < 0 for size in tensor.dims):
        raise ValueError
    return -(-math.prod(tensor.dims) * bits // 8)


def _fill(tensor: onnx.TensorProto, where: ExternalDataInfo, expected: int, file: BinaryIO, path: Path) -> bytes:
    """Put a tensor's numbers into it; the bytes."""
    file.seek(min(where.offset or 0, file.seek(0, os.SEEK_END)))
    raw = file.read(expected)
    if len(raw) != expected or where.length not in (None, 0, expected):
        raise ModelError(
            f"{where.location} is not the file with the weights of {path.name}, or is cut short: {tensor.name} has "
            f"{expected:,} bytes, {len(raw):,} were found. Get both files again."
        )
    tensor.raw_data = raw
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]
    return raw


def _classes(graph: onnx.GraphProto) -> tuple[str, ...]:
    """What scikit-learn calls the classes: its classifiers and ZipMap hold it as classlabels_strings or _ints."""
    for attribute in (each for node in graph.node for each in node.attribute if each.name.startswith("classlabels_")):
        return (*(each.decode("utf-8", "replace") for each in attribute.strings), *map(str, attribute.ints))
    return ()


def stored(proto: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """The arrays that a graph holds, by name."""
    constants = {
        node.output[0]: each.t
        for node in proto.graph.node
        if node.op_type == "Constant"
        for each in node.attribute
        if each.name == "value"
    }
    return {tensor.name: tensor for tensor in proto.graph.initializer} | constants


def in_order(proto: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The same network as everything here reads it.

    Functions that the file defines are written out; what is stored is no input; every node comes after those that it
    reads; labels and scores by name (ZipMap) are left as the numbers that they are made from. A file that is so already
    comes back as it is.

    Raises:
        ModelError: nodes wait for each other.
    """
    if proto.ir_version > newest_form():  # what counts is the version of the operators
        proto.ir_version = newest_form()
    if proto.functions:
        proto = _written_out(proto)
    graph = proto.graph
    stored = {tensor.name for tensor in graph.initializer} | {each.values.name for each in graph.sparse_initializer}
    free = [value for value in graph.input if value.name not in stored]
    if free and len(free) < len(graph.input):
        # In older forms all that is stored is an input too, and onnxruntime minds what is neither that nor read.
        proto.ir_version = max(proto.ir_version, OLDEST_FORM)
        read_ = {each for node in graph.node for each in names_read(node)} | {value.name for value in graph.output}
        _replace(graph.initializer, [tensor for tensor in graph.initializer if tensor.name in read_])
        _replace(graph.input, free)
    named = {node.output[0]: node for node in graph.node if node.op_type == "ZipMap" and node.input}
    if named:
        _replace(graph.node, [node for node in graph.node if node.op_type != "ZipMap"])
        for value in graph.output:
            if value.name in named:
                value.CopyFrom(helper.make_empty_tensor_value_info(named[value.name].input[0]))
    order = _sorted(list(graph.node))
    if order is None:
        raise ModelError(f"{name} is damaged: its nodes wait for each other. Export it anew.")
    if order != list(range(len(graph.node))):
        _replace(graph.node, [graph.node[place] for place in order])
    return proto


def _written_out(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A graph with what its functions do in place of their names, as far as that is possible.

    It is where their operators are those of the graph's version, whichever version they name.
    """
    versions = {each.domain: each.version for each in proto.opset_import}
    for function in proto.functions:
        for each in function.opset_import:
            if each.version != versions.get(each.domain) and _same(function, each, versions.get(each.domain)):
                each.version = versions[each.domain]
    try:
        return inliner.inline_local_functions(proto)
    except (RuntimeError, onnx.checker.ValidationError):  # onnxruntime will say why
        return proto


def _same(function: onnx.FunctionProto, one: onnx.OperatorSetIdProto, version: int | None) -> bool:
    """Whether a function's operators of a domain are the same in another version."""
    names = {node.op_type for node in function.node if node.domain == one.domain}
    try:
        found = [
            {onnx.defs.get_schema(name, each, one.domain).since_version for each in (one.version, version)}
            for name in names
        ]
    except (onnx.defs.SchemaError, TypeError):
        return False
    return all(len(each) == 1 for each in found)


def _out_of_training(proto: onnx.ModelProto) -> bool:
    """Take batch normalisation and dropout out of the mode for training; whether one was in it.

    In that mode onnxruntime changes the stored means and variances at each run, and with them its answers.
    """
    found = False
    for graph in _graphs(proto.graph):
        for node in graph.node:
            if node.op_type == "BatchNormalization":
                trains = any(each.name == "training_mode" and each.i for each in node.attribute)
                if trains or any(node.output[1:]):
                    found = True
                    kept = [each for each in node.attribute if each.name != "training_mode"]
                    del node.attribute[:], node.output[1:]
                    node.attribute.extend(kept)
            elif node.op_type == "Dropout" and any(node.input[2:]):
                found = found or _is_true(proto, node.input[2])
                del node.input[2:]
    return found


def _is_true(proto: onnx.ModelProto, name: str) -> bool:
    return name in (arrays := stored(proto)) and bool(numpy_helper.to_array(arrays[name]).all())


def _replace(field, values: list) -> None:
    if len(field) != len(values) or any(old is not new for old, new in zip(field, values, strict=True)):
        copies = [type(value)() for value in values]
        for copy, value in zip(copies, values, strict=True):
            copy.CopyFrom(value)
        del field[:]
        field.extend(copies)


def _sorted(nodes: list[onnx.NodeProto]) -> list[int] | None:
    """Places of the nodes in an order in which they can run, as near to the given one as can be; None if none is."""
    maker = {name: place for place, node in enumerate(nodes) for name in node.output if name}
    waiting, readers = [], defaultdict(list)
    for place, node in enumerate(nodes):
        before = {maker[name] for name in names_read(node) if name in maker}
        waiting.append(len(before))
        for each in before:
            readers[each].append(place)
    ready, order = [place for place, count in enumerate(waiting) if not count], []
    heapq.heapify(ready)
    while ready:
        order.append(place := heapq.heappop(ready))
        for reader in readers[place]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    return order if len(order) == len(nodes) else None


def names_read(node: onnx.NodeProto) -> list[str]:
    """The names that a node reads, those in its branches and loops too."""
    return [*node.input, *(name for graph in _inner(node) for inner in graph.node for name in names_read(inner))]
