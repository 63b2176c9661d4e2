"""PyTorch -> one .onnx file that stands alone, checked against PyTorch before it is written."""

import ast
import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from invariance.files import replacing
from invariance.model import Card
from invariance.model.exports import INPUT, OPSET, OUTPUT, TOLERANCE, difference


class ExportError(RuntimeError):
    """The exported network doesn't answer as the PyTorch network does."""


def export(model: nn.Module, card: Card, path: Path) -> float:
    """Write model to path, with its card, readable value names and a free batch size.

    Args:
        model: in evaluation mode on the CPU; float32 (N, *card.shape) in [0, 1] -> logits (N, classes).
        card: what the file says about itself.
        path: replaced only if the check passes.

    Returns:
        The largest difference of a logit between PyTorch and onnxruntime.

    Raises:
        ExportError: that difference exceeds TOLERANCE.
    """
    proto = _to_onnx(model, card)
    data = proto.SerializeToString(deterministic=True)
    with torch.inference_mode():
        apart = difference(data, card.shape, lambda images: model(torch.from_numpy(images)).numpy())
    if not apart <= TOLERANCE:
        raise ExportError(
            f"{card.name}: logits of the exported network differ from PyTorch's by {apart:.2e}, more than "
            f"{TOLERANCE:.0e}; {path} was left as it was."
        )
    with replacing(path) as partial:
        partial.write_bytes(data)
    return apart


def _to_onnx(model: nn.Module, card: Card) -> onnx.ModelProto:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns that torchvision, not needed here, is missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of PyTorch about PyTorch
        program = torch.onnx.export(
            model,
            (torch.zeros(2, *card.shape),),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            verbose=False,
        )
    graph = program.model.graph
    last, ends = {}, {}  # module path -> the last value that it makes itself, and that is made in it
    for node in graph:
        scopes = node.metadata_props.get("pkg.torch.onnx.name_scopes")
        # e.g. "['', 'block1.conv', 'conv2d_3']": the modules from the outermost, then the operation
        module = ["", *ast.literal_eval(scopes or "[]")[:-1]]
        last[module[-1]] = node.outputs[0]
        ends |= dict.fromkeys(module, node.outputs[0])
        node.metadata_props.clear()  # holds stack traces with paths of this machine
    last = {module: value for module, value in last.items() if value is ends[module]}  # what the module returns
    outputs = set(program.model.graph.outputs)
    for node in graph:
        for value in node.outputs:
            if value.name in last and value not in outputs:
                value.name += ".inner"  # PyTorch's own name for a value is the name of another module
    for module, value in last.items():
        if module and value not in outputs:
            value.name = module
    for node in graph:
        node.name = node.outputs[0].name
        for value in (*node.inputs, *node.outputs):
            if value is not None:
                value.metadata_props.clear()
    graph.metadata_props.clear()
    for value in (*graph.inputs, *graph.outputs, *graph.initializers.values()):
        value.metadata_props.clear()
    program.model.metadata_props.clear()
    program.model.metadata_props.update(card.to_metadata())
    return program.model_proto
