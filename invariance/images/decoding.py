"""An uploaded file's bytes -> float32 (C, H, W) in [0, 1]."""

import io
import re
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from invariance.images.pixels import ImageError, Noted

# Pillow's name of a format -> how names of its files end. AVIF is not among them: Pillow decodes what such a file holds
# whatever size its header says, so that a few bytes can take hundreds of megabytes.
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "HEIF": (".heic", ".heif", ".hif"),
}
ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)
MAX_PIXELS = 50_000_000  # a large phone photo; decoded it takes 150 MB
MAX_SIDE = 1024  # decoded images are reduced to this: no network here looks at more
MIN_SIDE = 8
WHITE, BLACK = (255, 255, 255, 255), (0, 0, 0, 255)
PALE = 192  # of 255: where nothing visible is darker on white, transparency is laid on black
WHAT_TO_DO = "Save it as a PNG or JPEG and upload that."

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
    pixels a side.

    Args:
        data: the file's bytes.

    Raises:
        ImageError: not an image, a damaged one, too large or too small.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as file:
            for width, height in (file.size, *(_coded_sizes(data) if file.format == "HEIF" else ())):
                if width * height > MAX_PIXELS:
                    raise _too_large(f"{width:,} x {height:,} pixels")
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
    except ImageError:
        raise
    except DAMAGE as error:
        raise ImageError(f"The image is damaged or cut short. {WHAT_TO_DO}") from error
    notes = (f"The file holds {frames} frames; the one that is shown first is used.",) if frames > 1 else ()
    return Noted(_to_array(image), notes)


def _coded_sizes(heif: bytes) -> list[tuple[int, int]]:
    return [struct.unpack(">II", match[1]) for match in CODED_SIZE.finditer(heif)]


def _too_large(came: str) -> ImageError:
    return ImageError(
        f"The image is too large: at most {MAX_PIXELS // 1_000_000} million pixels are decoded, it has {came}. "
        "Make it smaller and upload it again."
    )


def _opaque(image: Image.Image) -> Image.Image:
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image).convert("RGB")
    darkest, _ = on_white.convert("L").getextrema()
    if darkest < PALE or not image.getchannel("A").getbbox():
        return on_white
    return Image.alpha_composite(Image.new("RGBA", image.size, BLACK), image).convert("RGB")


def _to_array(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16-bit grey; Pillow's own conversion to 8 bits would clip it
        image = Image.fromarray(np.asarray(image).astype(np.float32) / 65535)
    elif image.has_transparency_data:
        image = _opaque(image.convert("RGBA"))
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
