"""Charts and tables as files: what stands on the page is in them, whole."""

import ast
import csv
import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from tests.conftest import ROOT
from tests.ui.conftest import shown
from ui.drawing import figures
from ui.drawing import shown as module
from ui.drawing.charts import bars, curves, files
from ui.drawing.palette import PALETTE
from ui.drawing.shown import as_csv

CAPTION = "Probabilities of ten classes, from one image, whose caption is longer than one line of the file. " * 3
# What Streamlit draws charts and tables with, without a file to download that has a caption.
BARE = {"altair_chart", "area_chart", "bar_chart", "data_editor", "dataframe", "line_chart", "plotly_chart", "pyplot"}
BARE |= {"scatter_chart", "vega_lite_chart"}
AMOUNTS = [*range(0, 361, 5)]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def survival(titles: list[str]) -> dict:
    share = {end: [0.5] * len(AMOUNTS) for end in ("value", "low", "high")}
    return curves.survival(
        dict.fromkeys(titles, share), AMOUNTS, dict.fromkeys(titles, PALETTE[0]), "rotation", "right"
    )


def drawings() -> dict[str, tuple]:
    digits, words = tuple("0123456789"), ("an airplane of many letters", "bird", "cat")
    return {
        "digits": bars.probabilities(np.linspace(0, 1, 10), digits, PALETTE[0])[::-1],
        "words": bars.energies(np.array([-3.0, 2.0, 1.0]), words, PALETTE[0])[::-1],
        "curves": (survival([f"a network with a long name {place}" for place in range(9)]), None),
    }


@pytest.mark.parametrize("name", drawings())
def test_nothing_of_a_charts_file_reaches_its_edge(name):
    image = pixels(files.as_bytes({"": drawings()[name]}, CAPTION, "png"))
    edge = np.concatenate([image[:6].reshape(-1, 3), image[-6:].reshape(-1, 3), *image[:, :6], *image[:, -6:]])
    assert (edge == 255).all()
    assert (np.abs(image - np.multiply(to_rgb(PALETTE[0]), 255)).max(2) < 2).sum() > 1000, "nothing is drawn"


def test_a_charts_file_draws_the_values_that_the_page_sends_apart():
    low, high = (
        pixels(files.as_bytes({"": (spec, values)}, "", "png"))
        for values, spec in (bars.probabilities(np.array(p), ("0", "1"), PALETTE[0]) for p in ([0.6, 0.4], [1.0, 0.0]))
    )
    inked = [(np.abs(image - np.multiply(to_rgb(PALETTE[0]), 255)).max(2) < 2).sum() for image in (low, high)]
    assert inked[0] / inked[1] == pytest.approx(0.6, abs=0.02)


def test_several_charts_stand_side_by_side_in_one_file():
    three = pixels(files.as_bytes(dict.fromkeys("abc", drawings()["digits"]), "", "png"))
    for third in np.array_split(three, 3, axis=1):
        assert (np.abs(third - np.multiply(to_rgb(PALETTE[0]), 255)).max(2) < 2).sum() > 1000


def test_the_caption_stands_below_a_chart_in_both_kinds():
    charts = {"": drawings()["digits"]}
    with_it, without = (pixels(files.as_bytes(charts, text, "png")) for text in (CAPTION, ""))
    assert len(with_it) > len(without) + 2 * files.SCALE * files.FONT
    assert files.as_bytes(charts, CAPTION, "pdf").startswith(b"%PDF")


def test_a_table_as_csv_reads_back_and_holds_no_formula():
    cells = [["LeNet-5", "99.1 % (98.0 to 99.8)"], ["=HYPERLINK(1)", "-0.5"], ['@a, "b"\nc', "+x"]]
    data = as_csv(["network", "right"], cells).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline=""))) == [
        ["network", "right"],
        cells[0],
        ["'=HYPERLINK(1)", "-0.5"],
        ['\'@a, "b"\nc', "'+x"],
    ]


def test_a_table_gives_its_words_up_to_no_other_column():
    columns, cells = ["network", "right", "why"], [["one", "99 %", "for many reasons " * 20], ["two", "1 %", ""]]
    figure = figures.table(columns, cells)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent().extents for text in figure.texts if text.get_text()]
    for place, (left, bottom, right, top) in enumerate(boxes):
        for other_left, other_bottom, other_right, other_top in boxes[place + 1 :]:
            apart = right <= other_left or other_right <= left or top <= other_bottom or other_top <= bottom
            assert apart, f"{figure.texts[place].get_text()} lies on another cell"
    assert " ".join(" ".join(text.get_text() for text in figure.texts).split()).count("for many reasons") == 20


def test_what_is_shown_can_be_downloaded():
    def part():
        import numpy as np

        from ui.drawing.charts import bars
        from ui.drawing.shown import chart, table

        values = bars.probabilities(np.array([0.25, 0.75]), ("0", "1"), "#0072B2")
        chart("probabilities", values, alt="0.25 and 0.75", caption="Two probabilities.")
        table("numbers", [{"a": 1, "b": None}, {"a": 0.5, "c": "x"}], alt="a, b and c", caption="Three columns.")

    app = shown(part)
    assert [button.label for button in app.get("download_button")] == ["PNG", "PDF", "CSV", "PNG", "PDF"]


def test_pictures_and_grids_of_numbers_can_be_downloaded():
    def part():
        import numpy as np

        from ui.drawing.shown import offer_grids, pictures

        pictures(
            "two", [(np.zeros((1, 4, 4)), "black"), (np.ones((3, 4, 4)), "white")], 98, of="a square", caption="Two."
        )
        offer_grids("a grid", [("=x", np.eye(2), [(0, 0)]), ("y", np.full((1, 1), -0.5), [])], "Numbers.")

    app = shown(part)
    assert [image.proto.imgs[0].alt for image in app.image] == ["a square: black", "a square: white"]
    assert [button.label for button in app.get("download_button")] == ["PNG", "PDF", "CSV", "PNG", "PDF"]


def test_grids_of_numbers_as_csv_read_back(monkeypatch):
    offered = {}
    monkeypatch.setattr(module, "offer", lambda name, files: offered.update(files))
    grids = [("=x", np.array([[1.0, 1 / 3]]), [(0, 0)]), ("y", np.full((1, 1), -0.5), [])]
    module.offer_grids("a grid", grids, "Numbers.")
    data = offered["csv"]().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline=""))) == [["'=x"], ["1", "0.333333333"], [], ["y"], ["-0.5"]]


def bare(path) -> list[str]:
    """Where a file draws a chart or table of Streamlit's."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [
        f"{path.relative_to(ROOT)}:{call.lineno} {call.attr}"
        for call in calls
        if isinstance(call, ast.Attribute) and (call.attr in BARE or ast.unparse(call) == "st.table")
    ]


def test_every_chart_and_table_is_drawn_where_it_gets_its_downloads():
    files = [path for folder in ("ui", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = {path.stem: bare(path) for path in files}
    assert found.pop("shown"), "nothing is found where they are drawn"
    assert not [place for places in found.values() for place in places], "draw these with ui.drawing.shown"
