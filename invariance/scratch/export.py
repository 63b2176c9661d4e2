"""The trained network as an .onnx file, written node by node, with the record of its training beside it."""

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from invariance import UserError
from invariance.datasets import DATASETS, Progress, Split, hold_out
from invariance.evaluation import records
from invariance.files import replacing, try_writing
from invariance.model import Card, Model
from invariance.model.exports import INPUT, OPSET, OUTPUT, TOLERANCE, difference, rounded_filters
from invariance.scratch.layers import Convolution, Dense, MaxPool, ReLU
from invariance.scratch.training import Network, ScratchSettings, Trained, build, forward, train

IR_VERSION = 10  # of the other exported files
ORDER = 1000  # among the networks for its dataset: after all that training/ makes
OPERATORS = {
    Convolution: ("Conv", {}),
    ReLU: ("Relu", {}),
    MaxPool: ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    Dense: ("Gemm", {"transB": 1}),
}


def make(settings: ScratchSettings, data: Split, path: Path, progress: Progress) -> Trained:
    """Train the network, write it to path and write down beside it how it was made; see train() and export().

    Raises:
        UserError: nothing can be written where path lies, before training; or export() or records.write() fails.
    """
    try_writing(path.parent, "The network goes there: make that possible, then start again.")
    trained = train(settings, data, progress)
    export(trained.network, settings, path)
    records.write(path, record(settings, trained, data, Model(path).sha256))
    return trained


def export(network: Network, settings: ScratchSettings, path: Path) -> None:
    """Write a network to path with its card; path is replaced only if the check passes.

    Raises:
        UserError: a logit differs by more than TOLERANCE between onnxruntime and numpy.
    """
    card = make_card(settings, sum(each.size for layer in network.values() for each in layer.parameters))
    data = to_onnx(network, card).SerializeToString(deterministic=True)
    apart = difference(data, card.shape, lambda images: forward(network, images))
    if not apart <= TOLERANCE:
        raise UserError(
            f"{card.name}: logits of the exported network differ from numpy's by {apart:.2e}, more than "
            f"{TOLERANCE:.0e}; {path.name} was left as it was. Train it again, and report this if it happens again."
        )
    with replacing(path) as partial:
        partial.write_bytes(data)


def make_card(settings: ScratchSettings, parameters: int) -> Card:
    """The card of the network; parameters: how many numbers were learned."""
    dataset = DATASETS[settings.dataset]
    return Card(
        name=settings.name,
        title=settings.title,
        labels=dataset.labels,
        shape=dataset.shape,
        dataset=dataset.name,
        recipe=asdict(settings),
        parameters=parameters,
        source=settings.source,
        licence=settings.licence,
        idea="plain",
        about="A small CNN that was trained in numpy alone, without a library for neural networks.",
        order=ORDER,
    )


def to_onnx(network: Network, card: Card) -> onnx.ModelProto:
    """The network as an ONNX graph whose values are called as its layers."""
    nodes, weights, value = [], [], INPUT
    for name, layer in network.items():
        if isinstance(layer, Dense):
            nodes.append(helper.make_node("Flatten", [value], ["flatten"], "flatten"))
            value = "flatten"
        inputs = [f"{name}.{part}" for part, _ in zip(("weight", "bias"), layer.parameters, strict=False)]
        weights += map(numpy_helper.from_array, layer.parameters, inputs)
        operator, attributes = OPERATORS[type(layer)]
        nodes.append(helper.make_node(operator, [value, *inputs], [name], name, **attributes))
        value = name
    graph = helper.make_graph(
        nodes,
        card.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *card.shape])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", len(card.labels)])],
        weights,
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(proto, card.to_metadata())
    onnx.checker.check_model(proto, full_check=True)
    return proto


def record(settings: ScratchSettings, trained: Trained, data: Split, sha256: str) -> dict[str, Any]:
    """What exported/NAME.json says of the training; figures on test images are added by evaluation."""
    return {
        "sha256": sha256,  # of the .onnx file that all this is about
        "recipe": asdict(settings),
        "training": {
            "history": trained.history,  # a dict an epoch; see train()
            "best_epoch": trained.best_epoch,  # from 1; the exported one
            "images": len(hold_out(len(data.images))[0]),  # that it was trained on
            "first_filters": rounded_filters("conv1", build(settings.seed)["conv1"].parameters[0]),
            "fingerprint": data.fingerprint(),  # of the training split, images held out included
            "device": platform.machine() + " CPU",
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "onnx": onnx.__version__},
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),  # when this was written
        },
    }
