"""Arrays -> pictures on which every pixel is seen as one: whole-number enlargement, no smoothing, a thin border."""

import numpy as np
import streamlit as st
from PIL import Image

from invariance.images.encoding import address, to_picture
from invariance.images.pixels import to_uint8
from ui.words import escaped

BORDER = 128  # mid-grey is seen on light and dark pages


def enlarge(image: np.ndarray, side: int) -> Image.Image:
    """float (1 or 3, H, W) in [0, 1] or uint8 in 0..255 -> a picture of at most side pixels, bordered.

    Each pixel becomes a square of whole pixels; an image too large for that is reduced by averaging.
    """
    values = image if image.dtype == np.uint8 else to_uint8(image)
    if max(values.shape[1:]) > side - 2:
        small = to_picture(values)
        small.thumbnail((side - 2, side - 2), Image.Resampling.BOX)
        values = np.atleast_3d(np.asarray(small)).transpose(2, 0, 1)
    zoom = max(1, (side - 2) // max(values.shape[1:]))
    values = values.repeat(zoom, 1).repeat(zoom, 2)
    return to_picture(np.pad(values, ((0, 0), (1, 1), (1, 1)), constant_values=BORDER))


def enlarged(pictures: np.ndarray, side: int) -> np.ndarray:
    """uint8 (N, C, H, W), each pixel repeated as often as it takes for a picture to have at least side of them."""
    zoom = max(1, -(-side // max(pictures.shape[2:])))
    return pictures.repeat(zoom, 2).repeat(zoom, 3)


def show(image: np.ndarray, side: int, *, alt: str, caption: str) -> None:
    """Put an image on the page, enlarged to at most side screen pixels; see enlarge()."""
    picture = enlarge(image, side)
    # In the page itself: a file of its own would be asked for after the next stroke may have replaced it.
    st.image(address(picture), caption=escaped(caption), width=picture.width, alt=alt)


def signed(values: np.ndarray, full: float | None = None) -> np.ndarray:
    """float (H, W) -> uint8 (3, H, W): blue below zero, white at zero, red above.

    full: the size at which a colour is full; None: the largest value, up or down.
    """
    relative = np.clip(values / max(full or float(np.abs(values).max()), 1e-12), -1, 1)
    rest = 1 - np.abs(relative)
    return to_uint8(np.stack([np.where(relative < 0, rest, 1), rest, np.where(relative < 0, 1, rest)]))


def kernel_picture(kernel: np.ndarray, full: float) -> np.ndarray:
    """float (inputs, h, w) -> uint8 (3, h, w): three slices as red, green and blue, grey at zero; else blue to red."""
    if len(kernel) == 3:
        return np.clip((kernel / full + 1) * 127.5, 0, 255).round().astype(np.uint8)
    return signed(kernel.mean(0), full)


def brightness(values: np.ndarray, full: float | None = None) -> np.ndarray:
    """float (H, W), none negative -> uint8 (1, H, W): black at zero, white at full; None: at the largest value."""
    return to_uint8(values / max(full or float(values.max()), 1e-12))[None]


def maps_of(values: np.ndarray, *, shared: bool) -> np.ndarray:
    """float (N, H, W) -> uint8 (N, 1 or 3, H, W): in blue, white and red if any is negative, else in grey.

    shared: one scale for all, so that they compare; else each by itself, so that faint ones are seen.
    """
    draw = signed if values.min(initial=0) < 0 else brightness
    full = float(np.abs(values).max(initial=0)) if shared else None
    return np.stack([draw(each, full) for each in values])
