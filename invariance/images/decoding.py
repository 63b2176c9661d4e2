"""An uploaded file's bytes -> float32 (C, H, W) in [0, 1]."""

import io
import math
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps
from PIL.ExifTags import Base
from pillow_heif import register_heif_opener

from invariance.images.pixels import ImageError, Noted, to_float

MAX_PIXELS = 50_000_000  # a large phone photo


class Format(NamedTuple):
    """A kind of image file."""

    endings: tuple[str, ...]  # how names of its files end
    most_pixels: int = MAX_PIXELS  # of an image that is decoded


# By Pillow's name. Decoding takes at most 9 bytes a pixel, 450 MB; WebP's decoder takes 17, so such images must be
# smaller. AVIF is not among them: Pillow decodes what such a file holds whatever size its header says, so that a few
# bytes can take hundreds of megabytes.
FORMATS = {
    "PNG": Format((".png",)),
    "JPEG": Format((".jpg", ".jpeg", ".jfif")),
    "WEBP": Format((".webp",), 20_000_000),
    "BMP": Format((".bmp",)),
    "GIF": Format((".gif",)),
    "HEIF": Format((".heic", ".heif", ".hif")),
}
ENDINGS = tuple(ending for each in FORMATS.values() for ending in each.endings)
MAX_SIDE = 1024  # decoded images are reduced to this: no network here looks at more
MIN_SIDE = 8
STRIP_PIXELS = 500_000  # that are converted at once, so that a large image is in memory once
WHITE, BLACK = (255, 255, 255, 255), (0, 0, 0, 255)
PALE = 192  # of 255: where nothing visible is darker on white, transparency is laid on black
WHAT_TO_DO = "Save it as a PNG or JPEG and use that."

# The size before cropping of an image in a HEIF file, to which its decoder keeps: "ispe", version 0, width and height.
CODED_SIZE = re.compile(rb"ispe\0.{3}(.{8})", re.DOTALL)

# What decoders raise when the bytes are not what they should be.
DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError),
    *(struct.error, zlib.error),
)

register_heif_opener(thumbnails=False)
# Sizes are checked against MAX_PIXELS before any pixel is decoded, so Pillow's own warning has nothing to add.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def decode(data: bytes) -> Noted:
    """Read an uploaded image file.

    Turned by its orientation tag, transparency laid on white (on black if white would hide what is visible), 16-bit
    values rescaled, the first frame of an animation and the main one of several photos, reduced to at most MAX_SIDE
    pixels a side, each the mean of those that it covers.

    Args:
        data: the file's bytes.

    Raises:
        ImageError: not an image, a damaged one, too large or too small.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as file:
            most = FORMATS[file.format if file.format in FORMATS else "JPEG"].most_pixels  # a JPEG of several is an MPO
            for width, height in (file.size, *(_coded_sizes(data) if file.format == "HEIF" else ())):
                if width * height > most:
                    raise _too_large(f"{width:,} x {height:,} pixels", most)
            if min(file.size) < MIN_SIDE:
                raise ImageError(
                    f"The image is only {file.width} x {file.height} pixels. Use one of at least "
                    f"{MIN_SIDE} x {MIN_SIDE}."
                )
            frames = getattr(file, "n_frames", 1) if file.format != "MPO" else 1
            file.draft(None, (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at a half, quarter or eighth if that is enough
            file.load()
            small = _reduced(file)
            small.getexif()[Base.Orientation] = file.getexif().get(Base.Orientation, 1)
            image = ImageOps.exif_transpose(small)
    except Image.DecompressionBombError as error:
        raise _too_large("far more", MAX_PIXELS) from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            f"This file is not an image that can be read here: expected {', '.join(FORMATS)}. {WHAT_TO_DO}"
        ) from error
    except ImageError:
        raise
    except DAMAGE as error:
        raise ImageError(f"The image is damaged or cut short. {WHAT_TO_DO}") from error
    notes = (f"The file holds {frames} frames; the one that is shown first is used.",) if frames > 1 else ()
    return Noted(_to_array(image), notes)


def _coded_sizes(heif: bytes) -> list[tuple[int, int]]:
    return [struct.unpack(">II", match[1]) for match in CODED_SIZE.finditer(heif)]


def _too_large(came: str, most: int) -> ImageError:
    return ImageError(
        f"The image is too large: at most {most // 1_000_000} million pixels are decoded, it has {came}. "
        "Make it smaller and upload it again."
    )


def _reduced(image: Image.Image) -> Image.Image:
    """An image in any mode -> one in "L", "RGB" or, of 16 bits, "F" in [0, 1], at most MAX_SIDE pixels a side."""
    if image.mode.startswith("I"):
        return _in_strips(image, _from_16_bits)
    if not image.has_transparency_data:
        return _in_strips(image, _plain)
    return _in_strips(image, partial(_on, BLACK if _is_pale(image) else WHITE))


def _in_strips(image: Image.Image, converted: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The image at most MAX_SIDE pixels a side, each the mean of those that it covers; converted strip by strip."""
    scale = max(1, max(image.size) / MAX_SIDE)
    width, height = (max(1, round(side / scale)) for side in image.size)
    tall = image.height / height  # rows that become one
    step = max(1, int(STRIP_PIXELS / (image.width * tall)))
    small = None
    for row in range(0, height, step):
        rows = min(step, height - row)
        top, bottom = int(row * tall), min(math.ceil((row + rows) * tall), image.height)
        strip = converted(image.crop((0, top, image.width, bottom)))
        box = (0, row * tall - top, image.width, min((row + rows) * tall, image.height) - top)
        strip = strip.resize((width, rows), Image.Resampling.BOX, box)
        small = small or Image.new(strip.mode, (width, height))
        small.paste(strip, (0, row))
    return small


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    """The whole image in bands of rows, one after the other."""
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _from_16_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image).astype(np.float32) / 65535)  # Pillow's own conversion to 8 bits would clip


def _plain(image: Image.Image) -> Image.Image:
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _on(colour: tuple[int, int, int, int], image: Image.Image) -> Image.Image:
    """Laid on a colour."""
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB")


def _is_pale(image: Image.Image) -> bool:
    """Whether something of a transparent image is visible, and all of that is hardly seen on white."""
    darkest = min(_on(WHITE, strip).convert("L").getextrema()[0] for strip in _strips(image))
    return darkest >= PALE and any(strip.convert("RGBA").getchannel("A").getbbox() for strip in _strips(image))


def _to_array(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image, np.float32) if image.mode == "F" else to_float(np.asarray(image))
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
