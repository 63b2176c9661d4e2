"""Figures for download and print, read back: from the artists, from the files, and as pixels."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import product
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from PIL import Image
from streamlit.runtime.media_file_manager import MediaFileManager

from tests.conftest import ROOT, case
from tests.tolerances import FLOAT
from tests.ui.conftest import shown
from ui.drawing import figures
from ui.drawing.figures.files import INK, MARGIN, NARROW
from ui.drawing.figures.maps import GREY
from ui.drawing.figures.numbers import short
from ui.drawing.figures.sheet import DPI, WIDTH, sheet, text_width, wrapped
from ui.drawing.figures.sweep import chosen

LONG = "Relative error of every layer after a shift by 1 pixel, mean over 17 images with its 95 % interval. " * 3
SHADE = 8  # of 255: an edge of a slanting letter that falls between dots
KERNED = 0.02  # by this share text may be narrower than its letters


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def error(network: str, layer: str, value: float | None, why: str = "", margin: float = 0.1) -> dict:
    low, high = (None, None) if value is None else (value - margin, value + 2 * margin)
    return {"network": network, "layer": layer, "value": value, "low": low, "high": high, "why": why}


ROWS = [
    error("A", "image", 0.0, margin=0),
    error("A", "conv1", 0.5),
    error("A", "pool1", None, "Its places lie 2 px apart."),
    error("A", "conv2", None, "Its places lie 2 px apart."),
    error("A", "logits", 0.25, "Its maps are exchanged."),
    error("B", "conv1", 2.0),
    error("B", "logits", None, "All its values are 0."),
]
COLOURS = {"B": "#E69F00", "A": "#0072B2", "absent": "#009E73"}
SMALL_NET = [("image", (1, 28, 28)), ("conv1", (16, 14, 14)), ("pool", (64, 1, 1)), ("fc", (400,)), ("logits", (10,))]
FIGURES: dict[str, Callable] = {
    "maps_side_by_side": partial(
        figures.maps_side_by_side, normal(7, 5, 4), ["one row", "another"], 4, signed=True, shared=True
    ),
    "pictures": partial(figures.pictures, [(np.full((3, 6, 6), 0.5), "the image"), (normal(6, 6), "what it costs")]),
    "table": partial(figures.table_of_kernel, normal(3, 3)),
    "errors": partial(figures.layer_errors, ROWS, COLOURS),
    "volumes": partial(figures.volumes, SMALL_NET),
    "connections": partial(figures.connections, 5),
    "number_grids": partial(figures.number_grids, [("x", normal(6, 6), [(0, 0)]), ("of many words", normal(1, 1), [])]),
    "orders": partial(
        figures.orders, [("row by row", np.arange(9), "#0072B2"), ("back", np.arange(9)[::-1], "#E69F00")]
    ),
    "sweep": partial(
        figures.sweep,
        np.full((9, 1, 4, 4), 99, np.uint8),
        [f"{amount} px" for amount in range(9)],
        3,
        [("A", "#0072B2", ["an airplane of many words"] * 9, [True] * 8 + [False])],
        "right",
        round_about=False,
    ),
    "whole_network": partial(
        figures.whole_network,
        [
            ("conv1", "6×28×28", np.full((6, 3, 28, 28), 99, np.uint8)),
            ("fc", "84", np.full((1, 1, 84, 1), 99, np.uint8)),
        ],
        [("a cat", 0.75), ("a dog", 0.25)],
    ),
    "table_of_words": partial(figures.table, ["network", "why"], [["one", "because " * 30], ["two", ""]]),
}


def pixels(data: bytes) -> np.ndarray:
    """A file's picture, uint8 (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def texts(figure) -> list[str]:
    """All that is written on a figure."""
    return [each.get_text() for each in figure.findobj(matplotlib.text.Text) if each.get_text()]


def extents(figure, artists: list) -> np.ndarray:
    """left, bottom, right, top of artists as drawn, in dots: (N, 4)."""
    figure.draw_without_rendering()
    return np.array([each.get_window_extent().extents for each in artists])


def written(pdf: bytes) -> str:
    """The ASCII letters that an uncompressed PDF sets, in their order."""
    lines = re.findall(rb"BT(.*?)ET", pdf, re.DOTALL)
    strings = [b"".join(re.findall(rb"\(((?:\\.|[^\\)])*)\)", line)) for line in lines]
    return "\n".join(re.sub(rb"\x00|\\(?=[()\\])", b"", line).decode("latin-1") for line in strings)


# Grids


@pytest.mark.parametrize(
    ("shape", "columns"), [((1, 3, 3), 1), ((6, 5, 5), 6), ((7, 4, 6), 3), ((5, 2, 3), 9), ((1920, 5, 5), 48)]
)
def test_every_map_stands_at_its_place_of_one_image(shape, columns):
    maps = normal(*shape)
    figure = figures.maps_side_by_side(maps, None, columns, signed=True, shared=True)
    assert len(figure.axes) == 2
    (image,) = figure.axes[0].images
    atlas = np.ma.filled(image.get_array(), np.nan)
    _, height, width = shape
    for place, each in enumerate(maps):
        y, x = place // columns * (height + 1), place % columns * (width + 1)
        assert np.array_equal(atlas[y : y + height, x : x + width], each)
    assert np.isfinite(atlas).sum() == maps.size
    assert atlas.shape[1] == min(len(maps), columns) * (width + 1) - 1


@pytest.mark.parametrize("signed", [True, False])
def test_maps_with_scales_of_their_own_reach_full_colour(signed):
    maps = np.stack([normal(4, 4), 1000 * normal(4, 4), np.zeros((4, 4))])
    maps = maps if signed else np.abs(maps)
    figure = figures.maps_side_by_side(maps, None, 3, signed=signed, shared=False)
    assert len(figure.axes) == 1, "a colour bar would be of no map"
    (image,) = figure.axes[0].images
    assert image.get_clim() == (-1 if signed else 0, 1)
    for place, each in enumerate(maps):
        drawn = image.get_array()[:, 5 * place : 5 * place + 4]
        assert np.abs(drawn * np.abs(each).max() - each).max() < FLOAT


@pytest.mark.parametrize("sign", [1, -1])
def test_colours_are_centred_on_zero_and_full_at_the_largest_value(sign):
    maps = sign * np.array([[[0.0, 2.0], [-0.5, 1.0]]])
    figure = figures.maps_side_by_side(maps, None, 1, signed=True, shared=True)
    (image,) = figure.axes[0].images
    assert image.get_clim() == (-2, 2)
    red, _, blue = image.to_rgba(np.array([[1.0]]))[0, 0, :3]
    assert red > blue
    assert image.to_rgba(np.array([[0.0]]))[0, 0, :3].min() > 0.95
    assert {"−2", "0", "2"} <= set(texts(figure))


def test_values_without_sign_go_from_black_to_white():
    figure = figures.maps_side_by_side(np.array([[[0.5, 3.0]]]), None, 1, signed=False, shared=True)
    (image,) = figure.axes[0].images
    assert image.to_rgba(np.array([[0.0, 3.0]]))[0, :, :3].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert {"0", "1.5", "3"} <= set(texts(figure))


def test_maps_that_are_all_zero_are_white():
    (image,) = figures.maps_side_by_side(np.zeros((2, 3, 3)), None, 2, signed=True, shared=True).axes[0].images
    assert image.to_rgba(np.zeros((1, 1)))[0, 0, :3].min() > 0.95


@pytest.mark.parametrize(("shape", "columns"), [((6, 5, 5), 3), ((40, 7, 9), 13)])
def test_a_pixel_is_a_square_of_whole_dots(shape, columns):
    maps = np.random.default_rng(1).random(shape)
    maps[:, 0, 0] = 1
    figure = figures.maps_side_by_side(maps, None, columns, signed=False, shared=False)
    (image,) = figure.axes[0].images
    atlas = np.ma.filled(image.get_array(), np.nan)
    dots = round(image.axes.get_window_extent().width / atlas.shape[1])
    assert dots > 3
    expected = np.round(image.to_rgba(atlas)[..., :3] * 255).repeat(dots, 0).repeat(dots, 1)
    expected[np.isnan(atlas).repeat(dots, 0).repeat(dots, 1)] = np.round(np.array(to_rgb(GREY)) * 255)
    found = pixels(figures.as_bytes(figure, "", "png")).astype(int)
    high, wide = expected.shape[:2]
    rest = -(-shape[0] // columns) * columns - shape[0]
    if rest:  # nothing is drawn where there are no maps
        expected[-shape[1] * dots :, -rest * (shape[2] + 1) * dots + dots :] = 255
    inner = expected[3:-3, 3:-3]  # a frame lies over the outermost dots
    shifts = [
        (y, x) for y in range(20) for x in range(20) if found[y : y + high, x : x + wide].shape[:2] == (high, wide)
    ]
    assert any(np.abs(found[y : y + high, x : x + wide][3:-3, 3:-3] - inner).max() <= 1 for y, x in shifts)


def test_rows_bear_their_titles():
    titles = ["maps of the image", "maps of the image after a quarter turn", "T f(x)"]
    figure = figures.maps_side_by_side(normal(12, 8, 8), titles, 4, signed=True, shared=True)
    axes, labels = figure.axes[0], figure.axes[0].get_yticklabels()
    assert [label.get_text().replace("\n", " ") for label in labels] == titles
    boxes = extents(figure, labels)
    left, bottom, _, top = axes.get_window_extent().extents
    rows = np.linspace(top, bottom, 7)[1::2]
    assert np.abs(boxes[:, [1, 3]].mean(1) - rows).max() < (top - bottom) / 20
    assert boxes[:, 2].max() < left
    assert figure.get_tightbbox().width < WIDTH + 0.1
    with pytest.raises(ValueError, match="number of FixedLocator locations"):
        figures.maps_side_by_side(normal(12, 8, 8), titles, 3, signed=True, shared=True)


# Pictures and tables


def test_pictures_show_the_very_pixels():
    photo, digit, map_ = np.random.default_rng(0).random((3, 5, 5)), np.full((1, 5, 5), 0.5), normal(3, 3)
    figure = figures.pictures([(photo, "a"), (digit, "b"), (map_, "c")])
    assert len(figure.axes) == 4, "one colour bar, for the map"
    first, second, third = (axes.images[0] for axes in figure.axes[:3])
    assert np.array_equal(first.get_array(), np.moveaxis(photo, 0, 2))
    assert np.array_equal(second.get_array(), digit[0])
    assert second.get_clim() == (0, 1)
    assert np.array_equal(third.get_array(), map_)
    assert third.get_clim() == (-np.abs(map_).max(), np.abs(map_).max())
    sizes = {tuple(np.round(axes.get_window_extent().size, 6)) for axes in figure.axes[:3]}
    assert len(sizes) == 1, "what is compared place by place is equally large"


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_titles_and_scales_of_neighbours_keep_apart(count):
    title = "Occlusion: red where covering it costs n02123045_tabby_cat_on_a_very_long_sofa"
    figure = figures.pictures([(normal(4, 4) * 1e-5, title)] * count)
    shown = [axes for axes in figure.axes if axes.get_title(loc="left")]
    titles = extents(figure, [axes._left_title for axes in shown])
    widths = extents(figure, shown)
    assert (titles[:, 2] - titles[:, 0] <= (1 + KERNED) * (widths[:, 2] - widths[:, 0])).all()
    ticks = [extents(figure, axes.get_xticklabels()) for axes in figure.axes if axes not in shown]
    edges = np.concatenate(ticks)[:, [0, 2]].reshape(-1)
    assert (np.diff(edges) > 0).all(), "numbers under the bars run into each other"


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 11), (25, 25)])
@pytest.mark.parametrize("size", [1e-4, 0.3, 1.0, 70.0, 12345.0])
def test_a_kernel_s_numbers_stand_readably_in_their_cells(shape, size):
    kernel = normal(*shape)
    kernel *= size / np.abs(kernel).max()
    figure = figures.table_of_kernel(kernel)
    (image,), numbers = figure.axes[0].images, figure.axes[0].texts
    found = np.array([float(each.get_text().replace("−", "-")) for each in numbers]).reshape(shape)
    assert np.abs(found - kernel).max() <= max(0.005 * size, 0.5)
    assert np.abs(found - kernel).max() <= 0.0051 * size or size > 1000
    boxes = extents(figure, numbers)
    left, bottom, right, top = figure.axes[0].get_window_extent().extents
    columns = np.linspace(left, right, shape[1] + 1)
    assert (boxes[:, 0].reshape(shape) >= columns[:-1]).all()
    assert (boxes[:, 2].reshape(shape) <= columns[1:]).all()
    rows = np.linspace(top, bottom, shape[0] + 1)[:, None]
    assert (boxes[:, 3].reshape(shape) <= rows[:-1]).all()
    assert (boxes[:, 1].reshape(shape) >= rows[1:]).all()
    ink = luminance(np.array([to_rgb(each.get_color()) for each in numbers]).reshape(*shape, 3))
    cell = luminance(image.to_rgba(kernel)[..., :3])
    contrast = (np.maximum(ink, cell) + 0.05) / (np.minimum(ink, cell) + 0.05)
    assert contrast.min() > 4.5  # WCAG 2.2, 1.4.3


def test_grids_hold_their_numbers_keep_apart_and_stay_on_the_sheet():
    grids = [(f"grid {place} of numbers", normal(*shape), [(0, 0)]) for place, shape in enumerate([(6, 6), (3, 3)] * 4)]
    figure = figures.number_grids([*grids, ("large", normal(20, 30), []), ("as a picture", normal(60, 60), [])])
    for (_, values, _), axes in zip(grids, figure.axes, strict=False):
        written = np.array([float(each.get_text().replace("−", "-").replace("≈", "")) for each in axes.texts])
        assert np.abs(written - values.reshape(-1)).max() <= 0.005
        assert len(axes.patches) == 1
    assert [len(axes.texts) for axes in figure.axes[-2:]] == [600, 0]
    boxes = extents(figure, figure.axes)
    for place, (left, bottom, right, top) in enumerate(boxes):
        for other_left, other_bottom, other_right, other_top in boxes[place + 1 :]:
            assert right <= other_left or other_right <= left or top <= other_bottom or other_top <= bottom
    assert boxes[:, 2].max() <= WIDTH * DPI + 1
    assert list(map(short, (0.0, -0.0, 1e-4, -1e-4, 10.0, -0.5, 2.25, 200.0))) == [
        *("0", "0", "≈0", "≈0", "10", "−0.5", "2.25", "200")
    ]


def test_many_pictures_stand_in_rows_as_large_as_few():
    figure = figures.pictures([(normal(4, 4), "a title of many words that goes on")] * 12, columns=5)
    shown = [axes for axes in figure.axes if axes.images and axes.get_title(loc="left")]
    boxes = extents(figure, shown)
    assert len({tuple(np.round(box[[0, 2]], 3)) for box in boxes}) == 5
    assert len({round(box[1], 3) for box in boxes}) == 3
    titles = extents(figure, [axes._left_title for axes in shown])
    bars = extents(figure, [axes for axes in figure.axes if axes not in shown])
    assert (titles[5:10, 3] < bars[:5, 1]).all(), "a title runs into what stands above it"


@pytest.mark.parametrize("round_about", [True, False])
@pytest.mark.parametrize("count", [3, 8, 21, 72])
def test_a_sweep_s_pictures_are_in_order_with_the_amount_that_was_chosen(count, round_about):
    for at in range(count):
        places = chosen(count, at, round_about=round_about)
        assert at in places
        assert places == sorted(set(places))
        assert len(places) == min(count, 8)
    assert chosen(72, 0, round_about=True) == [*range(0, 72, 9)]


def test_a_sweep_says_what_each_network_answers_and_where_that_is_good():
    frames = np.arange(5, dtype=np.uint8)[:, None, None, None].repeat(4, 2).repeat(4, 3)
    tracks = [("A", "#0072B2", [*"01234"], [True, False] * 2 + [True]), ("B", "#E69F00", ["7"] * 5, [False] * 5)]
    figure = figures.sweep(frames, [f"{amount}°" for amount in range(5)], 2, tracks, "right", round_about=False)
    assert [int(axes.images[0].get_array()[0, 0]) for axes in figure.axes[:5]] == [0, 1, 2, 3, 4]
    assert {"A: right at 3 of 5", "B: right at 0 of 5", "0 ✓", "1 ✗", "7 ✗"} <= set(texts(figure))
    for (_, _, _, good), axes in zip(tracks, figure.axes[5:], strict=True):
        assert [bar.get_height() > 0.5 for bar in axes.patches] == good


def test_an_order_s_numbers_stand_where_it_visits():
    order = np.array([3, 1, 0, 2])
    (axes,) = figures.orders([("mixed", order, "#0072B2")]).axes
    found = {int(each.get_text()): (each.get_position()[1], each.get_position()[0]) for each in axes.texts}
    assert found == {1: (1, 1), 2: (0, 1), 3: (0, 0), 4: (1, 0)}
    assert np.array_equal(axes.lines[0].get_xydata(), [found[place][::-1] for place in range(1, 5)])


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB in 0..1, as WCAG 2.2 defines it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_a_kernel_of_zeros_has_a_table_too():
    assert texts(figures.table_of_kernel(np.zeros((2, 2)))) == ["0.00"] * 4


# Errors of layers


def bars(axes) -> dict[int, tuple[float, float, float, tuple]]:
    """Place of each bar: its height, where its interval begins and ends, its colour."""
    found = {}
    for container in axes.containers:
        if isinstance(container, BarContainer):
            spans = container.errorbar.lines[2][0].get_segments()
            for bar, span in zip(container, spans, strict=True):
                place = round(bar.get_x() + bar.get_width() / 2)
                found[place] = (bar.get_height(), *span[:, 1], *bar.get_facecolor()[:3])
    return found


def test_every_error_is_a_bar_with_its_interval_in_its_network_s_panel():
    figure = figures.layer_errors(ROWS, COLOURS)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["B", "A"], "in the order of the colours; a network without rows has no panel"
    for axes, title in zip(figure.axes, titles, strict=True):
        layers = [row for row in ROWS if row["network"] == title]
        assert [label.get_text() for label in axes.get_xticklabels()] == [row["layer"] for row in layers]
        found, colour = bars(axes), to_rgb(COLOURS[title])
        assert list(found) == [place for place, row in enumerate(layers) if row["value"] is not None]
        for place, drawn in found.items():
            row = layers[place]
            assert drawn == pytest.approx((row["value"], row["low"], row["high"], *colour))
    low, high = figure.axes[0].get_ylim()
    assert figure.axes[1].get_ylim() == (low, high), "panels compare"
    assert low == 0
    assert high > max(row["high"] for row in ROWS if row["value"] is not None)


def test_an_error_that_is_not_defined_is_a_hatched_place_with_its_reason_below():
    figure = figures.layer_errors(ROWS, COLOURS)
    spans = {
        axes.get_title(loc="left"): [
            (patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches if patch.get_hatch()
        ]
        for axes in figure.axes
    }
    assert np.round(spans["A"]).tolist() == [[2, 3]], "neighbours with one reason share a place"
    assert np.round(spans["B"]).tolist() == [[1, 1]]
    (below,) = figure.texts
    whys = dict(line.split(" ", 1)[::-1] for line in below.get_text().splitlines())
    assert whys.keys() == {row["why"] for row in ROWS if row["why"]}
    said = {axes.get_title(loc="left"): {text.get_text() for text in axes.texts} for axes in figure.axes}
    assert f"not defined {whys['Its places lie 2 px apart.']}" in said["A"]
    assert f"not defined {whys['All its values are 0.']}" in said["B"]
    assert whys["Its maps are exchanged."] in said["A"], "a bar of which something is to be said is marked"
    assert below.get_window_extent().y1 < min(extents(figure, label)[0, 1] for label in ticks(figure))


def ticks(figure) -> list:
    return [[label] for axes in figure.axes for label in axes.get_xticklabels()]


def test_errors_may_all_be_missing_or_0():
    missing = figures.layer_errors([error("A", "conv1", None, "No."), error("A", "logits", None)], COLOURS)
    assert bars(missing.axes[0]) == {}
    assert {"not defined (1)", "not defined"} <= set(texts(missing))
    none = figures.layer_errors([error("A", "logits", 0.0, margin=0)], COLOURS)
    assert bars(none.axes[0])[0][:3] == (0, 0, 0)
    assert none.axes[0].get_ylim() == (0, 1)


@pytest.mark.parametrize("count", [5, 30, 90])
def test_labels_of_many_layers_keep_apart(count):
    names = [f"network.block{place}.conv{place}" for place in range(count)]
    errors = figures.layer_errors([error("A", name, 1.0) for name in names], COLOURS)
    boxes = figures.volumes([("image", (3, 32, 32)), *((name, (64, 16, 16)) for name in names)])
    for figure, labels in ((errors, errors.axes[0].get_xticklabels()), (boxes, boxes.axes[0].texts)):
        figure.draw_without_rendering()
        anchors = np.array([label.get_transform().transform(label.get_position()) for label in labels])
        high = max(text_height(figure, label) for label in labels)
        assert (np.diff(anchors[:, 0]) * np.sqrt(0.5) > high).all(), "the lines run into each other"
        assert np.ptp(anchors[:, 1]) < FLOAT
    assert errors.axes[0].get_window_extent().x0 >= extents(errors, errors.axes[0].get_xticklabels())[0, 0]


def text_height(figure, label) -> float:
    """How high a label is before it is turned, in dots."""
    upright = figure.text(0, 0, label.get_text(), fontsize=label.get_fontsize())
    height = upright.get_window_extent().height
    upright.remove()
    return height


# Networks


def fronts(figure) -> np.ndarray:
    """left, bottom, thickness, height and depth of every volume, in inches: (N, 5)."""
    faces = [patch.get_xy()[:4] for patch in figure.axes[0].patches]
    boxes = []
    for front, roof, _ in zip(faces[::3], faces[1::3], faces[2::3], strict=True):
        boxes.append([*front[0], *(front[2] - front[0]), np.ptp(roof[:, 1])])
    return np.array(boxes)


def test_volumes_are_in_proportion():
    shapes = [(3, 32, 16), (64, 16, 16), (16, 8, 8), (900, 1, 1), (400,), (100,)]
    figure = figures.volumes([(f"layer{place}", shape) for place, shape in enumerate(shapes)])
    left, bottom, thick, high, deep = fronts(figure).T
    assert (np.diff(left) > thick[:-1]).all(), "in order, one beside the other"
    assert np.abs(bottom + high / 2).max() < FLOAT, "on one axis"
    assert high[:3] / high[0] == pytest.approx(np.array([32, 16, 8]) / 32)
    assert deep[:3] / deep[0] == pytest.approx(np.array([16, 16, 8]) / 16)
    assert thick[:3] / thick[2] == pytest.approx(np.sqrt([3, 64, 16]) / 4)
    assert high[3:] / thick[2] == pytest.approx(np.sqrt([900, 400, 100]) / 4)
    assert np.ptp(thick[3:]) == pytest.approx(0)
    assert deep[3:] == pytest.approx(0)
    assert [label.get_text() for label in figure.axes[0].texts] == [
        f"layer{place}  {' × '.join(map(str, shape))}" for place, shape in enumerate(shapes)
    ]
    x0, _, x1, _ = figure.axes[0].get_window_extent().extents
    assert (x1 - x0) / np.ptp(figure.axes[0].get_xlim()) == pytest.approx(DPI), "its units are inches"


@pytest.mark.parametrize("widths", [[6], [256, 512, 1024, 2048], [64] * 30, [2048] * 8])
@pytest.mark.parametrize("rest", [[], [("flatten", (100_000,)), ("logits", (10,))]])
def test_a_network_is_no_wider_than_the_page_if_it_can_be(widths, rest):
    net = [("image", (3, 32, 32)), *((f"conv{place}", (wide, 8, 8)) for place, wide in enumerate(widths)), *rest]
    box = figures.volumes(net).get_tightbbox()
    assert 1 < box.width < WIDTH + 0.3
    assert box.height < 2.5


def test_a_convolution_shares_weights_and_a_full_layer_does_not():
    for width in (1, 2, 5, 8):
        figure = figures.connections(width)
        sparse, full = (axes.collections[0] for axes in figure.axes)
        count = len(figure.axes[0].collections[1].get_offsets()) // 2
        weight: dict[int, tuple] = {}
        for (low, high), colour in zip(sparse.get_segments(), sparse.get_colors(), strict=True):
            assert (low[1], high[1]) == (0, 1)
            offset = round(low[0] - high[0])
            assert weight.setdefault(offset, tuple(colour)) == tuple(colour), "one colour for one weight"
        assert len(set(weight.values())) == len(weight) == width
        dense = np.array([np.convolve(np.ones(width), row, "same") for row in np.eye(count)])
        assert len(sparse.get_segments()) == np.count_nonzero(dense)
        assert len(full.get_segments()) == len({tuple(colour) for colour in full.get_colors()}) == count**2
        assert f"Convolution: {np.count_nonzero(dense)} connections, {width} weights" in texts(figure)


# Files


@pytest.fixture
def uncompressed(monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "pdf.compression", 0)


@pytest.mark.parametrize("name", FIGURES)
def test_the_caption_stands_whole_below_the_untouched_picture(name):
    bare, told = (pixels(figures.as_bytes(FIGURES[name](), caption, "png")).astype(int) for caption in ("", LONG))
    assert told.shape[0] > bare.shape[0] + 20
    column = int(NARROW * DPI)
    assert told.shape[1] <= max(bare.shape[1], column + 2 * MARGIN) + 4
    kept = bare[:-MARGIN]
    assert np.abs(told[: kept.shape[0], : kept.shape[1]] - kept).max() <= SHADE
    for edge in (told, told[::-1], told.swapaxes(0, 1), told.swapaxes(0, 1)[::-1]):
        assert edge[: MARGIN // 2].min() == 255, "cropped"
    between = told[bare.shape[0] - MARGIN // 2 :][: MARGIN // 2]
    assert between.min() == 255, "the caption touches the picture"


def test_long_captions_wrap():
    figure = FIGURES["table"]()
    shapes = [pixels(figures.as_bytes(figure, LONG[:100] * times, "png")).shape for times in (1, 2, 4)]
    heights, widths = [shape[0] for shape in shapes], [shape[1] for shape in shapes]
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] - heights[1] > 1.4 * (heights[1] - heights[0])
    assert max(widths) <= NARROW * DPI + 2 * MARGIN + 4


@pytest.mark.parametrize("caption", ["Plain", "It costs $5_1 and $6^2, at most", "45° × 3 – “ß” → σ"])
def test_the_caption_is_the_file_s_title(caption):
    figure = FIGURES["table"]()
    png, pdf = (figures.as_bytes(figure, caption, kind) for kind in ("png", "pdf"))
    with Image.open(io.BytesIO(png)) as image:
        assert image.text["Title"] == caption
        assert image.info["dpi"] == pytest.approx((DPI, DPI), rel=0.001)
        assert not any("ate" in key or "ime" in key for key in image.text)
    title = caption.encode("ascii") if caption.isascii() else b"\xfe\xff" + caption.encode("utf-16-be")
    assert re.sub(rb"\\(?=[()\\])", b"", pdf[pdf.index(b"/Title (") + 8 :]).startswith(title)
    assert b"Date" not in pdf


@pytest.mark.parametrize("caption", ["A caption (in brackets), for 5 % of readers", "It costs $5_1 and $6^2, at most"])
def test_the_pdf_holds_the_caption_and_the_labels_as_text(caption, uncompressed):
    found = written(figures.as_bytes(FIGURES["errors"](), caption, "pdf"))
    assert caption in found
    for row in ROWS:
        assert row["layer"] in found
        assert row["why"] in found


def test_fonts_are_embedded_as_truetype(uncompressed):
    pdf = figures.as_bytes(FIGURES["errors"](), "A caption", "pdf")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


@pytest.mark.parametrize("kind", ["png", "pdf"])
@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_is_the_same_file(name, kind):
    figure = FIGURES[name]()
    first = figures.as_bytes(figure, "A caption", kind)
    figures.as_bytes(figure, LONG, "png")
    assert figures.as_bytes(figure, "A caption", kind) == first, "a file leaves something on the figure"
    assert figures.as_bytes(FIGURES[name](), "A caption", kind) == first


@pytest.mark.parametrize("name", ["volumes", "connections"])
def test_the_page_s_drawing_is_svg_without_a_caption_or_a_date(name):
    drawing = figures.as_svg(FIGURES[name]())
    assert ElementTree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
    assert drawing == figures.as_svg(FIGURES[name]())
    assert "date" not in drawing
    assert INK in drawing  # seen on light pages and on dark ones
    assert "#ffffff" not in drawing


FRESH = """
import hashlib, sys
import numpy as np
import ui.drawing.download
print("matplotlib" in sys.modules)
from ui.drawing import figures
print("matplotlib.pyplot" in sys.modules)
figure = figures.maps_side_by_side(np.arange(12.0).reshape(2, 2, 3), ["a row"], 2, signed=True, shared=True)
for kind in ("png", "pdf"):
    print(hashlib.sha256(figures.as_bytes(figure, "A caption", kind)).hexdigest())
print(hashlib.sha256(figures.as_svg(figure).encode()).hexdigest())
"""


def test_a_fresh_process_makes_the_same_files_and_loads_matplotlib_late(tmp_path):
    (tmp_path / "matplotlibrc").write_text("ytick.labelsize: 30\nfont.family: monospace\n")
    runs = []
    for seed, place in (("1", ROOT), ("2", tmp_path)):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", FRESH]
        run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place, env=environment)
        runs.append(run.stdout.split())
    assert runs[0] == runs[1]
    assert runs[0][:2] == ["False", "False"]


# Text that fits


TEXTS = ["", "x", LONG, LONG[:60], "network.block1.conv1 " * 9, "a_word_without_an_end_" * 20, "W" * 99]


def test_wrapped_lines_fit_and_lose_nothing():
    for text, width in product(TEXTS, (0.4, 1.9, 6.3)):
        with case(text, width):
            lines = wrapped(text, width, 8).splitlines()
            assert "".join("".join(lines).split()) == "".join(text.split())
            assert all(text_width(line, 8) <= width for line in lines)
            words = text.split()
            if all(text_width(word, 8) <= width for word in words):
                assert [word for line in lines for word in line.split()] == words, "no word is broken that needn't be"
            if len(lines) > 1:
                assert text_width(text, 8) > width, "no line is broken that needn't be"


@pytest.mark.parametrize("points", [7, 8])
@pytest.mark.parametrize("text", ["LeNet-5, the maps of conv1", "network.block1.conv1  64 × 31 × 31", "−0.295", "WWW"])
def test_the_width_of_text_is_what_is_drawn(text, points):
    figure = sheet()
    drawn = figure.text(0, 0, text, fontsize=points).get_window_extent().width / DPI
    assert text_width(text, points) == pytest.approx(drawn, rel=KERNED)


# Buttons


def page():
    import streamlit as st

    from ui.drawing.download import download

    download("LeNet-5: conv1 / kernels", "The kernels of conv1.", st.session_state["draw"])
    download("another", "Another caption.", lambda figures: 1 / 0)


def test_every_picture_has_two_buttons_that_draw_only_when_clicked(monkeypatch):
    offered = {}
    monkeypatch.setattr(
        MediaFileManager,
        "add_deferred",
        lambda self, data, mime, place, file_name, **rest: offered.setdefault(file_name, (data, mime)) and file_name,
    )
    app = shown(page, draw=lambda figures: FIGURES["table"]())  # the second can\'t be drawn, and nobody asked for it
    assert [button.label for button in app.get("download_button")] == ["PNG", "PDF"] * 2
    assert all(button.proto.ignore_rerun and button.proto.deferred_file_id for button in app.get("download_button"))
    assert list(offered) == ["LeNet-5-conv1-kernels.png", "LeNet-5-conv1-kernels.pdf", "another.png", "another.pdf"]
    for kind, mime in (("png", "image/png"), ("pdf", "application/pdf")):
        data, said = offered[f"LeNet-5-conv1-kernels.{kind}"]
        assert said == mime
        assert data() == figures.as_bytes(FIGURES["table"](), "The kernels of conv1.", kind)
