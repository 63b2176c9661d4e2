"""A matplotlib figure -> a file to download, or a drawing for the page."""

import io
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ui.drawing.figures.sheet import DPI, FONT, HEIGHT, WIDTH, wrapped

NARROW = 3.3  # a column: no caption is narrower, however narrow its picture
INK = "#808080"  # of text on a page: seen on light and on dark
MARGIN = 10  # dots around a file's drawing


def as_bytes(figure: Figure, caption: str, kind: Literal["png", "pdf"]) -> bytes:
    """A figure as a file, cropped, its caption below it and as the file's title; the same bytes each time."""
    box = figure.get_tightbbox()
    lines = wrapped(caption, max(box.width, NARROW), FONT)
    text = figure.text(box.x0 / WIDTH, (box.y0 - 0.1) / HEIGHT, lines, va="top", linespacing=1.3)
    metadata = {"Title": caption} | ({"CreationDate": None} if kind == "pdf" else {})
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=DPI, bbox_inches=_crop(figure), metadata=metadata)
    text.remove()
    return file.getvalue()


def as_svg(figure: Figure) -> str:
    """A figure as a drawing for the page, light or dark: its text in grey, nothing behind it, without a caption."""
    file = io.StringIO()
    for text in figure.findobj(Text):
        text.set_color(INK)
    figure.savefig(file, format="svg", transparent=True, bbox_inches=_crop(figure), metadata={"Date": None})
    return file.getvalue()


def _crop(figure: Figure) -> Bbox:
    """Where something is drawn and a margin around it, in inches that are whole dots: so is what is drawn in dots."""
    box = figure.get_tightbbox()
    return Bbox(np.stack([np.floor(box.min * DPI) - MARGIN, np.ceil(box.max * DPI) + MARGIN]) / DPI)
