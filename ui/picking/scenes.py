"""Pictures drawn by code of things that CIFAR-10's networks know: samples to try, no photos and no data set.

Places are in units of the picture's side, x to the right and y down; colours are red, green, blue in 0..255. Every
scene is drawn SCALE times as large as it is given, and averaged.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

SIDE, SCALE = 256, 4

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Sheet:
    """A square to draw on, SIDE x SIDE pixels when it is done."""

    def __init__(self, top: Colour, bottom: Colour):
        """A background whose colour changes evenly from the top to the bottom."""
        self.side = SIDE * SCALE
        shades = np.linspace(top, bottom, self.side)[:, None].round().astype(np.uint8)
        self.image = Image.fromarray(np.broadcast_to(shades, (self.side, self.side, 3)).copy())
        self.pen = ImageDraw.Draw(self.image)

    def _scaled(self, points: list[Point]) -> list[Point]:
        return [(x * self.side, y * self.side) for x, y in points]

    def shape(self, colour: Colour, *points: Point) -> None:
        """A filled polygon."""
        self.pen.polygon(self._scaled(list(points)), colour)

    def band(self, top: float, bottom: float, first: Colour, last: Colour) -> None:
        """A stripe across the whole width whose colour changes evenly from its top to its bottom."""
        start, stop = round(top * self.side), round(bottom * self.side)
        for row, shade in enumerate(np.linspace(first, last, stop - start).round().astype(int).tolist(), start):
            self.pen.line([(0, row), (self.side, row)], tuple(shade))

    def oval(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        """A filled ellipse about (x, y)."""
        corners = self._scaled([(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)])
        self.pen.ellipse(corners, colour)

    def box(self, colour: Colour, left: float, top: float, right: float, bottom: float, round_by: float = 0) -> None:
        """A filled rectangle; round_by: the radius of its corners."""
        self.pen.rounded_rectangle(self._scaled([(left, top), (right, bottom)]), round_by * self.side, colour)

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        """A line with round ends."""
        self.pen.line(self._scaled(list(points)), colour, round(width * self.side), "curve")
        for x, y in points:
            self.oval(colour, x, y, width, width)

    def pixels(self) -> np.ndarray:
        """float32 (3, SIDE, SIDE) in [0, 1]."""
        fine = np.asarray(self.image, np.float32).reshape(SIDE, SCALE, SIDE, SCALE, 3)
        return np.ascontiguousarray(fine.mean((1, 3)).transpose(2, 0, 1)) / 255


def _wheel(sheet: Sheet, x: float, y: float, size: float) -> None:
    sheet.oval((28, 28, 32), x, y, size, size)
    sheet.oval((150, 154, 160), x, y, size * 0.55, size * 0.55)
    sheet.oval((70, 72, 78), x, y, size * 0.18, size * 0.18)


def _cloud(sheet: Sheet, x: float, y: float, size: float) -> None:
    for dx, dy, width in ((-0.5, 0.08, 0.6), (0, -0.05, 0.8), (0.5, 0.08, 0.65), (0, 0.12, 1.3)):
        sheet.oval((240, 245, 250), x + dx * size, y + dy * size, width * size, 0.45 * size)


def airplane() -> Sheet:
    """An airliner in the sky, seen from the side, nose to the right."""
    sheet = Sheet((70, 135, 205), (185, 215, 240))
    _cloud(sheet, 0.2, 0.84, 0.22)
    _cloud(sheet, 0.82, 0.16, 0.16)
    body, shade, dark = (236, 239, 243), (176, 184, 194), (120, 130, 143)
    sheet.shape(shade, (0.5, 0.47), (0.60, 0.47), (0.46, 0.24), (0.39, 0.24))  # the far wing
    sheet.shape((200, 60, 55), (0.07, 0.24), (0.15, 0.24), (0.28, 0.46), (0.12, 0.46))  # the fin
    sheet.shape(body, (0.08, 0.44), (0.20, 0.43), (0.84, 0.43), (0.84, 0.56), (0.26, 0.56))
    sheet.oval(body, 0.84, 0.495, 0.2, 0.13)
    sheet.shape(shade, (0.1, 0.47), (0.26, 0.56), (0.84, 0.56), (0.9, 0.535), (0.3, 0.53))
    sheet.shape(dark, (0.87, 0.455), (0.905, 0.455), (0.92, 0.475), (0.875, 0.475))
    for x in np.linspace(0.3, 0.8, 13):
        sheet.oval((60, 75, 95), float(x), 0.475, 0.016, 0.022)
    sheet.shape(dark, (0.05, 0.40), (0.12, 0.40), (0.24, 0.49), (0.15, 0.49))  # the tailplane
    sheet.box((95, 105, 118), 0.47, 0.60, 0.60, 0.665, 0.03)  # an engine
    sheet.shape((205, 211, 219), (0.47, 0.52), (0.63, 0.52), (0.39, 0.80), (0.31, 0.80))  # the near wing
    return sheet


def automobile() -> Sheet:
    """A red car on a road, seen from the side."""
    sheet = Sheet((150, 190, 225), (215, 225, 230))
    sheet.band(0.52, 0.66, (96, 130, 84), (118, 150, 96))
    sheet.band(0.66, 1, (112, 112, 116), (84, 84, 88))
    sheet.box((225, 225, 215), 0.05, 0.9, 0.3, 0.92)
    sheet.box((225, 225, 215), 0.55, 0.9, 0.8, 0.92)
    sheet.oval((62, 62, 66), 0.5, 0.785, 0.88, 0.06)
    red, dark, glass = (196, 34, 36), (140, 20, 26), (58, 78, 98)
    sheet.shape(red, (0.25, 0.5), (0.36, 0.31), (0.64, 0.31), (0.78, 0.5))
    sheet.shape(glass, (0.30, 0.49), (0.38, 0.345), (0.495, 0.345), (0.495, 0.49))
    sheet.shape(glass, (0.525, 0.49), (0.525, 0.345), (0.625, 0.345), (0.72, 0.49))
    sheet.box(red, 0.06, 0.475, 0.94, 0.70, 0.07)
    sheet.box(dark, 0.06, 0.63, 0.94, 0.72, 0.04)
    sheet.line(dark, 0.008, (0.51, 0.5), (0.51, 0.63))
    sheet.line((225, 190, 190), 0.012, (0.42, 0.53), (0.46, 0.53))
    sheet.oval((255, 236, 170), 0.915, 0.55, 0.05, 0.05)
    sheet.box((120, 10, 14), 0.06, 0.53, 0.09, 0.58, 0.01)
    for x in (0.26, 0.75):
        sheet.oval((40, 12, 14), x, 0.70, 0.22, 0.22)
        _wheel(sheet, x, 0.715, 0.19)
    return sheet


def truck() -> Sheet:
    """A lorry with a box body on a road, seen from the side."""
    sheet = Sheet((165, 200, 228), (222, 230, 234))
    sheet.band(0.58, 0.72, (150, 142, 112), (128, 122, 98))
    sheet.band(0.72, 1, (104, 104, 108), (78, 78, 82))
    sheet.oval((58, 58, 62), 0.5, 0.835, 0.94, 0.06)
    sheet.box((60, 62, 68), 0.05, 0.68, 0.93, 0.75)
    sheet.box((238, 238, 234), 0.04, 0.2, 0.64, 0.69)
    sheet.box((205, 207, 206), 0.04, 0.62, 0.64, 0.69)
    sheet.box((40, 96, 160), 0.04, 0.38, 0.64, 0.47)
    for x in np.linspace(0.14, 0.54, 5):
        sheet.line((212, 213, 211), 0.006, (float(x), 0.21), (float(x), 0.37))
        sheet.line((212, 213, 211), 0.006, (float(x), 0.48), (float(x), 0.61))
    cab = (222, 150, 30)
    sheet.shape(cab, (0.67, 0.34), (0.84, 0.34), (0.93, 0.52), (0.95, 0.55), (0.95, 0.74), (0.67, 0.74))
    sheet.shape((62, 82, 102), (0.72, 0.38), (0.825, 0.38), (0.89, 0.52), (0.72, 0.52))
    sheet.box((160, 104, 18), 0.67, 0.68, 0.95, 0.74)
    sheet.line((160, 104, 18), 0.008, (0.705, 0.38), (0.705, 0.68))
    sheet.oval((255, 240, 190), 0.935, 0.62, 0.035, 0.05)
    for x in (0.17, 0.35, 0.81):
        _wheel(sheet, x, 0.76, 0.16)
    return sheet


def ship() -> Sheet:
    """A freighter at sea, seen from the side."""
    sheet = Sheet((140, 180, 215), (225, 232, 236))
    _cloud(sheet, 0.62, 0.15, 0.17)
    sheet.band(0.56, 1, (70, 120, 150), (24, 66, 100))
    white, hull, red = (242, 242, 240), (38, 48, 68), (150, 42, 38)
    for left, colour in zip(
        (0.36, 0.47, 0.58, 0.69), ((196, 96, 40), (60, 120, 90), (200, 170, 60), (170, 60, 60)), strict=True
    ):
        sheet.box(colour, left, 0.44, left + 0.105, 0.535)
    for left, colour in zip((0.36, 0.47, 0.58), ((70, 100, 150), (190, 80, 50), (90, 130, 110)), strict=True):
        sheet.box(colour, left, 0.355, left + 0.105, 0.435)
    sheet.box(white, 0.13, 0.26, 0.3, 0.54)
    sheet.box(white, 0.1, 0.24, 0.33, 0.29)
    for y in (0.33, 0.40, 0.47):
        for x in (0.16, 0.2, 0.24, 0.28):
            sheet.box((70, 85, 105), x - 0.012, y - 0.014, x + 0.008, y + 0.014)
    sheet.box((70, 85, 105), 0.13, 0.255, 0.31, 0.275)
    sheet.box(red, 0.17, 0.13, 0.24, 0.24)
    sheet.box((30, 34, 44), 0.17, 0.13, 0.24, 0.16)
    sheet.line((90, 95, 105), 0.012, (0.84, 0.54), (0.84, 0.34))
    sheet.shape(hull, (0.04, 0.53), (0.82, 0.53), (0.97, 0.48), (0.88, 0.70), (0.09, 0.70))
    sheet.shape(red, (0.075, 0.655), (0.898, 0.655), (0.88, 0.70), (0.09, 0.70))
    sheet.line((214, 226, 234), 0.012, (0.06, 0.705), (0.9, 0.705), (0.96, 0.72))
    for x, y in ((0.2, 0.8), (0.62, 0.78), (0.42, 0.88), (0.84, 0.87), (0.12, 0.93), (0.66, 0.95)):
        sheet.line((108, 150, 176), 0.008, (x - 0.06, y), (x + 0.06, y))
    return sheet


def frog() -> Sheet:
    """A green frog on the ground, seen from the front."""
    sheet = Sheet((136, 112, 78), (98, 78, 52))
    for x, y, size in ((0.12, 0.16, 0.3), (0.85, 0.2, 0.34), (0.5, 0.06, 0.3), (0.9, 0.86, 0.3), (0.06, 0.8, 0.26)):
        sheet.oval((118, 95, 64), x, y, size, size * 0.5)
    sheet.oval((70, 54, 36), 0.5, 0.84, 0.86, 0.16)
    skin, dark, belly = (92, 142, 48), (62, 102, 34), (196, 204, 136)
    for side in (-1, 1):
        sheet.oval(dark, 0.5 + side * 0.29, 0.68, 0.26, 0.3)  # hind legs
        sheet.line(dark, 0.05, (0.5 + side * 0.32, 0.8), (0.5 + side * 0.42, 0.84))
    sheet.oval(skin, 0.5, 0.62, 0.56, 0.5)
    sheet.oval(belly, 0.5, 0.7, 0.36, 0.32)
    for side in (-1, 1):
        sheet.line(skin, 0.08, (0.5 + side * 0.2, 0.66), (0.5 + side * 0.17, 0.83))  # fore legs
        for toe in (-0.06, 0, 0.06):
            sheet.line(skin, 0.03, (0.5 + side * 0.17, 0.83), (0.5 + side * 0.17 + toe, 0.88))
    sheet.oval(skin, 0.5, 0.44, 0.58, 0.34)
    for side in (-1, 1):
        sheet.oval(skin, 0.5 + side * 0.18, 0.29, 0.19, 0.19)
        sheet.oval((222, 186, 60), 0.5 + side * 0.18, 0.285, 0.125, 0.125)
        sheet.oval((18, 18, 16), 0.5 + side * 0.18, 0.285, 0.085, 0.06)
        sheet.oval(dark, 0.5 + side * 0.035, 0.4, 0.018, 0.014)
    sheet.line((48, 78, 26), 0.014, (0.27, 0.46), (0.38, 0.505), (0.5, 0.52), (0.62, 0.505), (0.73, 0.46))
    for x, y in ((0.36, 0.38), (0.66, 0.4), (0.5, 0.34), (0.29, 0.55), (0.72, 0.56)):
        sheet.oval(dark, x, y, 0.035, 0.028)
    return sheet


def horse() -> Sheet:
    """A brown horse on grass, seen from the side, head to the right."""
    sheet = Sheet((160, 198, 230), (214, 228, 236))
    sheet.band(0.5, 0.6, (74, 106, 62), (92, 128, 66))
    sheet.band(0.6, 1, (112, 150, 72), (78, 116, 50))
    sheet.oval((70, 100, 46), 0.46, 0.93, 0.7, 0.06)
    coat, far, mane = (134, 82, 44), (98, 58, 30), (46, 28, 18)
    for hip, knee, foot in (((0.27, 0.6), (0.30, 0.76), (0.28, 0.91)), ((0.58, 0.6), (0.64, 0.76), (0.62, 0.91))):
        sheet.line(far, 0.055, hip, knee, foot)
    sheet.line(mane, 0.05, (0.165, 0.45), (0.10, 0.56), (0.11, 0.72))  # the tail
    sheet.oval(coat, 0.4, 0.53, 0.5, 0.25)
    sheet.oval(coat, 0.24, 0.5, 0.22, 0.25)
    sheet.oval(coat, 0.57, 0.51, 0.22, 0.26)
    sheet.shape(coat, (0.5, 0.44), (0.68, 0.56), (0.82, 0.27), (0.72, 0.17))  # the neck
    sheet.line(mane, 0.045, (0.50, 0.42), (0.62, 0.27), (0.72, 0.17))
    sheet.shape(coat, (0.72, 0.16), (0.82, 0.16), (0.95, 0.31), (0.90, 0.37), (0.74, 0.29))  # the head
    sheet.oval((112, 66, 36), 0.92, 0.34, 0.08, 0.075)
    sheet.shape(coat, (0.74, 0.18), (0.75, 0.09), (0.79, 0.17))
    sheet.oval((20, 14, 10), 0.81, 0.215, 0.022, 0.022)
    for hip, knee, foot in (((0.21, 0.58), (0.20, 0.76), (0.19, 0.92)), ((0.54, 0.6), (0.54, 0.76), (0.54, 0.92))):
        sheet.line(coat, 0.075, hip, knee)
        sheet.line(coat, 0.05, knee, foot)
        sheet.line(mane, 0.05, (foot[0], foot[1] - 0.01), foot)
    return sheet


SCENES: dict[str, Callable[[], Sheet]] = {
    drawn.__name__: drawn for drawn in (airplane, automobile, frog, horse, ship, truck)
}


@cache
def scenes() -> tuple[tuple[str, np.ndarray], ...]:
    """Each scene's label, one of CIFAR-10's, and its pixels, float32 (3, SIDE, SIDE) in [0, 1]; drawn once."""
    return tuple((label, drawn().pixels()) for label, drawn in SCENES.items())
