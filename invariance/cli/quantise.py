"""invariance quantise NAME ...: exported models in whole numbers of 8 bits, where that is faster."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from invariance import UserError
from invariance.cli.evaluate import exported
from invariance.datasets import DATASETS, data_dir
from invariance.evaluation import records
from invariance.files import replacing
from invariance.images.pixels import to_float
from invariance.model import Model
from invariance.surgery.eight_bits import SUFFIX, in_eight_bits

IMAGES = 500  # of the training images, to calibrate on
ASKED = 72  # images at a time, as many as the page Rotation asks about
ROUNDS = 9
FASTER = 1.5  # times: below, a second file is not worth its place


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "quantise", help="write exported models in whole numbers of 8 bits where that is faster"
    )
    parser.add_argument("names", nargs="+", metavar="NAME", help="names in exported/")
    parser.set_defaults(run=lambda arguments: quantise(arguments.names))


def quantise(names: list[str]) -> None:
    """Write exported/NAME.int8.onnx and its record for each name; none for those that would be hardly faster."""
    for path in exported(names):
        model = Model(path)
        if model.card.dataset not in DATASETS:
            raise UserError(
                f"{path.name} names none of the datasets {', '.join(DATASETS)}: nothing to calibrate it on."
            )
        images = DATASETS[model.card.dataset].load("train", data_dir()).images
        chosen = np.random.default_rng(0).choice(len(images), IMAGES, replace=False)
        images = to_float(images[chosen])
        target = path.with_name(f"{path.stem}{SUFFIX}.onnx")
        data = in_eight_bits(path, images)
        with tempfile.TemporaryDirectory() as folder:
            tried = Path(folder) / target.name
            tried.write_bytes(data)
            small = Model(tried)
        before, after = _seconds([model, small], images[:ASKED])
        if before < FASTER * after:
            print(f"{model.card.title}: {before / after:.2f} × as fast in 8 bits, below {FASTER}; nothing is written")
            continue
        with replacing(target) as partial:
            partial.write_bytes(data)
        records.write(target, {"sha256": small.sha256, "recipe": small.card.recipe})
        print(
            f"{small.card.title}: {before / after:.2f} × as fast with {ASKED} images, on {small.provider}. Measure it: "
            f"python -m invariance evaluate {target.stem}"
        )


def _seconds(models: list[Model], images: np.ndarray) -> list[float]:
    """The median time that each takes for the images, asked in turns."""
    times: list[list[float]] = [[] for _ in models]
    for _ in range(ROUNDS):
        for model, seconds in zip(models, times, strict=True):
            started = time.perf_counter()
            model.logits(images)
            seconds.append(time.perf_counter() - started)
    return [statistics.median(seconds) for seconds in times]
