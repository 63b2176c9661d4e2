"""The nodes between images and a file: against numpy and Pillow, and against the same network without them."""

import itertools

import numpy as np
import onnx
import pytest
from PIL import Image

from invariance.images.resizing import fit_weights
from invariance.inside.architecture import layers, summary
from invariance.inside.values import Inside
from invariance.measures import softmax
from invariance.model import Kind, Model
from invariance.model.opening import CONVERTED
from invariance.model.preparation import FITS, LAYOUTS
from invariance.model.versions import newest_opset
from tests.conftest import case
from tests.graphs import echo, small
from tests.tolerances import FLOAT
from tests.wrapped import AXES, wrapped

OPSETS = (7, 9, 10, 11, 13, 17, 21, newest_opset())
RANGES = (
    ((0, 1), (0.0,), (1.0,)),
    ((0, 255), (0.0,), (1.0,)),
    ((0, 1), (0.13,), (0.3,)),
    ((-1, 1), (0.5,), (2.0,)),
    ((0, 16), (0.0,), (1.0,)),
)
COLOURS = ((0, 1), (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
ROUNDED = {"float32": 1e-6, "float16": 2e-3, "float64": 1e-6, "uint8": 0.6 / 255}  # of the width of the range


def images(shape, count=3, seed=0):
    return np.random.default_rng(seed).random((count, *shape), np.float32)


def prepared(given, size, fit, invert, channels, span, mean, std, transpose, layout):
    """What a Preparation says, in numpy and Pillow; (N, numbers), each image's in the order in which the file lies."""
    found = []
    for image in given.astype(np.float64):
        image = np.stack([fitted(plane, size, fit) for plane in image])
        image = 1 - image if invert else image
        if channels == "grey":
            image = image if len(image) == 1 else (0.299 * image[0] + 0.587 * image[1] + 0.114 * image[2])[None]
        else:
            image = np.repeat(image, 3, 0) if len(image) == 1 else image
            image = image[::-1] if channels == "bgr" else image
        image = span[0] + (span[1] - span[0]) * image
        image = np.stack([(p - mean[c % len(mean)]) / std[c % len(std)] for c, p in enumerate(image)])
        image = image.swapaxes(1, 2) if transpose else image
        found.append((image if AXES[layout][1] is None else np.moveaxis(image, 0, -1)).ravel())
    return np.array(found)


def fitted(plane, size, fit):
    """Pillow's reduction, for sizes of which it is exact: nothing falls between two pixels."""
    (rows, columns), (old_rows, old_columns) = size, plane.shape
    if (rows, columns) == plane.shape:
        return plane
    picture = Image.fromarray(plane.astype(np.float32))
    if fit == "stretch":
        return np.asarray(picture.resize((columns, rows), Image.Resampling.BILINEAR))
    if fit == "margin":
        top, left = ((old - new) // 2 for old, new in zip(plane.shape, size, strict=True))
        # Pillow's crop fills with black what lies beyond.
        down, right = -((rows - old_rows) // 2), -((columns - old_columns) // 2)
        top, left = (down if rows > old_rows else top), (right if columns > old_columns else left)
        return np.asarray(picture.crop((left, top, left + columns, top + rows)))
    ratios = rows / old_rows, columns / old_columns
    scale = max(ratios) if fit == "crop" else min(ratios)
    high, wide = round(scale * old_rows), round(scale * old_columns)
    whole = np.asarray(picture.resize((wide, high), Image.Resampling.BILINEAR))
    top, left = (high - rows) // 2, (wide - columns) // 2
    return np.asarray(Image.fromarray(whole).crop((left, top, left + columns, top + rows)))


def test_what_a_file_gets_is_what_numpy_makes(tmp_path):
    """Every layout, channel order, inversion and transposition, each with some range and type."""
    cases = itertools.product(LAYOUTS, (False, True), (False, True), ("grey", "rgb", "bgr"))
    types, spans = itertools.cycle(ROUNDED), itertools.cycle(RANGES)
    given = {channels: images((channels, 6, 6)) for channels in (1, 3)}
    for number, (layout, invert, transpose, channels) in enumerate(cases):
        count = 1 if channels == "grey" else 3
        if count == 3 and "C" not in LAYOUTS[layout][0]:
            continue
        dtype, (span, mean, std) = next(types), next(spans)
        if dtype == "uint8":
            span, mean, std = (0, 255), (0.0,), (1.0,)
        elif count == 3 and std != (1.0,):
            span, mean, std = COLOURS
        said = {"invert": invert, "transpose": transpose, "channels": channels, "layout": layout}
        come = given[1 + 2 * (number % 2)]
        with case(said, span, mean, std, dtype, come.shape):
            axes = {"n": "n", "c": count, "h": 6, "w": 6, "f": 36 * count}
            path = echo(tmp_path / "echo.onnx", [axes[axis] for axis in AXES[layout][0]], dtype, 36 * count)
            choices = said | {"range": span, "mean": mean, "std": std, "gives": "logits"}
            model = Model(path, choices, Kind("k", come.shape[1:], tuple(map(str, range(36 * count)))))
            expected = prepared(come, (6, 6), "crop", invert, channels, span, mean, std, transpose, layout)
            step = ROUNDED[dtype] * (span[1] - span[0]) / min(std)
            np.testing.assert_allclose(model.logits(come), expected, rtol=0, atol=step)
            assert [note for note in CONVERTED.values() if note in model.notes] == (
                [CONVERTED[count]] if count != come.shape[1] else []
            )


@pytest.mark.parametrize(
    ("old", "new"), [((12, 12), (6, 6)), ((6, 6), (12, 12)), ((8, 16), (8, 8)), ((12, 8), (6, 12)), ((5, 6), (9, 4))]
)
def test_images_of_another_size_come_to_it_as_pillow_brings_them(tmp_path, old, new):
    path = echo(tmp_path / "echo.onnx", ["n", 1, *new], "float32", new[0] * new[1])
    given = images((1, *old))
    for fit in FITS:
        if (old, fit) in (((5, 6), "crop"), ((5, 6), "letterbox")):
            continue  # between two pixels: Pillow can't
        with case(fit):
            model = Model(
                path, {"fit": fit, "gives": "logits"}, Kind("k", (1, *old), tuple(map(str, range(new[0] * new[1]))))
            )
            expected = np.stack([fitted(image[0], new, fit).ravel() for image in given])
            np.testing.assert_allclose(model.logits(given), expected, atol=1e-5)


@pytest.mark.parametrize("fit", FITS)
def test_fitting_keeps_the_middle_and_the_brightness(tmp_path, fit):
    """White stays white and a picture that is the same turned by 180° stays so, at sizes that leave odd remainders."""
    for old, new in [((28, 28), (32, 32)), ((32, 32), (28, 28)), ((9, 7), (5, 12))]:
        path = echo(tmp_path / "echo.onnx", ["n", 1, *new], "float32", new[0] * new[1])
        kind = Kind("k", (1, *old), tuple(map(str, range(new[0] * new[1]))))
        model = Model(path, {"fit": fit, "gives": "logits"}, kind)
        white = model.logits(np.ones((1, 1, *old), np.float32)).reshape(new)
        assert set(np.round(np.unique(white), 5)) <= {0, 1}
        if fit in ("crop", "stretch"):
            assert white.min() > 1 - FLOAT
        if fit == "margin" and any((a - b) % 2 for a, b in zip(old, new, strict=True)):
            continue  # by one pixel more at one side than at the other
        one = images((1, *old))
        there = model.logits(np.ascontiguousarray(one)).reshape(-1, *new)
        back = model.logits(np.ascontiguousarray(one[..., ::-1, ::-1])).reshape(-1, *new)
        np.testing.assert_allclose(back[:, ::-1, ::-1], there, atol=1e-5)


@pytest.mark.parametrize("opset", OPSETS)
def test_what_is_put_around_a_graph_is_valid_in_its_version(tmp_path, opset):
    """Each node before and after, in graphs as old and as new as can be; and nothing of it counts as the network's."""
    names = ("r", "s", "t")
    for channels, given in itertools.product((1, 3), (1, 3)):
        bare = Model(
            save(tmp_path / "bare.onnx", small(opset, (channels, 8, 8))), None, Kind("k", (channels, 8, 8), names)
        )
        for ends, fit, dtype in [
            ("logits", "margin", "uint8"),
            ("softmax", "crop", "float16"),
            ("logsoftmax", "letterbox", "float64"),
            ("sigmoids", "stretch", "float32"),
            ("maps", "margin", "float32"),
            ("twice", "margin", "float32"),
        ]:
            with case(channels, given, ends, dtype):
                path = wrapped(
                    tmp_path / "x.onnx",
                    small(opset, (channels, 8, 8)),
                    "NHWC",
                    (0, 255),
                    invert=True,
                    ends=ends,
                    dtype=dtype,
                    hidden=False,
                )
                choices = {
                    "range": (0, 255),
                    "invert": True,
                    "channels": "bgr" if channels == 3 else "grey",
                    "fit": fit,
                }
                model = Model(path, choices, Kind("k", (given, 12, 10), ("t", "r", "s")))
                assert model.logits(images((given, 12, 10))).shape == (3, 3)
                onnx.checker.check_model(onnx.load_from_string(model.data))
                inside = Inside(model)
                assert summary(inside).parameters == summary(Inside(bare)).parameters
                assert layers(inside)[-1].name == inside.output


def test_a_margin_is_what_its_weights_say(tmp_path):
    """At sizes that leave one row or column more at one side; the same numbers show a person what a file gets."""
    for old, new in [((28, 28), (33, 31)), ((9, 7), (6, 12)), ((8, 8), (5, 5))]:
        path = echo(tmp_path / "echo.onnx", ["n", 1, *new], "float32", new[0] * new[1])
        model = Model(
            path, {"fit": "margin", "gives": "logits"}, Kind("k", (1, *old), tuple(map(str, range(new[0] * new[1]))))
        )
        given = images((1, *old))
        rows, columns = fit_weights(old, new, "margin")
        np.testing.assert_allclose(model.logits(given), (rows @ given @ columns.T).reshape(3, -1), atol=FLOAT)


def test_transposed_images_that_are_no_squares(tmp_path):
    """A file of 4 rows and 6 columns that takes them as columns: images of 6 rows need no fitting, others do."""
    path = echo(tmp_path / "echo.onnx", ["n", 1, 4, 6], "float32", 24)
    own = Model(path, {"transpose": True, "gives": "logits"})
    assert own.card.shape == (1, 6, 4)
    given = images((1, 6, 4))
    np.testing.assert_array_equal(own.logits(given), given.swapaxes(2, 3).reshape(3, 24))
    kind = Kind("k", (1, 12, 8), tuple(map(str, range(24))))
    given = images((1, 12, 8))
    fit = np.stack([fitted(image[0], (6, 4), "crop").T.ravel() for image in given])
    np.testing.assert_allclose(
        Model(path, {"transpose": True, "fit": "crop", "gives": "logits"}, kind).logits(given), fit, atol=1e-5
    )


def save(path, proto):
    onnx.save(proto, path)
    return path


ENDS = {  # how each end is read: the bare network's logits -> what must come out but for a number a row
    "logits": lambda z: z,
    "softmax": lambda z: z,
    "logsoftmax": lambda z: z,
    "sigmoids": lambda z: -np.log1p(np.exp(-z)),
    "maps": lambda z: z,
    "twice": lambda z: z,
    "both": lambda z: z,
    "label": lambda z: z,
    "zipmap": lambda z: z,
    "one sigmoid": lambda z: z[:, :2],
}


def test_a_network_in_any_form_answers_as_the_bare_one(tmp_path):
    """Layouts with ends, types and batches, read from the file alone but for the range and the channels' order."""
    forms = itertools.product(AXES, ENDS)
    batches, types, spans = (itertools.cycle(each) for each in ((None, 1, 4), list(ROUNDED)[:3], RANGES))
    bare = {}
    for channels in (1, 3):
        onnx.save(small(20, (channels, 8, 8)), tmp_path / "bare.onnx")
        bare[channels] = Model(tmp_path / "bare.onnx")
    for number, (layout, end) in enumerate(forms):
        channels = 3 if number % 3 and "C" in LAYOUTS[layout][0] else 1
        batch, dtype, (span, mean, std) = next(batches), next(types), next(spans)
        if not LAYOUTS[layout][1]:
            batch = None
        with case(layout, end, channels, batch, dtype, span, mean, std):
            odd = number % 2 == 1
            path = wrapped(
                tmp_path / "x.onnx",
                small(20, (channels, 8, 8)),
                layout,
                span,
                mean[0],
                std[0],
                batch=batch,
                ends=end,
                dtype=dtype,
                hidden=False,
                bgr=odd and channels == 3,
                transpose=odd and channels == 1,
            )
            said = {"channels": "bgr" if odd else "rgb"} if channels == 3 else {"transpose": odd}
            said |= {"layout": layout} if layout == "flat HWC" else {}
            model = Model(path, {"range": span, "mean": mean, "std": std, **said})
            read_as = "NHW" if layout == "CHW" and channels == 1 else layout
            assert (model.preparation.layout, model.preparation.dtype) == (read_as, dtype)
            assert model.batch == (None if LAYOUTS[read_as][1] else 1)
            for count in {0, 1, 5} if batch is None else {0, batch - 1, batch, batch + 1}:
                given = images((channels, 8, 8), count)
                right, found = ENDS[end](bare[channels].logits(given)), model.logits(given)
                assert found.shape == right.shape
                near = 1e-4 if dtype != "float16" else 0.02  # 8 bits of a pixel, of some 100 that are summed
                np.testing.assert_allclose(softmax(found), softmax(right), atol=near)
            assert summary(Inside(model)).parameters == summary(Inside(bare[channels])).parameters + 3 * (
                end == "one sigmoid"
            )
