"""A handout: one A4 page with something to do, pictures, a question, and room to answer it.

Import it late, as sheet.py.
"""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ui.drawing.figures.sheet import wrapped

WIDTH, HEIGHT, MARGIN = 8.27, 11.69, 0.9  # inches
TEXT = WIDTH - 2 * MARGIN
TITLE, POINTS, SMALL = 20, 12, 9
LEADING = 1.45  # from line to line, in letters' heights
ACROSS, PICTURE, GAP = 5, 1.9, 0.2  # pictures in a row, and inches of one at most and between two
BOX = "☐"
RULE = 0.42  # between two lines to write on
MOST_LINES = 6
GREY = "#808080"


def handout(
    title: str,
    paragraphs: Sequence[str],
    pictures: Sequence[tuple[np.ndarray, str]],
    question: str,
    choices: Sequence[str],
    footer: str,
) -> bytes:
    """One page as PDF, the same bytes each time.

    Args:
        title, paragraphs: plain text; what to do, and what to look at.
        pictures: float32 (C, H, W) in [0, 1], and what stands above each.
        question, choices: what is to be guessed; a box to tick is before each choice.
        footer: where the page in the app is.
    """
    page = _Page()
    page.text(title, TITLE, bold=True, after=0.25)
    for paragraph in paragraphs:
        page.text(paragraph, POINTS, after=0.15)
    page.pictures(pictures)
    page.text(question, POINTS, bold=True, after=0.15)
    for choice in choices:
        page.text(f"{BOX}  {choice}", POINTS, after=0.05)
    page.lines("Why do you think so?", 3)
    page.lines("What did you see?")
    page.at = HEIGHT - MARGIN
    page.text(footer, SMALL)
    return page.as_pdf(title)


class _Page:
    """A page that is filled from its top; at: inches from there."""

    def __init__(self) -> None:
        self.figure = Figure((WIDTH, HEIGHT))
        self.at = MARGIN

    def text(self, text: str, points: float, *, bold: bool = False, after: float = 0) -> None:
        weight = "bold" if bold else "normal"
        # Bold letters are wider than those that are measured.
        lines = wrapped(text, TEXT * (0.86 if bold else 1), points)
        self._put(lines, MARGIN, points, weight)
        self.at += (lines.count("\n") + 1) * points * LEADING / 72 + after

    def pictures(self, pictures: Sequence[tuple[np.ndarray, str]]) -> None:
        across = min(ACROSS, len(pictures))
        side = min(PICTURE, (TEXT + GAP) / across - GAP)
        for start in range(0, len(pictures), across):
            row = pictures[start : start + across]
            titles = [wrapped(title, side, SMALL) for _, title in row]
            top = self.at + (max(title.count("\n") for title in titles) + 1) * SMALL * LEADING / 72
            for place, ((pixels, _), title) in enumerate(zip(row, titles, strict=True)):
                left = MARGIN + place * (side + GAP)
                self._put(title, left, SMALL, "normal")
                axes = self.figure.add_axes(
                    (left / WIDTH, 1 - (top + side) / HEIGHT, side / WIDTH, side / HEIGHT), xticks=[], yticks=[]
                )
                shown = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
                axes.imshow(shown, "gray", vmin=0, vmax=1, interpolation="nearest")
            self.at = top + side + GAP
        self.at += GAP

    def lines(self, label: str, count: int = MOST_LINES) -> None:
        """Room to write: so many lines, or as many as there is room for."""
        self.at += 0.2
        self.text(label, POINTS)
        for _ in range(min(count, int((HEIGHT - MARGIN - RULE / 2 - self.at) / RULE))):
            self.at += RULE
            y = 1 - self.at / HEIGHT
            self.figure.add_artist(Line2D((MARGIN / WIDTH, 1 - MARGIN / WIDTH), (y, y), color=GREY, linewidth=0.5))
        self.at += 0.1

    def _put(self, text: str, left: float, points: float, weight: str) -> None:
        self.figure.text(
            left / WIDTH,
            1 - self.at / HEIGHT,
            text,
            va="top",
            fontsize=points,
            fontweight=weight,
            linespacing=LEADING / 1.17,  # matplotlib counts in heights of a line without leading
        )

    def as_pdf(self, title: str) -> bytes:
        file = io.BytesIO()
        self.figure.savefig(file, format="pdf", metadata={"Title": title, "CreationDate": None})
        return file.getvalue()
