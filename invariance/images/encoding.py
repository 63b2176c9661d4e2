"""Arrays -> pictures for pages: PNG, as an address that holds the picture itself."""

import base64
import io

import numpy as np
from PIL import Image


def to_picture(image: np.ndarray) -> Image.Image:
    """uint8 (1 or 3, H, W) -> a Pillow image of the same size."""
    return Image.fromarray(np.ascontiguousarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)))


def data_url(image: np.ndarray) -> str:
    """uint8 (1 or 3, H, W) -> a PNG as a data: address."""
    return address(to_picture(image))


def address(picture: Image.Image) -> str:
    """A Pillow image -> a PNG as a data: address."""
    return "data:image/png;base64," + base64.b64encode(_png(picture)).decode()


def png(image: np.ndarray) -> bytes:
    """uint8 (1 or 3, H, W) -> a PNG."""
    return _png(to_picture(image))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()
