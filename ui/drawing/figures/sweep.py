"""An image under every amount of a change, with every network's answers, as a figure for print."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ui.drawing.figures.sheet import FONT, HEIGHT, SMALL, WIDTH, axes_at, image_at, sheet, text_width, wrapped

PICTURES = 8  # of the image
PICTURE, STRIP = 0.62, 0.22  # inches a side of a picture at most, and of a strip of bars
TITLE, ANSWERS, APART = 0.16, 0.16, 0.14  # inches of a line of text, and between two networks
TALL, SHORT = 0.9, 0.12  # of a strip: bars where the answer is good, and where it is not

Track = tuple[str, str, Sequence[str], Sequence[bool]]  # a network's title and colour; A answers, and which are good


def sweep(
    frames: np.ndarray, amounts: Sequence[str], at: int, tracks: Sequence[Track], good: str, *, round_about: bool
) -> Figure:
    """A row of pictures, and below them for each network its answers to these and a strip with a bar for each amount.

    Args:
        frames: uint8 (A, C, H, W).
        amounts: A texts.
        at: an amount that is among the pictures, and at which there is a line.
        tracks: the networks, at least one.
        good: what a tall bar says, such as "right".
        round_about: after the last amount comes the first again.
    """
    count, slot = len(frames), WIDTH / PICTURES
    shown = chosen(count, at, round_about=round_about)
    side = min(PICTURE, slot)
    figure = sheet()
    for place, index in enumerate(shown):
        frame = frames[index]
        pixels = frame[0] if len(frame) == 1 else frame.transpose(1, 2, 0)
        image = image_at(figure, pixels, place * slot, side, full=255, signed=False)
        image.axes.set_title(amounts[index], fontweight="bold" if index == at else "normal")
    top = side * frames.shape[2] / frames.shape[3] + APART
    for title, colour, answers, are_good in tracks:
        said = f"{title}: {good} at {sum(are_good)} of {count}"
        figure.text(0, 1 - top / HEIGHT, said, va="top", fontweight="bold")
        top += TITLE
        lines = [wrapped(f"{answers[each]} {'✓' if are_good[each] else '✗'}", slot - 0.05, SMALL) for each in shown]
        for place, text in enumerate(lines):
            figure.text(place * slot / WIDTH, 1 - top / HEIGHT, text, va="top", fontsize=SMALL, linespacing=1.2)
        top += ANSWERS * max(text.count("\n") + 1 for text in lines)
        axes = axes_at(figure, 0, top, WIDTH, STRIP)
        axes.bar(range(count), [TALL if each else SHORT for each in are_good], 0.85, color=colour, lw=0)
        axes.axvline(at, color="black", lw=0.8)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(0, 1), yticks=[], xticks=[])
        axes.spines[["top", "left", "right"]].set_visible(False)
        top += STRIP + APART
    axes.set_xticks(*_ticks(amounts), fontsize=SMALL)
    axes.tick_params(length=2, pad=2)
    return figure


def chosen(count: int, at: int, *, round_about: bool) -> list[int]:
    """The indices, in order, of at most PICTURES of so many amounts, evenly apart but for `at`, which is among them."""
    even = np.arange(PICTURES) * count // PICTURES if round_about else np.linspace(0, count - 1, PICTURES).round()
    even = np.unique(even.astype(int))
    even[np.abs(even - at).argmin()] = at
    return [int(index) for index in even]


def _ticks(amounts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Places and texts of as many amounts as there is room for."""
    widest = max(text_width(text, SMALL) for text in amounts) + FONT / 72
    step = max(1, -(-len(amounts) * widest // WIDTH))
    places = list(range(0, len(amounts), int(step)))
    return places, [amounts[place] for place in places]
