"""Looking inside: all maps of an image, and a convolution's kernels as one picture."""

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import Row, in_turns
from invariance.evaluation import records
from invariance.images.encoding import data_url
from invariance.inside.values import Inside
from invariance.model import Model
from ui.inside.kernels import coloured
from ui.widgets.atlas import arrangement, mosaic

NETWORKS = ("lenet5", "cifar-best")


def measure() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    for name in NETWORKS:
        inside = Inside(Model(records.EXPORTED / f"{name}.onnx"))
        image = rng.random((1, *inside.model.card.shape), np.float32)
        every, alone = in_turns(
            [
                lambda inside=inside, image=image: inside.values(inside.maps, image),
                lambda inside=inside, image=image: inside.model.logits(image),
            ],
            rounds=9,
        )
        title = inside.model.card.title
        yield Row(f"all maps of {title}, one image", 1000 * every, "ms", "at most 100")
        yield Row(f"all maps of {title} ÷ its answer alone", every / alone, "×")
    filters, _ = Inside(Model(records.EXPORTED / "lenet5.onnx")).kernels("conv3")

    def atlas() -> str:
        pictures = coloured(filters, shared=True)
        return data_url(mosaic(pictures, arrangement(*filters.shape)))

    (drawn,) = in_turns([atlas], rounds=9)
    yield Row(f"{filters.shape[0] * filters.shape[1]:,} kernels as one picture", 1000 * drawn, "ms", "at most 500")
