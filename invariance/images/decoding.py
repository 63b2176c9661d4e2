"""An uploaded file's bytes -> float32 (C, H, W) in [0, 1]."""

import io
import struct
import warnings
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from invariance.images.pixels import ImageError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MAX_PIXELS = 50_000_000  # a large phone photo; decoded it takes 150 MB
MAX_SIDE = 1024  # decoded images are reduced to this: no network here looks at more
MIN_SIDE = 8
WHITE = (255, 255, 255, 255)
WHAT_TO_DO = "Save it as a PNG or JPEG and upload that."

# Sizes are checked against MAX_PIXELS before any pixel is decoded, so Pillow's own warning has nothing to add.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class Decoded(NamedTuple):
    """An image file's content."""

    pixels: np.ndarray  # float32 (1, H, W) grey or (3, H, W) RGB in [0, 1]
    notes: tuple[str, ...]  # what was done that a person should know, in sentences


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
