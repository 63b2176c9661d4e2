"""A report against the model alone on the same cores, and how much memory it takes for few and many images."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import psutil
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from benchmarks.timing import Row
from invariance import UserError
from invariance.datasets import Split, strokes
from invariance.datasets.stream import Images, brought, of_split
from invariance.evaluation import records
from invariance.model import Card, Model
from invariance.model.apart import MEMORY
from invariance.model.confinement import LESS_URGENT
from invariance.model.providers import CPU
from invariance.report.plan import CHOICES, plan
from invariance.report.pool import Children
from invariance.report.run import Run
from invariance.report.store import Store
from invariance.report.subject import apart_for

ROUNDS = 3
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ALONE_S = 5.0  # that the model alone is timed for
COUNTS = {28: 1000, 32: 500, 224: 104}  # images of a report, by their side: enough that a start is little beside it
CLASSES = 10
WIDTHS = (32, 64, 128, 128, 256, 256)  # maps of the network for images of 224 pixels a side
LARGE = 100  # pixels a side from which images lie in files
FEW, MANY, HUGE = 1000, 20_000, 10**8
LOOK_S = 0.2  # between two looks at the memory
ROOT = Path(__file__).parents[1]
READ = """
import sys
from pathlib import Path
from invariance.datasets.stream import brought
images = brought(Path(sys.argv[1]), Path(sys.argv[2]), lambda *step: None).measured
for start in range(0, images.count, 500):
    images.read(start, start + 500)
"""


def measure() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        yield from _speed(place)
        yield from _memory(place)


def _speed(place: Path) -> Iterator[Row]:
    paths = {28: records.EXPORTED / "lenet5.onnx", 32: records.EXPORTED / "cifar-shift-plain.onnx", 224: photos(place)}
    for side, path in paths.items():
        with closing(apart_for(path, MEMORY)) as apart:
            model = Model.opened(apart, path)
        images = _images(model, place)
        given = [path] * CORES, [model.batch_size] * CORES
        with ProcessPoolExecutor(CORES, get_context("spawn"), os.nice, (LESS_URGENT,)) as processes:
            alone, report = [sum(processes.map(_alone, *given))], []
            for _ in range(ROUNDS):
                report.append(_report(model, images))
                alone.append(sum(processes.map(_alone, *given)))
        around = map(statistics.mean, pairwise(alone))  # as fast as the model alone was just before and after
        ratio = statistics.median(ours / bare for ours, bare in zip(report, around, strict=True))
        yield Row(f"answers a second, a report ÷ the model alone, {side}×{side}", ratio, "×", "at least 0.8")
        a_core, shape = statistics.median(report) / CORES, model.card.shape
        yield Row(f"answers of a report, on one core of {CORES}, {side}×{side}", a_core, "/s")
        answers = sum(step.count * step.answers for step in plan(CHOICES, shape).steps(HUGE, shape))
        yield Row(f"answers for each of {HUGE:,} images, {side}×{side}", answers / HUGE, "")
        yield Row(f"a report on {HUGE:,} images, {side}×{side}", answers / a_core / 3600, "core hours")


def _images(model: Model, place: Path) -> Images:
    """Digits for grey networks, noise for others; large images as files, to be decoded."""
    shape = model.card.shape
    count = COUNTS[shape[1]]
    if shape[0] == 1:
        return of_split(strokes.generate(count, seed=0), "digits", "digits drawn by code", model.card.labels)
    pixels = np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)
    labels = np.arange(count) % len(model.card.labels)
    if shape[1] < LARGE:
        return of_split(Split(pixels, labels), "noise", "noise", model.card.labels)
    folder = place / "jpeg"
    for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.moveaxis(image, 0, -1)).save(folder / str(label) / f"{number}.jpg", quality=90)
    return brought(folder, place, lambda *step: None, shape).measured


def _alone(path: Path, batch: int) -> float:
    """Answers a second of a session on one thread, as who knows nothing of us opens it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, [CPU])
    (given,) = session.get_inputs()
    images = np.random.default_rng(0).random((batch, *given.shape[1:]), np.float32)
    session.run(None, {given.name: images})
    answers, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < ALONE_S:
        session.run(None, {given.name: images})
        answers += batch
    return answers / (time.perf_counter() - begun)


def _report(model: Model, images: Images) -> float:
    """Answers a second of a whole report, on one process a core, from their start on."""
    everything = plan(CHOICES, model.card.shape)
    with (
        tempfile.TemporaryDirectory() as name,
        closing(Store(Path(name))) as store,
        closing(Children(model, CORES)) as pool,
    ):
        *_, measured = Run(model, images, everything, pool, store).go(lambda *step: None)
    return measured.answers / measured.seconds


def photos(place: Path) -> Path:
    """Write a network for 224×224 images with random weights: six convolutions, some 400 million products an image."""
    nodes, weights, before = [], {}, 3
    rng = np.random.default_rng(0)
    for number, width in enumerate(WIDTHS):
        weights[f"w{number}"] = rng.normal(0, (2 / (9 * before)) ** 0.5, (width, before, 3, 3)).astype(np.float32)
        stride = 2 if number in (0, 1, 2, 4) else 1
        given = f"relu{number - 1}" if number else "image"
        nodes += [
            helper.make_node("Conv", [given, f"w{number}"], [f"conv{number}"], pads=[1] * 4, strides=[stride] * 2),
            helper.make_node("Relu", [f"conv{number}"], [f"relu{number}"]),
        ]
        before = width
    weights["fc"] = rng.normal(0, before**-0.5, (before, CLASSES)).astype(np.float32)
    nodes += [
        helper.make_node("GlobalAveragePool", [f"relu{len(WIDTHS) - 1}"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "fc"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "photos",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 224, 224])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", CLASSES])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    card = Card("photos", "Photos", (3, 224, 224), tuple(map(str, range(CLASSES))), "photos")
    helper.set_model_props(made, card.to_metadata())
    onnx.save(made, place / "photos.onnx")
    return place / "photos.onnx"


def _memory(place: Path) -> Iterator[Row]:
    folders = {}
    for count in (FEW, MANY):
        folders[count] = place / f"{count} digits"
        for start in range(0, count, FEW):  # the same ones again and again
            images, labels, _ = strokes.generate(FEW, seed=0)
            for number, (image, label) in enumerate(zip(images, labels, strict=True), start):
                (folders[count] / str(label)).mkdir(parents=True, exist_ok=True)
                Image.fromarray(image[0]).save(folders[count] / str(label) / f"{number}.png")
    reading = {
        count: _peak([sys.executable, "-c", READ, folder, place / f"{count}.index"])
        for count, folder in folders.items()
    }
    yield Row(f"memory of listing and reading {MANY:,} images", reading[MANY], "MB")
    yield Row(
        f"memory of listing and reading, {MANY:,} images ÷ {FEW:,}", reading[MANY] / reading[FEW], "×", "at most 1.1"
    )
    model = records.EXPORTED / "lenet5.onnx"
    command = [sys.executable, "-m", "invariance", "report", model, "--measures", "reflection", "--workers", str(CORES)]
    report = {
        count: _peak([*command, "--data", folder, "--output", place / f"{count} report"])
        for count, folder in folders.items()
    }
    yield Row(f"memory of a report on {MANY:,} images", report[MANY], "MB")
    yield Row(f"memory of a report, {MANY:,} images ÷ {FEW:,}", report[MANY] / report[FEW], "×", "at most 1.1")


def _peak(command: list[str | Path]) -> float:
    """The most memory, in MB, that a command and its processes hold; of what several share, each has its part."""
    most = 0
    with psutil.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            held = 0
            for each in (running, *running.children(recursive=True)):
                with suppress(psutil.Error):  # it has just ended
                    held += each.memory_full_info().pss
            most = max(most, held)
            time.sleep(LOOK_S)
    if running.returncode:
        raise UserError(f"{' '.join(map(str, command[:4]))} … ended with exit status {running.returncode}.")
    return most / 1e6
