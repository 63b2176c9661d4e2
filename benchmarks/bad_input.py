"""What strangers' files do: each kind of bad input is refused in a sentence or answered, and harms nobody else.

What each kind is comes from the tests that say which sentence it gets; here it is only tried, all in one process.
"""

import gc
import gzip
import io
import math
import struct
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import psutil
from PIL import Image

from benchmarks.timing import Row, in_turns
from invariance import UserError
from invariance.datasets import folder
from invariance.datasets.cifar10 import read_binary
from invariance.datasets.mnist import read_idx
from invariance.evaluation import records
from invariance.evaluation.tries import understand
from invariance.images.decoding import decode
from invariance.model import Model
from invariance.model.apart import Apart
from invariance.model.memory import give_back
from tests.model.test_apart import bomb, endless
from tests.model.test_reading import FOREIGN, REFUSED, save, small
from ui.widgets import canvas, crop, number_grids

ROUNDS, ANSWERS = 7, 40  # of another network while one runs endlessly
NEVER = 2**31 - 1
Try = Callable[[], object]


def png(width: int, height: int) -> bytes:
    """A PNG whose head claims a size that its pixels don't have."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def picture(kind: str, side: int = 64) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (side, side)).save(buffer, kind)
    return buffer.getvalue()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tar_head(size: int, name: str = "a/b.png") -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(2048)


def idx(*shape: int, values: bytes = b"") -> bytes:
    return struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape) + values


def _models(place: Path) -> dict[str, Try]:
    """Files that are opened as the page Your model does, each in a process of its own."""

    def deep(path: Path) -> None:
        proto = small(20)
        onnx.helper.set_model_props(proto, {"labels": "[" * 100_000, "shape": "[" * 100_000})
        save(path, proto)

    kinds: dict[str, Callable[[Path], object]] = {
        "model that never ends": endless,
        "model that makes 8 GB of zeros": lambda path: bomb(path, 2**31),
        "model with metadata 100,000 deep": deep,
        "model with names that are no text": lambda path: path.write_bytes(
            small(20).SerializeToString().replace(b"image", b"\xff\xfe\xfd\xfc\xfb")
        ),
        "model cut short": lambda path: path.write_bytes((records.EXPORTED / "lenet5.onnx").read_bytes()[:50_000]),
        **{f"model: {name}": (lambda path, made=made: save(path, made())) for name, (made, *_) in REFUSED.items()},
        **{
            f"model that begins with {content[:12]!r}": (lambda path, content=content: path.write_bytes(content))
            for content in FOREIGN
        },
    }

    def opened(make: Callable[[Path], object]) -> object:
        apart = Apart("mine.onnx")
        try:
            make(apart.folder / "mine.onnx")
            return understand(apart.folder / "mine.onnx", place, lambda *done: None, apart=apart)
        finally:
            apart.close()

    return {name: (lambda make=make: opened(make)) for name, make in kinds.items()}


def _files(place: Path) -> dict[str, Try]:
    """Images, archives and data sets."""
    images = {
        "nothing": b"",
        "text": b"hello",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "PDF": b"%PDF-1.4\n",
        "AVIF": b"\0\0\0\x1cftypavif" + bytes(40),
        "PNG that claims 2^31 pixels a side": png(NEVER, NEVER),
        "PNG that claims 60,000 pixels a side": png(60_000, 60_000),
        "PNG of 49 megapixels with no pixels": png(7000, 7000),
        "PNG of 49 megapixels, all there": picture("PNG", 7000),
        "JPEG cut short": picture("JPEG")[:300],
        "PNG cut short": picture("PNG")[:60],
        "GIF cut short": picture("GIF")[:20],
        "BMP cut short": picture("BMP")[:40],
    }
    archives = {
        "nothing.zip": b"",
        "text.zip": b"hello",
        "leads out.zip": zipped(**{"../a/b.png": picture("PNG")}),
        "one inside the other.zip": zipped(**{"a/b.zip": zipped(**{"c.png": b"x"})}),
        "a bomb.zip": zipped(**{"a/b.png": bytes(200_000_000)}),
        "no images.zip": zipped(**{"a/readme.txt": b"hello"}),
        "images that are none.zip": zipped(**{"a/b.png": b"hello", "b/c.png": b"hello"}),
        "8 EB.tar": tar_head(8 * 10**18),
        "cut short.tar": tar_head(10**6),
        "cut short.tar.gz": gzip.compress(tar_head(10**6))[:60],
    }
    sets = {
        "IDX of 4 TB": idx(2**31, 2**10, 2**10),
        "IDX of other numbers": b"abcdefgh",
        "IDX of nothing": b"",
        "IDX cut short": idx(10, 28, 28, values=bytes(100)),
        "IDX that gzip makes large": gzip.compress(idx(5, 28, 28, values=bytes(100_000_000))),
        "IDX in a gzip cut short": gzip.compress(bytes(10**6))[:50],
    }

    paths = {}
    for number, (name, data) in enumerate({**archives, **sets}.items()):
        paths[name] = place / (name if name in archives else f"{number}.idx")
        paths[name].write_bytes(data)
    cifar = place / "cifar-10-binary.tar.gz"
    cifar.write_bytes(gzip.compress(bytes(2000)))
    return {
        **{f"image: {name}": (lambda data=data: decode(data)) for name, data in images.items()},
        **{f"archive: {name}": (lambda name=name: folder.read(paths[name], lambda *done: None)) for name in archives},
        **{name: (lambda name=name: read_idx(paths[name], 3)) for name in sets},
        "CIFAR-10 that is none": lambda: read_binary(cifar, "test"),
    }


def _records(place: Path) -> dict[str, Try]:
    """What lies beside an exported file."""
    contents = {
        "a list": b"[]",
        "a number": b"7",
        "evaluations that are a number": b'{"sha256": "", "recipe": {}, "evaluations": 3}',
        "100,000 deep": b"[" * 100_000,
        "no text": b"\xff\xfe",
        "a number of 5,000 digits": b'{"sha256": "", "recipe": {}, "parameters": ' + b"9" * 5000 + b"}",
        "NaN": b'{"sha256": "", "recipe": {}, "history": NaN}',
        "cut short": b'{"sha256": "',
    }

    def read(number: int, content: bytes) -> object:
        path = place / f"record{number}.onnx"
        path.with_suffix(".json").write_bytes(content)
        return records.read(path)

    return {
        f"record: {name}": (lambda number=number, content=content: read(number, content))
        for number, (name, content) in enumerate(contents.items())
    }


def _values() -> dict[str, Try]:
    """What a browser sends, and what stands in an address."""
    many = [{"width": 1, "points": [1] * 2_000_000}]
    return {
        "a drawing of a million points": lambda: canvas.from_wire(many),
        "a drawing of what is no number": lambda: canvas.from_wire([{"width": math.nan, "points": [math.nan] * 4}]),
        "a drawing of lists": lambda: canvas.from_wire([[[[]]]]),
        "a drawing of 400 digits": lambda: canvas.from_wire([{"width": 10**400, "points": [1, 2]}]),
        "no drawing": lambda: canvas.from_wire(None),
        "a drawing's address of other letters": lambda: canvas.from_link("%%%"),
        "a drawing's address cut short": lambda: canvas.from_link("EwAB"),
        "a square of 400 digits": lambda: crop.from_wire(
            {"name": "a", "left": 10**400, "top": 0, "side": 1}, "a", 9, 9
        ),
        "a square of what is no number": lambda: crop.from_wire({"name": "a", "left": math.nan}, "a", 9, 9),
        "a place of lists": lambda: number_grids.from_wire([[0], [0]], (3, 3)),
    }


def _outcome(attempt: Try) -> str:
    """ "" if it was refused in a sentence or answered; else what came instead."""
    try:
        attempt()
    except UserError as error:
        return "" if "\n" not in str(error) else f"several lines: {error}"
    except BaseException as error:  # anything else is a fault, and is told
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def _beside_an_endless_one() -> float:
    """How much longer another network's answer takes while a stranger's runs without an end."""
    model = Model(records.EXPORTED / "lenet5.onnx")
    image = np.zeros((1, *model.card.shape), np.float32)
    apart, over = Apart("endless.onnx"), threading.Event()
    endless(apart.folder / "endless.onnx")

    def run() -> None:
        while not over.is_set():
            _outcome(lambda: Model.opened(apart, apart.folder / "endless.onnx"))

    alone = in_turns([lambda: model.logits(image)], ROUNDS, ANSWERS)[0]
    beside = threading.Thread(target=run)
    beside.start()
    time.sleep(1)
    try:
        together = in_turns([lambda: model.logits(image)], ROUNDS, ANSWERS)[0]
    finally:
        over.set()
        apart.close()
        beside.join()
    return together / alone


def measure() -> Iterator[Row]:
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        kinds = {**_models(place), **_files(place), **_records(place), **_values()}
        gc.collect()
        before, wrong, longest = process.memory_info().rss, 0, (0.0, "")
        for what, attempt in kinds.items():
            begun = time.perf_counter()
            if told := _outcome(attempt):
                wrong += 1
                print(f"  {what}: {told}")
            longest = max(longest, (time.perf_counter() - begun, what))
        gc.collect()
        give_back()
        kept = (process.memory_info().rss - before) / 1e6
    yield Row("kinds of bad input", len(kinds), "", "at least 60")
    yield Row("of them neither refused in a sentence nor answered", wrong, "", "at most 0")
    yield Row(f"the longest of them, {longest[1]}", longest[0], "s", "at most 35")
    yield Row("memory kept after all of them", kept, "MB", "at most 100")
    yield Row(
        "another network's answer beside one that never ends ÷ alone", _beside_an_endless_one(), "×", "at most 1.1"
    )
