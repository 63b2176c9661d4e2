"""A table as a figure for print."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ui.drawing.figures.sheet import HEIGHT, POINTS, SMALL, WIDTH, sheet, text_width, wrapped

LEAST = 0.9  # inches that a column has before its cells are broken into lines
GAP = 0.15  # between columns, in inches
LINE = 1.35 * SMALL / POINTS  # from one line of text to the next
AROUND = 0.06  # above and below the text of a row


def table(columns: list[str], rows: list[list[str]]) -> Figure:
    """Names of the columns over rows of as many texts; what is too long for its column goes on below."""
    cells = [columns, *rows]
    natural = [max(text_width(text, SMALL) for text in column) + GAP for column in zip(*cells, strict=True)]
    widths = _within(natural, max(WIDTH, LEAST * len(columns)))
    lefts = [sum(widths[:place]) for place in range(len(widths) + 1)]
    figure, top = sheet(), 0.0
    for number, row in enumerate(cells):
        texts = [wrapped(text, width - GAP, SMALL) for text, width in zip(row, widths, strict=True)]
        for text, left in zip(texts, lefts, strict=False):
            weight = "normal" if number else "bold"
            place = (left / WIDTH, 1 - (top + AROUND) / HEIGHT)
            figure.text(*place, text, va="top", fontsize=SMALL, linespacing=1.2, weight=weight)
        top += 2 * AROUND + LINE * max(text.count("\n") + 1 for text in texts)
        ends = [0, lefts[-1] / WIDTH]
        height = 1 - top / HEIGHT
        figure.add_artist(Line2D(ends, [height] * 2, color="black" if number == 0 else "#C8C8C8", lw=0.5))
    return figure


def _within(natural: list[float], room: float) -> list[float]:
    """Widths of columns that need so much and have so much room together: only the widest give some up."""
    widths, left = list(natural), room
    for count, place in zip(
        range(len(natural), 0, -1), sorted(range(len(natural)), key=natural.__getitem__), strict=True
    ):
        widths[place] = min(natural[place], left / count)
        left -= widths[place]
    return widths
