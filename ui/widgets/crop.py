"""A picture with a square on it that can be moved and resized."""

from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from invariance.images.decoding import MIN_SIDE
from invariance.images.encoding import data_url, to_picture
from invariance.images.pixels import to_uint8
from invariance.images.resizing import centre_square
from ui.widgets.component import component

SHOWN_SIDE = 512  # pixels of the copy that the browser gets


_mount = component("crop")


class Square(NamedTuple):
    """A square part of a picture, in the picture's pixels."""

    left: int
    top: int
    side: int

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """(C, H, W) -> (C, side, side)."""
        return pixels[:, self.top : self.top + self.side, self.left : self.left + self.side]


def crop(key: str, url: str, width: int, height: int, name: str, start: Square | None, hint: str) -> Square | None:
    """Show the picture and the square.

    Args:
        key: of the widget.
        url: the picture as a data: address; see preview().
        width, height: of the picture itself, in pixels.
        name: of the picture; for another one the square is put on `start` again.
        start: where the square is when it appears; None: the whole picture is chosen, until a square is.
        hint: what the square is for.

    Returns:
        Where the square was when it was let go last; None while the whole picture is chosen.
    """
    least = min(MIN_SIDE, width, height)
    data = {"least": least, "url": url, "width": width, "height": height, "name": name, "hint": hint}
    data |= {"whole": start is None} | (start or Square(*centre_square(width, height)))._asdict()
    result = _mount(key=key, data=data, default={"square": None}, on_square_change=lambda: None)
    return from_wire(result.square, name, width, height) or start


def from_wire(value: Any, name: str, width: int, height: int) -> Square | None:
    """What the browser sent -> a square inside the picture, None if that is none or one on another picture."""
    if not isinstance(value, dict) or value.get("name") != name:
        return None
    numbers = [value.get(key) for key in Square._fields]
    if not all(type(number) is int for number in numbers):
        return None
    left, top, side = numbers
    side = min(max(side, MIN_SIDE), width, height)
    return Square(min(max(left, 0), width - side), min(max(top, 0), height - side), side)


def preview(pixels: np.ndarray) -> str:
    """float32 (1 or 3, H, W) in [0, 1] -> a data: address of the picture, at most SHOWN_SIDE pixels a side."""
    picture = to_picture(to_uint8(pixels))
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BOX)
    values = np.asarray(picture)
    return data_url(values[None] if values.ndim == 2 else values.transpose(2, 0, 1))
