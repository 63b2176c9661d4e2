"""Charts, tables and pictures on a page, with small buttons below: download them with a caption as PNG, PDF or CSV."""

import csv
import io
import re
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Union

import numpy as np
import streamlit as st

from invariance.strangers_words import letters
from ui.drawing.download import download, drawn, offer
from ui.drawing.pictures import show

if TYPE_CHECKING:
    import altair as alt
    from matplotlib.figure import Figure

    from ui.drawing.charts.bars import Bars
    from ui.drawing.charts.style import Spec

Drawn = Union["Spec", "Bars", "alt.TopLevelMixin"]
Drawing = tuple["Spec", Any]  # as it was drawn: a specification, and its values where it holds none
Grid = tuple[str, np.ndarray, Sequence[tuple[int, int]]]  # numbers: a title, (H, W), and the places in a frame
Rows = list[dict[str, Any]]  # a table: column -> cell; a column that a row lacks is empty there
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.])")  # how a cell begins that spreadsheets run


def chart(name: str, drawing: Drawn, *, alt: str, caption: str) -> None:
    """Show a chart, to download as PNG and PDF.

    Args:
        name: of the files, without their ending; no other on the page has it.
        drawing: a specification of Vega-Lite, one with its values, or a chart of Altair's.
        alt: what people read who don't see it, and what it says in short.
        caption: stands below it in the files: what it shows, of what, and how many were measured.
    """
    offer_charts(name, {"": bare_chart(drawing, alt=alt)}, caption)


def bare_chart(drawing: Drawn, *, alt: str) -> Drawing:
    """Show a chart alone, one of several that offer_charts() offers together; the arguments are those of chart()."""
    values, spec = drawing if isinstance(drawing, tuple) else (None, drawing)
    spec = spec if isinstance(spec, dict) else spec.to_dict()
    from ui.drawing.charts.style import as_one_picture, on_page  # late, as what drew it

    room = {"right": 14}  # for half a number at the end of an axis, which would be cut off
    look = {"config": on_page(st.context.theme.type or "light"), "padding": room}
    st.vega_lite_chart(values, as_one_picture(spec) | look, alt=alt)
    return spec, values


def offer_charts(name: str, charts: dict[str, Drawing], caption: str) -> None:
    """Offer charts of the page as one file; charts: title -> what bare_chart() gave, the others as in chart()."""
    offer(name, {kind: partial(_chart_file, charts, letters(caption), kind) for kind in ("png", "pdf")})


def pictures(name: str, titled: Sequence[tuple[np.ndarray, str]], side: int, *, of: str = "", caption: str) -> None:
    """Show pictures in a row, to download together as PNG and PDF.

    Args:
        name: of the files, without their ending; no other on the page has it.
        titled: each as for show(), with what stands below it.
        side: screen pixels of each at most.
        of: what they are of, for people who don't see them.
        caption: stands below them in the files.
    """
    with st.container(horizontal=True):
        for picture, text in titled:
            show(picture, side, caption=text, alt=f"{of}: {text}" if of else text)
    offer_pictures(name, titled, caption)


def offer_pictures(name: str, titled: Sequence[tuple[np.ndarray, str]], caption: str, columns: int = 5) -> None:
    """Offer pictures that the page shows in a place of their own, so many in a row; else as pictures()."""
    plain = [(picture, letters(text)) for picture, text in titled]
    download(name, caption, lambda figures: figures.pictures(plain, columns))


def offer_grids(name: str, grids: Sequence[Grid], caption: str, *, signed: bool = True) -> None:
    """Offer arrays that the page shows in numbers, as CSV, PNG and PDF.

    Args:
        name: of the files, without their ending; no other on the page has it.
        grids: titles, arrays (H, W), and their places in a frame.
        caption: stands below them in the pictures.
        signed: blue below zero, white at zero, red above; else black at 0 to white.
    """
    grids = [(letters(title), values, framed) for title, values, framed in grids]
    lines = [
        line
        for title, values, _ in grids
        for line in ([title], *([f"{value:.9g}" for value in row] for row in values.tolist()), [])
    ]

    def figure(figures: ModuleType) -> "Figure":
        return figures.number_grids(grids, signed=signed)

    files = {kind: partial(drawn, figure, letters(caption), kind) for kind in ("png", "pdf")}
    offer(name, {"csv": partial(as_csv, lines[0], lines[1:-1])} | files)


def table(name: str, rows: Rows, *, alt: str, caption: str, height: Literal["content", "auto"] = "content") -> None:
    """Show a table that can be sorted, to download as CSV, PNG and PDF.

    Args:
        name: of the files, without their ending; no other on the page has it.
        rows: its rows, from the top.
        alt: what people read who don't see it: what it holds.
        caption: stands below it in the files.
        height: all rows at once, or "auto", at most ten and a bar to scroll.
    """
    st.dataframe(rows, hide_index=True, height=height, alt=alt)
    offer_table(name, rows, caption)


def written_table(name: str, rows: Rows, plain: Rows | None = None, *, alt: str, caption: str) -> None:
    """Show a table whose cells are Markdown, wrap and can hold links.

    plain: the same without Markdown, for the files; None: there is none in it. The other arguments are table()'s.
    """
    st.table(rows, border="horizontal", alt=alt)
    offer_table(name, plain or rows, caption)


def _chart_file(charts: dict[str, Drawing], caption: str, kind: Literal["png", "pdf"]) -> bytes:
    from ui.drawing.charts import files  # late: what draws them takes 70 MB

    return files.as_bytes(charts, caption, kind)


def offer_table(name: str, rows: Rows, caption: str) -> None:
    """Offer a table that the page shows in a form of its own; the arguments are those of table()."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[_text(row.get(column)) for column in columns] for row in rows]

    def figure(figures: ModuleType) -> "Figure":
        return figures.table(columns, cells)

    pictures = {kind: partial(drawn, figure, letters(caption), kind) for kind in ("png", "pdf")}
    offer(name, {"csv": partial(as_csv, columns, cells)} | pictures)


def as_csv(columns: list[str], cells: list[list[str]]) -> bytes:
    """A table for spreadsheets: UTF-8 that says so, and no cell that they'd run as a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([_still(text) for text in row] for row in (columns, *cells))
    return file.getvalue().encode("utf-8-sig")


def _still(text: str) -> str:
    return "'" + text if FORMULA.match(text) else text


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else letters(cell)
