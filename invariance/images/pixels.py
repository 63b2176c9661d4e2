"""Pixels as numbers: whole numbers 0..255 and floats in [0, 1], grey, a circle cut out."""

from typing import NamedTuple

import numpy as np

from invariance import UserError

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


class ImageError(UserError):
    """An image can't be read or shows nothing to recognise."""


class Noted(NamedTuple):
    """An image, and what was done to it that a person should know."""

    pixels: np.ndarray  # float32 (1, H, W) grey or (3, H, W) RGB in [0, 1]
    notes: tuple[str, ...] = ()  # in sentences


def to_uint8(image: np.ndarray) -> np.ndarray:
    """float in [0, 1] -> uint8 in 0..255, rounded to the nearest step; any shape."""
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def to_float(image: np.ndarray) -> np.ndarray:
    """uint8 in 0..255 -> float32 in [0, 1]; any shape."""
    return image.astype(np.float32) / 255


def grey(image: np.ndarray) -> np.ndarray:
    """float32 (1 or 3, H, W) in [0, 1] -> luma (H, W) in [0, 1]: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    return image[0] if len(image) == 1 else np.tensordot(LUMA, image, 1)


def cut_to_circle(image: np.ndarray) -> np.ndarray:
    """float32 (C, H, W) with 0 outside the largest circle about the centre, which turning leaves in place."""
    _, height, width = image.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    return image * (distance <= min(height, width) / 2)
