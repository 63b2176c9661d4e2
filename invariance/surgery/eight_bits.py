"""A network in whole numbers of 8 bits: its weights, and what lies between its layers. A quarter of the size."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from invariance.model import Card, Model, ModelError

BATCH = 50  # images that are run at a time to see how large the values between layers get
SUFFIX = ".int8"  # of the name


def in_eight_bits(path: Path, images: np.ndarray) -> bytes:
    """A network's file -> one that gives about the same logits, in whole numbers where products are summed.

    A value v is kept as q in 0..255 with v ≈ s (q - z), a scale s and a zero z for each tensor between layers, so that
    the smallest and the largest value that images gave fit. Weights have z = 0 and a scale for each filter; they take
    7 of the 8 bits, for processors that add two products in 16 bits would overflow with more.

    Args:
        path: an .onnx file that takes images as they are, float32 (N, C, H, W) in [0, 1].
        images: such images to calibrate it on; none that it is tested on later.

    Raises:
        ModelError: the file needs its images prepared, and so can't be given them here.

    Source: B. Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference" (2018).
    """
    from onnxruntime import quantization  # late: it takes a tenth of a second to load

    model = Model(path)
    if model.sha256 != model.key or model.batch is not None:
        raise ModelError(
            f"{path.name} is no network as they lie in exported/: expected one that takes images as they are."
        )

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.batches = _batches(images, onnx.load(path).graph.input[0].name)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.batches, None)

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        logging.disable(logging.WARNING)  # it advises a preparation that makes these networks no faster
        try:
            quantization.quantize_static(
                path,
                made,
                Calibration(),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
            )
        finally:
            logging.disable(logging.NOTSET)
        proto = onnx.load(made)
    told = {each.key: each.value for each in onnx.load(path).metadata_props}
    onnx.helper.set_model_props(proto, told | make_card(model.card, model.sha256, len(images)).to_metadata())
    return proto.SerializeToString()


def make_card(card: Card, sha256: str, images: int) -> Card:
    """The card of a network in 8 bits, from that of the network it is made of.

    sha256: of that network's file; images: how many it was calibrated on.
    """
    return replace(
        card,
        name=card.name + SUFFIX,
        title=f"{card.title}, 8-bit",
        source=f"{card.source}; in whole numbers of 8 bits after Jacob et al. 2018",
        about=f"The same as {card.title}, in whole numbers of 8 bits: a quarter of the size, and faster.",
        recipe=card.recipe | {"made_of": sha256, "calibrated_on": images},
    )


def _batches(images: np.ndarray, name: str) -> Iterator[dict[str, np.ndarray]]:
    for start in range(0, len(images), BATCH):
        yield {name: images[start : start + BATCH]}
