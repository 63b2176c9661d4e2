"""The sheet that a matplotlib figure is laid out on: places in inches from its left and top, text that fits.

Import it late: matplotlib takes most of a second. There is no pyplot here: it keeps figures in a state that all
sessions' threads share.
"""

import math
import textwrap
from collections.abc import Iterable
from functools import cache

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.image import AxesImage

from invariance.number_words import number

DPI = 200
WIDTH, HEIGHT = 6.3, 9.4  # of the text on an A4 page
POINTS = 72  # in an inch
FAMILY, FONT, SMALL = "DejaVu Sans", 8.0, 7.0  # sizes in points
SLOT = 0.17  # from one slanting label to the next, at least
SLANTING = {"rotation": 45, "rotation_mode": "anchor", "ha": "right", "va": "top", "fontsize": SMALL}
SIGNED, PLAIN = "RdBu_r", "gray"  # blue, white, red; black to white

matplotlib.rcdefaults()  # whatever a person's own matplotlibrc says
matplotlib.rcParams |= {
    "font.family": FAMILY,  # comes with matplotlib, so that a figure is the same everywhere
    "font.size": FONT,
    "axes.titlesize": FONT,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "hatch.linewidth": 0.4,
    "text.hinting": "no_hinting",  # letters are as wide as in the PDF
    "text.parse_math": False,  # a dollar in a title is a dollar
    "pdf.fonttype": 42,  # TrueType, whose letters stay letters
    "svg.hashsalt": "figure",  # the same names in the file each time
}


def sheet() -> Figure:
    """An empty sheet as wide as a page's text. What is drawn may reach beyond it: files are cropped to the drawing."""
    return Figure((WIDTH, HEIGHT), dpi=DPI)


def axes_at(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """New axes at a place of the sheet."""
    return figure.add_axes((left / WIDTH, 1 - (top + height) / HEIGHT, width / WIDTH, height / HEIGHT))


def image_at(
    figure: Figure, pixels: np.ndarray, left: float, width: float, *, full: float, signed: bool, top: float = 0
) -> AxesImage:
    """Pixels (H, W) or (H, W, 3) as squares at a place of the sheet.

    full: the value whose colour is full: black at 0 to white, or if signed, blue below 0, white, red above.
    """
    axes = axes_at(figure, left, top, width, width * pixels.shape[0] / pixels.shape[1])
    axes.set(xticks=[], yticks=[])
    cmap, low = (SIGNED, -full) if signed else (PLAIN, 0)
    return axes.imshow(pixels, cmap, vmin=low, vmax=full, interpolation="nearest", aspect="auto")


def largest(values: np.ndarray) -> float:
    """The size at which a colour is full: of the largest value, up or down."""
    return float(np.abs(values).max()) or 1.0


def colour_bar(figure: Figure, image: AxesImage, *place: float) -> None:
    """The scale of an image with its ends and its middle, upright or lying; place: as for axes_at()."""
    axes = axes_at(figure, *place)
    upright = place[3] > place[2]
    low, high = image.get_clim()
    ticks = [low, (low + high) / 2, high]
    bar = figure.colorbar(image, axes, orientation="vertical" if upright else "horizontal", ticks=ticks)
    bar.set_ticklabels([number(value) for value in ticks], fontsize=SMALL)
    bar.outline.set_linewidth(0.5)
    axes.tick_params(length=2, pad=2)
    if not upright:  # long numbers mustn't reach those of the picture beside it
        for label, side in zip(axes.get_xticklabels(), ("left", "center", "right"), strict=True):
            label.set_ha(side)


def text_width(text: str, points: float) -> float:
    """Of one line of text, but for kerning."""
    return sum(map(_advance, text)) * points / POINTS


BOX = "□"  # about what is drawn for a letter that the font lacks


@cache
def _advance(character: str) -> float:
    """From a character to the next, in units of the font's size."""
    font = get_font(findfont(FAMILY))
    font.set_size(POINTS, POINTS)  # a pixel is a point
    if not font.get_char_index(ord(character)):
        character = BOX
    return font.load_char(ord(character), LoadFlags.NO_HINTING).linearHoriAdvance / 2**16 / POINTS


def slant(labels: Iterable[str]) -> float:
    """How far slanting labels reach down and to the left."""
    return max(text_width(label, SMALL) for label in labels) * math.sqrt(0.5)


def wrapped(text: str, width: float, points: float) -> str:
    """Text in lines of at most that width; a longer word is broken."""
    for characters in range(len(text), 1, -1):
        lines = textwrap.wrap(text, characters, break_on_hyphens=False)
        if all(text_width(line, points) <= width for line in lines):
            return "\n".join(lines)
    return text
