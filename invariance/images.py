"""Bytes or pen strokes -> float32 (C, H, W) in [0, 1] -> the tensor that a network was trained on."""

import io
import struct
import warnings
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from invariance import UserError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MAX_PIXELS = 50_000_000  # a large phone photo; decoded it takes 150 MB
MAX_SIDE = 1024  # decoded images are reduced to this: no network here looks at more
MIN_SIDE = 8
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
WHITE = (255, 255, 255, 255)
WHAT_TO_DO = "Save it as a PNG or JPEG and upload that."

DIGIT_SIDE, DIGIT_BOX = 28, 20  # MNIST: ink scaled to fit 20x20 ...
DIGIT_CENTRE = 14.5  # ... with its centre of mass on pixel 14 of 28, whose middle is at 14.5
PHOTO_SIDE = 32  # CIFAR-10
INK = 0.2  # what counts as ink when its box is drawn, as a share of full ink
MIN_CONTRAST = 0.06  # of the range from black to white
NOISE_MARGIN = 1.5  # how far above the border's own variation something must rise to be ink

# Sizes are checked against MAX_PIXELS before any pixel is decoded, so Pillow's own warning has nothing to add.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class ImageError(UserError):
    """An image can't be read or shows nothing to recognise."""


class Decoded(NamedTuple):
    """pixels: float32 (1, H, W) grey or (3, H, W) RGB in [0, 1]; notes: what was done that a person should know."""

    pixels: np.ndarray
    notes: tuple[str, ...]


class Stroke(NamedTuple):
    """One line of a pen. points: float (n, 2), x to the right and y down; width: of the line; both in units of the
    pad's height, so 0..1, and x in a wide pad up to its width / height."""

    points: np.ndarray
    width: float


def decode(data: bytes) -> Decoded:
    """Read an uploaded image file.

    Turned by its orientation tag, transparency laid on white, 16-bit values rescaled, the first frame of an
    animation, reduced to at most MAX_SIDE pixels a side.

    Args:
        data: the file's bytes.

    Raises:
        ImageError: not an image, a damaged one, too large or too small.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as file:
            if file.width * file.height > MAX_PIXELS:
                raise _too_large(f"{file.width:,} x {file.height:,} pixels")
            if min(file.size) < MIN_SIDE:
                raise ImageError(
                    f"The image is only {file.width} x {file.height} pixels. Upload one of at least "
                    f"{MIN_SIDE} x {MIN_SIDE}."
                )
            frames = getattr(file, "n_frames", 1) if file.format != "MPO" else 1
            file.draft(None, (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at a half, quarter or eighth if that is enough
            image = ImageOps.exif_transpose(file)
    except Image.DecompressionBombError as error:
        raise _too_large("far more") from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            f"This file is not an image that can be read here: expected {', '.join(FORMATS)}. {WHAT_TO_DO}"
        ) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"The image is damaged or cut short ({error}). {WHAT_TO_DO}") from error
    notes = (f"The file is an animation of {frames} frames; its first frame is used.",) if frames > 1 else ()
    return Decoded(_to_array(image), notes)


def _too_large(came: str) -> ImageError:
    return ImageError(
        f"The image is too large: at most {MAX_PIXELS // 1_000_000} million pixels are decoded, it has {came}. "
        "Make it smaller and upload it again."
    )


def _to_array(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16-bit grey; Pillow's own conversion to 8 bits would clip it
        image = Image.fromarray(np.asarray(image).astype(np.float32) / 65535)
    elif image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image.convert("RGBA")).convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if max(image.size) > MAX_SIDE:
        scale = MAX_SIDE / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    pixels = np.asarray(image, np.float32) if image.mode == "F" else np.asarray(image, np.float32) / 255
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def to_uint8(image: np.ndarray) -> np.ndarray:
    """float in [0, 1] -> uint8 in 0..255, rounded to the nearest step; any shape."""
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def to_float(image: np.ndarray) -> np.ndarray:
    """uint8 in 0..255 -> float32 in [0, 1]; any shape."""
    return image.astype(np.float32) / 255


def grey(image: np.ndarray) -> np.ndarray:
    """float32 (1 or 3, H, W) in [0, 1] -> luma (H, W) in [0, 1]: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    return image[0] if len(image) == 1 else np.tensordot(LUMA, image, 1)


def circle(image: np.ndarray) -> np.ndarray:
    """float32 (C, H, W) with 0 outside the largest circle about the centre, which turning leaves in place."""
    _, height, width = image.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    return image * (distance <= min(height, width) / 2)


def centre_square(width: int, height: int) -> tuple[int, int, int]:
    """(left, top, side) of the largest square in the middle of an image, in pixels."""
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side


def as_photo(image: np.ndarray) -> np.ndarray:
    """Make of any picture what CIFAR-10 made of its photos: the middle square, as 32x32 pixels in colour.

    Args:
        image: float32 (1 or 3, H, W) in [0, 1].

    Returns:
        float32 (3, 32, 32) in [0, 1].
    """
    small = area_resize(image, PHOTO_SIDE)
    return np.ascontiguousarray(np.broadcast_to(small, (3, PHOTO_SIDE, PHOTO_SIDE)))


def area_resize(image: np.ndarray, height: int, width: int | None = None) -> np.ndarray:
    """The middle square of float32 (C, H, W) as (C, height, width), a square if width is None: each pixel is the mean
    over the area that it covers."""
    left, top, old = centre_square(image.shape[2], image.shape[1])
    rows, columns = _areas(old, height), _areas(old, width or height)
    return rows @ image[:, top : top + old, left : left + old] @ columns.T


def fitted(image: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Any picture float32 (1 or 3, H, W) as a network of another shape takes it, its middle square resized.

    In colour for three channels, grey for any other number of them; as it is if it has that shape already.
    """
    if image.shape == shape:
        return image
    channels, height, width = shape
    small = area_resize(image, height, width)
    if len(small) == channels:
        return small
    return np.repeat(grey(small)[None], channels, 0)


def _areas(old: int, new: int) -> np.ndarray:
    """float32 (new, old): how much of each of new equal parts of a line is covered by each of its old parts."""
    starts = np.arange(new)[:, None] * old / new
    cells = np.arange(old)[None]
    overlap = np.minimum(starts + old / new, cells + 1) - np.maximum(starts, cells)
    return (np.clip(overlap, 0, None) * new / old).astype(np.float32)


def rasterise(strokes: list[Stroke], height: int, width: int | None = None, oversample: int = 4) -> np.ndarray:
    """Draw pen strokes with round ends, bright on black.

    Args:
        strokes: in units of the pad's height; what lies outside the pad is cut off.
        height, width: pixels of the result, a square if width is None.
        oversample: each pixel is the mean of oversample x oversample finer ones.

    Returns:
        float32 (1, height, width) in [0, 1].
    """
    width = width or height
    fine = height * oversample
    image = Image.new("L", (width * oversample, fine))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        radius = stroke.width * fine / 2
        points = [(float(x), float(y)) for x, y in np.asarray(stroke.points) * fine]
        pen.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    small = np.asarray(image, np.float32).reshape(height, oversample, width, oversample).mean((1, 3))
    return small[None] / 255


def as_digit(image: np.ndarray) -> np.ndarray:
    """Make of any picture of one digit what MNIST made of its scans.

    1. Paper and ink are told apart by the border, which is taken to be paper: a plane fitted to it is subtracted
       (even light or a slant of light), and the ink is what differs most, darker or brighter.
    2. What varies no more than the border does is set to 0, full ink to 1.
    3. The ink's box is scaled to fit 20x20, keeping its proportions, and its centre of mass comes to lie on pixel
       (14, 14) of 28x28, where MNIST has it.

    Args:
        image: float32 (1 or 3, H, W) in [0, 1], dark on light or light on dark.

    Returns:
        float32 (1, 28, 28) in [0, 1], ink bright on black.

    Raises:
        ImageError: there is no ink.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
    """
    ink = _ink(grey(image))
    rows, columns = np.flatnonzero((ink > INK).any(1)), np.flatnonzero((ink > INK).any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    ink = ink[top:bottom, left:right]
    height, width = ink.shape

    side = max(height, width) * DIGIT_SIDE / DIGIT_BOX  # of the window that becomes 28x28, in pixels of ink
    centre = DIGIT_CENTRE / DIGIT_SIDE * side
    mass = ink.sum()
    y = (ink.sum(1) @ (np.arange(height) + 0.5)) / mass - centre  # the window's upper left corner
    x = (ink.sum(0) @ (np.arange(width) + 0.5)) / mass - centre
    y, x = np.clip(y, height - side, 0), np.clip(x, width - side, 0)  # all the ink stays inside

    margin = int(np.ceil(side)) + 1
    padded = Image.fromarray(np.pad(ink, margin))
    window = (x + margin, y + margin, x + margin + side, y + margin + side)
    small = padded.resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.HAMMING, box=window)
    return np.clip(np.asarray(small), 0, 1)[None]


def _ink(page: np.ndarray) -> np.ndarray:
    """(H, W) in [0, 1] -> how much ink, 0 for paper and 1 for full ink."""
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    plane = np.stack([np.ones_like(page), x / width, y / height], -1)
    border = np.ones(page.shape, bool)
    frame = max(1, min(height, width) // 20)
    border[frame:-frame, frame:-frame] = False
    # The fit is repeated without what lies far from it, so that ink that touches the border doesn't tilt the paper.
    paper = np.abs(page - np.median(page[border])) <= max(0.1, 3 * np.std(page[border])) if border.any() else border
    coefficients, *_ = np.linalg.lstsq(plane[border & paper], page[border & paper], rcond=None)
    residual = page - plane @ coefficients
    if -residual.min() > residual.max():  # dark ink on light paper
        residual = -residual
    noise = NOISE_MARGIN * np.quantile(np.abs(residual[border & paper]), 0.98)
    peak = residual.max()
    if peak - noise < MIN_CONTRAST:
        raise ImageError("There is nothing to recognise: the picture is one even shade. Draw or upload a digit.")
    full = np.median(residual[residual > (noise + peak) / 2])
    return np.clip((residual - noise) / (full - noise), 0, 1)
